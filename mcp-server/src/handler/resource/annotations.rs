//! Hints that every revision can read.

use mcp_core::model::Annotations;

/// The hints as they are (2026-07-28, server/resources, "Annotations").
///
/// # Panics
///
/// At the caller's line, if a hint is none.
#[track_caller]
pub(super) fn checked(hints: Annotations) -> Annotations {
    if let Some(priority) = hints.priority {
        assert!((0.0..=1.0).contains(&priority), "the priority of a resource is a number from 0 to 1, not {priority}");
    }
    if let Some(time) = &hints.last_modified {
        assert!(is_iso_8601(time), "`last_modified` is a time such as 1999-12-31T23:59:59Z, not {time:?}");
    }
    hints
}

/// A date, with or without a time of day, with or without a zone.
fn is_iso_8601(text: &str) -> bool {
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    is_like(date, "0000-00-00") && time.is_none_or(is_time)
}

fn is_time(text: &str) -> bool {
    let local = match text.find(['Z', '+', '-']) {
        None => text,
        Some(end) => {
            let (local, zone) = text.split_at(end);
            if zone != "Z" && !is_like(&zone[1..], "00:00") {
                return false;
            }
            local
        }
    };
    match local.split_once('.') {
        None => is_like(local, "00:00") || is_like(local, "00:00:00"),
        Some((whole, part)) => {
            is_like(whole, "00:00:00") && !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
        }
    }
}

/// Whether a text has the form: a digit for each zero, and the rest as it is.
fn is_like(text: &str, form: &str) -> bool {
    let same = |(byte, like): (u8, u8)| if like == b'0' { byte.is_ascii_digit() } else { byte == like };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::is_iso_8601;

    /// Held to 2026-07-28, server/resources, "Annotations".
    #[test]
    fn times_have_a_form() {
        for time in ["2025-01-12", "2025-01-12T15:00", "2025-01-12T15:00:58Z", "2025-01-12T15:00:58.5-01:30"] {
            assert!(is_iso_8601(time), "{time}");
        }
        for other in [
            "",
            "T",
            "yesterday",
            "12.1.2025",
            "2025-1-12",
            "2025-01-12 15:00",
            "2025-01-12T",
            "2025-01-12TZ",
            "2025-01-12T15:00:58.Z",
            "2025-01-12T15:00Zulu",
            "2025-01-12T15:00+1",
            "2025-01-12T1\u{e4}:00",
        ] {
            assert!(!is_iso_8601(other), "{other}");
        }
    }
}

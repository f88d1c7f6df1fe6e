//! Hints about content.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Hints about who content is for and how much it matters (2026-07-28, server/resources, "Annotations").
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use mcp_core::model::{Annotations, Role};
///
/// let changed = SystemTime::UNIX_EPOCH + Duration::from_millis(1_763_640_000_250);
/// let hints = Annotations::default().with_audience([Role::User]).with_priority(0.9).with_last_modified(changed);
/// assert_eq!(hints.last_modified.as_deref(), Some("2025-11-20T12:00:00.250Z"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Annotations {
    /// Who it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<Vec<Role>>,
    /// From 0, optional, to 1, required. A number beyond that has no meaning and is not written.
    #[serde(skip_serializing_if = "has_no_meaning")]
    pub priority: Option<f64>,
    /// When it last changed, as an ISO 8601 timestamp; since 2025-06-18.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

fn has_no_meaning(priority: &Option<f64>) -> bool {
    !priority.is_some_and(|priority| (0.0..=1.0).contains(&priority))
}

impl Annotations {
    /// Says who it is for.
    #[must_use]
    pub fn with_audience(mut self, audience: impl IntoIterator<Item = Role>) -> Self {
        self.audience = Some(audience.into_iter().collect());
        self
    }

    /// Says how much it matters, from 0, optional, to 1, required. What lies outside is taken for the nearer end, and
    /// what is no number for 0.
    #[must_use]
    pub fn with_priority(mut self, priority: f64) -> Self {
        self.priority = Some(if priority.is_nan() { 0.0 } else { priority.clamp(0.0, 1.0) });
        self
    }

    /// Says when it last changed. A time before 1970 is taken for the first moment of that year.
    #[must_use]
    pub fn with_last_modified(mut self, changed: SystemTime) -> Self {
        self.last_modified = Some(timestamp(changed));
        self
    }
}

/// A side of a conversation. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The human.
    User,
    /// The model.
    Assistant,
}

/// A time in ISO 8601, in UTC, with milliseconds if it has any.
fn timestamp(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let fraction = match since.subsec_millis() {
        0 => String::new(),
        millis => format!(".{millis:03}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The date that lies so many days after the first of January 1970. Years are counted from March, so that the day that
/// leap years add is their last.
fn date(days: u64) -> (u64, u64, u64) {
    const IN_400_YEARS: u64 = 146_097;
    // The first of March of the year 0 lies so many days before.
    let days = days + 719_468;
    let (cycle, day) = (days / IN_400_YEARS, days % IN_400_YEARS);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = cycle * 400 + year + u64::from(month <= 2);
    (year, month, day - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Held to 2026-07-28, server/resources, "Annotations".
    #[test]
    fn hints_stay_in_their_range() {
        let at = |seconds| Annotations::default().with_last_modified(UNIX_EPOCH + Duration::from_secs(seconds));
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_799, "2000-02-29T23:59:59Z"),
            (1_709_164_800, "2024-02-29T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (4_107_542_399, "2100-02-28T23:59:59Z"),
        ] {
            assert_eq!(at(seconds).last_modified.unwrap(), expected);
        }
        for (given, expected) in [(0.5, 0.5), (2.0, 1.0), (-1.0, 0.0), (f64::NAN, 0.0)] {
            assert_eq!(Annotations::default().with_priority(given).priority, Some(expected));
        }
    }
}

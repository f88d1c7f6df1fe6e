//! Holds limits to values that can be kept: what is refused here would be a panic, a flood or a wrap elsewhere.

use std::{fmt::Debug, ops::RangeInclusive, time::Duration};

use super::Limits;

/// More than any machine has, and far from the end of the numbers.
const MOST_BYTES: usize = if usize::BITS > 40 { 1 << 40 } else { usize::MAX >> 2 };
const MOST: usize = 1 << 30;
/// Deeper, readers of JSON would run out of stack.
const DEEPEST: usize = 128;
/// Timers are kept for no longer.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);
/// Clients carry it in every request.
const LARGEST_STATE: usize = 64 << 10;
const SHORTEST: Duration = Duration::from_millis(1);

impl Limits {
    /// Holds every limit to what can be kept.
    ///
    /// # Errors
    ///
    /// A sentence that names the limit, its value, and what it may be.
    pub(crate) fn check(&self) -> Result<(), String> {
        // Without `..`: a new limit is held to a range, or this does not compile.
        let Self {
            body_bytes,
            line_bytes,
            held_bytes,
            kept_bytes,
            json_depth,
            json_keys,
            handshake_bytes,
            answer_bytes,
            calls_per_connection,
            calls,
            calls_per_session,
            connections,
            waiting_requests,
            waiting_bytes,
            sessions,
            streams,
            streams_per_connection,
            replay_events,
            replay_bytes,
            queue_messages,
            queue_bytes,
            watched_resources,
            watched_bytes,
            watched_uri_bytes,
            log_bytes,
            log_rate,
            progress_rate,
            call_timeout,
            call_timeout_max,
            session_idle,
            session_max,
            keep_alive,
            head_timeout,
            connection_idle,
            write_stall,
            body_timeout,
            notification_delay,
            drain,
            drain_at_eof,
            page_size,
            page_bytes,
            result_text_bytes,
            // Held below.
            asks_per_session: _,
            ask_timeout: _,
            ask_settle: _,
            state_bytes: _,
            state_expiry: _,
            mark_bytes: _,
            // Either will do.
            http_sessions: _,
            isolate_stdio: _,
        } = self;
        held("body_bytes", body_bytes, &(1..=MOST_BYTES))?;
        held("line_bytes", line_bytes, &(1..=MOST_BYTES))?;
        held("held_bytes", held_bytes, &(0..=MOST_BYTES))?;
        held("kept_bytes", kept_bytes, &(0..=MOST_BYTES))?;
        held("json_depth", json_depth, &(1..=DEEPEST))?;
        held("json_keys", json_keys, &(1..=MOST))?;
        held("handshake_bytes", handshake_bytes, &(1..=MOST_BYTES))?;
        held("answer_bytes", answer_bytes, &(1..=MOST_BYTES))?;
        held("calls_per_connection", calls_per_connection, &(1..=MOST))?;
        held("calls", calls, &(1..=MOST))?;
        held("calls_per_session", calls_per_session, &(1..=MOST))?;
        held("connections", connections, &(1..=MOST))?;
        held("waiting_requests", waiting_requests, &(1..=MOST))?;
        held("waiting_bytes", waiting_bytes, &(1..=MOST_BYTES))?;
        held("sessions", sessions, &(1..=MOST))?;
        held("streams", streams, &(1..=MOST))?;
        held("streams_per_connection", streams_per_connection, &(1..=MOST))?;
        held("replay_events", replay_events, &(0..=MOST_BYTES))?;
        held("replay_bytes", replay_bytes, &(1..=MOST_BYTES))?;
        held("queue_messages", queue_messages, &(1..=MOST))?;
        held("queue_bytes", queue_bytes, &(1..=MOST_BYTES))?;
        held("watched_resources", watched_resources, &(0..=MOST_BYTES))?;
        held("watched_bytes", watched_bytes, &(1..=MOST_BYTES))?;
        held("watched_uri_bytes", watched_uri_bytes, &(1..=MOST_BYTES))?;
        held("log_bytes", log_bytes, &(1..=MOST_BYTES))?;
        held("log_rate", log_rate, &(1..=MOST))?;
        held("progress_rate", progress_rate, &(1..=MOST))?;
        held("result_text_bytes", &result_text_bytes.unwrap_or(1), &(1..=MOST_BYTES))?;
        held("page_bytes", &page_bytes.unwrap_or(1), &(1..=MOST_BYTES))?;
        held("page_size", &page_size.unwrap_or(1), &(1..=MOST))?;
        held("call_timeout", call_timeout, &(SHORTEST..=LONGEST))?;
        held("call_timeout_max", call_timeout_max, &(SHORTEST..=LONGEST))?;
        held("session_idle", session_idle, &(SHORTEST..=LONGEST))?;
        held("session_max", session_max, &(SHORTEST..=LONGEST))?;
        held("keep_alive", keep_alive, &(SHORTEST..=LONGEST))?;
        held("head_timeout", head_timeout, &(SHORTEST..=LONGEST))?;
        held("connection_idle", connection_idle, &(SHORTEST..=LONGEST))?;
        held("write_stall", write_stall, &(SHORTEST..=LONGEST))?;
        held("body_timeout", body_timeout, &(SHORTEST..=LONGEST))?;
        held("notification_delay", notification_delay, &(Duration::ZERO..=LONGEST))?;
        held("drain", drain, &(Duration::ZERO..=LONGEST))?;
        held("drain_at_eof", drain_at_eof, &(Duration::ZERO..=LONGEST))?;
        self.check_asking()
    }

    /// Holds what is about questions to clients.
    fn check_asking(&self) -> Result<(), String> {
        held("asks_per_session", &self.asks_per_session, &(1..=MOST))?;
        held("ask_timeout", &self.ask_timeout, &(SHORTEST..=LONGEST))?;
        held("ask_settle", &self.ask_settle, &(Duration::ZERO..=LONGEST / 16))?;
        held("state_bytes", &self.state_bytes, &(256..=LARGEST_STATE))?;
        held("state_expiry", &self.state_expiry, &(SHORTEST..=LONGEST))?;
        held("mark_bytes", &self.mark_bytes, &(0..=MOST_BYTES))
    }
}

fn held<T: PartialOrd + Debug>(name: &str, value: &T, allowed: &RangeInclusive<T>) -> Result<(), String> {
    if allowed.contains(value) {
        return Ok(());
    }
    let (least, most) = (allowed.start(), allowed.end());
    Err(format!("`Limits::{name}` is {value:?}: it must be between {least:?} and {most:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value for a limit, and the words that its refusal must hold.
    type Case = (fn(&mut Limits), &'static str);

    #[test]
    fn limits_that_cannot_be_kept_are_refused_by_their_names() {
        Limits::default().check().unwrap();
        let cases: [Case; 9] = [
            (|limits| limits.session_max = Duration::MAX, "`Limits::session_max` is 18446744073709551615.999999999s"),
            (|limits| limits.call_timeout = Duration::MAX, "`Limits::call_timeout`"),
            (|limits| limits.drain = Duration::MAX, "`Limits::drain` is"),
            (|limits| limits.keep_alive = Duration::ZERO, "`Limits::keep_alive` is 0ns: it must be between 1ms and"),
            (|limits| limits.line_bytes = usize::MAX, "`Limits::line_bytes`"),
            (|limits| limits.body_bytes = 0, "`Limits::body_bytes` is 0: it must be between 1 and"),
            (|limits| limits.page_size = Some(0), "`Limits::page_size` is 0"),
            (|limits| limits.json_depth = 100_000, "`Limits::json_depth` is 100000: it must be between 1 and 128"),
            (|limits| limits.sessions = usize::MAX, "`Limits::sessions`"),
        ];
        for (change, words) in cases {
            let mut limits = Limits::default();
            change(&mut limits);
            let refused = limits.check().unwrap_err();
            assert!(refused.starts_with(words), "{refused}");
        }
    }

    #[test]
    #[should_panic(expected = "`Limits::calls` is 0: it must be between 1 and")]
    fn a_server_is_not_built_with_limits_that_cannot_be_kept() {
        let limits = Limits { calls: 0, ..Limits::default() };
        let _ = crate::Server::builder("limited", "1.0.0").limits(limits);
    }
}

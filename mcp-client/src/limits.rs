//! Every default and every bound, as plain data.

use std::time::Duration;

/// What a client accepts, and how long it waits. The defaults are safe against servers that misbehave.
///
/// ```
/// use mcp_client::Limits;
///
/// let mut limits = Limits::default();
/// limits.message_bytes = 1 << 20;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Largest message that is read: a line on stdio, a body or an event over HTTP. Default 16 MiB.
    pub message_bytes: usize,
    /// Deepest nesting of one message. Default 64.
    pub json_depth: usize,
    /// Most object members in one message. Default 1 000 000: a long list of tools has many.
    pub json_keys: usize,
    /// Most requests in flight on one pipe; beyond it a request fails at once. Default 1024.
    pub requests: usize,
    /// How long a request may stay without an answer or progress. Default 60 s.
    pub timeout: Duration,
    /// How long a request may take at all. Default 10 min.
    pub timeout_max: Duration,
    /// How long one of this program's own handlers may take to answer a question of the server's. A call for which it
    /// answers waits meanwhile: its clock stands still, for at most [`Limits::rounds`] times as long. Default 10 min.
    pub answer_timeout: Duration,
    /// Most questions of the server's that are being answered at the same time; one more is refused. Default 32.
    pub answers: usize,
    /// How often a server may answer one call with questions instead of a result (2026-07-28, multi round-trip
    /// requests). Default 10.
    pub rounds: u8,
    /// How long a pipe may leave the first question unanswered before it is asked in the older way. Default 10 s.
    pub probe_timeout: Duration,
    /// How long it may take to open a TCP connection, TLS included. Default 10 s.
    pub connect_timeout: Duration,
    /// Most pages that a whole list may have: a server can name cursors without end. Default 1000.
    pub pages: usize,
    /// Most bytes that all pages of a whole list may have as they come. Default 64 MiB.
    pub list_bytes: usize,
    /// Most tools whose output schemas are remembered; the results of others are not held to theirs. Default 10 000.
    pub output_schemas: usize,
    /// How many changes wait in one subscription before those of parts of a resource are told as one of that resource.
    /// Default 1024.
    pub changes: usize,
    /// How long to wait before a broken stream is opened again, at first; it doubles. Default 1 s.
    pub reconnect_first: Duration,
    /// How long to wait at most before a broken stream is opened again. Default 30 s.
    pub reconnect_max: Duration,
    /// How often to try to open a broken stream again. Default 10.
    pub reconnect_tries: u32,
    /// How long a stream must have lived to count as sound again. Default 60 s.
    pub reconnect_healthy: Duration,
    /// How long a stream that used to be kept alive may be silent before it counts as broken. Default 45 s.
    pub silence: Duration,
    /// How long a child process may take to exit when its input ends, and again when it is asked to. Default 2 s.
    pub child_grace: Duration,
    /// How much of a child's last words on stderr is kept. Default 64 KiB.
    pub stderr_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            message_bytes: 16 << 20,
            json_depth: 64,
            json_keys: 1_000_000,
            requests: 1024,
            timeout: seconds(60),
            timeout_max: seconds(600),
            answer_timeout: seconds(600),
            answers: 32,
            rounds: 10,
            probe_timeout: seconds(10),
            connect_timeout: seconds(10),
            pages: 1000,
            list_bytes: 64 << 20,
            output_schemas: 10_000,
            changes: 1024,
            reconnect_first: seconds(1),
            reconnect_max: seconds(30),
            reconnect_tries: 10,
            reconnect_healthy: seconds(60),
            silence: seconds(45),
            child_grace: seconds(2),
            stderr_bytes: 64 << 10,
        }
    }
}

impl Limits {
    pub(crate) fn json(&self) -> mcp_core::jsonrpc::Limits {
        let mut limits = mcp_core::jsonrpc::Limits::default();
        limits.depth = self.json_depth;
        limits.keys = self.json_keys;
        limits
    }
}

/// Frames that wait to be written to a pipe.
pub(crate) const QUEUE_FRAMES: usize = 64;
/// Cancellations and replies that wait to be written to a pipe, before anything else.
pub(crate) const QUEUE_CONTROL: usize = 1024;
/// Messages to the server that are on their way outside of any request of the caller's.
#[cfg(feature = "http")]
pub(crate) const DETACHED_MESSAGES: usize = 64;
/// How long such a message may take.
#[cfg(feature = "http")]
pub(crate) const DETACHED_TIMEOUT: Duration = Duration::from_secs(3);
/// Tools that are remembered as those that may be called twice.
pub(crate) const REPEATABLE_TOOLS: usize = 10_000;
/// The whole of `close`.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_millis(4900);

//! What a server allows: every bound and every time, with its default.

use std::time::Duration;

/// What a server allows, and for how long. The defaults are safe for a program that faces strangers.
///
/// ```
/// use mcp_server::Limits;
///
/// let mut limits = Limits::default();
/// limits.body_bytes = 16 << 20;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Largest HTTP body, in bytes. Beyond it: 413. Default 4 MiB.
    pub body_bytes: usize,
    /// Largest line on stdio, in bytes. Beyond it: an error, by the request's id if it can be found. Default 4 MiB.
    pub line_bytes: usize,
    /// Most bytes that are held for clients at once in the whole server: large requests until they are decoded, large
    /// answers until the client has taken them, and log messages that wait. Beyond it: 503 for a large request, an error
    /// in place of a large answer which says that the call has run, and log messages are left out; what is small (below
    /// 16 KiB) is served all the same. Default 256 MiB.
    pub held_bytes: usize,
    /// Most bytes that sessions and event streams keep in the whole server for as long as they live: what handshakes said,
    /// what is watched (of each URI three times its length and 768 bytes, with the event that may wait for it), what
    /// came with the request to watch, and events that are kept to be sent again. Beyond it: 503 for new sessions, an
    /// error for who wants to watch more, and fewer events are kept. Default 256 MiB.
    pub kept_bytes: usize,
    /// Deepest nesting of one message. Default 64.
    pub json_depth: usize,
    /// Most object members in one message. Default 100 000.
    pub json_keys: usize,
    /// Most that a handshake may say: version, capabilities and client information, in bytes. Beyond it: an error.
    /// A session keeps what its handshake said. Default 16 KiB.
    pub handshake_bytes: usize,
    /// Largest answer, in bytes; a larger one becomes an error. Default 16 MiB, which is what clients accept.
    pub answer_bytes: usize,
    /// Most calls that run at once for one stdio connection. Default 256.
    pub calls_per_connection: usize,
    /// Most calls that run at once in the whole server over HTTP. Beyond it: 503. Default 4096.
    pub calls: usize,
    /// Most calls of one session over HTTP that run at once, also when the connections that they came on are gone. Beyond
    /// it: 503. Default 256.
    pub calls_per_session: usize,
    /// Most requests of one stdio connection that wait for a call to end. Beyond it reading stops. Default 1024.
    pub waiting_requests: usize,
    /// Most bytes of requests that wait so. Default 4 MiB.
    pub waiting_bytes: usize,
    /// How long a call may take without reporting progress. A safety net: clients have limits of their own, and shorter
    /// ones. Default 10 min.
    pub call_timeout: Duration,
    /// How long a call may take at all. Default 60 min.
    pub call_timeout_max: Duration,
    /// Whether a handshake over HTTP opens a session. Without sessions each request is served by itself, by whichever
    /// replica it reaches; clients of the revisions that have sessions then hear of no changes, cannot cancel, and
    /// whatever they said in their handshake is not known later. Default `true`.
    pub http_sessions: bool,
    /// Most sessions. Beyond it new ones are refused with 503. Default 10 000.
    pub sessions: usize,
    /// How long a session lives without traffic or an open stream. Default 30 min.
    pub session_idle: Duration,
    /// How long a session lives at all. Default 24 h.
    pub session_max: Duration,
    /// Most open event streams. Beyond it: 503. Default 8192.
    pub streams: usize,
    /// Most open event streams of one stdio connection. Beyond it: an error. Default 64.
    pub streams_per_connection: usize,
    /// Most events of a session's stream that are kept for a client that lost the stream: it names the last event that it
    /// has seen in `Last-Event-ID` and gets those after it. With 0 nothing is kept, and events have no ids. Default 0.
    pub replay_events: usize,
    /// Most bytes of events that are kept so for one session. Default 1 MiB.
    pub replay_bytes: usize,
    /// Most log messages that wait for one stream. Beyond it they are left out, and the client is told how many. Changes
    /// and reports of progress have no such bound: of each only the newest waits. Default 128.
    pub queue_messages: usize,
    /// Most bytes of log messages that wait for one stream. Default 256 KiB.
    pub queue_bytes: usize,
    /// Most resources that one session or stream may watch. Beyond it: an error. Default 10 000.
    pub watched_resources: usize,
    /// Most bytes that one session or stream may watch: its URIs, and 64 bytes for each. Beyond it: an error. Default
    /// 1 MiB.
    pub watched_bytes: usize,
    /// Longest URI of a resource that may be watched, in bytes. Default 8 KiB.
    pub watched_uri_bytes: usize,
    /// How often a quiet stream gets a comment. Default 15 s.
    pub keep_alive: Duration,
    /// How long a list may keep changing before its change is announced once. Default 10 ms.
    pub notification_delay: Duration,
    /// Largest data of one log message, in bytes. Larger data is replaced by a sentence that says so. Default 16 KiB.
    pub log_bytes: usize,
    /// Most log messages that one call sends in a second, at most [`queue_messages`](Self::queue_messages). More are
    /// left out, and the client is told how many. Default 64.
    pub log_rate: usize,
    /// Most reports of progress that one call sends in a second. Of more only the newest is sent, in the next second or
    /// with the end of the call. Default 64.
    pub progress_rate: usize,
    /// Most questions to one client that wait for its answers. Default 64.
    pub asks_per_session: usize,
    /// How long a client may take to answer what a handler asks it. Default 10 min.
    pub ask_timeout: Duration,
    /// How long a handler that waits for answers may wait for something else besides, where its client answers by asking
    /// again. Then it is dropped, and what it has not made a [step](crate::Context::step) is done again. At most ten times as
    /// long, if something wakes it again and again. Default 100 ms.
    pub ask_settle: Duration,
    /// Most bytes that a client is given to carry for a call that goes on with its answers: what steps have given, and the
    /// answers before. Beyond it the call fails. At most 64 KiB. Default 8 KiB.
    pub state_bytes: usize,
    /// How long a client may take to go on so. Default 10 min.
    pub state_expiry: Duration,
    /// Most bytes of marks that the server keeps of what must happen only once: of steps, and of tools that say `once`.
    /// Beyond it such calls fail. What one of them leaves for another, its value or its answer, is kept only up to a 64th of
    /// this. Default 64 MiB.
    pub mark_bytes: usize,
    /// Items per page of a list; `None` puts all on one page. Default `None`.
    pub page_size: Option<usize>,
    /// Most bytes of the items of a page of a list together, as JSON: the page is cut, and its cursor goes on. An item that
    /// is larger stands on a page of its own; pages of sources are as long as the source makes them. `None` is no bound.
    /// Default `None`.
    pub page_bytes: Option<usize>,
    /// Most bytes of text of a tool's result, so that one call does not fill the context of a model. Text beyond it is cut,
    /// and a last block says how much there was. A structured result is never cut: if it is larger, the result is an
    /// error that says so. Pictures, sound and resources are not counted. `None` is no bound but
    /// [`answer_bytes`](Self::answer_bytes). Default `None`.
    pub result_text_bytes: Option<usize>,
    /// Most connections of all HTTP listeners: the newest beyond it are answered with 503 and closed. As many of each
    /// listener on a Unix socket, where more wait until one ends. Default 10 000, more than there may be
    /// [`streams`](Self::streams); the system must allow so many open files.
    pub connections: usize,
    /// How long a client may take for the head of an HTTP request, from its first byte on; the first head of a
    /// connection from its beginning on. Default 10 s.
    pub head_timeout: Duration,
    /// How long a connection may be silent between two requests. Default 75 s, longer than proxies usually keep theirs, so
    /// that it is the proxy that gives up. After requests that came in one piece, without waiting for their answers, it
    /// may be [`head_timeout`](Self::head_timeout).
    pub connection_idle: Duration,
    /// How long a peer may take nothing of what is written to it. Beyond it the connection is closed. Default 30 s.
    pub write_stall: Duration,
    /// How long a client may take for the body of an HTTP request. Default 30 s.
    pub body_timeout: Duration,
    /// Whether [`Server::serve_stdio`](crate::Server::serve_stdio) sets the standard streams apart for the protocol: what
    /// the program prints then goes to standard error, and it reads nothing from standard input. Default `true`.
    pub isolate_stdio: bool,
    /// How long calls may go on after a shutdown has begun. Default 25 s.
    pub drain: Duration,
    /// How long calls may go on after the end of input on stdio. Default 1 s.
    pub drain_at_eof: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        const MIB: usize = 1 << 20;
        let seconds = Duration::from_secs;
        Self {
            body_bytes: 4 * MIB,
            line_bytes: 4 * MIB,
            held_bytes: 256 * MIB,
            kept_bytes: 256 * MIB,
            json_depth: 64,
            json_keys: 100_000,
            handshake_bytes: 16 << 10,
            answer_bytes: 16 * MIB,
            calls_per_connection: 256,
            calls: 4096,
            calls_per_session: 256,
            waiting_requests: 1024,
            waiting_bytes: 4 * MIB,
            call_timeout: seconds(600),
            call_timeout_max: seconds(3600),
            http_sessions: true,
            sessions: 10_000,
            session_idle: seconds(30 * 60),
            session_max: seconds(24 * 3600),
            streams: 8192,
            streams_per_connection: 64,
            replay_events: 0,
            replay_bytes: MIB,
            queue_messages: 128,
            queue_bytes: 256 << 10,
            watched_resources: 10_000,
            watched_bytes: MIB,
            watched_uri_bytes: 8 << 10,
            keep_alive: seconds(15),
            notification_delay: Duration::from_millis(10),
            log_bytes: 16 << 10,
            log_rate: 64,
            progress_rate: 64,
            asks_per_session: 64,
            ask_timeout: seconds(600),
            ask_settle: Duration::from_millis(100),
            state_bytes: 8 << 10,
            state_expiry: seconds(600),
            mark_bytes: 64 * MIB,
            page_size: None,
            page_bytes: None,
            result_text_bytes: None,
            connections: 10_000,
            head_timeout: seconds(10),
            connection_idle: seconds(75),
            write_stall: seconds(30),
            body_timeout: seconds(30),
            isolate_stdio: true,
            drain: seconds(25),
            drain_at_eof: seconds(1),
        }
    }
}

/// What one connection may need besides what is counted, in bytes: the buffer that requests are read into (64 KiB at
/// most), an answer too small to be counted (16 KiB), and the state of both.
const CONNECTION_BYTES: usize = 96 << 10;
/// What a session or a stream may need besides what it keeps.
const SESSION_BYTES: usize = 2 << 10;
const STREAM_BYTES: usize = 16 << 10;
/// How often an answer is there while it is made: as a value, and as the message.
const ANSWER_COPIES: usize = 2;

impl Limits {
    /// The most memory that HTTP clients can make a server use, whatever they do, in bytes: what is held and kept for them,
    /// marks of what must happen once, what each connection, session and stream needs besides, and an answer in the making
    /// on each of `workers` threads. Saturates.
    ///
    /// What the program itself needs, and what its handlers keep while they run, comes on top; so do freed bytes that the
    /// allocator does not give back to the system.
    ///
    /// ```
    /// use mcp_server::Limits;
    ///
    /// let mut limits = Limits::default();
    /// (limits.held_bytes, limits.kept_bytes) = (64 << 20, 32 << 20);
    /// (limits.connections, limits.streams, limits.sessions) = (1_000, 500, 1_000);
    /// limits.mark_bytes = 8 << 20;
    /// limits.answer_bytes = 4 << 20;
    /// assert!(limits.memory_bytes(2) < 232 << 20);
    /// ```
    pub fn memory_bytes(&self, workers: usize) -> usize {
        let each = |count: usize, bytes: usize| count.saturating_mul(bytes);
        [
            self.held_bytes,
            self.kept_bytes,
            self.mark_bytes,
            each(self.connections, CONNECTION_BYTES),
            each(self.streams, STREAM_BYTES),
            each(if self.http_sessions { self.sessions } else { 0 }, SESSION_BYTES),
            each(workers, self.answer_bytes.saturating_mul(ANSWER_COPIES)),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    pub(crate) fn json(&self) -> mcp_core::jsonrpc::Limits {
        let mut limits = mcp_core::jsonrpc::Limits::default();
        limits.depth = self.json_depth;
        limits.keys = self.json_keys;
        limits
    }
}

//! What those who serve one connection tell each other: the socket, the timer, and the answer that is being written.
//!
//! A client that is done with writing and one that is gone send the same: the end of input. Only writing to it tells
//! them apart, because a client that is gone answers that with a reset.
//!
//! ```text
//!         a head begins            its request is called           it is answered
//! Reading ─────────────► Reading ──────────────────────► Called ──────────────────► Answered | Streaming ──► Reading
//!                                                          │                            │
//! end of input:                              `100 Continue` is written      comments are written
//! ```

use std::{
    sync::atomic::{AtomicBool, AtomicU8, Ordering},
    time::Duration,
};

use http::Version;

use super::boundary::Boundary;

/// Shared by everything that serves one connection. All of it is polled by one task; the atomics are for the compiler.
#[derive(Debug, Default)]
pub(crate) struct ConnectionState {
    phase: AtomicU8,
    boundary: Boundary,
    /// Something of the current head has arrived.
    head_began: AtomicBool,
    /// The client writes no more.
    half_closed: AtomicBool,
    /// The answer writes comments to a client that may be gone.
    probing: AtomicBool,
    /// The connection ends after this answer, whatever of the request has not been read.
    closing: AtomicBool,
}

/// How far an exchange is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Phase {
    /// The head of a request is awaited or read.
    Reading = 0,
    /// A request is being answered, and its client takes interim responses.
    Called = 1,
    /// A request is being answered to a client of HTTP/1.0, which takes none (RFC 9110, section 15.2).
    CalledOld = 2,
    /// The answer is whole, and is written.
    Answered = 3,
    /// The answer goes on.
    Streaming = 4,
}

impl ConnectionState {
    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Relaxed) {
            1 => Phase::Called,
            2 => Phase::CalledOld,
            3 => Phase::Answered,
            4 => Phase::Streaming,
            _ => Phase::Reading,
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Relaxed);
    }

    /// The head of the next request is awaited. Its beginning may be there already.
    pub(crate) fn await_head(&self) {
        self.head_began.store(self.boundary.next(), Ordering::Relaxed);
        self.enter(Phase::Reading);
    }

    /// This has arrived of a head, or of what follows it.
    pub(crate) fn receive(&self, read: &[u8]) {
        self.boundary.receive(read, self.phase() == Phase::Reading);
        self.head_began.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_head_begun(&self) -> bool {
        self.head_began.load(Ordering::Relaxed)
    }

    /// A request is there, and its body is so long, if that is known.
    pub(crate) fn call(&self, version: Version, body: Option<u64>) {
        self.boundary.call(body);
        self.probing.store(false, Ordering::Relaxed);
        self.enter(if version >= Version::HTTP_11 { Phase::Called } else { Phase::CalledOld });
    }

    /// The answer is there: all of it, or its beginning.
    pub(crate) fn answer(&self, is_whole: bool, is_closing: bool) {
        self.closing.store(is_closing, Ordering::Relaxed);
        self.enter(if is_whole { Phase::Answered } else { Phase::Streaming });
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// The client writes no more.
    pub(crate) fn half_close(&self) {
        self.half_closed.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_half_closed(&self) -> bool {
        self.half_closed.load(Ordering::Relaxed)
    }

    /// The answer will write to the client when [`is_half_closed`](Self::is_half_closed).
    pub(crate) fn probe(&self) {
        self.probing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_probing(&self) -> bool {
        self.probing.load(Ordering::Relaxed)
    }
}

/// How long to wait for the reset after having written `written` times to a client that may be gone.
pub(crate) fn probe_delay(written: u32) -> Duration {
    Duration::from_millis(10) * 10_u32.saturating_pow(written.saturating_sub(1).min(3))
}

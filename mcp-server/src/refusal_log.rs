//! What was refused, told to whoever runs the server: what it was, and what to allow or to change.
//!
//! Anybody can have requests refused, as many as they like. So of each kind a few are told in a second, and of the others
//! how many they were.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;
use tracing::{Span, instrument::WithSubscriber, level_filters::LevelFilter};

use crate::lifecycle::Lifecycle;

/// What the events can be told by.
const TARGET: &str = "mcp_server::refused";
/// How many of one kind are told in a second.
const TOLD: u32 = 4;
/// How long those are counted that are left out.
const COUNTED_FOR: Duration = Duration::from_secs(1);

/// Why something is refused. Each kind is told in its own measure: a flood of one leaves the others to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(any(test, feature = "http")), expect(dead_code, reason = "most can be refused over HTTP only"))]
pub(crate) enum RefusalKind {
    Host,
    Origin,
    ContentType,
    Accept,
    Size,
    Time,
    Version,
    Headers,
    Session,
    Connections,
    Calls,
    Streams,
    Sessions,
    Memory,
    /// What a client brings with which it goes on with a call.
    State,
}

impl RefusalKind {
    const COUNT: usize = Self::State as usize + 1;

    fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Origin => "origin",
            Self::ContentType => "content type",
            Self::Accept => "accept",
            Self::Size => "size",
            Self::Time => "time",
            Self::Version => "version",
            Self::Headers => "headers",
            Self::Session => "session",
            Self::Connections => "connections",
            Self::Calls => "calls",
            Self::Streams => "streams",
            Self::Sessions => "sessions",
            Self::Memory => "memory",
            Self::State => "state",
        }
    }
}

/// Tells what one server refuses. It has a fixed size, and is touched only by what is refused.
pub(crate) struct RefusalLog {
    began: Instant,
    tallies: Arc<[Tally; RefusalKind::COUNT]>,
    lifecycle: Lifecycle,
}

/// How many of one kind there were.
#[derive(Default)]
struct Tally {
    /// The newest second in which there was one, counted from 1, and in the low half how many there were in it.
    second: AtomicU64,
    /// How many were not told since it was last said how many.
    left_out: AtomicU64,
}

impl Tally {
    /// The place of one more among those of its second, from 1 on.
    fn count(&self, second: u32) -> u32 {
        let place = |was: u64| {
            let [of, count] =
                [was >> 32, was & u64::from(u32::MAX)].map(|half| u32::try_from(half).unwrap_or(u32::MAX));
            if of == second { count.saturating_add(1) } else { 1 }
        };
        let next = |was: u64| Some(u64::from(second) << 32 | u64::from(place(was)));
        // It is always replaced: the value before is there either way.
        place(self.second.fetch_update(Relaxed, Relaxed, next).unwrap_or_default())
    }
}

impl RefusalLog {
    pub(crate) fn new(lifecycle: &Lifecycle) -> Self {
        Self { began: Instant::now(), tallies: Arc::default(), lifecycle: lifecycle.clone() }
    }

    /// Tells that something is refused. A peer's text in it goes through [`shown`](mcp_core::error::shown) first.
    #[cold]
    pub(crate) fn tell(&self, kind: RefusalKind, what: fmt::Arguments<'_>) {
        self.tell_in(kind, Span::none, what);
    }

    /// As [`tell`](Self::tell), of a request that has a span of its own. The span is made only if the event is.
    #[cold]
    pub(crate) fn tell_in(&self, kind: RefusalKind, span: impl FnOnce() -> Span, what: fmt::Arguments<'_>) {
        if LevelFilter::current() < LevelFilter::WARN {
            return;
        }
        let Some(tally) = self.tallies.get(kind as usize) else { return };
        let second = u32::try_from(self.began.elapsed().as_secs() + 1).unwrap_or(u32::MAX);
        if tally.count(second) <= TOLD {
            let _span = span().entered();
            tracing::warn!(target: TARGET, refused = kind.as_str(), "{what}");
        } else if tally.left_out.fetch_add(1, Relaxed) == 0 {
            self.tell_how_many(kind);
        }
    }

    /// Tells that a request is refused because as many as may be are there already. `limit` is the field of
    /// [`Limits`](crate::Limits) that says how many.
    #[cold]
    pub(crate) fn tell_full(&self, kind: RefusalKind, what: &str, limit: &str, max: usize) {
        self.tell(
            kind,
            format_args!("{what} is refused: Limits::{limit} ({max}) is reached; raise it if that is too few"),
        );
    }

    /// Says in a moment how many were left out until then.
    fn tell_how_many(&self, kind: RefusalKind) {
        let mut left_out = LeftOut(Some(self.tallies.clone()), kind);
        if tokio::runtime::Handle::try_current().is_err() || self.lifecycle.stopping().is_raised() {
            return;
        }
        let stopping = self.lifecycle.stopping().raised();
        let later = async move {
            tokio::select! {
                () = tokio::time::sleep(COUNTED_FOR) => {}
                () = stopping => {}
            }
            let left_out = left_out.take();
            tracing::warn!(target: TARGET, refused = kind.as_str(), left_out, "{left_out} more like these are refused");
        };
        self.lifecycle.spawn(later.with_current_subscriber());
    }
}

/// Those of one kind that will be told by their number. If that cannot be, as in a runtime that ends, they are counted anew:
/// only the first one sees to it that the others are told.
struct LeftOut(Option<Arc<[Tally; RefusalKind::COUNT]>>, RefusalKind);

impl LeftOut {
    fn take(&mut self) -> u64 {
        // Once: the next of them are somebody else's.
        let tallies = self.0.take();
        tallies.and_then(|tallies| Some(tallies.get(self.1 as usize)?.left_out.swap(0, Relaxed))).unwrap_or_default()
    }
}

impl Drop for LeftOut {
    fn drop(&mut self) {
        self.take();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_anew_where_nobody_could_tell_how_many() {
        let log = RefusalLog::new(&Lifecycle::default());
        let left_out = || &log.tallies[RefusalKind::Host as usize].left_out;
        left_out().store(1, Relaxed);
        log.tell_how_many(RefusalKind::Host);
        assert_eq!(left_out().load(Relaxed), 0, "there is no runtime");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        left_out().store(1, Relaxed);
        runtime.block_on(async { log.tell_how_many(RefusalKind::Host) });
        assert_eq!(left_out().load(Relaxed), 1, "it will be told");
        drop(runtime);
        assert_eq!(left_out().load(Relaxed), 0, "the runtime has ended");
    }

    #[test]
    fn each_second_is_counted_anew() {
        let tally = Tally::default();
        let places: Vec<u32> = [1, 1, 1, 2, 2, 9, 9].map(|second| tally.count(second)).into();
        assert_eq!(places, [1, 2, 3, 1, 2, 1, 2]);
    }

    #[test]
    fn every_kind_has_a_tally_of_its_own() {
        let kinds = [
            RefusalKind::Host,
            RefusalKind::Origin,
            RefusalKind::ContentType,
            RefusalKind::Accept,
            RefusalKind::Size,
            RefusalKind::Time,
            RefusalKind::Version,
            RefusalKind::Headers,
            RefusalKind::Session,
            RefusalKind::Connections,
            RefusalKind::Calls,
            RefusalKind::Streams,
            RefusalKind::Sessions,
            RefusalKind::Memory,
            RefusalKind::State,
        ];
        let places: Vec<usize> = kinds.iter().map(|kind| *kind as usize).collect();
        assert_eq!(places, (0..RefusalKind::COUNT).collect::<Vec<_>>());
    }
}

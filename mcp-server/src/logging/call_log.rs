//! The log of one call: what its client wants to hear, as much of it as it may hear.

use std::{
    fmt::Write as _,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use mcp_core::{
    call::{CallNotifications, Caller},
    json::RawJson,
    model::{LogLevel, LogMessage, ServerNotification},
    sink::{NotPushed, NotificationSink, Published},
    sync::lock,
};
use serde::Serialize;
use tokio::time::Instant;

use crate::limits::Limits;

/// The time for which [`Limits::log_rate`] counts.
const WINDOW: Duration = Duration::from_secs(1);

/// Where the log messages of one call go: the stream of its request, and no other (server/utilities/logging).
pub(crate) struct CallLog {
    caller: Arc<Caller>,
    sink: Arc<dyn NotificationSink>,
    max_bytes: usize,
    rate: usize,
    /// Whether the call does again what it did before, so that its client has heard of it.
    repeats: Mutex<Option<Arc<AtomicBool>>>,
    flow: Mutex<Flow>,
}

/// What has flown so far.
#[derive(Default)]
struct Flow {
    /// Since when `sent` counts.
    since: Option<Instant>,
    sent: usize,
    left_out: LeftOut,
    /// The call has ended: its answer is the last message of its stream.
    ended: bool,
}

/// Messages that the client has not been told of yet.
#[derive(Default)]
struct LeftOut {
    count: u64,
    /// The most serious of them.
    level: Option<LogLevel>,
}

/// Ends the log with the call: when it has an answer, and when it is dropped. A call that is dropped says nothing more:
/// its client may have cancelled it.
pub(crate) struct EndOnDrop(pub(crate) Arc<CallLog>);

impl EndOnDrop {
    /// The call has an answer, which comes after the notice of what is left out.
    pub(crate) fn answered(self) {
        self.0.end();
    }
}

impl CallLog {
    pub(crate) fn new(caller: Arc<Caller>, to: &CallNotifications, limits: &Limits) -> Self {
        Self {
            caller,
            sink: to.sink.clone(),
            max_bytes: limits.log_bytes,
            // Less than the stream holds, so that the notice of what is left out finds room.
            rate: limits.log_rate.min(limits.queue_messages),
            repeats: Mutex::default(),
            flow: Mutex::default(),
        }
    }

    /// Says nothing as long as this is set. Several rounds share a log where a test has them run in one call.
    pub(crate) fn silent_while(&self, repeats: &Arc<AtomicBool>) {
        *lock(&self.repeats) = Some(repeats.clone());
    }

    /// Whether the client wants messages of this level: a request says so, or a session, which may change its mind. Who
    /// says nothing in a request gets none (server/utilities/logging).
    pub(crate) fn wants(&self, level: LogLevel) -> bool {
        self.caller.log_level().is_some_and(|from| level >= from)
    }

    /// Sends a message, if the client wants it. What it does not want is not even written.
    pub(crate) fn log<T: Serialize + ?Sized>(&self, level: LogLevel, logger: Option<&str>, data: &T) {
        if !self.wants(level) || lock(&self.repeats).as_ref().is_some_and(|repeats| repeats.load(Ordering::Relaxed)) {
            return;
        }
        // Before the lock is taken: writing the data runs code of the user's.
        let data = match RawJson::from_value_within(data, self.max_bytes) {
            Ok(Some(data)) => data,
            Ok(None) => sentence(&format!("the data is left out: it has more than {} bytes", self.max_bytes)),
            Err(error) => sentence(&format!("the data is left out: it cannot be written as JSON: {error}")),
        };
        let mut message = LogMessage::new(level, data);
        message.logger = logger.map(str::to_owned);
        self.send(message);
    }

    fn send(&self, message: LogMessage) {
        let level = message.level;
        // Held while pushing, so that nothing follows the end and a notice stands where the messages are missing.
        let mut flow = self.lock();
        if flow.ended {
            return;
        }
        let now = Instant::now();
        if flow.since.is_none_or(|since| now.duration_since(since) >= WINDOW) {
            (flow.since, flow.sent) = (Some(now), 0);
        }
        let pushed = if flow.sent < self.rate {
            self.tell_left_out(&mut flow.left_out).and_then(|()| self.push(message))
        } else {
            Err(NotPushed::Full)
        };
        match pushed {
            Ok(()) => flow.sent += 1,
            Err(NotPushed::Full) => flow.left_out.add(level),
            Err(NotPushed::Gone) => flow.ended = true,
        }
    }

    /// Tells the client how many messages it does not get, if there are any: their rate is limited
    /// (server/utilities/logging, rate limiting).
    fn tell_left_out(&self, left_out: &mut LeftOut) -> Result<(), NotPushed> {
        let Some(level) = left_out.level else { return Ok(()) };
        let mut text = format!("{} log messages of this call are left out: ", left_out.count);
        // Writing to a string cannot fail.
        let _ = write!(text, "they came faster than {} a second, or than they were read", self.rate);
        self.push(LogMessage::new(level, sentence(&text)))?;
        *left_out = LeftOut::default();
        Ok(())
    }

    fn push(&self, message: LogMessage) -> Result<(), NotPushed> {
        self.sink.push(&Arc::new(Published::new(ServerNotification::Message(message))))
    }

    fn end(&self) {
        let mut flow = self.lock();
        if !flow.ended {
            let told = self.tell_left_out(&mut flow.left_out);
            flow.ended = true;
            let count = flow.left_out.count;
            drop(flow);
            if told == Err(NotPushed::Full) {
                tracing::debug!(count, "log messages are left out, and their reader is not told");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Flow> {
        // A sink that panics leaves a count that is off by one.
        lock(&self.flow)
    }
}

impl LeftOut {
    fn add(&mut self, level: LogLevel) {
        self.count += 1;
        self.level = self.level.max(Some(level));
    }
}

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.lock().ended = true;
    }
}

fn sentence(text: &str) -> RawJson {
    // A string can always be written.
    RawJson::from_value(text).unwrap_or(RawJson::NULL)
}

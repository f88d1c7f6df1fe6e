//! A child process that never outlives its owner, and what it said before it died.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitStatus,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_core::future::BoxFuture;
use mcp_core::sync::lock;
use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr},
    task::AbortHandle,
    time::{Instant, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::stderr_lines::StderrLines;
use crate::{connection::ProcessHandle, handlers::Stderr, limits::Limits};

/// How much of the last words goes into an error.
const SHOWN: usize = 8 << 10;
/// How long an error about the end of a child waits for that end.
const POST_MORTEM: Duration = Duration::from_millis(500);
/// How long a drop waits for a killed child, so that no zombie stays. It is a matter of microseconds.
const REAP: Duration = Duration::from_millis(200);

/// A child in a process group of its own.
///
/// The group is killed while its leader is not yet reaped: until then nobody else can have its number.
pub(super) struct ChildProcess {
    state: Mutex<State>,
    grace: Duration,
    tail: Arc<Tail>,
    drain: Mutex<Option<AbortHandle>>,
}

enum State {
    Running(Child),
    Ended(ExitStatus),
    /// It was killed and did not die in time: the runtime reaps it.
    Abandoned,
}

impl ChildProcess {
    pub(super) fn new(child: Child, limits: &Limits) -> Self {
        let tail =
            Arc::new(Tail { max: limits.stderr_bytes, bytes: Mutex::default(), ended: CancellationToken::new() });
        Self { state: Mutex::new(State::Running(child)), grace: limits.child_grace, tail, drain: Mutex::default() }
    }

    /// Reads what the child writes to stderr, whatever becomes of it: a full pipe would stop the child.
    pub(super) fn drain(&self, stderr: ChildStderr, to: Stderr) {
        let tail = self.tail.clone();
        let task = tokio::spawn(async move {
            tail.fill(stderr, &to).await;
            tail.ended.cancel();
        });
        *lock(&self.drain) = Some(task.abort_handle());
    }

    /// Whether the child has ended. Then its group is killed and the child reaped.
    fn has_ended(&self) -> bool {
        let mut state = lock(&self.state);
        let State::Running(child) = &mut *state else { return true };
        if !is_over(child) {
            return false;
        }
        signal(child, Signal::Kill);
        if let Ok(Some(status)) = child.try_wait() {
            *state = State::Ended(status);
        }
        true
    }

    async fn ends_within(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut pause = Duration::from_millis(1);
        loop {
            if self.has_ended() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    fn terminate(&self) {
        if let State::Running(child) = &mut *lock(&self.state) {
            signal(child, Signal::Terminate);
        }
    }

    fn end_drain(&self) {
        if let Some(drain) = lock(&self.drain).take() {
            drain.abort();
        }
    }
}

impl ProcessHandle for ChildProcess {
    fn kill(&self) {
        let mut state = lock(&self.state);
        let State::Running(child) = &mut *state else { return };
        signal(child, Signal::Kill);
        let deadline = std::time::Instant::now() + REAP;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    *state = State::Ended(status);
                    return;
                }
                Ok(None) if std::time::Instant::now() < deadline => std::thread::sleep(Duration::from_micros(200)),
                _ => break,
            }
        }
        *state = State::Abandoned;
    }

    /// The end of its input, then a request to end, then force, with a pause before each (2026-07-28, stdio, *Shutdown*).
    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            if !self.ends_within(self.grace).await {
                self.terminate();
                if !self.ends_within(self.grace).await {
                    self.kill();
                }
            }
        })
    }

    fn post_mortem(&self) -> BoxFuture<'_, String> {
        Box::pin(async move {
            let ended = self.ends_within(POST_MORTEM).await;
            if ended {
                // The pipe may still hold its last words.
                let _ = timeout(POST_MORTEM / 2, self.tail.ended.cancelled()).await;
            }
            let mut text = match &*lock(&self.state) {
                State::Ended(status) => format!("the server exited ({status})"),
                _ => "the server closed its output without exiting".to_owned(),
            };
            let words = self.tail.text();
            if !words.is_empty() {
                text.push_str("; the last it wrote to stderr:\n");
                text.push_str(&words);
            }
            text
        })
    }
}

impl Drop for ChildProcess {
    fn drop(&mut self) {
        self.kill();
        self.end_drain();
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// Whether a child has ended, without reaping it.
#[cfg(unix)]
fn is_over(child: &mut Child) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let Some(pid) = pid(child) else { return true };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(pid), options).map_or(true, |status| status.is_some())
}

#[cfg(not(unix))]
fn is_over(child: &mut Child) -> bool {
    child.try_wait().map_or(true, |status| status.is_some())
}

/// Signals the whole group.
#[cfg(unix)]
fn signal(child: &mut Child, signal: Signal) {
    let signal = match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    if let Some(pid) = pid(child) {
        // Fails only if there is nobody left to hear it.
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}

/// There is one way to end a process here, and it is not gentle.
#[cfg(not(unix))]
fn signal(child: &mut Child, signal: Signal) {
    match signal {
        Signal::Terminate | Signal::Kill => {
            let _ = child.start_kill();
        }
    }
}

#[cfg(unix)]
fn pid(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()?).ok()?)
}

/// The end of what a child wrote to stderr.
struct Tail {
    max: usize,
    bytes: Mutex<VecDeque<u8>>,
    ended: CancellationToken,
}

impl Tail {
    async fn fill(&self, mut stderr: ChildStderr, to: &Stderr) {
        let mut buffer = vec![0; 16 << 10];
        let mut lines = StderrLines::new(self.max);
        // A handler that panics must not stop the reading.
        let hear = |line: &str| {
            if let Stderr::Lines(handler) = to {
                let _ = catch_unwind(AssertUnwindSafe(|| handler(line)));
            }
        };
        while let Ok(count @ 1..) = stderr.read(&mut buffer).await {
            let bytes = buffer.get(..count).unwrap_or_default();
            self.keep(bytes);
            lines.push(bytes, hear);
        }
        lines.finish(hear);
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = lock(&self.bytes);
        kept.extend(bytes);
        let surplus = kept.len().saturating_sub(self.max);
        kept.drain(..surplus);
    }

    fn text(&self) -> String {
        let kept = lock(&self.bytes);
        let skip = kept.len().saturating_sub(SHOWN);
        let last: Vec<u8> = kept.iter().skip(skip).copied().collect();
        String::from_utf8_lossy(&last).trim().to_owned()
    }
}

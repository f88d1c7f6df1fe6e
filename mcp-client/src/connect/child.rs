//! A child process that never outlives its owner, and what is known of its end.
//!
//! ```text
//! running ─ it ends ──────────────────► ended      its group is killed, then it is reaped
//!    │ ──── somebody else reaps it ───► lost       its group is nobody's we know: it is left alone
//!    └ ──── killed, and does not die ─► abandoned  the runtime reaps it
//! ```

use std::{
    process::ExitStatus,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_core::future::BoxFuture;
use mcp_core::sync::lock;
use tokio::{
    process::{Child, ChildStderr},
    time::timeout,
};

use super::{exits::Exits, tail::Tail};
use crate::{connection::ProcessHandle, handlers::Stderr, limits::Limits};

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
}

enum State {
    Running(Child),
    Ended(ExitStatus),
    Lost,
    Abandoned,
}

/// What the system says of a child that was not yet reaped here.
enum Life {
    Runs,
    Over,
    /// It is no child of ours any more: somebody has waited for any child, or the system reaps them all by itself.
    Reaped,
}

impl ChildProcess {
    pub(super) fn new(child: Child, limits: &Limits) -> Self {
        Self {
            state: Mutex::new(State::Running(child)),
            grace: limits.child_grace,
            tail: Tail::new(limits.stderr_bytes),
        }
    }

    /// Reads what the child writes to stderr, whatever becomes of it.
    pub(super) fn drain(&self, stderr: ChildStderr, program: String, to: Stderr) {
        self.tail.follow(stderr, program, to);
    }

    /// Whether the child has ended. Then its group is killed and the child reaped.
    fn has_ended(&self) -> bool {
        let mut state = lock(&self.state);
        let State::Running(child) = &mut *state else { return true };
        match life(child) {
            Life::Runs => return false,
            Life::Reaped => *state = State::Lost,
            Life::Over => {
                signal(child, Signal::Kill);
                if let Ok(Some(status)) = child.try_wait() {
                    *state = State::Ended(status);
                }
            }
        }
        true
    }

    async fn wait(&self) {
        let mut exits = Exits::watch();
        while !self.has_ended() {
            exits.next().await;
        }
    }

    async fn ends_within(&self, limit: Duration) -> bool {
        timeout(limit, self.wait()).await.is_ok()
    }

    fn terminate(&self) {
        if let State::Running(child) = &mut *lock(&self.state) {
            signal(child, Signal::Terminate);
        }
    }
}

impl ProcessHandle for ChildProcess {
    fn exited(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.wait())
    }

    fn kill(&self) {
        if self.has_ended() {
            return;
        }
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
            self.tail.finish();
            // It reads what is there, and waits for nothing; only a handler could hold it up.
            let _ = timeout(POST_MORTEM, self.tail.ended()).await;
        })
    }

    fn post_mortem(&self) -> BoxFuture<'_, String> {
        Box::pin(async move {
            if self.ends_within(POST_MORTEM).await {
                // The pipe may still hold its last words.
                let _ = timeout(POST_MORTEM / 2, self.tail.ended()).await;
            }
            let mut text = match &*lock(&self.state) {
                State::Ended(status) => format!("the server exited ({status})"),
                State::Lost => "the server exited, and something else in this program took its exit status".to_owned(),
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
        self.tail.finish();
    }
}

#[derive(Clone, Copy)]
enum Signal {
    Terminate,
    Kill,
}

/// Whether a child has ended, without reaping it.
#[cfg(unix)]
fn life(child: &mut Child) -> Life {
    use rustix::{
        io::Errno,
        process::{WaitId, WaitIdOptions, waitid},
    };
    let Some(pid) = pid(child) else { return Life::Reaped };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(pid), options) {
        Ok(Some(_)) => Life::Over,
        Err(Errno::CHILD) => Life::Reaped,
        Ok(None) | Err(_) => Life::Runs,
    }
}

#[cfg(not(unix))]
fn life(child: &mut Child) -> Life {
    match child.try_wait() {
        Ok(Some(_)) => Life::Over,
        Ok(None) | Err(_) => Life::Runs,
    }
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

#[cfg(all(test, unix))]
mod tests {
    use std::process::Stdio;

    use rustix::process::{Pid, Signal, WaitOptions, kill_process, test_kill_process, waitpid};
    use tokio::{
        io::{AsyncBufReadExt, BufReader},
        process::Command,
    };

    use super::*;

    /// Once the number of a child is free, its group may be somebody else's.
    #[tokio::test]
    async fn the_group_of_a_child_that_somebody_else_reaped_is_left_alone() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 600 & echo $!; read _"]).process_group(0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let leader = pid(&child).unwrap();
        let other = BufReader::new(output).lines().next_line().await.unwrap().unwrap();
        let other = Pid::from_raw(other.parse().unwrap()).unwrap();
        let process = ChildProcess::new(child, &Limits::default());
        assert!(!process.has_ended());
        drop(input);
        waitpid(Some(leader), WaitOptions::empty()).unwrap();
        timeout(Duration::from_secs(20), process.exited()).await.unwrap();
        assert!(process.post_mortem().await.contains("took its exit status"));
        process.kill();
        process.stop().await;
        drop(process);
        // A killed one would be gone by now, or a zombie.
        assert!(test_kill_process(other).is_ok(), "a group was signalled that may be somebody else's");
        let state = std::fs::read_to_string(format!("/proc/{}/stat", other.as_raw_nonzero())).unwrap();
        assert!(!state.contains(") Z "), "{state}");
        kill_process(other, Signal::KILL).unwrap();
    }
}

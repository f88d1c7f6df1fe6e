//! What a child writes to its standard error: read whatever becomes of it, handed over line by line, and its end kept.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
};

use mcp_core::sync::lock;
use tokio::{io::AsyncReadExt, process::ChildStderr};
use tokio_util::sync::CancellationToken;

use super::stderr_lines::StderrLines;
use crate::handlers::Stderr;

/// How much of the last words goes into an error.
const SHOWN: usize = 8 << 10;

/// The end of what a child wrote to stderr, while it is read in a task.
pub(super) struct Tail {
    max: usize,
    bytes: Mutex<VecDeque<u8>>,
    /// Nobody is interested any more: what is there is read, and no more awaited.
    enough: CancellationToken,
    ended: CancellationToken,
}

impl Tail {
    /// Keeps at most `max` bytes, and of a line no more than that.
    pub(super) fn new(max: usize) -> Arc<Self> {
        let (enough, ended) = (CancellationToken::new(), CancellationToken::new());
        Arc::new(Self { max, bytes: Mutex::default(), enough, ended })
    }

    /// Starts reading: a full pipe would stop the child.
    pub(super) fn follow(self: &Arc<Self>, stderr: ChildStderr, program: String, to: Stderr) {
        let tail = self.clone();
        tokio::spawn(async move {
            tail.read(stderr, &program, &to).await;
            tail.ended.cancel();
        });
    }

    /// Ends the reading, with what is there already.
    pub(super) fn finish(&self) {
        self.enough.cancel();
    }

    /// Waits until everything has been read and handed over.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    async fn read(&self, mut stderr: ChildStderr, program: &str, to: &Stderr) {
        let mut buffer = vec![0; 16 << 10];
        let mut lines = StderrLines::new(self.max);
        let hear = |line: &str| tell(line, program, to);
        // Somebody else may hold the pipe and write to it for ever.
        let mut left = self.max;
        while left > 0 {
            let count = tokio::select! {
                biased;
                read = stderr.read(&mut buffer) => read.unwrap_or(0),
                () = self.enough.cancelled() => 0,
            };
            if count == 0 {
                break;
            }
            let bytes = buffer.get(..count).unwrap_or_default();
            self.keep(bytes);
            lines.push(bytes, hear);
            if self.enough.is_cancelled() {
                left = left.saturating_sub(count);
            }
        }
        lines.finish(hear);
    }

    fn keep(&self, bytes: &[u8]) {
        let mut kept = lock(&self.bytes);
        kept.extend(bytes);
        let surplus = kept.len().saturating_sub(self.max);
        kept.drain(..surplus);
    }

    /// The last of it, for people.
    pub(super) fn text(&self) -> String {
        let kept = lock(&self.bytes);
        let skip = kept.len().saturating_sub(SHOWN);
        let last: Vec<u8> = kept.iter().skip(skip).copied().collect();
        String::from_utf8_lossy(&last).trim().to_owned()
    }
}

/// A handler that panics must not stop the reading.
fn tell(line: &str, program: &str, to: &Stderr) {
    tracing::debug!(target: "mcp_client::stderr", program, "{line}");
    if let Stderr::Lines(handler) = to
        && catch_unwind(AssertUnwindSafe(|| handler(line))).is_err()
    {
        tracing::error!("the handler of what a server writes to stderr panicked");
    }
}

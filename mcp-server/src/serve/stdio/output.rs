//! The thread that writes standard output.

use std::{fs::File, io, mem, sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use super::blocking;
use crate::{
    lifecycle::AbortOnDrop,
    outbox::{Batch, Reader},
    serve::{
        lines::lines,
        pipe::Writer,
        stall::{Progress, StallClock},
    },
};

/// How much is written at once at most. Whoever reads so much within the time that writing may stand still is no dead
/// reader.
const PIECE: usize = 32 << 10;

/// Where batches are handed to the thread.
pub(super) struct Outgoing {
    tasks: mpsc::Sender<Task>,
    ended: oneshot::Receiver<()>,
    progress: Arc<Progress>,
    /// How long writing may stand still.
    patience: Duration,
    watched: File,
}

/// What the thread is told.
enum Task {
    Write(Batch),
    /// Nobody reads any more.
    End,
}

impl Outgoing {
    pub(super) fn write_in_thread(mut output: File, patience: Duration) -> io::Result<Self> {
        let (tasks, mut incoming) = mpsc::channel(1);
        let (end, ended) = oneshot::channel::<()>();
        let progress = Arc::new(Progress::default());
        let watched = output.try_clone()?;
        let told = progress.clone();
        blocking::spawn("mcp-stdout", move || {
            while let Some(Task::Write(mut batch)) = incoming.blocking_recv() {
                let frames = mem::take(&mut batch.frames);
                if let Err(error) = lines(frames).try_for_each(|piece| write_all(&mut output, &piece, patience, &told))
                {
                    tracing::debug!(%error, "standard output is closed");
                    break;
                }
                told.ended();
            }
            drop(end);
        })?;
        Ok(Self { tasks, ended, progress, patience, watched })
    }
}

fn write_all(output: &mut File, mut bytes: &[u8], patience: Duration, progress: &Progress) -> io::Result<()> {
    while !bytes.is_empty() {
        let piece = bytes.get(..PIECE).unwrap_or(bytes);
        let written = blocking::write(output, piece, patience)?;
        bytes = bytes.get(written..).unwrap_or_default();
        progress.made();
    }
    Ok(())
}

impl Writer for Outgoing {
    async fn write_all(self, reader: Reader) {
        let Self { tasks, ended, progress, patience, watched } = self;
        let mut clock = StallClock::new(patience, &progress);
        // Costs nothing while it waits: this task is not woken for it.
        let watching = AbortOnDrop::new(&tokio::spawn(end_when_closed(watched, tasks.clone())));
        loop {
            let batch = tokio::select! {
                biased;
                batch = reader.batch() => batch,
                () = tasks.closed() => None,
                () = clock.stalled() => return,
            };
            let Some(batch) = batch else { break };
            progress.began();
            let sent = tokio::select! {
                biased;
                sent = tasks.send(Task::Write(batch)) => sent,
                () = clock.stalled() => return,
            };
            if sent.is_err() {
                break;
            }
        }
        drop((watching, tasks));
        // The thread ends when all is written, or cannot be.
        tokio::select! {
            _ = ended => {}
            () = clock.stalled() => {}
        }
    }
}

/// Ends the writing when the reader of standard output is gone, where the system tells that without a write: a peer
/// that has died may leave standard input open to others.
async fn end_when_closed(output: File, tasks: mpsc::Sender<Task>) {
    if closed(output).await.is_ok() {
        let _ = tasks.send(Task::End).await;
    }
}

/// Completes when a pipe has lost its reader.
///
/// # Errors
///
/// If the output is nothing that can be watched, such as a file.
#[cfg(all(unix, any(feature = "http", feature = "unix-socket")))]
async fn closed(output: File) -> io::Result<()> {
    use tokio::{io::Interest, net::unix::pipe::Sender};

    // Neither read nor written through, so it need not be a pipe, nor one that does not block.
    let output = Sender::from_owned_fd_unchecked(output.into())?;
    output.ready(Interest::ERROR).await.map(drop)
}

/// The runtime watches descriptors only together with sockets.
#[cfg(not(all(unix, any(feature = "http", feature = "unix-socket"))))]
async fn closed(_: File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

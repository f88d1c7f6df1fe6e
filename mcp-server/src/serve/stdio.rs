//! The standard streams of this process. Each has a thread of its own: reading and writing them may block, and a
//! blocked read must not keep the program from ending.

use std::{
    io::{self, Read, Write},
    thread,
};

use bytes::Bytes;
use mcp_core::framing::lines::{Line, LineDecoder};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    error::{Result, ServeError},
    pipe::{self, Source, Writer, lines},
    signals::termination,
};
use crate::{
    outbox::{Batch, Reader},
    server::Server,
};

/// How much is read at once, at first and from the first read on that fills it: a program that starts touches no memory
/// that it may not need.
const FIRST_PIECE: usize = 8 << 10;
const PIECE: usize = 64 << 10;
/// How many pieces wait to be looked at.
const PIECES: usize = 4;

impl Server {
    /// Serves the process's standard streams until the input ends, or the program is asked to end.
    ///
    /// What stands in the pipe when the input ends is still answered, within
    /// [`Limits::drain_at_eof`](crate::Limits::drain_at_eof). At Ctrl-C and SIGTERM nothing new is read, and calls may
    /// finish within [`Limits::drain`](crate::Limits::drain). Nothing but messages may be written to standard output
    /// (STDIO-002): log to standard error.
    ///
    /// # Errors
    ///
    /// If the threads or the signal handlers cannot be set up.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops serving at once; calls in flight go on unanswered.
    pub async fn serve_stdio(&self) -> Result<()> {
        let engine = self.inner.engine.clone();
        let termination = termination()?;
        let source = read_in_thread(engine.limits.line_bytes)?;
        let writer = write_in_thread()?;
        let serving = pipe::serve(self.inner.eras.clone(), source, writer);
        let mut serving = std::pin::pin!(serving);
        let end = tokio::select! {
            end = &mut serving => end,
            () = termination => {
                engine.lifecycle.stopping().raise();
                serving.await
            }
        };
        tracing::debug!(?end, "standard streams are served no more");
        Ok(())
    }
}

struct Chunks {
    incoming: mpsc::Receiver<Bytes>,
    decoder: LineDecoder,
    ended: bool,
}

impl Source for Chunks {
    fn ready(&mut self) -> Option<Line> {
        loop {
            if let Some(line) = self.decoder.next_line() {
                return Some(line);
            }
            match self.incoming.try_recv() {
                Ok(piece) => self.decoder.push(&piece),
                Err(mpsc::error::TryRecvError::Empty) => return None,
                // A last line without its end counts too.
                Err(mpsc::error::TryRecvError::Disconnected) if !self.ended => {
                    self.ended = true;
                    return self.decoder.finish();
                }
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
    }

    async fn wait(&mut self) -> bool {
        match self.incoming.recv().await {
            Some(piece) => self.decoder.push(&piece),
            None if self.ended => return false,
            None => {}
        }
        true
    }
}

fn read_in_thread(max: usize) -> Result<Chunks> {
    let (send, incoming) = mpsc::channel(PIECES);
    let read = move || {
        let mut input = io::stdin().lock();
        let mut piece = vec![0; FIRST_PIECE];
        loop {
            match input.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => {
                    if send.blocking_send(Bytes::copy_from_slice(&piece[..length])).is_err() {
                        return;
                    }
                    if length == piece.len() && length < PIECE {
                        piece = vec![0; PIECE];
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return tracing::warn!(%error, "standard input cannot be read"),
            }
        }
    };
    spawn("mcp-stdin", read)?;
    Ok(Chunks { incoming, decoder: LineDecoder::new(max), ended: false })
}

struct Batches {
    outgoing: mpsc::Sender<Task>,
    ended: oneshot::Receiver<()>,
}

/// What the thread that writes is told.
enum Task {
    Write(Batch),
    /// Nobody reads any more.
    End,
}

impl Writer for Batches {
    async fn write_all(self, reader: Reader) {
        let Self { outgoing, ended } = self;
        // Costs nothing while it waits: this task is not woken for it.
        let watching = AbortOnDrop(tokio::spawn(end_when_closed(outgoing.clone())));
        loop {
            let batch = tokio::select! {
                biased;
                batch = reader.batch() => batch,
                () = outgoing.closed() => None,
            };
            let Some(batch) = batch else { break };
            if outgoing.send(Task::Write(batch)).await.is_err() {
                break;
            }
        }
        drop((watching, outgoing));
        // The thread ends when all is written, or cannot be.
        let _ = ended.await;
    }
}

fn write_in_thread() -> Result<Batches> {
    let (outgoing, mut incoming) = mpsc::channel(1);
    let (end, ended) = oneshot::channel::<()>();
    let write = move || {
        let mut output = io::stdout().lock();
        while let Some(Task::Write(batch)) = incoming.blocking_recv() {
            if let Err(error) = output.write_all(&lines(&batch.frames)).and_then(|()| output.flush()) {
                tracing::debug!(%error, "standard output is closed");
                break;
            }
        }
        drop(end);
    };
    spawn("mcp-stdout", write)?;
    Ok(Batches { outgoing, ended })
}

struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends the writing when the reader of standard output is gone, where the system tells that without a write: a peer
/// that has died may leave standard input open to others.
async fn end_when_closed(outgoing: mpsc::Sender<Task>) {
    if output_closed().await.is_ok() {
        let _ = outgoing.send(Task::End).await;
    }
}

/// Completes when a pipe has lost its reader.
///
/// # Errors
///
/// If the output is nothing that can be watched, such as a file.
#[cfg(all(unix, feature = "http"))]
async fn output_closed() -> io::Result<()> {
    use std::os::fd::AsFd;
    use tokio::{io::Interest, net::unix::pipe::Sender};

    // Neither read nor written through, so it need not be a pipe, nor one that does not block.
    let output = Sender::from_owned_fd_unchecked(io::stdout().as_fd().try_clone_to_owned()?)?;
    output.ready(Interest::ERROR).await.map(drop)
}

/// The runtime watches descriptors only together with sockets, which only HTTP needs.
#[cfg(not(all(unix, feature = "http")))]
async fn output_closed() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    let thread = thread::Builder::new().name(name.into()).spawn(work);
    thread.map(drop).map_err(|error| ServeError::io("cannot start a thread for the standard streams", error))
}

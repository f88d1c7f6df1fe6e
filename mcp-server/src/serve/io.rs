//! A peer at the other end of any stream of bytes: one message per line, as on the standard streams.

use std::{io, mem, pin::Pin, sync::Arc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    lines::{Lines, Pieces, lines},
    pipe::{self, Writer},
    stall::{Progress, StallClock},
};
use crate::{logging::Transport, outbox::Reader, server::Server};

/// How much is read at once.
const PIECE: usize = 16 << 10;

impl Server {
    /// Serves one peer on a stream of bytes, such as a socket, a serial line or a channel of an SSH connection: one
    /// message per line, in both directions (basic/transports, custom transports). Ends when the peer has closed its
    /// side, does not read, or the server stops.
    ///
    /// All that holds for the standard streams holds here: [`Limits::line_bytes`](crate::Limits::line_bytes) for a
    /// message, [`Limits::calls_per_connection`](crate::Limits::calls_per_connection) and what waits behind it,
    /// [`Limits::write_stall`](crate::Limits::write_stall) for a peer that does not read,
    /// [`Limits::drain_at_eof`](crate::Limits::drain_at_eof) for calls after the peer has closed its side, and
    /// [`Limits::drain`](crate::Limits::drain) after [`Server::shutdown`], which waits for this. Signals are the
    /// program's affair. Who is at the other end, and how many of them there are, is the caller's to decide:
    /// [`serve_unix`](Self::serve_unix) does both for Unix sockets.
    ///
    /// ```
    /// use mcp_server::Server;
    /// use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let server = Server::builder("empty", "1.0.0").build();
    /// let (ours, theirs) = tokio::io::duplex(4096);
    /// let (reader, writer) = tokio::io::split(theirs);
    /// let serving = tokio::spawn(async move { server.serve_io(reader, writer).await });
    ///
    /// let (answers, mut requests) = tokio::io::split(ours);
    /// requests.write_all(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n").await?;
    /// let answer = BufReader::new(answers).lines().next_line().await?;
    /// assert_eq!(answer.as_deref(), Some(r#"{"jsonrpc":"2.0","id":1,"result":{}}"#));
    ///
    /// requests.shutdown().await?;
    /// serving.await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the stream at once; calls in flight go on unanswered.
    pub async fn serve_io(&self, reader: impl AsyncRead + Send, writer: impl AsyncWrite + Send) {
        self.inner.engine.lifecycle.run(serve(self, reader, writer, Transport::Io)).await;
    }
}

/// As [`Server::serve_io`], in a task that shutdown waits for already. The server lives as long as somebody is served.
pub(super) async fn serve(
    server: &Server,
    reader: impl AsyncRead + Send,
    writer: impl AsyncWrite + Send,
    transport: Transport,
) {
    let limits = &server.inner.engine.limits;
    let source = Lines::new(Incoming::new(reader), limits.line_bytes);
    let writer = Outgoing { writer: Box::pin(writer), patience: limits.write_stall };
    let end = pipe::serve(server.inner.eras.clone(), source, writer, transport).await;
    tracing::debug!(?end, "a connection is served no more");
}

struct Incoming<R> {
    reader: Pin<Box<R>>,
    buffer: BytesMut,
}

impl<R: AsyncRead + Send> Incoming<R> {
    fn new(reader: R) -> Self {
        Self { reader: Box::pin(reader), buffer: BytesMut::new() }
    }
}

impl<R: AsyncRead + Send> Pieces for Incoming<R> {
    fn ready(&mut self) -> Option<Bytes> {
        None
    }

    async fn next(&mut self) -> Option<Bytes> {
        self.buffer.reserve(PIECE);
        match self.reader.read_buf(&mut (&mut self.buffer).limit(PIECE)).await {
            Ok(0) => None,
            Ok(_) => Some(self.buffer.split().freeze()),
            Err(error) => {
                tracing::debug!(%error, "a connection cannot be read");
                None
            }
        }
    }
}

struct Outgoing<W> {
    writer: Pin<Box<W>>,
    /// How long writing may stand still.
    patience: Duration,
}

impl<W: AsyncWrite + Send> Writer for Outgoing<W> {
    async fn write_all(mut self, reader: Reader) {
        let progress = Arc::new(Progress::default());
        let mut clock = StallClock::new(self.patience, &progress);
        while let Some(mut batch) = reader.batch().await {
            progress.began();
            let written = tokio::select! {
                biased;
                written = write(&mut self.writer, lines(mem::take(&mut batch.frames)), &progress) => written,
                () = clock.stalled() => return,
            };
            if let Err(error) = written {
                return tracing::debug!(%error, "a connection is closed");
            }
            progress.ended();
        }
        // Streams with a layer of their own, such as TLS, have an end to tell. It is waited for as for any last write.
        let _ = self.writer.shutdown().await;
    }
}

async fn write<W: AsyncWrite>(
    writer: &mut Pin<Box<W>>,
    pieces: impl Iterator<Item = Bytes>,
    progress: &Progress,
) -> io::Result<()> {
    for piece in pieces {
        let mut bytes = &piece[..];
        while !bytes.is_empty() {
            let written = writer.write(bytes).await?;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = bytes.get(written..).unwrap_or_default();
            progress.made();
        }
    }
    writer.flush().await
}

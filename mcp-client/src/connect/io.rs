//! A server at the other end of any stream of bytes, one message per line.

use std::{io, sync::Mutex};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use mcp_core::{
    framing::lines::{Line, LineDecoder},
    sync::lock,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::{
    builder::ClientBuilder,
    client::McpClient,
    connection::{Connection, Connector, Read, Sink, Source},
    error::{Error, Result},
    limits::Limits,
};

/// How much is read from a stream at once; what Linux keeps in a pipe.
const READ: usize = 64 << 10;

impl ClientBuilder {
    /// Connects to the server at the other end of a stream of bytes, such as a Unix socket, and finds out which revision
    /// of the protocol it speaks: one message per line, in both directions (basic/transports, custom transports). The
    /// stream is closed with the client.
    ///
    /// ```no_run
    /// # #[cfg(unix)]
    /// # async fn doc() -> Result<(), Box<dyn std::error::Error>> {
    /// use mcp_client::McpClient;
    /// use tokio::net::UnixStream;
    ///
    /// let (reader, writer) = UnixStream::connect("/run/user/1000/calculator.sock").await?.into_split();
    /// let client = McpClient::builder("agent", "1.0.0").connect_io(reader, writer).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_closed`](crate::Error::is_closed) if the server closes the stream, also because it does not know the
    /// question which revisions it speaks: then connect anew with the older
    /// [`versions`](Self::versions) alone. [`Error::is_timeout`](crate::Error::is_timeout) if it is silent,
    /// [`Error::is_invalid`](crate::Error::is_invalid) if the two have no protocol version in common. Dropping the
    /// future closes the stream.
    pub async fn connect_io(
        self,
        reader: impl AsyncRead + Send + Unpin + 'static,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Result<McpClient> {
        let identity = self.checked_identity()?;
        let connector = Io { stream: Mutex::new(Some((reader, writer))), limits: identity.limits.clone() };
        self.connect_once(&connector).await
    }
}

/// Connects once: a stream that has ended cannot be opened again from here.
struct Io<R, W> {
    stream: Mutex<Option<(R, W)>>,
    limits: Limits,
}

impl<R, W> Connector for Io<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    fn connect(&self) -> BoxFuture<'_, Result<Connection>> {
        Box::pin(async move { self.connect_once() })
    }
}

impl<R, W> Io<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    fn connect_once(&self) -> Result<Connection> {
        let closed = "the server closed the stream when it was asked which revisions it speaks: if it is an older one, \
                      connect anew with `versions` that have a handshake";
        let (reader, writer) = lock(&self.stream).take().ok_or_else(|| Error::closed(closed))?;
        let source = Incoming::new(reader, self.limits.message_bytes);
        Ok(Connection::start(source, Outgoing::new(writer), None, &self.limits))
    }
}

/// The lines of a stream.
pub(super) struct Incoming<R> {
    reader: R,
    decoder: LineDecoder,
    buffer: Box<[u8]>,
    ended: bool,
}

impl<R> Incoming<R> {
    /// Lines of at most `max` bytes.
    pub(super) fn new(reader: R, max: usize) -> Self {
        Self { reader, decoder: LineDecoder::new(max), buffer: vec![0; READ].into_boxed_slice(), ended: false }
    }
}

impl<R: AsyncRead + Send + Unpin + 'static> Source for Incoming<R> {
    async fn read(&mut self) -> Option<Read> {
        loop {
            let line = if self.ended { self.decoder.finish() } else { self.decoder.next_line() };
            match line {
                Some(Line::Frame(frame)) if self.ended => return Some(Read::Rest(frame)),
                Some(Line::Frame(frame)) => return Some(Read::Frame(frame)),
                Some(Line::TooLong(outline)) => return Some(Read::TooLong(outline)),
                None if self.ended => return None,
                None => {}
            }
            match self.reader.read(&mut self.buffer).await {
                Ok(0) | Err(_) => self.ended = true,
                Ok(count) => self.decoder.push(self.buffer.get(..count).unwrap_or_default()),
            }
        }
    }
}

/// Several frames are one write.
pub(super) struct Outgoing<W> {
    writer: W,
    buffer: Vec<u8>,
}

impl<W> Outgoing<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, buffer: Vec::new() }
    }
}

impl<W: AsyncWrite + Send + Unpin + 'static> Sink for Outgoing<W> {
    async fn write(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        self.buffer.clear();
        for frame in batch.drain(..) {
            self.buffer.extend_from_slice(&frame);
            self.buffer.push(b'\n');
        }
        self.writer.write_all(&self.buffer).await?;
        self.writer.flush().await?;
        // A large message does not keep its memory for ever.
        self.buffer.shrink_to(READ);
        Ok(())
    }
}

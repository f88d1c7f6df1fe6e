//! The bytes of one connection: writes that must make progress, and an eye on the client while its request is answered.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

use crate::{
    budget::{Budget, Held},
    http::{ConnectionState, Phase, probe_delay},
};

/// How much is read ahead of requests that are not served yet. Behind more than that, a disconnect is seen late.
const AHEAD: usize = 16 << 10;
/// How much of a head is read before it is counted among what is held for clients.
const UNCOUNTED: usize = 8 << 10;
/// An answer before the answer, which a client must be able to read past (RFC 9110, section 15.2).
const INTERIM: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
/// How many of them a client gets: some give up after five.
const INTERIMS: u32 = 4;
/// How long a connection is read that is ended in the middle of a request, so that the client sees its answer: closing
/// a socket with unread bytes resets it, and a reset overtakes what was written.
const LINGER: Duration = Duration::from_secs(1);
/// How much is read then.
const LINGER_BYTES: usize = 16 << 20;

/// A connection's stream, as hyper reads and writes it.
pub(super) struct Socket<IO> {
    io: IO,
    state: Arc<ConnectionState>,
    budget: Arc<Budget>,
    /// What was read while hyper did not ask for it.
    ahead: BytesMut,
    /// Room for a large head, and for what was read ahead.
    unread: Option<Held>,
    /// There is no room for more that is read ahead.
    is_crowded: bool,
    head_bytes: usize,
    /// The client has ended its side.
    ended: bool,
    /// hyper waits for input.
    reader_waits: bool,
    /// How long a write may make no progress.
    write_stall: Duration,
    writes: Alarm,
    /// Until the next interim response, or the end of lingering.
    waits: Alarm,
    interims: u32,
    /// The rest of an interim response.
    interim: &'static [u8],
    is_shut: bool,
    lingered: usize,
}

/// A timer that is made when it is first needed, and kept.
#[derive(Default)]
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
    is_armed: bool,
}

impl Alarm {
    /// Ready once `delay` has passed since it was armed; arms it if it is not.
    fn poll(&mut self, cx: &mut Context<'_>, delay: Duration) -> Poll<()> {
        let sleep = match &mut self.sleep {
            Some(sleep) => sleep,
            None => self.sleep.insert(Box::pin(tokio::time::sleep(delay))),
        };
        if !self.is_armed {
            self.is_armed = true;
            sleep.as_mut().reset(Instant::now() + delay);
        }
        sleep.as_mut().poll(cx)
    }

    /// If it rings all the same, that means nothing: resetting it costs more.
    fn disarm(&mut self) {
        self.is_armed = false;
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Socket<IO> {
    pub(super) fn new(io: IO, state: Arc<ConnectionState>, write_stall: Duration, budget: Arc<Budget>) -> Self {
        Self {
            io,
            state,
            budget,
            ahead: BytesMut::new(),
            unread: None,
            is_crowded: false,
            head_bytes: 0,
            ended: false,
            reader_waits: false,
            write_stall,
            writes: Alarm::default(),
            waits: Alarm::default(),
            interims: 0,
            interim: &[],
            is_shut: false,
            lingered: 0,
        }
    }

    /// Counts the bytes of a head that has become large, and of what was read ahead.
    fn count(&mut self, bytes: usize) -> bool {
        match &mut self.unread {
            Some(held) => held.grow(bytes),
            None => {
                self.unread = self.budget.take(bytes);
                self.unread.is_some()
            }
        }
    }

    fn receive(&mut self, read: &[u8]) -> io::Result<()> {
        self.state.receive(read);
        if self.state.phase() == Phase::Reading {
            self.head_bytes += read.len();
            if self.head_bytes > UNCOUNTED && !self.count(read.len()) {
                return Err(io::Error::other("there is no room for a large head"));
            }
        }
        Ok(())
    }

    /// Holds a write to its deadline. Nothing is armed while writes complete at once.
    fn hold<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.writes.disarm();
            return written;
        }
        ready!(self.writes.poll(cx, self.write_stall));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing of what is written to it")))
    }

    /// Writes the rest of an interim response, before anything else is written.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.interim.is_empty() {
            let written = Pin::new(&mut self.io).poll_write(cx, self.interim);
            let written = ready!(self.hold(cx, written))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.interim = self.interim.get(written..).unwrap_or_default();
        }
        Poll::Ready(Ok(()))
    }

    /// Looks for the client's end while its request is answered, and hyper does not read.
    fn watch(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while !self.ended {
            if self.ahead.len() >= AHEAD || self.is_crowded {
                return Ok(());
            }
            let mut chunk = [0; 1024];
            let mut chunk = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.io).poll_read(cx, &mut chunk)? {
                Poll::Pending => return Ok(()),
                Poll::Ready(()) if chunk.filled().is_empty() => self.ended = true,
                Poll::Ready(()) => {
                    // The call that is answered is not to blame: no more is read, and the client's end is seen late.
                    self.is_crowded = !self.count(chunk.filled().len());
                    self.ahead.extend_from_slice(chunk.filled());
                }
            }
        }
        match self.state.phase() {
            Phase::Called => self.send_interim(cx),
            Phase::Streaming if self.state.is_probing() => {
                if !self.state.is_half_closed() {
                    self.state.half_close();
                    // The body has to see it.
                    cx.waker().wake_by_ref();
                }
                Ok(())
            }
            Phase::Reading | Phase::Answered => Ok(()),
            // There is nothing that could be written to find out more.
            Phase::CalledOld | Phase::Streaming => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Writes to a client that has ended its side: if it is gone altogether, one of the next writes fails.
    fn send_interim(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.interims < INTERIMS {
            if self.poll_interim(cx)?.is_pending() {
                return Ok(());
            }
            if self.interims > 0 && self.waits.poll(cx, probe_delay(self.interims)).is_pending() {
                return Ok(());
            }
            self.waits.disarm();
            self.interims += 1;
            self.interim = INTERIM;
        }
        match self.poll_interim(cx) {
            Poll::Ready(written) => written,
            Poll::Pending => Ok(()),
        }
    }

    /// Reads past what the client is still writing, until it ends, or for as long as is bearable.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while !self.ended && self.lingered < LINGER_BYTES {
            if self.waits.poll(cx, LINGER).is_ready() {
                break;
            }
            let mut chunk = [0; 8 << 10];
            let mut chunk = ReadBuf::new(&mut chunk);
            match Pin::new(&mut self.io).poll_read(cx, &mut chunk) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !chunk.filled().is_empty() => self.lingered += chunk.filled().len(),
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for Socket<IO> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.reader_waits = false;
        if !this.ahead.is_empty() {
            let length = this.ahead.len().min(buf.remaining());
            let read = this.ahead.split_to(length);
            buf.put_slice(&read);
            if this.ahead.is_empty() {
                this.ahead = BytesMut::new();
            }
            return Poll::Ready(this.receive(&read));
        }
        if this.ended {
            return Poll::Ready(Ok(()));
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buf);
        Poll::Ready(match read {
            Poll::Pending => {
                this.reader_waits = true;
                return Poll::Pending;
            }
            Poll::Ready(Ok(())) if buf.filled().len() == before => {
                this.ended = true;
                Ok(())
            }
            Poll::Ready(Ok(())) => this.receive(&buf.filled()[before..]),
            Poll::Ready(Err(error)) => Err(error),
        })
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Socket<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.poll_interim(cx))?;
        let written = Pin::new(&mut self.io).poll_write(cx, buf);
        self.hold(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_interim(cx))?;
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.hold(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    /// hyper comes here with every turn, once everything it has is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.state.phase() != Phase::Reading {
            this.head_bytes = 0;
            if this.ahead.is_empty() {
                this.unread = None;
                this.is_crowded = false;
            }
            if this.state.phase() != Phase::Answered && !this.reader_waits {
                this.watch(cx)?;
            }
        }
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        this.hold(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.is_shut {
            let shut = Pin::new(&mut this.io).poll_shutdown(cx);
            ready!(this.hold(cx, shut))?;
            this.is_shut = true;
            this.waits.disarm();
        }
        if this.state.is_closing() {
            ready!(this.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

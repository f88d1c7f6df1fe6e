//! The body of a request: read up to a bound and within a time, or left unread so that the client still gets its answer.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::{StatusCode, Version, header, request::Parts};
use http_body::Body;

use super::{
    reply::{Refusal, Reply, busy, closing, refuse},
    single::Single,
};
use crate::{
    budget::{Budget, COUNTED, Held},
    limits::Limits,
};

/// How much of a body is read that nobody wants, so that the connection can be used again.
const DISCARDED: usize = 256 << 10;
/// How long the client may take for it.
const DISCARDED_WITHIN: Duration = Duration::from_secs(1);

/// Refuses a request whose end could be seen elsewhere by a proxy than here: `chunked` is the only transfer coding, and
/// stands once (RFC 9112, section 6.1).
pub(crate) fn check_framing(transfer_encoding: Single<'_>) -> Result<(), Refusal> {
    match transfer_encoding {
        Single::Absent => Ok(()),
        Single::Once(coding) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        Single::Once(_) | Single::Repeated => Err(unknown_framing()),
    }
}

#[cold]
fn unknown_framing() -> Refusal {
    let text = "the only Transfer-Encoding that is served is `chunked`, once";
    closing(refuse(StatusCode::BAD_REQUEST, text).into_reply()).into()
}

/// Reads a whole body. A body that arrives in one piece is not copied; one that does not is counted, from its second
/// piece on, or while that is waited for behind a large first one, and for as long as anything of it is kept.
///
/// Most bodies are there already. What it takes to wait for one, or to refuse it, is boxed, and this future is small.
#[expect(clippy::manual_async_fn, reason = "an `async fn` has room for its arguments twice")]
pub(crate) fn read_body<'a, B>(
    body: Pin<&'a mut B>,
    limits: &'a Limits,
    budget: &'a Arc<Budget>,
) -> impl Future<Output = Result<Bytes, Refusal>> + use<'a, B>
where
    B: Body,
{
    async move {
        let mut pieces = Pieces::new(body, limits.body_bytes, budget);
        match poll_fn(|cx| Poll::Ready(pieces.poll_all(cx))).await {
            Poll::Ready(Ok(bytes)) => Ok(bytes),
            unfinished => Box::pin(read_on(pieces, unfinished, limits)).await,
        }
    }
}

/// Reads what was not there at once, or refuses it.
async fn read_on<B: Body>(
    mut pieces: Pieces<'_, B>,
    read: Poll<Result<Bytes, Unread>>,
    limits: &Limits,
) -> Result<Bytes, Refusal> {
    let read = match read {
        Poll::Ready(read) => read,
        Poll::Pending => match pieces.count_first() {
            Ok(()) => {
                let rest = tokio::time::timeout(limits.body_timeout, poll_fn(|cx| pieces.poll_all(cx)));
                rest.await.unwrap_or(Err(Unread::Late))
            }
            Err(unread) => Err(unread),
        },
    };
    match read {
        Ok(bytes) => Ok(bytes),
        Err(unread) => Err(refuse_body(pieces.body, limits, unread).await),
    }
}

async fn refuse_body<B: Body>(body: Pin<&mut B>, limits: &Limits, unread: Unread) -> Refusal {
    let refused = match unread {
        Unread::TooLarge => {
            let text = format!("the body is larger than {} bytes", limits.body_bytes);
            refuse(StatusCode::PAYLOAD_TOO_LARGE, text).into_reply()
        }
        Unread::NoRoom => busy(None),
        Unread::Late => {
            let text = "the body took too long to arrive";
            return closing(refuse(StatusCode::REQUEST_TIMEOUT, text).into_reply()).into();
        }
        Unread::Broken => {
            return closing(refuse(StatusCode::BAD_REQUEST, "the body ended early").into_reply()).into();
        }
    };
    discard(body, refused).await.into()
}

/// Why a body was not read to its end.
enum Unread {
    TooLarge,
    NoRoom,
    Late,
    Broken,
}

/// What has been read of a body.
struct Pieces<'a, B> {
    body: Pin<&'a mut B>,
    max: usize,
    budget: &'a Arc<Budget>,
    first: Bytes,
    /// All pieces, once there are two.
    joined: Option<Box<Joined>>,
}

/// Pieces of a body put together, and their place among what is held.
struct Joined {
    bytes: BytesMut,
    held: Held,
}

impl<'a, B: Body> Pieces<'a, B> {
    fn new(body: Pin<&'a mut B>, max: usize, budget: &'a Arc<Budget>) -> Self {
        Self { body, max, budget, first: Bytes::new(), joined: None }
    }

    /// How much is still to come, as far as that was declared.
    fn announced(&self) -> usize {
        usize::try_from(self.body.size_hint().lower()).unwrap_or(usize::MAX)
    }

    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Unread>> {
        // The declared size refuses early; what arrives is counted all the same.
        if self.announced() > self.max {
            return Poll::Ready(Err(Unread::TooLarge));
        }
        while let Some(frame) = ready!(self.body.as_mut().poll_frame(cx)) {
            let Ok(frame) = frame else { return Poll::Ready(Err(Unread::Broken)) };
            if let Ok(data) = frame.into_data() {
                self.take(data)?;
            }
        }
        Poll::Ready(Ok(match self.joined.take() {
            Some(joined) => joined.held.keep(joined.bytes.freeze()),
            None => std::mem::take(&mut self.first),
        }))
    }

    /// Counts the first piece, if it is large and the rest is not there yet.
    fn count_first(&mut self) -> Result<(), Unread> {
        if self.joined.is_some() || self.first.len() < COUNTED {
            return Ok(());
        }
        self.join(&[][..])
    }

    fn take(&mut self, mut data: B::Data) -> Result<(), Unread> {
        if self.joined.is_none() && self.first.is_empty() && data.remaining() <= self.max {
            self.first = data.copy_to_bytes(data.remaining());
            return Ok(());
        }
        self.join(data)
    }

    #[inline(never)]
    fn join(&mut self, data: impl Buf) -> Result<(), Unread> {
        let so_far = self.joined.as_ref().map_or(self.first.len(), |joined| joined.bytes.len());
        let length = so_far + data.remaining();
        if length > self.max {
            return Err(Unread::TooLarge);
        }
        let announced = self.announced();
        let joined = match &mut self.joined {
            Some(joined) => {
                if !joined.held.grow(data.remaining()) {
                    return Err(Unread::NoRoom);
                }
                joined
            }
            None => {
                let held = self.budget.take(length).ok_or(Unread::NoRoom)?;
                let mut bytes = BytesMut::with_capacity(length.saturating_add(announced).min(self.max));
                bytes.put(std::mem::take(&mut self.first));
                self.joined.insert(Box::new(Joined { bytes, held }))
            }
        };
        joined.bytes.put(data);
        Ok(())
    }
}

/// An answer that something is awaited for, as it rarely is.
pub(crate) type Later = Pin<Box<dyn Future<Output = Reply> + Send>>;

/// Refuses a request, whatever its body says.
#[cold]
pub(crate) fn leave<B>(parts: Parts, body: B, refusal: Refusal) -> Later
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    Box::pin(async move { leave_body(&parts, body, refusal.into_reply()).await })
}

/// Answers a request whose body was not looked at.
pub(crate) async fn leave_body<B: Body>(parts: &Parts, body: B, reply: Reply) -> Reply {
    if body.is_end_stream() || parts.version >= Version::HTTP_2 {
        return reply;
    }
    // Whoever waits for leave to send the body does not get it. What comes next may be the body all the same, so that
    // no other request can follow (RFC 9110, section 10.1.1).
    if parts.headers.contains_key(header::EXPECT) {
        return closing(reply);
    }
    Box::pin(async move { discard(pin!(body), reply).await }).await
}

/// Answers a request of whose body nothing more is wanted. A client that is still writing may look for its answer only
/// then, so a bounded part of the rest is read first. If that is not the end, nothing can follow on this connection.
async fn discard<B: Body>(mut body: Pin<&mut B>, reply: Reply) -> Reply {
    if usize::try_from(body.size_hint().lower()).map_or(true, |rest| rest > DISCARDED) {
        return closing(reply);
    }
    let to_the_end = async {
        let mut left = DISCARDED;
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let read = frame.ok()?.into_data().map_or(0, |data| data.remaining());
            left = left.checked_sub(read)?;
        }
        Some(())
    };
    match tokio::time::timeout(DISCARDED_WITHIN, to_the_end).await {
        Ok(Some(())) => reply,
        _ => closing(reply),
    }
}

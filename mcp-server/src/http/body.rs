//! The body of a request: read up to a bound and within a time, or left unread so that the client still gets its answer.

use std::{
    error::Error as StdError,
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
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
    budget::{Budget, Held},
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
        Single::Once(_) | Single::Repeated => {
            let text = "the only Transfer-Encoding that is served is `chunked`, once";
            Err(closing(refuse(StatusCode::BAD_REQUEST, text).into_reply()).into())
        }
    }
}

/// Reads a whole body. A body that arrives in one piece is not copied; one that does not is counted, from its second
/// piece on and for as long as anything of it is kept.
pub(crate) async fn read_body<B>(body: B, limits: &Limits, budget: &Arc<Budget>) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut body = pin!(body);
    let refused = match read_within(body.as_mut(), limits, budget).await {
        Ok(bytes) => return Ok(bytes),
        Err(Unread::TooLarge) => {
            let text = format!("the body is larger than {} bytes", limits.body_bytes);
            refuse(StatusCode::PAYLOAD_TOO_LARGE, text).into_reply()
        }
        Err(Unread::NoRoom) => busy(None),
        Err(Unread::Late) => {
            let text = "the body took too long to arrive";
            return Err(closing(refuse(StatusCode::REQUEST_TIMEOUT, text).into_reply()).into());
        }
        Err(Unread::Broken) => {
            return Err(closing(refuse(StatusCode::BAD_REQUEST, "the body ended early").into_reply()).into());
        }
    };
    Err(Box::pin(discard(body, refused)).await.into())
}

async fn read_within<B: Body>(body: Pin<&mut B>, limits: &Limits, budget: &Arc<Budget>) -> Result<Bytes, Unread> {
    let mut read = pin!(collect(body, limits.body_bytes, budget));
    // Most bodies are there already; a timer is only armed for those that are not.
    if let Poll::Ready(read) = poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await {
        return read;
    }
    tokio::time::timeout(limits.body_timeout, read).await.unwrap_or(Err(Unread::Late))
}

/// Why a body was not read to its end.
enum Unread {
    TooLarge,
    NoRoom,
    Late,
    Broken,
}

async fn collect<B: Body>(mut body: Pin<&mut B>, max: usize, budget: &Arc<Budget>) -> Result<Bytes, Unread> {
    // The declared size refuses early; what arrives is counted all the same.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max {
        return Err(Unread::TooLarge);
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    let mut held: Option<Held> = None;
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(mut data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if first.len() + rest.len() + data.remaining() > max {
            return Err(Unread::TooLarge);
        }
        if first.is_empty() && rest.is_empty() {
            first = data.copy_to_bytes(data.remaining());
            continue;
        }
        let counted = match &mut held {
            Some(held) => held.grow(data.remaining()),
            None => {
                held = budget.take(first.len() + data.remaining());
                held.is_some()
            }
        };
        if !counted {
            return Err(Unread::NoRoom);
        }
        if rest.is_empty() {
            rest.reserve(announced.max(first.len() + data.remaining()));
            rest.put(std::mem::take(&mut first));
        }
        rest.put(data);
    }
    Ok(match held {
        Some(held) => held.keep(rest.freeze()),
        None => first,
    })
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

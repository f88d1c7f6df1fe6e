//! Reading the body of a request, up to a bound and within a time.

use std::{error::Error as StdError, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::StatusCode;
use http_body::Body;

use super::reply::{Refusal, busy, refuse};
use crate::{
    budget::{Budget, Held},
    limits::Limits,
};

/// Reads a whole body. A body that arrives in one piece is not copied; one that does not is counted, from its second
/// piece on and for as long as anything of it is kept.
pub(crate) async fn read_body<B>(body: B, limits: &Limits, budget: &Arc<Budget>) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let max = limits.body_bytes;
    let too_large = || refuse(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is larger than {max} bytes"));
    // The declared size refuses early; what arrives is counted all the same.
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > max {
        return Err(too_large());
    }
    let mut body = pin!(body);
    let read = async {
        let mut first = Bytes::new();
        let mut rest = BytesMut::new();
        let mut held: Option<Held> = None;
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            let frame = frame.map_err(|_| refuse(StatusCode::BAD_REQUEST, "the body ended early"))?;
            let Ok(mut data) = frame.into_data() else { continue };
            if first.len() + rest.len() + data.remaining() > max {
                return Err(too_large());
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
                return Err(busy().into());
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
    };
    let mut read = pin!(read);
    // Most bodies are there already; a timer is only armed for those that are not.
    if let Poll::Ready(read) = poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await {
        return read;
    }
    match tokio::time::timeout(limits.body_timeout, read).await {
        Ok(read) => read,
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "the body took too long to arrive")),
    }
}

//! The bytes of a body, as they come from the wire.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use crate::error::{Error, Result};

/// Reads a body of at most `max` bytes; one that came in one piece is not copied.
pub(super) async fn collect(mut response: Response, max: usize) -> Result<Bytes> {
    let Some(first) = chunk(&mut response).await? else { return Ok(Bytes::new()) };
    let Some(second) = chunk(&mut response).await? else { return within(first.len(), max).map(|()| first) };
    let mut whole = BytesMut::from(first);
    whole.extend_from_slice(&second);
    loop {
        within(whole.len(), max)?;
        match chunk(&mut response).await? {
            Some(next) => whole.extend_from_slice(&next),
            None => return Ok(whole.freeze()),
        }
    }
}

fn within(len: usize, max: usize) -> Result<()> {
    if len <= max {
        return Ok(());
    }
    Err(Error::invalid(format!("the server's answer is larger than {max} bytes: raise `Limits::message_bytes`")))
}

/// The next piece of a body.
pub(super) async fn chunk(response: &mut Response) -> Result<Option<Bytes>> {
    response.chunk().await.map_err(|error| {
        Error::transport("the server broke off in the middle of an answer").because(error.without_url())
    })
}

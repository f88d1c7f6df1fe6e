//! The transport of 2024-11-05, "HTTP with SSE": one stream brings everything, and names the URL that messages go to.
//!
//! ```text
//! GET url ─► event: endpoint ─► POST each message there; what the server says comes on the stream
//! ```

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::ProtocolVersion;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    super::identity::{Identity, Server},
    pipe::{PipeChannel, open_pipe},
};
use crate::{
    connection::{Connection, Read, Sink, Source},
    error::{Error, Result},
    handlers::RequestOptions,
    http::{ACCEPT, Body, CONTENT_TYPE, Endpoint, Events, HeaderMap, HeaderValue, Method},
};

const ENDPOINT: &str = "endpoint";

/// Whether the refusal of a POST may come of a server that knows only this transport (2025-11-25, transports, *Backwards
/// Compatibility*).
pub(crate) fn may_be_of_2024(error: &Error) -> bool {
    matches!(error.http_status(), Some(400 | 404 | 405))
}

/// Opens a session over this transport; `None` if the server does not have it.
pub(crate) async fn open_sse(
    endpoint: &Arc<Endpoint>,
    identity: &Identity,
    version: ProtocolVersion,
) -> Result<Option<(PipeChannel, Server)>> {
    const WHAT: &str = "the stream of a server of 2024-11-05";
    let clock = RequestOptions::new(WHAT, &identity.limits).clock();
    let Some((events, messages)) = clock.within(WHAT, open_stream(endpoint)).await? else { return Ok(None) };
    let over = CancellationToken::new();
    let source = FromStream { events, over: over.clone() };
    let sink = ToEndpoint { endpoint: messages, patience: identity.limits.timeout, over };
    let connection = Arc::new(Connection::start(source, sink, None, &identity.limits));
    if let Some(log) = &identity.log {
        connection.hear_log(log);
    }
    open_pipe(connection, identity, version).await.map(Some)
}

/// The stream, and where messages go: the first event says it.
async fn open_stream(endpoint: &Endpoint) -> Result<Option<(Box<Events>, Endpoint)>> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    let answer = endpoint.bare(Method::GET, headers).await?;
    if !answer.is_success() {
        return Ok(None);
    }
    let Body::Events(mut events) = answer.body().await? else { return Ok(None) };
    let Some(url) = events.next_named(ENDPOINT).await? else { return Ok(None) };
    let url = String::from_utf8_lossy(&url);
    let messages = endpoint.neighbour(url.trim()).ok_or_else(|| {
        Error::invalid(
            "the server wants messages sent to another origin than its own, which has no right to them: refused",
        )
    })?;
    Ok(Some((events, messages)))
}

struct FromStream {
    events: Box<Events>,
    over: CancellationToken,
}

impl Source for FromStream {
    async fn read(&mut self) -> Option<Read> {
        let next = tokio::select! {
            next = self.events.next() => next,
            () = self.over.cancelled() => return None,
        };
        match next {
            Ok(frame) => frame.map(Read::Frame),
            Err(error) => {
                tracing::warn!(%error, "the stream of the server broke");
                None
            }
        }
    }
}

/// Sends each message by a POST of its own, in order.
struct ToEndpoint {
    endpoint: Endpoint,
    patience: Duration,
    /// A message that is lost leaves somebody waiting: the connection is over.
    over: CancellationToken,
}

impl Sink for ToEndpoint {
    async fn write(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        for frame in batch.drain(..) {
            let sent = timeout(self.patience, self.send(frame)).await;
            if let Err(error) = sent.unwrap_or_else(|_| Err(Error::transport("it took too long"))) {
                tracing::warn!(%error, "a message could not be sent to the server: the connection is given up");
                self.over.cancel();
                return Err(io::Error::other(error));
            }
        }
        Ok(())
    }
}

impl ToEndpoint {
    async fn send(&self, frame: Bytes) -> Result<()> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = self.endpoint.post(headers, frame).await?;
        let refusal = answer.refusal();
        // Read to its end, so that the connection can be used again.
        let body = answer.body().await?;
        match (refusal, body) {
            (None, _) => Ok(()),
            (Some(refusal), Body::Other(text)) => Err(refusal.error(&text)),
            (Some(refusal), _) => Err(refusal.error("")),
        }
    }
}

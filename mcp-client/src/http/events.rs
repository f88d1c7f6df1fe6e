//! A stream of server-sent events, as messages.

use std::time::Duration;

use bytes::Bytes;
use mcp_core::framing::sse::EventDecoder;
use reqwest::Response;

use super::chunks::chunk;
use crate::error::{Error, Result};

/// What may follow from `retry`, which a client has to heed: servers that want more are not believed.
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// The messages of one event stream. Dropping it closes the stream.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    decoder: EventDecoder,
    silence: Duration,
    /// How many comments came while nothing happened. One may be a greeting.
    comments: u32,
}

impl Events {
    pub(super) fn new(response: Response, max: usize, silence: Duration) -> Self {
        Self { response, decoder: EventDecoder::new(max), silence, comments: 0 }
    }

    /// The next message, or `None` at the end of the stream.
    ///
    /// Cancel-safe: bytes are taken from the wire whole or not at all.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            while let Some(event) = self.decoder.next_event().map_err(|error| Error::invalid(error.to_string()))? {
                // Events by another name are not the protocol's.
                if event.name.is_empty() || event.name == "message" {
                    return Ok(Some(event.data));
                }
            }
            let Some(bytes) = self.read().await? else { return Ok(None) };
            self.comments = self.comments.saturating_add(u32::from(bytes.starts_with(b":")));
            self.decoder.push(&bytes);
        }
    }

    /// Ends the reading where nothing more is expected. If the stream has ended, too, its connection can be used
    /// again; it is not waited for.
    pub(crate) async fn finish(mut self) {
        tokio::select! {
            biased;
            _ = self.response.chunk() => {}
            () = tokio::task::yield_now() => {}
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>> {
        if self.comments < 2 {
            return chunk(&mut self.response).await;
        }
        // A server that spoke while nothing happened and then falls silent is gone.
        match tokio::time::timeout(self.silence, chunk(&mut self.response)).await {
            Ok(bytes) => bytes,
            Err(_) => Err(Error::transport(format!("the stream was silent for {:?}", self.silence))),
        }
    }

    /// What `Last-Event-ID` should say to resume the stream.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.decoder.last_event_id().filter(|id| !id.is_empty())
    }

    /// How long the server asks to wait before the stream is opened again.
    pub(crate) fn retry(&self) -> Option<Duration> {
        self.decoder.retry().map(|retry| Duration::from_millis(retry).clamp(RETRY_MIN, RETRY_MAX))
    }
}

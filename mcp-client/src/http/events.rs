//! A stream of server-sent events, as messages.

use std::time::Duration;

use bytes::Bytes;
use mcp_core::framing::sse::{Event, EventDecoder};
use reqwest::Response;

use super::{chunks::chunk, silence::Silence};
use crate::error::{Error, Result};

/// What may follow from `retry`, which a client has to heed: servers that want more are not believed.
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(300);

/// The messages of one event stream. Dropping it closes the stream.
#[derive(Debug)]
pub(crate) struct Events {
    response: Response,
    decoder: EventDecoder,
    silence: Silence,
    /// The first event of what was read last.
    read_event: Option<Event>,
}

impl Events {
    pub(super) fn new(response: Response, max: usize, silence: Duration) -> Self {
        Self { response, decoder: EventDecoder::new(max), silence: Silence::new(silence), read_event: None }
    }

    /// The next message, or `None` at the end of the stream.
    ///
    /// Cancel-safe: bytes are taken from the wire whole or not at all.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>> {
        // Events by another name are not the protocol's.
        self.next_of(|name| name.is_empty() || name == "message").await
    }

    /// The data of the next event of this name; others are passed over.
    pub(crate) async fn next_named(&mut self, wanted: &str) -> Result<Option<Bytes>> {
        self.next_of(|name| name == wanted).await
    }

    async fn next_of(&mut self, is_wanted: impl Fn(&str) -> bool) -> Result<Option<Bytes>> {
        loop {
            while let Some(event) = self.next_event()? {
                if is_wanted(&event.name) {
                    return Ok(Some(event.data));
                }
            }
            let Some(bytes) = self.read().await? else { return Ok(None) };
            let comments = self.decoder.comments();
            self.decoder.push(&bytes);
            self.read_event = self.decoder.next_event().map_err(|error| Error::invalid(error.to_string()))?;
            self.silence.broken(self.decoder.comments() > comments && self.read_event.is_none());
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

    fn next_event(&mut self) -> Result<Option<Event>> {
        match self.read_event.take() {
            Some(event) => Ok(Some(event)),
            None => self.decoder.next_event().map_err(|error| Error::invalid(error.to_string())),
        }
    }

    async fn read(&mut self) -> Result<Option<Bytes>> {
        let Some(deadline) = self.silence.deadline() else { return chunk(&mut self.response).await };
        match tokio::time::timeout_at(deadline, chunk(&mut self.response)).await {
            Ok(bytes) => bytes,
            Err(_) => Err(Error::transport(format!("the stream was silent for {:?}", self.silence.bound()))),
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

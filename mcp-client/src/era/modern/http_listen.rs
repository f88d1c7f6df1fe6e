//! Subscriptions over HTTP: the response stream of a listen request.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::{
    era::{modern::write_listen_request, owner_of},
    jsonrpc::{self, Message, Notification, RequestId, decode},
};

use super::{
    super::{closing::Closing, listening::Listening},
    headers::headers,
    http::HttpChannel,
    listen,
    reopening::{self, Stream, StreamOpener},
};
use crate::{
    changes::{Changes, Feed},
    error::{Error, Result},
    handlers::RequestOptions,
    http::{Body, Events, Refusal},
};

impl HttpChannel {
    pub(crate) async fn listen(self: &Arc<Self>, wanted: Changes) -> Result<Listening> {
        let feed = Feed::new(wanted.clone(), self.limits.changes);
        reopening::start(Listener(self.clone()), wanted, feed, self.limits.clone()).await
    }

    async fn open_stream(&self, wanted: &Changes) -> Result<(HttpStream, Changes)> {
        let id = self.next_id();
        let mut body = Vec::with_capacity(512);
        write_listen_request(&mut body, &id, &listen::filter(wanted), &self.stamp);
        let headers = headers(self.version, listen::METHOD, None)?;
        let clock = RequestOptions::new(listen::METHOD, &self.limits).clock();
        let answer = clock.within(listen::METHOD, self.endpoint.post(headers, Bytes::from(body))).await?;
        let (status, refusal) = (answer.status(), answer.refusal());
        if let Some(refusal) = &refusal
            && matches!(status, 401 | 403 | 429 | 500..)
        {
            return Err(refusal.error(""));
        }
        let events = match (clock.within(listen::METHOD, answer.body()).await?, refusal) {
            (Body::Events(events), None) => events,
            (Body::Json(body), refusal) => return Err(self.refused(&body, refusal)),
            (Body::Events(_), Some(refusal)) => return Err(refusal.error("")),
            (Body::Other(text), Some(refusal)) => return Err(refusal.error(&text)),
            (Body::Other(_), None) => return Err(listen::ended_at_once()),
        };
        let mut stream = HttpStream { events, id, json: self.limits.json(), closing: self.closing.clone() };
        // Nothing else of this subscription comes before it is acknowledged (subscriptions, *Acknowledgment*).
        loop {
            match clock.within(listen::METHOD, stream.message()).await? {
                Some(Message::Notification(notification)) => {
                    if let Some(agreed) = listen::acknowledged(&notification) {
                        return Ok((stream, agreed));
                    }
                }
                Some(Message::Response(response)) if response.id.as_ref() == Some(&stream.id) => {
                    return Err(response.outcome.err().map_or_else(listen::ended_at_once, Error::rejected));
                }
                Some(_) => {}
                None => return Err(listen::ended_at_once()),
            }
        }
    }

    fn refused(&self, body: &Bytes, refusal: Option<Refusal>) -> Error {
        match decode(body, &self.limits.json()) {
            Ok(Message::Response(response)) => {
                response.outcome.err().map_or_else(listen::ended_at_once, Error::rejected)
            }
            _ => refusal.map_or_else(listen::ended_at_once, |refusal| refusal.error(&String::from_utf8_lossy(body))),
        }
    }
}

struct Listener(Arc<HttpChannel>);

impl StreamOpener for Listener {
    type Stream = HttpStream;

    async fn open(&self, wanted: &Changes) -> Result<(HttpStream, Changes)> {
        self.0.closing.unless_closed(self.0.open_stream(wanted)).await
    }
}

/// The response stream of a listen request. Dropping it closes it, which ends the subscription.
pub(crate) struct HttpStream {
    events: Box<Events>,
    id: RequestId,
    json: jsonrpc::Limits,
    closing: Closing,
}

impl HttpStream {
    /// The next message that can be read, whatever it is.
    async fn message(&mut self) -> Result<Option<Message>> {
        loop {
            let next = self.closing.unless_closed(self.events.next()).await?;
            let Some(frame) = next else { return Ok(None) };
            match decode(&frame, &self.json) {
                Ok(message) => return Ok(Some(message)),
                Err(_) => tracing::debug!("a message of the server cannot be read"),
            }
        }
    }
}

impl Stream for HttpStream {
    async fn next(&mut self) -> Result<Option<Notification>> {
        loop {
            match self.message().await? {
                // What names another subscription is not ours (subscriptions, *Receiving Notifications*).
                Some(Message::Notification(notification)) => {
                    if owner_of(&notification).is_none_or(|owner| owner == self.id) {
                        return Ok(Some(notification));
                    }
                }
                Some(Message::Response(response)) if response.id.as_ref() == Some(&self.id) => return Ok(None),
                Some(_) => {}
                // In good order, as far as HTTP can tell.
                None => return Ok(None),
            }
        }
    }

    fn retry(&self) -> Option<Duration> {
        self.events.retry()
    }
}

//! One POST per request: its answer is a body, or a stream that ends with the reply. Dropping the request closes
//! the stream, which is how the server hears of it (HTTPM-021).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    era::{
        ToolPage,
        modern::{ClientStamp, Discovered, read_list_tools, write_call, write_listen_request},
        read_notification,
    },
    header::{METHOD, NAME, PROTOCOL_VERSION, encode_value},
    json::{RawJson, Text},
    jsonrpc::{ErrorObject, Message, Notification, RequestId, decode},
    model::{Request, ServerNotification},
};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        Channel, Identity, Listening, Server,
        http::{Ended, Hearing, unwelcome, within},
    },
    listen::{self, Stream, StreamOpener},
    mirror::{self, Mirrors},
};
use crate::{
    connection::Changes,
    error::{Error, Result},
    handlers::{LogHandler, Terms},
    http::{ACCEPT, Body, CONTENT_TYPE, Endpoint, Events, HeaderMap, HeaderValue},
    limits::Limits,
};

/// The headers do not say what the body says, or not all that the tool wants them to say.
const HEADER_MISMATCH: i64 = -32020;

/// The headers of a request (HTTPM-006, HTTPM-022, HDR-001, HDR-002).
pub(crate) fn headers(version: ProtocolVersion, method: &'static str, name: Option<&str>) -> Result<HeaderMap> {
    headers_of(version, HeaderValue::from_static(method), name)
}

/// The headers of a request, whose method may be one of an extension.
fn headers_for(version: ProtocolVersion, request: &Request, name: Option<&str>) -> Result<HeaderMap> {
    let method = match request.defined_method() {
        Some(method) => HeaderValue::from_static(method),
        None => HeaderValue::from_str(request.method())
            .map_err(|error| Error::invalid("the method's name cannot be sent in a header").because(error))?,
    };
    headers_of(version, method, name)
}

fn headers_of(version: ProtocolVersion, method: HeaderValue, name: Option<&str>) -> Result<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(5);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    headers.insert(PROTOCOL_VERSION, HeaderValue::from_static(version.as_str()));
    headers.insert(METHOD, method);
    if let Some(name) = name {
        let value = HeaderValue::from_str(&encode_value(name))
            .map_err(|error| Error::invalid("the name cannot be sent in a header").because(error))?;
        headers.insert(NAME, value);
    }
    Ok(headers)
}

/// A URL that is served in this era.
pub(crate) struct HttpChannel {
    endpoint: Arc<Endpoint>,
    version: ProtocolVersion,
    stamp: ClientStamp,
    limits: Limits,
    mirrors: Mirrors,
    log: Option<LogHandler>,
    last_id: AtomicI64,
    closing: CancellationToken,
}

impl HttpChannel {
    pub(crate) fn open(
        endpoint: Arc<Endpoint>,
        identity: &Identity,
        version: ProtocolVersion,
        stamp: ClientStamp,
        discovered: Box<Discovered>,
    ) -> (Channel, Server) {
        let channel = Self {
            endpoint,
            version,
            stamp,
            limits: identity.limits.clone(),
            mirrors: Mirrors::default(),
            log: identity.log.clone(),
            last_id: AtomicI64::new(0),
            closing: CancellationToken::new(),
        };
        (Channel::ModernHttp(Arc::new(channel)), Server::discovered(version, *discovered))
    }

    /// Runs inside the caller's future: no task and no channel between it and the connection.
    pub(crate) async fn ask(&self, request: &Request, terms: &mut Terms) -> Result<Result<RawJson, ErrorObject>> {
        if self.closing.is_cancelled() {
            return Err(closed());
        }
        tokio::select! {
            biased;
            reply = self.mirrored(request, terms) => reply,
            () = self.closing.cancelled() => Err(Error::cancelled()),
        }
    }

    /// Asks, and once more with other headers if the tool's wishes were unknown or have changed (HDR-022).
    async fn mirrored(&self, request: &Request, terms: &mut Terms) -> Result<Result<RawJson, ErrorObject>> {
        let reply = self.exchange(request, terms).await?;
        let (Request::CallTool { name, .. }, Err(error)) = (request, &reply) else { return Ok(reply) };
        if error.code != HEADER_MISMATCH {
            return Ok(reply);
        }
        let before = self.mirrors.of(name);
        if self.look_up(name).await.is_err() || self.mirrors.of(name) == before {
            return Ok(reply);
        }
        self.exchange(request, terms).await
    }

    /// Reads the list of tools up to the tool `name`.
    async fn look_up(&self, name: &str) -> Result<()> {
        let mut cursor = None;
        for _ in 0..self.limits.pages {
            let request = Request::ListTools { cursor };
            let mut terms = Terms::new("tools/list", &self.limits);
            let raw = Box::pin(self.exchange(&request, &mut terms)).await?.map_err(Error::rejected)?;
            let page = read_list_tools(&raw).map_err(|misread| Error::invalid(misread.to_string()))?;
            let found = page.page.tools.iter().any(|tool| tool.name == name);
            cursor = self.learn(page).page.next_cursor.map(Text::from);
            if found || cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Learns from a list of tools which arguments to mirror.
    pub(crate) fn learn(&self, mut page: ToolPage) -> ToolPage {
        self.mirrors.learn(&mut page.page.tools);
        page
    }

    async fn exchange(&self, request: &Request, terms: &mut Terms) -> Result<Result<RawJson, ErrorObject>> {
        let id = self.next_id();
        let mut body = Vec::with_capacity(512);
        write_call(&mut body, &id, request, &self.stamp, terms.on_progress.is_some());
        let headers = match request {
            Request::CallTool { name, arguments } => {
                let mut headers = headers_for(self.version, request, Some(name))?;
                if let Some(mirror) = self.mirrors.of(name) {
                    mirror::write(&mirror, arguments, &mut headers);
                }
                headers
            }
            _ => headers_for(self.version, request, None)?,
        };
        let clock = terms.clock();
        let what = terms.what;
        let answer = within(&clock, what, self.endpoint.post(headers, Bytes::from(body))).await?;
        let hearing = Hearing { what, id: &id, json: self.limits.json(), batches: false };
        let ended = hearing.reply(answer, clock, |message| match message {
            Message::Notification(notification) => {
                self.hear_log(&notification);
                terms.hear(&notification, &id)
            }
            _ => false,
        });
        match ended.await? {
            Ended::Reply(reply) => Ok(reply),
            // HTTPM-019: the request is lost, and nobody but its caller knows whether it may be repeated.
            Ended::Cut { error, .. } => Err(error),
        }
    }

    /// Hears what the server logs. It is no sign of progress.
    fn hear_log(&self, notification: &Notification) {
        if let Some(log) = &self.log
            && let Some(ServerNotification::Message(message)) = read_notification(notification)
        {
            log.hear(message);
        }
    }

    fn next_id(&self) -> RequestId {
        RequestId::Number(self.last_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    pub(crate) async fn listen(self: &Arc<Self>, wanted: Changes) -> Result<Listening> {
        listen::start(Listener(self.clone()), wanted, self.limits.clone()).await
    }

    /// Ends every request and subscription. There is no session to end (HTTPM-030).
    pub(crate) fn close(&self) {
        self.closing.cancel();
    }

    async fn open_stream(&self, wanted: &Changes) -> Result<(HttpStream, Changes)> {
        let id = self.next_id();
        let mut body = Vec::with_capacity(512);
        write_listen_request(&mut body, &id, &listen::filter(wanted), &self.stamp);
        let headers = headers(self.version, listen::METHOD, None)?;
        let clock = Terms::new(listen::METHOD, &self.limits).clock();
        let answer = within(&clock, listen::METHOD, self.endpoint.post(headers, Bytes::from(body))).await?;
        let status = answer.status();
        if !answer.is_success() && matches!(status, 401 | 403 | 429 | 500..) {
            return Err(unwelcome(status, ""));
        }
        let events = match within(&clock, listen::METHOD, answer.body()).await? {
            Body::Events(events) if (200..300).contains(&status) => events,
            Body::Json(body) => return Err(self.refusal(status, &body)),
            _ => return Err(unwelcome(status, "")),
        };
        let mut stream = HttpStream { events, id, json: self.limits.json(), closing: self.closing.clone() };
        // SUBS-003: nothing else of this subscription comes before it is acknowledged.
        loop {
            match within(&clock, listen::METHOD, stream.message()).await? {
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

    fn refusal(&self, status: u16, body: &Bytes) -> Error {
        match decode(body, &self.limits.json()) {
            Ok(Message::Response(response)) => {
                response.outcome.err().map_or_else(listen::ended_at_once, Error::rejected)
            }
            _ => unwelcome(status, &String::from_utf8_lossy(body)),
        }
    }
}

pub(super) fn closed() -> Error {
    Error::closed("the client is closed: connect again")
}

struct Listener(Arc<HttpChannel>);

impl StreamOpener for Listener {
    type Stream = HttpStream;

    async fn open(&self, wanted: &Changes) -> Result<(HttpStream, Changes)> {
        if self.0.closing.is_cancelled() {
            return Err(closed());
        }
        tokio::select! {
            biased;
            () = self.0.closing.cancelled() => Err(Error::cancelled()),
            stream = self.0.open_stream(wanted) => stream,
        }
    }
}

/// The response stream of a listen request. Dropping it closes it, which ends the subscription.
pub(crate) struct HttpStream {
    events: Box<Events>,
    id: RequestId,
    json: mcp_core::jsonrpc::Limits,
    closing: CancellationToken,
}

impl HttpStream {
    /// The next message that can be read, whatever it is.
    async fn message(&mut self) -> Result<Option<Message>> {
        loop {
            let frame = tokio::select! {
                biased;
                () = self.closing.cancelled() => return Err(Error::cancelled()),
                frame = self.events.next() => frame?,
            };
            let Some(frame) = frame else { return Ok(None) };
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
                // SUBS-008: what names another subscription is not ours.
                Some(Message::Notification(notification)) => {
                    if mcp_core::era::owner_of(&notification).is_none_or(|owner| owner == self.id) {
                        return Ok(Some(notification));
                    }
                }
                Some(Message::Response(response)) if response.id.as_ref() == Some(&self.id) => return Ok(None),
                Some(_) => {}
                None => return Err(Error::transport("the server closed the stream without ending the subscription")),
            }
        }
    }
}

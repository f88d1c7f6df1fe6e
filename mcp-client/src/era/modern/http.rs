//! One POST per request: its answer is a body, or a stream that ends with the reply. Dropping the request closes
//! the stream, which is how the server hears of it (cancellation, *Transport-Specific Cancellation*).

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    era::{
        Era, Method, Page, codes,
        modern::{ClientStamp, Discovered, write_call, write_call_again},
        read_notification,
    },
    json::{RawJson, Text},
    jsonrpc::{ErrorObject, Message, Notification, RequestId},
    model::{Request, ServerNotification, Tool},
};

use super::{
    super::{
        again::Again,
        closing::Closing,
        identity::{Identity, Server},
        reply::{Ended, ReplyReader},
    },
    headers::headers_for,
    mirror::{self, Mirrors},
};
use crate::{
    answer::Answers,
    error::{Error, Result},
    handlers::{LogHandler, RequestOptions},
    http::Endpoint,
    limits::Limits,
};

/// A URL that is served in this era.
pub(crate) struct HttpChannel {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) version: ProtocolVersion,
    pub(super) stamp: ClientStamp,
    pub(super) limits: Limits,
    mirrors: Mirrors,
    answers: Answers,
    log: Option<LogHandler>,
    last_id: AtomicI64,
    pub(super) closing: Closing,
}

impl HttpChannel {
    pub(crate) fn open(
        endpoint: Arc<Endpoint>,
        identity: &Identity,
        version: ProtocolVersion,
        stamp: ClientStamp,
        discovered: Box<Discovered>,
    ) -> (Self, Server) {
        let channel = Self {
            endpoint,
            version,
            stamp,
            limits: identity.limits.clone(),
            mirrors: Mirrors::default(),
            answers: identity.answers(version),
            log: identity.log.clone(),
            last_id: AtomicI64::new(0),
            closing: Closing::default(),
        };
        (channel, Server::discovered(version, *discovered))
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Runs inside the caller's future: no task and no channel between it and the connection.
    pub(crate) async fn ask(
        &self,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        self.closing.unless_closed(self.patiently(request, options)).await
    }

    /// Asks, and again when a server that is busy says so.
    async fn patiently(&self, request: &Request, options: &mut RequestOptions) -> Result<Result<RawJson, ErrorObject>> {
        let mut again = Again::of(request);
        loop {
            match self.mirrored(request, options).await {
                Err(error) if again.after(&error, &options.clock()).await => {}
                reply => return reply,
            }
        }
    }

    /// Asks, and once more with other headers if the tool's wishes were unknown or have changed (Streamable HTTP,
    /// *Custom Headers from Tool Parameters*, *Client Behavior*).
    async fn mirrored(&self, request: &Request, options: &mut RequestOptions) -> Result<Result<RawJson, ErrorObject>> {
        let reply = self.exchange(request, options).await?;
        let (Request::CallTool { name, .. }, Err(error)) = (request, &reply) else { return Ok(reply) };
        // The headers do not say what the body says, or not all that the tool wants them to say.
        if error.code != codes::HEADER_MISMATCH {
            return Ok(reply);
        }
        let before = self.mirrors.of(name);
        match self.look_up(name, options).await {
            Err(error) if error.is_timeout() => return Err(error),
            Ok(()) if self.mirrors.of(name) != before => {}
            _ => return Ok(reply),
        }
        self.exchange(request, options).await
    }

    /// Reads the list of tools up to the tool `name`, in the time that is left to the call which needs it.
    async fn look_up(&self, name: &str, call: &mut RequestOptions) -> Result<()> {
        let mut cursor = None;
        for _ in 0..self.limits.pages {
            let request = Request::ListTools { cursor };
            let mut options = call.within(Method::ListTools.name());
            let raw = Box::pin(self.exchange(&request, &mut options)).await?.map_err(Error::rejected)?;
            let read = Era::Modern.read::<Page<Tool>>(&raw);
            let mut page = read.map_err(|misread| Error::invalid(misread.to_string()))?.value;
            let found = page.items.iter().any(|tool| tool.name == name);
            self.learn(&mut page.items);
            cursor = page.next_cursor.map(Text::from);
            if found || cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Learns from a list of tools which arguments to mirror, and takes out those that may not be called.
    pub(crate) fn learn(&self, tools: &mut Vec<Tool>) {
        self.mirrors.learn(tools);
    }

    async fn exchange(&self, request: &Request, options: &mut RequestOptions) -> Result<Result<RawJson, ErrorObject>> {
        let id = self.next_id();
        let mut body = Vec::with_capacity(512);
        match &options.given {
            None => write_call(&mut body, &id, request, &self.stamp, &options.request_meta()),
            Some(given) => write_call_again(&mut body, &id, request, &self.stamp, &options.request_meta(), given),
        }
        let mut headers = headers_for(self.version, request)?;
        if let Request::CallTool { name, arguments } = request
            && let Some(mirror) = self.mirrors.of(name)
        {
            mirror::write(&mirror, arguments, &mut headers);
        }
        let clock = options.clock();
        let what = options.what;
        let answer = clock.within(what, self.endpoint.post(headers, Bytes::from(body))).await?;
        let reader = ReplyReader { what, id: &id, json: self.limits.json(), batches: false };
        let ended = reader.reply(answer, clock, |message| match message {
            Message::Notification(notification) => {
                self.hear_log(&notification);
                options.hear(&notification, &id)
            }
            _ => false,
        });
        match ended.await? {
            Ended::Reply(reply) => Ok(reply),
            // The request is lost with its stream, and nobody but its caller knows whether it may be repeated.
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

    pub(super) fn next_id(&self) -> RequestId {
        RequestId::Number(self.last_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Ends every request and subscription. There is no session to end.
    pub(crate) fn close(&self) {
        self.closing.close();
    }
}

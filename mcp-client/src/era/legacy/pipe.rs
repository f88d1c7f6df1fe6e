//! A session on a pipe: it lasts as long as the pipe.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use futures_core::future::BoxFuture;
use mcp_core::{
    ProtocolVersion,
    era::{
        Method,
        legacy::{has_batches, write_call, write_initialized, write_set_level, write_subscribe},
        write_roots_list_changed,
    },
    json::RawJson,
    jsonrpc::ErrorObject,
    model::{Request, ServerCapabilities},
};

use super::{
    super::{
        identity::{Identity, Server, undecided},
        listening::ChangeStream,
    },
    handshake::{self, Step},
    listen::declared,
};
use crate::{
    answer::{Answering, Answers},
    changes::{Attached, Changes, Feed},
    connection::Connection,
    error::{Error, Result},
    handlers::RequestOptions,
    limits::Limits,
};

/// A pipe to a server of this era.
pub(crate) struct PipeChannel {
    connection: Arc<Connection>,
    limits: Limits,
    capabilities: ServerCapabilities,
    answering: Arc<Answering>,
}

/// Opens the session (2025-11-25, lifecycle, *Initialization*). On failure the connection is dropped: without a version
/// in common the client has to disconnect.
pub(crate) async fn open_pipe(
    connection: Arc<Connection>,
    identity: &Identity,
    version: ProtocolVersion,
) -> Result<(PipeChannel, Server)> {
    connection.answer_requests(false);
    let server = shake_hands(&connection, identity, version).await?;
    connection.answer_requests(has_batches(server.version));
    let answering = Answering::new(identity.answers(server.version));
    connection.answer_with(answering.clone());
    let mut frame = Vec::new();
    write_initialized(&mut frame);
    connection.notify(frame);
    if let (Some(log), Some(_)) = (&identity.log, &server.capabilities.logging) {
        connection.ask_and_forget(|out, id| write_set_level(out, id, log.level()));
    }
    let capabilities = server.capabilities.clone();
    let channel = PipeChannel { connection, limits: identity.limits.clone(), capabilities, answering };
    Ok((channel, server))
}

async fn shake_hands(connection: &Arc<Connection>, identity: &Identity, version: ProtocolVersion) -> Result<Server> {
    let mut version = version;
    for first in [true, false] {
        let mut options = RequestOptions::new(handshake::METHOD, &identity.limits);
        // `initialize` is never cancelled (2025-11-25, cancellation, *Behavior Requirements*).
        let request = connection.open_quiet(None)?;
        let reply = request.reply(|out, id| handshake::write(out, id, identity, version), &mut options).await?;
        match handshake::judge(reply, identity, version, first)? {
            Step::Done(server) => return Ok(*server),
            Step::Again(other) => version = other,
        }
    }
    Err(undecided())
}

impl PipeChannel {
    pub(crate) async fn ask(
        &self,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let meta = options.request_meta();
        // Nothing on a pipe tells for which call a server asks.
        let _attached = self.answering.attach(&options.clock());
        let pending = self.connection.open()?;
        pending.reply(|out, id| write_call(out, id, request, &meta), options).await
    }

    pub(crate) fn answers(&self) -> &Answers {
        self.answering.answers()
    }

    /// Tells the server that the roots have changed (2025-11-25, client/roots, *Root List Changes*).
    pub(crate) fn tell_roots_changed(&self) {
        let mut frame = Vec::new();
        write_roots_list_changed(&mut frame);
        self.connection.notify(frame);
    }

    /// Changes come unasked; only single resources are subscribed to, where the server has declared that.
    pub(crate) async fn open_stream(&self, wanted: &Changes, feed: &Arc<Feed>) -> Result<(PipeStream, Changes)> {
        if self.connection.end().is_over() {
            return Err(self.connection.end().error());
        }
        let over = self.connection.end().reached_later();
        let attached = self.connection.hub().attach(feed.clone());
        let stream = PipeStream { attached, connection: self.connection.clone(), over };
        let agreed = declared(wanted, &self.capabilities);
        for uri in agreed.uris() {
            let mut options = RequestOptions::new(Method::Subscribe.name(), &self.limits);
            let request = self.connection.open()?;
            let reply = request.reply(|out, id| write_subscribe(out, id, uri, true), &mut options).await?;
            reply.map_err(Error::rejected)?;
        }
        Ok((stream, agreed))
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

/// A feed on the pipe, and what was subscribed for it.
pub(crate) struct PipeStream {
    attached: Attached,
    connection: Arc<Connection>,
    over: BoxFuture<'static, Error>,
}

impl ChangeStream for PipeStream {
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.over.as_mut().poll(cx).map(Err)
    }
}

impl Drop for PipeStream {
    fn drop(&mut self) {
        for uri in self.attached.detach() {
            self.connection.ask_and_forget(|out, id| write_subscribe(out, id, &uri, false));
        }
    }
}

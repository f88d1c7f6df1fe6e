//! Requests and subscriptions on a pipe.

use std::sync::Arc;

use mcp_core::{
    ProtocolVersion,
    era::modern::{ClientStamp, Discovered, write_call, write_listen_request},
    json::RawJson,
    jsonrpc::ErrorObject,
    model::Request,
};

use super::{
    super::{Channel, Identity, Listening, Server},
    listen::{self, Stream, StreamOpener},
};
use crate::{
    connection::{Asked, Changes, Connection, Heard},
    error::{Error, Result},
    handlers::Terms,
    limits::Limits,
};

/// A pipe to a server of this era.
#[derive(Clone)]
pub(crate) struct PipeChannel {
    connection: Arc<Connection>,
    stamp: ClientStamp,
    limits: Limits,
}

pub(crate) fn open_pipe(
    connection: Arc<Connection>,
    identity: &Identity,
    version: ProtocolVersion,
    discovered: Box<Discovered>,
) -> (Channel, Server) {
    let stamp = identity.stamp(version);
    let channel = PipeChannel { connection, stamp, limits: identity.limits.clone() };
    (Channel::ModernPipe(Box::new(channel)), Server::discovered(version, *discovered))
}

impl PipeChannel {
    pub(crate) async fn ask(&self, request: &Request, terms: &mut Terms) -> Result<Result<RawJson, ErrorObject>> {
        let progress = terms.on_progress.is_some();
        let asked = self.connection.open()?;
        asked.reply(|out, id| write_call(out, id, request, &self.stamp, progress), terms).await
    }

    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        listen::start(self.clone(), wanted, self.limits.clone()).await
    }

    pub(crate) async fn close(&self) {
        self.connection.close().await;
    }
}

impl StreamOpener for PipeChannel {
    type Stream = PipeStream;

    async fn open(&self, wanted: &Changes) -> Result<(PipeStream, Changes)> {
        let mut asked = self.connection.open()?;
        let filter = listen::filter(wanted);
        let clock = Terms::new(listen::METHOD, &self.limits).clock();
        asked.send(|out, id| write_listen_request(out, id, &filter, &self.stamp), listen::METHOD, &clock).await?;
        // SUBS-003: nothing else of this subscription comes before it is acknowledged.
        loop {
            match asked.next(listen::METHOD, &clock).await? {
                Heard::Notification(notification) => {
                    if let Some(agreed) = listen::acknowledged(&notification) {
                        return Ok((PipeStream(asked), agreed));
                    }
                }
                Heard::Reply(Err(error)) => return Err(Error::rejected(error)),
                Heard::Reply(Ok(_)) => return Err(listen::ended_at_once()),
            }
        }
    }
}

/// A subscription on a pipe. Dropping it tells the server (STDIO-010).
pub(crate) struct PipeStream(Asked);

impl Stream for PipeStream {
    async fn next(&mut self) -> Result<Option<mcp_core::jsonrpc::Notification>> {
        match self.0.next_ever().await? {
            Heard::Notification(notification) => Ok(Some(notification)),
            Heard::Reply(_) => Ok(None),
        }
    }
}

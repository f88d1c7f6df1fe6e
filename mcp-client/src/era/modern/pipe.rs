//! Requests and subscriptions on a pipe.

use std::sync::Arc;

use mcp_core::{
    ProtocolVersion,
    era::modern::{ClientStamp, Discovered, write_call, write_call_again, write_listen_request},
    json::RawJson,
    jsonrpc::{ErrorObject, Notification, RequestId},
    model::Request,
};

use super::{
    super::{
        identity::{Identity, Server},
        listening::Listening,
    },
    listen::{self, Stream, StreamOpener},
};
use crate::{
    answer::Answers,
    changes::{Changes, Feed},
    connection::{Connection, Incoming, PendingRequest},
    error::{Error, Result},
    handlers::RequestOptions,
    limits::Limits,
};

/// A pipe to a server of this era.
#[derive(Clone)]
pub(crate) struct PipeChannel {
    connection: Arc<Connection>,
    stamp: ClientStamp,
    limits: Limits,
    answers: Answers,
}

pub(crate) fn open_pipe(
    connection: Arc<Connection>,
    identity: &Identity,
    version: ProtocolVersion,
    discovered: Box<Discovered>,
) -> (PipeChannel, Server) {
    let stamp = identity.stamp(version);
    let channel =
        PipeChannel { connection, stamp, limits: identity.limits.clone(), answers: identity.answers(version) };
    (channel, Server::discovered(version, *discovered))
}

impl PipeChannel {
    pub(crate) async fn ask(
        &self,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let meta = options.request_meta();
        let (given, stamp) = (options.given.clone(), &self.stamp);
        let write = |out: &mut Vec<u8>, id: &RequestId| match &given {
            None => write_call(out, id, request, stamp, &meta),
            Some(given) => write_call_again(out, id, request, stamp, &meta, given),
        };
        let pending = self.connection.open()?;
        pending.reply(write, options).await
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        let feed = Feed::new(wanted.clone(), self.limits.changes);
        let opener = Opener { channel: self.clone(), feed: feed.clone() };
        listen::start(opener, wanted, feed, self.limits.clone()).await
    }

    pub(crate) async fn close(&self) {
        self.connection.close().await;
    }
}

/// Opens subscriptions whose changes go to a feed where they are read.
struct Opener {
    channel: PipeChannel,
    feed: Arc<Feed>,
}

impl StreamOpener for Opener {
    type Stream = PipeStream;

    async fn open(&self, wanted: &Changes) -> Result<(PipeStream, Changes)> {
        let PipeChannel { connection, stamp, limits, .. } = &self.channel;
        let mut request = connection.open()?;
        request.feed(self.feed.clone());
        let filter = listen::filter(wanted);
        let clock = RequestOptions::new(listen::METHOD, limits).clock();
        request.send(|out, id| write_listen_request(out, id, &filter, stamp), listen::METHOD, &clock).await?;
        // Nothing else of this subscription comes before it is acknowledged (subscriptions, *Acknowledgment*).
        loop {
            match request.next(listen::METHOD, &clock).await? {
                Incoming::Notification(notification) => {
                    if let Some(agreed) = listen::acknowledged(&notification) {
                        return Ok((PipeStream(request), agreed));
                    }
                }
                Incoming::Reply(Err(error)) => return Err(Error::rejected(error)),
                Incoming::Reply(Ok(_)) => return Err(listen::ended_at_once()),
            }
        }
    }
}

/// A subscription on a pipe. Dropping it tells the server, which has no stream to see closed (stdio, *Cancellation*).
pub(crate) struct PipeStream(PendingRequest);

impl Stream for PipeStream {
    async fn next(&mut self) -> Result<Option<Notification>> {
        match self.0.next_ever().await? {
            Incoming::Notification(notification) => Ok(Some(notification)),
            Incoming::Reply(_) => Ok(None),
        }
    }
}

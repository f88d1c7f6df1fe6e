//! Requests and subscriptions on a pipe.

use std::{
    sync::Arc,
    task::{Context, Poll, ready},
};

use mcp_core::{
    ProtocolVersion,
    era::{
        Method,
        modern::{ClientStamp, Discovered, write_call, write_call_again, write_listen_request},
    },
    json::RawJson,
    jsonrpc::{ErrorObject, RequestId},
    model::Request,
};

use super::{
    super::{
        identity::{Identity, Server},
        listening::ChangeStream,
    },
    listen,
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

    /// Opens a subscription whose changes go to `feed` where they are read.
    pub(crate) async fn open_stream(&self, wanted: &Changes, feed: &Arc<Feed>) -> Result<(PipeStream, Changes)> {
        let mut request = self.connection.open()?;
        request.feed(feed.clone());
        let filter = listen::filter(wanted);
        let clock = RequestOptions::new(listen::METHOD, &self.limits).clock();
        request.send(|out, id| write_listen_request(out, id, &filter, &self.stamp), listen::METHOD, &clock).await?;
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

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

/// A subscription on a pipe. Dropping it tells the server, which has no stream to see closed (stdio, *Cancellation*).
pub(crate) struct PipeStream(PendingRequest);

impl ChangeStream for PipeStream {
    fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            match ready!(self.0.poll_next(cx))? {
                Incoming::Notification(notification) if notification.method == Method::Cancelled.name() => break,
                Incoming::Notification(_) => {}
                Incoming::Reply(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

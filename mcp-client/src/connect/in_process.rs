//! A server in this process: frames in channels, no codec and no socket.

use std::{io, ops::Deref};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use mcp_core::{
    jsonrpc::Outline,
    transport::{Accept, Pipe},
};
use tokio::sync::mpsc;

use crate::{
    connection::{Connection, Connector, Read, Sink, Source},
    error::Result,
    limits::Limits,
};

/// Connects to a server of this process, as often as needed.
pub(crate) struct InProcess<S> {
    pub(crate) server: S,
    pub(crate) limits: Limits,
}

impl<S> Connector for InProcess<S>
where
    S: Deref<Target: Accept> + Send + Sync,
{
    fn connect(&self) -> BoxFuture<'_, Result<Connection>> {
        Box::pin(async move {
            let (ours, theirs) = Pipe::pair();
            self.server.accept(theirs);
            let Pipe { incoming, outgoing } = ours;
            let from_server = FromServer { incoming, max: self.limits.message_bytes };
            Ok(Connection::start(from_server, ToServer(outgoing), None, &self.limits))
        })
    }
}

struct FromServer {
    incoming: mpsc::Receiver<Bytes>,
    max: usize,
}

impl Source for FromServer {
    async fn read(&mut self) -> Option<Read> {
        let frame = self.incoming.recv().await?;
        Some(if frame.len() > self.max { Read::TooLong(Outline::of(&frame)) } else { Read::Frame(frame) })
    }
}

struct ToServer(mpsc::Sender<Bytes>);

impl Sink for ToServer {
    async fn write(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        for frame in batch.drain(..) {
            self.0.send(frame).await.map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        Ok(())
    }
}

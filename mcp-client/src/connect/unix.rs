//! A server behind a Unix socket, one message per line.

use std::path::PathBuf;

use futures_core::future::BoxFuture;
use tokio::net::UnixStream;

use super::io::{Incoming, Outgoing};
use crate::{
    connection::{Connection, Connector},
    error::{Error, Result},
    limits::Limits,
};

/// Connects to the socket, as often as needed.
pub(crate) struct Unix {
    pub(crate) path: PathBuf,
    pub(crate) limits: Limits,
}

impl Connector for Unix {
    fn connect(&self) -> BoxFuture<'_, Result<Connection>> {
        Box::pin(async move {
            let stream = UnixStream::connect(&self.path).await.map_err(|error| {
                let path = self.path.display();
                Error::transport(format!("nobody listens on the socket {path}: does the server run?")).because(error)
            })?;
            let (reader, writer) = stream.into_split();
            let source = Incoming::new(reader, self.limits.message_bytes);
            Ok(Connection::start(source, Outgoing::new(writer), None, &self.limits))
        })
    }
}

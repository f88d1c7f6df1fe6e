//! Peers in the same process.

use bytes::Bytes;
use mcp_core::{
    framing::lines::Line,
    transport::{Accept, Pipe},
};
use tokio::sync::mpsc;

use super::pipe::{self, Source, Writer};
use crate::{outbox::Reader, server::Server};

/// Serves the peer in a task that ends when the peer drops its end, or the server stops.
///
/// ```
/// use mcp_core::transport::{Accept, Pipe};
/// use mcp_server::Server;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let server = Server::builder("empty", "1.0.0").build();
/// let (mut ours, theirs) = Pipe::pair();
/// server.accept(theirs);
/// ours.outgoing.send(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.into()).await.unwrap();
/// assert_eq!(ours.incoming.recv().await.unwrap(), r#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
/// # }
/// ```
impl Accept for Server {
    fn accept(&self, pipe: Pipe) {
        let server = self.clone();
        let Pipe { incoming, outgoing } = pipe;
        let max = server.inner.engine.limits.line_bytes;
        let engine = server.inner.engine.clone();
        engine.lifecycle.spawn(async move {
            let source = Frames { incoming, next: None, max };
            // The server must live as long as somebody is served.
            pipe::serve(server.inner.eras.clone(), source, outgoing).await;
            drop(server);
        });
    }
}

struct Frames {
    incoming: mpsc::Receiver<Bytes>,
    next: Option<Bytes>,
    max: usize,
}

impl Source for Frames {
    fn ready(&mut self) -> Option<Line> {
        let frame = self.next.take().or_else(|| self.incoming.try_recv().ok())?;
        Some(if frame.len() > self.max { Line::TooLong(frame) } else { Line::Frame(frame) })
    }

    async fn wait(&mut self) -> bool {
        if self.next.is_none() {
            self.next = self.incoming.recv().await;
        }
        self.next.is_some()
    }
}

impl Writer for mpsc::Sender<Bytes> {
    async fn write_all(self, reader: Reader) {
        loop {
            let batch = tokio::select! {
                biased;
                batch = reader.batch() => batch,
                () = self.closed() => None,
            };
            let Some(batch) = batch else { return };
            for frame in &batch.frames {
                if self.send(frame.clone()).await.is_err() {
                    return;
                }
            }
        }
    }
}

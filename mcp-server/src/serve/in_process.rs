//! Peers in the same process.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::{
    framing::lines::Line,
    jsonrpc::Outline,
    transport::{Accept, Pipe},
};
use tokio::sync::mpsc;

use super::{
    pipe::{self, Source, Writer},
    stall::{Progress, StallClock},
};
use crate::{logging::Transport, outbox::Reader, server::Server};

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
        self.inner.engine.lifecycle.spawn(async move {
            let source = Frames { incoming, ahead: VecDeque::new(), max, ended: false };
            let writer = Outgoing { frames: outgoing, patience: engine.limits.write_stall };
            // The server must live as long as somebody is served.
            pipe::serve(server.inner.eras.clone(), source, writer, Transport::InProcess).await;
            drop(server);
        });
    }
}

struct Frames {
    incoming: mpsc::Receiver<Bytes>,
    /// What was received before it was wanted: at most as much as the channel holds.
    ahead: VecDeque<Bytes>,
    max: usize,
    ended: bool,
}

impl Source for Frames {
    fn ready(&mut self) -> Option<Line> {
        let frame = self.ahead.pop_front().or_else(|| self.incoming.try_recv().ok())?;
        Some(if frame.len() > self.max { Line::TooLong(Outline::of(&frame)) } else { Line::Frame(frame) })
    }

    async fn wait(&mut self) -> bool {
        if self.ahead.is_empty() {
            self.receive().await;
        }
        !self.ahead.is_empty()
    }

    async fn ended(&mut self) {
        while !self.ended {
            if self.ahead.len() >= self.incoming.max_capacity() {
                std::future::pending::<()>().await;
            }
            self.receive().await;
        }
    }
}

impl Frames {
    async fn receive(&mut self) {
        match self.incoming.recv().await {
            Some(frame) => self.ahead.push_back(frame),
            None => self.ended = true,
        }
    }
}

struct Outgoing {
    frames: mpsc::Sender<Bytes>,
    /// How long the peer may receive nothing.
    patience: Duration,
}

impl Writer for Outgoing {
    async fn write_all(self, reader: Reader) {
        let progress = Arc::new(Progress::default());
        let mut clock = StallClock::new(self.patience, &progress);
        loop {
            let batch = tokio::select! {
                biased;
                batch = reader.batch() => batch,
                () = self.frames.closed() => None,
            };
            let Some(batch) = batch else { return };
            progress.began();
            for frame in &batch.frames {
                let sent = tokio::select! {
                    biased;
                    sent = self.frames.send(frame.clone()) => sent,
                    () = clock.stalled() => return,
                };
                if sent.is_err() {
                    return;
                }
                progress.made();
            }
            progress.ended();
        }
    }
}

//! A server in this process that plays a script.

use std::{
    pin::Pin,
    sync::atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use mcp_core::transport::{Accept, Pipe};
use serde_json::{Value, json};

use super::{LEGACY, MODERN, discovered, initialized, refusal, reply};

type Play = Box<dyn Fn(Peer, usize) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// Plays its script to every client that connects, with the number of the connection.
pub(crate) struct Script {
    play: Play,
    connections: AtomicUsize,
}

impl Script {
    pub(crate) fn new<F, P>(play: F) -> Self
    where
        F: Fn(Peer, usize) -> P + Send + Sync + 'static,
        P: Future<Output = ()> + Send + 'static,
    {
        let play =
            Box::new(move |peer, number| Box::pin(play(peer, number)) as Pin<Box<dyn Future<Output = ()> + Send>>);
        Self { play, connections: AtomicUsize::new(0) }
    }

    /// A script that begins behind `server/discover`.
    pub(crate) fn modern<F, P>(play: F) -> Self
    where
        F: Fn(Peer) -> P + Clone + Send + Sync + 'static,
        P: Future<Output = ()> + Send + 'static,
    {
        Self::new(move |mut peer, _| {
            let play = play.clone();
            async move {
                let probe = peer.request("server/discover").await;
                peer.send(reply(&probe, discovered(&[MODERN]))).await;
                play(peer).await;
            }
        })
    }

    /// A script that begins behind `notifications/initialized`.
    pub(crate) fn legacy<F, P>(play: F) -> Self
    where
        F: Fn(Peer) -> P + Clone + Send + Sync + 'static,
        P: Future<Output = ()> + Send + 'static,
    {
        Self::new(move |mut peer, _| {
            let play = play.clone();
            async move {
                peer.refuse_probe().await;
                peer.shake_hands(LEGACY).await;
                play(peer).await;
            }
        })
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

impl Accept for Script {
    fn accept(&self, pipe: Pipe) {
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        tokio::spawn((self.play)(Peer { pipe }, number));
    }
}

/// The script's end of a pipe.
pub(crate) struct Peer {
    pipe: Pipe,
}

impl Peer {
    /// The next message, or `None` if the client is gone.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let frame = self.pipe.incoming.recv().await?;
        assert!(!frame.contains(&b'\n'), "a frame never holds a line break");
        Some(serde_json::from_slice(&frame).expect("clients send JSON"))
    }

    /// The next message, which must be of this method.
    pub(crate) async fn request(&mut self, method: &str) -> Value {
        let message = self.next().await.expect("a message");
        assert_eq!(message["method"], method, "{message}");
        message
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.raw(&message.to_string()).await;
    }

    pub(crate) async fn raw(&mut self, frame: &str) {
        // The client may be gone, as some scripts want it.
        let _ = self.pipe.outgoing.send(Bytes::copy_from_slice(frame.as_bytes())).await;
    }

    /// Answers `server/discover` as a server that has never heard of it.
    pub(crate) async fn refuse_probe(&mut self) {
        let probe = self.request("server/discover").await;
        self.send(refusal(&probe, -32601, "Method not found", Value::Null)).await;
    }

    pub(crate) async fn shake_hands(&mut self, version: &str) -> Value {
        let request = self.request("initialize").await;
        self.send(reply(&request, initialized(version))).await;
        let confirmed = self.request("notifications/initialized").await;
        assert_eq!(confirmed.get("id"), None);
        request
    }

    /// Stays until the client is gone, and says what came in the meantime.
    pub(crate) async fn rest(mut self) -> Vec<Value> {
        let mut rest = Vec::new();
        while let Some(message) = self.next().await {
            rest.push(message);
        }
        rest
    }

    /// Answers every `tools/call` with its own arguments.
    pub(crate) async fn echo(mut self) {
        while let Some(message) = self.next().await {
            if message["method"] == "tools/call" {
                let arguments = &message["params"]["arguments"];
                let result = json!({"content": [], "structuredContent": arguments});
                self.send(reply(&message, result)).await;
            }
        }
    }
}

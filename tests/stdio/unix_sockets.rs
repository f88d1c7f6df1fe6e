//! Servers that listen on a Unix socket.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use mcp_server::Server;
use mcp_tests::{
    fixture,
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::{UnixListener, UnixStream};

fn place() -> (TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.sock");
    (directory, path)
}

async fn connect(path: &Path) -> Peer {
    Peer::on_socket(UnixStream::connect(path).await.unwrap())
}

async fn serve(server: &Server, path: &Path) -> tokio::task::JoinHandle<mcp_server::Result<()>> {
    let listener = server.bind_unix(path).await.unwrap();
    assert_eq!(listener.path(), path.canonicalize().unwrap());
    tokio::spawn(listener.serve())
}

/// Only the user of the process may connect, whatever its umask; several peers are served at once, each with its own
/// session; at the end the file is gone.
#[tokio::test]
async fn peers_on_a_unix_socket_are_served_each_by_itself() {
    let (_directory, path) = place();
    let (server, marks) = fixture::server();
    let serving = serve(&server, &path).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut peers = [connect(&path).await, connect(&path).await];
    for (peer, version) in peers.iter_mut().zip(["2025-11-25", "2025-06-18"]) {
        peer.handshake(version).await;
        peer.prove_alive().await;
    }
    for peer in &mut peers {
        peer.send(&request(1, "tools/call", call("gate", json!({})))).await;
    }
    marks.started.reach(2).await;
    let stopping = tokio::spawn(async move { server.shutdown().await });
    marks.open.notify_waiters();
    for mut peer in peers {
        assert_eq!(text_of(&peer.receive().await.unwrap()), "through");
        assert_eq!(peer.receive().await, None);
    }
    stopping.await.unwrap();
    serving.await.unwrap().unwrap();
    assert!(!path.exists());
}

/// What a program left behind that was killed is replaced, and nothing else is.
#[tokio::test]
async fn only_a_socket_that_was_left_behind_is_replaced() {
    let (_directory, path) = place();
    let (server, _) = fixture::server();
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let serving = serve(&server, &path).await;
    connect(&path).await.prove_alive().await;

    let refused = fixture::server().0.bind_unix(&path).await.unwrap_err();
    assert!(refused.is_io() && refused.to_string().contains("another program listens there"), "{refused}");
    // Nobody was disturbed.
    connect(&path).await.prove_alive().await;
    server.shutdown().await;
    serving.await.unwrap().unwrap();

    fs::write(&path, "no socket").unwrap();
    let refused = fixture::server().0.bind_unix(&path).await.unwrap_err();
    assert!(refused.to_string().contains("no socket"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "no socket");
}

/// Of several that start at once at the place of one that was left behind, one listens, and can be reached.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_that_start_at_once_one_listens() {
    for _ in 0..20 {
        let (_directory, path) = place();
        drop(UnixListener::bind(&path).unwrap());
        let start = |path: std::path::PathBuf| async move { fixture::server().0.bind_unix(path).await };
        let starting: Vec<_> = (0..8).map(|_| tokio::spawn(start(path.clone()))).collect();
        let mut listening = Vec::new();
        for started in starting {
            listening.extend(started.await.unwrap());
        }
        assert_eq!(listening.len(), 1);
        let serving = tokio::spawn(listening.remove(0).serve());
        connect(&path).await.prove_alive().await;
        serving.abort();
    }
}

/// A socket that another has put in the place of ours is not removed with ours.
#[tokio::test]
async fn a_socket_of_another_is_not_removed() {
    let (_directory, path) = place();
    let listener = fixture::server().0.bind_unix(&path).await.unwrap();
    fs::remove_file(&path).unwrap();
    let _other = UnixListener::bind(&path).unwrap();
    drop(listener);
    assert!(path.exists());
}

/// There are as many connections as are allowed; the next one waits until one ends.
#[tokio::test]
async fn connections_beyond_the_bound_wait() {
    let (_directory, path) = place();
    let (server, marks) = fixture::limited(|limits| limits.connections = 1);
    let serving = serve(&server, &path).await;
    let mut first = connect(&path).await;
    first.prove_alive().await;
    let mut second = connect(&path).await;
    second.send(&stateless(1, "tools/call", call("gate", json!({})))).await;
    // Time enough for a server that would serve it.
    for _ in 0..50 {
        first.prove_alive().await;
    }
    assert_eq!(marks.started.get(), 0);
    drop(first);
    marks.started.reach(1).await;
    marks.open.notify_waiters();
    assert_eq!(text_of(&second.receive().await.unwrap()), "through");
    server.shutdown().await;
    serving.await.unwrap().unwrap();
}

//! The endpoint inside somebody else's app.

use std::net::SocketAddr;

use axum::serve::ListenerExt;
use mcp_tests::{
    fixture,
    messages::{call, call_with_progress, stateless, text_of},
    raw_http::Connection,
};
use serde_json::json;
use tokio::net::TcpListener;

use crate::Session;

async fn serves_both_eras(address: SocketAddr) {
    let mut alone = Connection::open(address).await;
    let answer = alone.post(&stateless(1, "tools/call", call("add", json!({"a": 1, "b": 2})))).await;
    assert_eq!(text_of(&answer.json()), "3");
    let answer = alone.post(&stateless(1, "tools/call", call_with_progress("steps", json!({"count": 2}), 1))).await;
    assert_eq!(text_of(answer.events().last().unwrap()), "done");
    Session::open(address, "2025-03-26").await;
}

#[tokio::test]
async fn in_axum() {
    let (server, _) = fixture::server();
    let app = axum::Router::new().route_service("/mcp", server.http_service());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    serves_both_eras(address).await;
}

#[tokio::test]
async fn in_bare_hyper() {
    let (server, _) = fixture::server();
    let service = hyper_util::service::TowerToHyperService::new(server.http_service());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            let stream = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(stream, service.clone()));
        }
    });
    serves_both_eras(address).await;
}

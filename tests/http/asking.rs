//! A handler that asks its client over HTTP: the question goes on the call's own stream, the answer comes in a POST.

use std::{collections::BTreeMap, time::Duration};

use mcp_server::{Context, Limits, NotAnswered, Server, ServerTool, tool, tools};
use mcp_tests::{
    messages::{call, request, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::json;

use crate::{Session, start};

/// Says how the client answered a ping.
#[tool]
async fn ask(ctx: Context) -> String {
    match ctx.ping_client().await {
        Ok(()) => "answered".to_owned(),
        Err(error) => format!("unsupported {}", error.is_unsupported()),
    }
}

#[tokio::test]
async fn a_question_goes_on_the_stream_of_its_call_and_its_answer_comes_in_a_post() {
    let address = start(&Server::builder("asking", "1.0.0").tools(tools![ask]).build()).await;
    for version in mcp_tests::messages::WITH_SESSIONS {
        let [mut session, other] = [Session::open(address, version).await, Session::open(address, version).await];
        let headers = session.headers();
        let asking = request(1, "tools/call", call("ask", json!({})));
        session.connection.send_post(&headers, &asking).await;
        let head = session.connection.head().await;
        assert_eq!((head.status, head.headers["content-type"].as_str()), (200, "text/event-stream"));
        let ping = session.connection.event().await.unwrap();
        assert_eq!(ping["method"], "ping", "{ping}");
        let answer = json!({"jsonrpc": "2.0", "id": ping["id"], "result": {}});
        let mut posting = Connection::open(address).await;
        // Another session's answer to that id is nobody's.
        assert_eq!(posting.post_with(&other.headers(), &answer).await.status, 202);
        assert_eq!(posting.post_with(&headers, &answer).await.status, 202);
        let last = session.connection.event().await.unwrap();
        assert_eq!((&last["id"], text_of(&last)), (&json!(1), "answered"));
        assert_eq!(session.connection.event().await, None);
    }
}

/// Who takes no events and listens to none, or has no session, cannot be asked; the handler is told so.
#[tokio::test]
async fn who_cannot_be_asked_is_not_asked() {
    let address = start(&Server::builder("asking", "1.0.0").tools(tools![ask]).build()).await;
    let session = Session::open(address, "2025-11-25").await;
    let mut headers = session.headers();
    for name in ["Accept", "Content-Type"] {
        headers.push((name.to_owned(), "application/json".to_owned()));
    }
    let mut connection = Connection::open(address).await;
    let body = request(1, "tools/call", call("ask", json!({}))).to_string();
    connection.send_request("POST", &headers, &body).await;
    assert_eq!(text_of(&connection.answer().await.json()), "unsupported true");
    // Unless it listens: then it is asked there.
    let mut listening = session.listen(address).await;
    connection.send_request("POST", &headers, &body).await;
    let ping = listening.event().await.unwrap();
    let answer = json!({"jsonrpc": "2.0", "id": ping["id"], "result": {}});
    assert_eq!(Connection::open(address).await.post_with(&session.headers(), &answer).await.status, 202);
    assert_eq!(text_of(&connection.answer().await.json()), "answered");
    let alone = stateless(2, "tools/call", call("ask", json!({})));
    assert_eq!(text_of(&connection.post_with(&mirror(&alone), &alone).await.json()), "unsupported true");
}

/// The endpoint in somebody's app is reached until the app ends: what a call has asked is answered while the server stops.
#[tokio::test]
async fn a_call_hears_from_its_client_while_the_server_stops() {
    let server = Server::builder("asking", "1.0.0").tools(tools![ask]).build();
    let app = axum::Router::new().route_service("/mcp", server.http_service());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let mut session = Session::open(address, "2025-11-25").await;
    let mut listening = session.listen(address).await;
    let headers = session.headers();
    session.connection.send_post(&headers, &request(1, "tools/call", call("ask", json!({})))).await;
    session.connection.head().await;
    let ping = session.connection.event().await.unwrap();
    let stopping = tokio::spawn(async move { server.shutdown().await });
    // Streams of the server end when it begins to stop.
    assert_eq!(listening.event().await, None);
    let mut posting = Connection::open(address).await;
    let late = posting.post_with(&headers, &request("late", "ping", json!({}))).await;
    assert_eq!((late.status, &late.json()["id"]), (503, &json!("late")));
    let answer = json!({"jsonrpc": "2.0", "id": ping["id"], "result": {}});
    assert_eq!(posting.post_with(&headers, &answer).await.status, 202);
    let last = session.connection.event().await.unwrap();
    assert_eq!((&last["id"], text_of(&last)), (&json!(1), "answered"));
    stopping.await.unwrap();
}

/// A question goes on the stream of its call. Where that is gone, waiting for an answer would be waiting for the bound.
#[tokio::test]
async fn who_asks_a_client_that_has_left_is_told_at_once() {
    let (told, mut outcomes) = tokio::sync::mpsc::channel(2);
    let ask_twice = ServerTool::with_context("ask_twice", move |_: BTreeMap<String, String>, ctx: Context| {
        let told = told.clone();
        async move {
            for _ in 0..2 {
                told.send(ctx.ping_client().await).await.unwrap();
            }
        }
    });
    // Longer than anybody waits for a test.
    let mut limits = Limits::default();
    limits.ask_timeout = Duration::from_secs(3600);
    let server = Server::builder("asking", "1.0.0").tools([ask_twice]).limits(limits).build();
    let address = start(&server).await;
    let mut session = Session::open(address, "2025-11-25").await;
    let headers = session.headers();
    session.connection.send_post(&headers, &request(1, "tools/call", call("ask_twice", json!({})))).await;
    session.connection.head().await;
    assert_eq!(session.connection.event().await.unwrap()["method"], "ping");
    drop(session.connection);
    for _ in 0..2 {
        let outcome = outcomes.recv().await.unwrap();
        assert!(outcome.as_ref().is_err_and(NotAnswered::is_gone), "{outcome:?}");
    }
}

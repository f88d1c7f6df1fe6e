//! Listening over HTTP to a modern server.

use std::time::Duration;

use mcp_client::{Change, Changes, Limits, McpClient};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{
    MODERN, acknowledged, discovered,
    http::{Answer, HttpServer, Sent, Stream},
    on_subscription, refusal, reply, soon,
};

/// A server whose listen streams the test plays; each comes with the request that opened it, acknowledged.
async fn listening() -> (HttpServer, mpsc::Receiver<(Sent, Stream)>) {
    let (streams, opened) = mpsc::channel(4);
    let server = HttpServer::start(move |sent: Sent| {
        let streams = streams.clone();
        async move {
            if sent.what() == "server/discover" {
                return Answer::json(200, &reply(&sent.body, discovered(&[MODERN])));
            }
            assert_eq!(sent.what(), "subscriptions/listen");
            let (stream, answer) = Answer::stream();
            stream.send(&acknowledged(&sent.body)).await;
            streams.send((sent, stream)).await.unwrap();
            answer
        }
    })
    .await;
    (server, opened)
}

fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.reconnect_first = Duration::from_millis(1);
    limits.reconnect_tries = 3;
    limits
}

const TOOLS: &str = "notifications/tools/list_changed";

/// SUBS-001, SUBS-008, HDR-001: a stream per subscription, and dropping it closes it.
#[tokio::test]
async fn changes_come_on_a_stream_of_their_own() {
    let (server, mut opened) = listening().await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let mut changes = client.listen(Changes::all().resource("a:1")).await.unwrap();
    let (sent, stream) = soon(opened.recv()).await.unwrap();
    assert_eq!(sent.header("mcp-method"), Some("subscriptions/listen"));
    let wanted = json!({"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["a:1"]});
    assert_eq!(sent.body["params"]["notifications"], wanted);
    assert_eq!(changes.agreed(), &Changes::all().resource("a:1"));
    stream.raw(":\n\n:\n\n").await;
    stream.send(&on_subscription(&json!({"id": "another"}), TOOLS, json!({}))).await;
    stream.send(&on_subscription(&sent.body, "notifications/resources/updated", json!({"uri": "a:1"}))).await;
    stream.send(&on_subscription(&sent.body, TOOLS, json!({}))).await;
    assert_eq!(soon(changes.next()).await, Some(Change::Resource("a:1".into())));
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    drop(changes);
    stream.closed().await;
    assert_eq!(server.sent().len(), 2, "HTTPM-021");
}

/// SUBS-012, SUBS-013: broken or ended, the stream is opened again with a new id, and nothing is missed silently.
#[tokio::test]
async fn a_broken_stream_is_opened_again() {
    let (server, mut opened) = listening().await;
    let client = McpClient::builder("agent", "1.0.0").limits(quick()).connect_http(server.url()).await.unwrap();
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    let (first, stream) = soon(opened.recv()).await.unwrap();
    drop(stream);
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    let (second, stream) = soon(opened.recv()).await.unwrap();
    assert_ne!(first.body["id"], second.body["id"]);
    stream.send(&reply(&second.body, json!({"resultType": "complete"}))).await;
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    let (third, stream) = soon(opened.recv()).await.unwrap();
    stream.send(&on_subscription(&third.body, TOOLS, json!({}))).await;
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    client.close().await;
    assert_eq!(soon(changes.next()).await, None);
    stream.closed().await;
}

/// A server that closes its stream in good order again and again loses no subscriber.
#[tokio::test]
async fn closing_a_stream_in_good_order_costs_nothing() {
    let (server, mut opened) = listening().await;
    let mut limits = quick();
    limits.reconnect_max = Duration::from_millis(10);
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    let last = async {
        for _ in 0..12 {
            drop(soon(opened.recv()).await.unwrap());
        }
    };
    let all = async {
        for _ in 0..12 {
            assert_eq!(soon(changes.next()).await, Some(Change::Tools));
        }
    };
    tokio::join!(last, all);
    assert!(changes.ended().is_none());
}

/// The number of tries is bounded, and a refusal is final.
#[tokio::test]
async fn a_stream_that_cannot_be_opened_again_ends() {
    for (status, tries) in [(503u16, 3), (404, 1), (401, 1)] {
        let server = HttpServer::start(move |sent: Sent| async move {
            match (sent.what(), sent.body["id"].as_i64()) {
                ("server/discover", _) => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                (_, Some(1)) => Answer::events(&[acknowledged(&sent.body)]),
                _ => Answer::status(status),
            }
        })
        .await;
        let client = McpClient::builder("agent", "1.0.0").limits(quick()).connect_http(server.url()).await.unwrap();
        let mut changes = client.listen(Changes::all()).await.unwrap();
        assert_eq!(soon(changes.next()).await, None);
        assert_eq!(server.count("subscriptions/listen"), 1 + tries, "{status}");
    }
}

/// A server that kept a stream alive and falls silent is given up.
#[tokio::test]
async fn a_silent_stream_is_opened_again() {
    let (server, mut opened) = listening().await;
    let mut limits = quick();
    limits.silence = Duration::from_millis(200);
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    let (_, first) = soon(opened.recv()).await.unwrap();
    let keep_alive = async {
        for _ in 0..3 {
            first.raw(":\n\n").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        first.closed().await;
    };
    let (change, ()) = tokio::join!(soon(changes.next()), keep_alive);
    assert_eq!(change, Some(Change::Tools));
    soon(opened.recv()).await.unwrap();
}

#[tokio::test]
async fn a_refused_subscription_is_an_error() {
    async fn refused(answer: impl Fn(&Sent) -> Answer + Send + Sync + 'static) -> mcp_client::Error {
        let server = HttpServer::start(move |sent: Sent| {
            let answer = match sent.what() {
                "server/discover" => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                _ => answer(&sent),
            };
            async move { answer }
        })
        .await;
        let client = McpClient::connect_http(server.url()).await.unwrap();
        soon(client.listen(Changes::all())).await.unwrap_err()
    }
    let error = refused(|sent| Answer::json(404, &refusal(&sent.body, -32601, "no", Value::Null))).await;
    assert_eq!(error.rejection().unwrap().code, -32601);
    let error = refused(|sent| Answer::events(&[refusal(&sent.body, -32602, "no", Value::Null)])).await;
    assert_eq!(error.rejection().unwrap().code, -32602);
    assert_eq!(refused(|_| Answer::status(503)).await.http_status(), Some(503));
    assert!(refused(|_| Answer::events(&[])).await.is_transport());
}

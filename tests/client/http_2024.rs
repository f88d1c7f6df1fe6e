//! The transport of 2024-11-05, for servers that have no other.

use std::sync::{Arc, Mutex};

use mcp_client::{Change, Changes, McpClient, ProtocolVersion};
use serde_json::{Value, json};

use crate::support::{
    http::{Answer, HttpServer, Sent, Stream},
    initialized, notification, reply, soon, text,
};

/// A server that answers on the one stream that it has; `endpoint` is where it wants messages.
async fn server(endpoint: &'static str) -> (HttpServer, Arc<Mutex<Option<Arc<Stream>>>>) {
    let shared: Arc<Mutex<Option<Arc<Stream>>>> = Arc::default();
    let open = shared.clone();
    let server = HttpServer::start(move |sent: Sent| {
        let open = open.clone();
        async move {
            match (sent.method.as_str(), sent.path.as_str()) {
                ("GET", "/mcp") => {
                    let (stream, answer) = Answer::stream();
                    stream.raw(&format!("event: endpoint\ndata: {endpoint}\n\n")).await;
                    *open.lock().unwrap() = Some(Arc::new(stream));
                    answer
                }
                ("POST", "/messages?session=7") => {
                    let answer = match sent.what() {
                        "initialize" => initialized("2024-11-05"),
                        "tools/call" if sent.body["params"]["name"] == "lost" => return Answer::status(500),
                        "tools/call" => text("done"),
                        _ => Value::Null,
                    };
                    let stream = open.lock().unwrap().clone().unwrap();
                    if !answer.is_null() {
                        stream.send(&reply(&sent.body, answer)).await;
                    }
                    Answer::Whole(202, Vec::new(), "Accepted".into())
                }
                _ => Answer::status(405),
            }
        }
    })
    .await;
    (server, shared)
}

#[tokio::test]
async fn a_server_of_2024_is_found_and_spoken_to() {
    for endpoint in ["/messages?session=7", "messages?session=7"] {
        let (server, stream) = server(endpoint).await;
        let builder = McpClient::builder("agent", "1.0.0").header("authorization", "Bearer x");
        let client = soon(builder.connect_http(server.url())).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2024_11_05);
        assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "done");
        let mut changes = client.listen(Changes::none().tools()).await.unwrap();
        let open = stream.lock().unwrap().clone().unwrap();
        open.send(&notification("notifications/tools/list_changed", json!({}))).await;
        open.send(&json!({"jsonrpc": "2.0", "id": "p", "method": "ping"})).await;
        assert_eq!(soon(changes.next()).await, Some(Change::Tools));
        assert_eq!(server.wait_for("POST", 1).await.body, json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
        assert!(server.sent().iter().all(|sent| sent.header("authorization") == Some("Bearer x")));
        client.close().await;
        open.closed().await;
    }
}

/// What goes to a server goes to nobody else, whatever the server says.
#[tokio::test]
async fn messages_go_to_the_origin_of_the_stream_only() {
    for elsewhere in ["http://127.0.0.1:9/messages", "//example.com/messages", "file:///etc/passwd"] {
        let (server, _stream) = server(elsewhere).await;
        let error = soon(McpClient::connect_http(server.url())).await.unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("origin"), "{error}");
    }
}

/// A message that the server does not take, or a stream that ends, ends the connection: nobody waits for nothing.
#[tokio::test]
async fn a_lost_message_ends_the_connection_at_once() {
    let (server, _stream) = server("/messages?session=7").await;
    let client = soon(McpClient::connect_http(server.url())).await.unwrap();
    assert!(soon(client.call_tool("lost", ()).into_future()).await.unwrap_err().is_closed());

    let (server, stream) = self::server("/messages?session=7").await;
    let client = soon(McpClient::connect_http(server.url())).await.unwrap();
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    drop(stream.lock().unwrap().take());
    assert_eq!(soon(changes.next()).await, None);
    assert!(soon(client.call_tool("x", ()).into_future()).await.unwrap_err().is_closed());
}

/// A server that has neither transport is told as the one that was asked for first.
#[tokio::test]
async fn what_is_no_server_at_all_is_told_once() {
    let server = HttpServer::start(|_| async { Answer::status(404) }).await;
    let error = soon(McpClient::connect_http(server.url())).await.unwrap_err();
    assert_eq!(error.http_status(), Some(404));
    assert_eq!(server.count("GET"), 1);
}

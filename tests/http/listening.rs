//! `subscriptions/listen` over HTTP.

use std::time::Duration;

use mcp_tests::{
    fixture,
    messages::stateless,
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::start;

async fn listen(address: std::net::SocketAddr, id: Value, filter: Value) -> Connection {
    let mut stream = Connection::open(address).await;
    let message = stateless(id, "subscriptions/listen", json!({"notifications": filter}));
    stream.send_post(&mirror(&message), &message).await;
    let head = stream.head().await;
    assert_eq!((head.status, head.headers["content-type"].as_str()), (200, "text/event-stream"));
    stream
}

/// SUBS-001 to SUBS-006, SUBS-010, SUBS-015, TOOL-025.
#[tokio::test]
async fn a_stream_is_acknowledged_and_carries_what_was_asked_for() {
    mcp_tests::covers!("SUBS-003", "SUBS-004", "SUBS-005", "SUBS-006", "SUBS-011");
    let (server, _) = fixture::server();
    let address = start(&server).await;
    let everything = json!({"toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["test://a"]});
    let mut first = listen(address, json!("listen"), everything).await;
    let mut second = listen(address, json!(2), json!({"toolsListChanged": true})).await;
    let mut nothing = listen(address, json!(3), json!({"toolsListChanged": false})).await;
    for (stream, id, agreed) in [
        (&mut first, json!("listen"), json!({"toolsListChanged": true})),
        (&mut second, json!(2), json!({"toolsListChanged": true})),
        (&mut nothing, json!(3), json!({})),
    ] {
        let params = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": id}, "notifications": agreed});
        let acknowledged =
            json!({"jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged", "params": params});
        assert_eq!(stream.event().await.unwrap(), acknowledged);
    }
    for name in ["add", "echo", "fail"] {
        server.tools().remove(name);
    }
    for (stream, id) in [(&mut first, json!("listen")), (&mut second, json!(2))] {
        let params = json!({"_meta": {"io.modelcontextprotocol/subscriptionId": id}});
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed", "params": params});
        assert_eq!(stream.event().await.unwrap(), changed);
    }
    // SUBS-011, SUBS-014: the server's end is told, and until then nothing more was sent on either stream.
    server.shutdown().await;
    for (stream, id) in [(&mut first, json!("listen")), (&mut second, json!(2)), (&mut nothing, json!(3))] {
        let end = stream.event().await.unwrap();
        assert_eq!((&end["id"], &end["result"]["resultType"]), (&id, &json!("complete")), "{end}");
        assert_eq!(end["result"]["_meta"]["io.modelcontextprotocol/subscriptionId"], id);
        assert_eq!(stream.event().await, None);
    }
}

/// HTTPM-016: a quiet stream is kept open.
#[tokio::test]
async fn a_quiet_stream_gets_comments() {
    mcp_tests::covers!("HTTPM-016");
    let (server, _) = fixture::limited(|limits| limits.keep_alive = Duration::from_millis(20));
    let mut stream = listen(start(&server).await, json!(1), json!({"toolsListChanged": true})).await;
    stream.event().await.unwrap();
    for _ in 0..2 {
        assert_eq!(stream.chunk().await.unwrap(), b":\n\n");
    }
}

/// SUBS-014, P4: a stream whose client is gone gives its place back.
#[tokio::test]
async fn streams_are_bounded_and_a_closed_one_gives_its_place_back() {
    let (server, _) = fixture::limited(|limits| limits.streams = 1);
    let address = start(&server).await;
    let mut stream = listen(address, json!(1), json!({"toolsListChanged": true})).await;
    stream.event().await.unwrap();
    let message = stateless(2, "subscriptions/listen", json!({"notifications": {}}));
    let refused = Connection::open(address).await.post(&message).await;
    assert_eq!(refused.status, 503);
    drop(stream);
    loop {
        let mut next = Connection::open(address).await;
        next.send_post(&mirror(&message), &message).await;
        if next.head().await.status == 200 {
            break;
        }
    }
}

/// SUBS-001.
#[tokio::test]
async fn a_filter_is_required() {
    mcp_tests::covers!("SUBS-001");
    let mut connection = Connection::open(start(&fixture::server().0).await).await;
    for params in [json!({}), json!({"notifications": []}), json!({"notifications": {"toolsListChanged": "yes"}})] {
        let answer = connection.post(&stateless(1, "subscriptions/listen", params)).await;
        assert_eq!(answer.error_code(), -32602);
    }
}

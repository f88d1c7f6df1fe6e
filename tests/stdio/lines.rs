//! Bytes that are no messages: each costs only itself, and whoever waits is told.

use mcp_tests::messages::{request, stateless};
use serde_json::{Value, json};

use crate::{child, each};

/// STDIO-020, STDIO-021, JRPC-012, JRPC-027, P3.
#[tokio::test]
async fn a_malformed_line_is_answered_by_its_id_and_costs_only_itself() {
    mcp_tests::covers!("STDIO-020", "JRPC-002", "JRPC-027");
    let cases: &[(&[u8], Value, i64)] = &[
        (b"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\"", json!(7), -32700),
        (b"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"\xff\xfe\"}", json!("x"), -32700),
        (b"{\"jsonrpc\":\"2.0\",\"id\":8,\"method\":\"\\ud83d\"}", json!(8), -32700),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\",}", json!(9), -32700),
        (b"not json", Value::Null, -32700),
        (b"\x00", Value::Null, -32700),
        (b"\xef\xbb\xbf{}", Value::Null, -32700),
        (b"[]", Value::Null, -32600),
        (b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", Value::Null, -32600),
        (b"{}", Value::Null, -32600),
        (b"true", Value::Null, -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", Value::Null, -32600),
        (b"{\"jsonrpc\":\"1.0\",\"id\":3,\"method\":\"ping\"}", json!(3), -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":4,\"id\":5,\"method\":\"ping\"}", Value::Null, -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":6,\"method\":\"ping\",\"params\":[]}", json!(6), -32602),
    ];
    for mut peer in each() {
        peer.prove_alive().await;
        for (line, id, code) in cases {
            peer.send_line(line).await;
            let answer = peer.receive().await.unwrap();
            let shown = String::from_utf8_lossy(line);
            assert_eq!(answer["error"]["code"], *code, "{shown}: {answer}");
            if shown.matches("\"id\"").count() < 2 {
                assert_eq!(answer["id"], *id, "{shown}: {answer}");
            }
            peer.prove_alive().await;
        }
        let deep =
            format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{{\"a\":{}", "[".repeat(100_000));
        peer.send_line(deep).await;
        let answer = peer.receive().await.unwrap();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32700)));
        peer.prove_alive().await;
    }
}

/// JRPC-013: what nobody waits for is ignored.
#[tokio::test]
async fn notifications_and_responses_are_never_answered() {
    mcp_tests::covers!("JRPC-013");
    for mut peer in each() {
        peer.handshake("2025-11-25").await;
        for line in [
            r#"{"jsonrpc":"2.0","method":"notifications/unknown"}"#,
            r#"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"explode"}}"#,
            r#"{"jsonrpc":"2.0","method":"x","params":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":"x"}}"#,
            "",
            "   ",
        ] {
            if !(line.trim().is_empty() && matches!(peer, mcp_tests::peer::Peer::InProcess(_))) {
                peer.send_line(line).await;
            }
        }
        peer.prove_alive().await;
    }
}

/// STDIO-021.
#[tokio::test]
async fn line_ends_may_be_windows_and_the_first_line_may_have_a_mark() {
    let mut peer = child();
    peer.send_line(format!("\u{feff}{}\r", request(1, "ping", json!({})))).await;
    assert_eq!(peer.receive().await.unwrap()["id"], 1);
    peer.send_line(format!("\r\n\n{}\r", request(2, "ping", json!({})))).await;
    assert_eq!(peer.receive().await.unwrap()["id"], 2);
}

/// A line beyond the limit is answered by its id, and is not kept.
#[tokio::test]
async fn a_line_that_is_too_long_is_answered_and_skipped() {
    for mut peer in each() {
        let long =
            |length: usize| format!(r#"{{"jsonrpc":"2.0","id":7,"method":"ping","x":"{}"}}"#, "x".repeat(length));
        peer.send_line(long((4 << 20) + 1)).await;
        let answer = peer.receive().await.unwrap();
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32600)));
        peer.send_line(long((4 << 20) - 100)).await;
        assert_eq!(peer.receive().await.unwrap()["result"], json!({}));
        peer.prove_alive().await;
    }
}

/// A session keeps what its handshake said: one that says too much is refused, and the next may say less.
#[tokio::test]
async fn a_handshake_that_says_too_much_is_refused() {
    for mut peer in each() {
        let mut handshake = mcp_tests::messages::initialize("2025-11-25");
        handshake["params"]["capabilities"]["experimental"] = json!({"x": "x".repeat(16 << 10)});
        let answer = peer.ask(&handshake).await;
        assert_eq!(answer["error"]["code"], -32602, "{}", answer["error"]["message"]);
        assert!(answer["error"]["message"].as_str().unwrap().contains("the handshake is too large"));
        peer.handshake("2025-11-25").await;
        peer.prove_alive().await;
    }
}

/// STDIO-014: a last line without its end is a line.
#[tokio::test]
async fn what_is_in_the_pipe_when_it_closes_is_answered() {
    mcp_tests::covers!("STDIO-014");
    let mut peer = child();
    let mut input = String::new();
    for id in 0..100 {
        let params = mcp_tests::messages::call("echo", json!({"text": id.to_string()}));
        input += &format!("{}\n", stateless(id, "tools/call", params));
    }
    peer.send_line(input.trim_end()).await;
    let last = stateless(100, "tools/call", mcp_tests::messages::call("steps", json!({"count": 3})));
    if let mcp_tests::peer::Peer::Child { input, .. } = &mut peer {
        use tokio::io::AsyncWriteExt as _;
        input.as_mut().unwrap().write_all(last.to_string().as_bytes()).await.unwrap();
    }
    peer.close_input().await;
    let mut ids: Vec<i64> = peer.rest().await.iter().map(|answer| answer["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..=100).collect::<Vec<i64>>());
    assert_eq!(peer.exit_code().await, Some(0));
}

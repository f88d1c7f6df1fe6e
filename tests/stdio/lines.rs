//! Bytes that are no messages: each costs only itself, and whoever waits is told.

use mcp_core::transport::{Accept, Pipe};
use mcp_tests::{
    fixture,
    messages::{call, request, stateless, text_of},
    peer::Peer,
};
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
        (b"{\"jsonrpc\":\"2.0\",\"id\":12", Value::Null, -32700),
        (b"{\"jsonrpc\":\"2.0\",\"id\":12}", Value::Null, -32600),
        (b"{\"jsonrpc\":\"2.0\",\"id\":9,\"id\":10,,\"method\":\"ping\"}", Value::Null, -32700),
        (b"{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":12e-3}", Value::Null, -32600),
        (b"{\"jsonrpc\":\"2.0\",\"method\":\"ping\",\"id\":34x}", Value::Null, -32700),
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
            assert_eq!(answer["id"], *id, "{shown}: {answer}");
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
            r#"{"jsonrpc":"2.0","id":1,"result":{"broken":}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":"\ud83d"}"#,
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

/// A call that runs has one answer, whatever comes in that looks as if it were about it.
#[tokio::test]
async fn no_error_comes_under_the_id_of_a_call_in_flight() {
    let (server, marks) = fixture::server();
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    let gate = |id: i64| request(id, "tools/call", call("gate", json!({})));
    peer.send(&gate(12)).await;
    peer.send(&stateless("s", "subscriptions/listen", json!({"notifications": {}}))).await;
    assert_eq!(peer.receive().await.unwrap()["method"], "notifications/subscriptions/acknowledged");
    marks.started.reach(1).await;
    for line in [
        r#"{"jsonrpc":"2.0","id":12,"method":"ping",}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":"s","method":"ping",}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":12,"method":"ping","params":[]}"#.to_owned(),
        r#"{"jsonrpc":"1.0","id":12,"method":"ping"}"#.to_owned(),
        format!(r#"{{"jsonrpc":"2.0","id":12,"method":"ping","x":"{}"}}"#, "x".repeat(4 << 20)),
    ] {
        peer.send_line(&line).await;
        let answer = peer.receive().await.unwrap();
        assert!(answer["error"].is_object() && answer.get("id").is_none(), "{}: {answer}", &line[..40]);
    }
    marks.open.notify_waiters();
    assert_eq!(text_of(&peer.receive().await.unwrap()), "through");
    peer.send_line(r#"{"jsonrpc":"2.0","id":12,"method":"ping",}"#).await;
    assert_eq!(peer.receive().await.unwrap()["id"], 12);
    peer.prove_alive().await;
}

/// What a peer calls its requests comes back digit for digit.
#[tokio::test]
async fn ids_come_back_as_they_were_sent() {
    let (mut ours, theirs) = Pipe::pair();
    fixture::server().0.accept(theirs);
    let string = |length: usize| format!("\"{}\"", "x".repeat(length));
    let envelope = mcp_tests::messages::envelope();
    for id in [
        "18446744073709551615",
        "18446744073709551616",
        "-123456789012345678901234567890",
        &"9".repeat(1024),
        &string(257),
        &string(1024),
    ] {
        for method in ["server/discover", "unknown/method"] {
            let request =
                format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"{method}","params":{{"_meta":{envelope}}}}}"#);
            ours.outgoing.send(request.into()).await.unwrap();
            let answer = String::from_utf8(ours.incoming.recv().await.unwrap().to_vec()).unwrap();
            assert!(answer.starts_with(&format!(r#"{{"jsonrpc":"2.0","id":{id},"#)), "{answer}");
        }
    }
}

/// A line beyond the limit is answered by its id wherever it stands, and is not kept.
#[tokio::test]
async fn a_line_that_is_too_long_is_answered_and_skipped() {
    for mut peer in each() {
        let long =
            |length: usize| format!(r#"{{"jsonrpc":"2.0","id":7,"method":"ping","x":"{}"}}"#, "x".repeat(length));
        let id_last =
            |length: usize| format!(r#"{{"jsonrpc":"2.0","method":"ping","x":"{}","id":7}}"#, "x".repeat(length));
        for line in [long((4 << 20) + 1), id_last(5 << 20)] {
            peer.send_line(line).await;
            let answer = peer.receive().await.unwrap();
            assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(7), &json!(-32600)));
        }
        for unanswered in [
            format!(r#"{{"jsonrpc":"2.0","id":7,"result":"{}"}}"#, "x".repeat(5 << 20)),
            format!(
                r#"{{"jsonrpc":"2.0","method":"notifications/x","params":{{"id":7,"x":"{}"}}}}"#,
                "x".repeat(5 << 20)
            ),
        ] {
            peer.send_line(unanswered).await;
            peer.prove_alive().await;
        }
        // Half of the id stands within the first 4 KiB.
        let padding = "x".repeat(4096 - r#"{"jsonrpc":"2.0","method":"ping","x":"","id":123"#.len());
        let rest = "x".repeat(5 << 20);
        peer.send_line(format!(r#"{{"jsonrpc":"2.0","method":"ping","x":"{padding}","id":1234567,"y":"{rest}"}}"#))
            .await;
        assert_eq!(peer.receive().await.unwrap()["id"], 1_234_567);
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

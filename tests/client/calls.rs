//! Calls on a pipe: one outcome each, whatever the server does.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use mcp_client::{ErrorKind, Limits, McpClient, RawJson};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::{
    notification,
    pipe::{Peer, Script},
    refusal, reply, soon, text,
};

/// JRPC-005, TOOL-010, TOOL-030: many calls at once, answered in the opposite order.
#[tokio::test]
async fn answers_find_their_calls_in_any_order() {
    let script = Script::modern(|mut peer: Peer| async move {
        let mut calls = Vec::new();
        for _ in 0..50 {
            calls.push(peer.request("tools/call").await);
        }
        for call in calls.iter().rev() {
            let result = json!({"content": [], "structuredContent": call["params"]["arguments"]["n"]});
            peer.send(reply(call, result)).await;
        }
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let calls: Vec<_> = (0..50u64)
        .map(|n| {
            let call = client.call_tool("x", json!({"n": n, "big": u64::MAX, "text": "ü\n"}));
            tokio::spawn(async move { call.await.unwrap().parse::<u64>().unwrap() })
        })
        .collect();
    for (n, call) in calls.into_iter().enumerate() {
        assert_eq!(call.await.unwrap(), n as u64);
    }
}

/// A result that is no object may come wrapped; what fits as it is, is taken as it is.
#[tokio::test]
async fn a_wrapped_result_is_unwrapped() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Sum {
        result: i64,
    }
    let client = McpClient::connect_in_process(&Script::modern(Peer::echo)).await.unwrap();
    let echo = async |value: Value| client.call_tool("x", value).await.unwrap();

    let five = echo(json!({"result": 5})).await;
    assert_eq!(five.parse::<i64>().unwrap(), 5);
    assert_eq!(five.parse::<Option<u8>>().unwrap(), Some(5));
    assert_eq!(five.parse::<Sum>().unwrap(), Sum { result: 5 });
    assert_eq!(five.parse::<Value>().unwrap(), json!({"result": 5}));
    assert_eq!(echo(json!({"result": [1, 2]})).await.parse::<Vec<u8>>().unwrap(), [1, 2]);
    assert_eq!(echo(json!({"result": "text"})).await.parse::<String>().unwrap(), "text");
    assert_eq!(echo(json!({"result": null})).await.parse::<Option<u8>>().unwrap(), None);
    assert_eq!(echo(json!({"result": u64::MAX})).await.parse::<u64>().unwrap(), u64::MAX);
    assert_eq!(echo(json!({"result": {"result": 6}})).await.parse::<Sum>().unwrap(), Sum { result: 6 });

    for other in [json!({"result": 5, "more": 1}), json!({"sum": 5}), json!({}), json!({"result": {"result": 5}})] {
        let error = echo(other.clone()).await.parse::<i64>().unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("invalid type: map"), "{other}: {error}");
    }
    let error = five.parse::<String>().unwrap_err();
    assert!(error.to_string().contains("invalid type: map"), "the error of the object itself: {error}");
}

/// CANC-009, CANC-010: late, repeated, early and foreign answers, and malformed lines, cost nobody anything.
#[tokio::test(start_paused = true)]
async fn the_caller_sees_one_outcome() {
    let script = Script::modern(|mut peer: Peer| async move {
        let first = peer.request("tools/call").await;
        // An answer to a request that does not exist yet is no answer.
        let early = first["id"].as_i64().unwrap() + 1;
        peer.send(json!({"jsonrpc": "2.0", "id": early, "result": text("early")})).await;
        let cancelled = peer.request("notifications/cancelled").await;
        assert_eq!(cancelled["params"]["requestId"], first["id"]);
        peer.send(reply(&first, text("late"))).await;
        let second = peer.request("tools/call").await;
        peer.raw("not json").await;
        peer.raw(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{}", second["id"])).await;
        peer.send(json!({"jsonrpc": "2.0", "id": format!("0{}", second["id"]), "result": text("text id")})).await;
        peer.send(json!({"jsonrpc": "2.0", "id": 9999, "result": text("foreign")})).await;
        peer.send(reply(&second, text("right"))).await;
        peer.send(reply(&second, text("twice"))).await;
        peer.send(notification("notifications/progress", json!({"progressToken": second["id"], "progress": 1}))).await;
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let error = client.call_tool("x", ()).timeout(Duration::from_secs(3)).await.unwrap_err();
    assert!(error.is_timeout() && error.rejection().is_none(), "{error}");
    assert_eq!(client.call_tool("x", ()).await.unwrap().joined_text(), "right");
    client.call_tool("x", ()).await.unwrap();
}

/// An answer that came and cannot be read fails its call at once, and nothing else.
#[tokio::test]
async fn an_unreadable_answer_fails_its_own_call() {
    let script = Script::modern(|mut peer: Peer| async move {
        let deep = peer.request("tools/call").await;
        let nested = "[".repeat(100) + &"]".repeat(100);
        peer.raw(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"x\":{nested}}}}}", deep["id"])).await;
        let large = peer.request("tools/call").await;
        peer.send(reply(&large, text(&"x".repeat(5000)))).await;
        let last = peer.request("tools/call").await;
        // The official SDK for TypeScript writes the id last.
        let content = "x".repeat(5000);
        peer.raw(&format!("{{\"result\":{{\"x\":\"{content}\"}},\"jsonrpc\":\"2.0\",\"id\":{}}}", last["id"])).await;
        for wrong in
            ["\"jsonrpc\":\"2.0\",\"result\":{},\"error\":{}", "\"result\":{}", "\"jsonrpc\":\"2.0\",\"result\":{,}"]
        {
            let id = peer.request("tools/call").await["id"].clone();
            peer.raw(&format!("{{\"id\":{id},{wrong}}}")).await;
        }
        let null = peer.request("tools/call").await;
        let result = text("taken");
        peer.raw(&format!("{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{result},\"error\":null}}", null["id"])).await;
        peer.echo().await;
    });
    let mut limits = Limits::default();
    limits.message_bytes = 4000;
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_in_process(&script).await.unwrap();
    for _ in 0..6 {
        let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
        assert!(error.is_invalid(), "{error}");
    }
    assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "taken");
    client.call_tool("x", ()).await.unwrap();
}

/// CANC-001, STDIO-010: a dropped future is a cancelled call, in both eras.
#[tokio::test]
async fn dropping_a_call_cancels_it() {
    async fn play(mut peer: Peer, begun: oneshot::Sender<()>, cancelled: oneshot::Sender<Value>) {
        let call = peer.request("tools/call").await;
        begun.send(()).unwrap();
        let notice = peer.request("notifications/cancelled").await;
        assert_eq!(notice["params"]["requestId"], call["id"]);
        assert_eq!(notice["params"].get("_meta"), None, "META-012");
        cancelled.send(notice).unwrap();
        peer.echo().await;
    }
    for modern in [true, false] {
        let (begun, has_begun) = oneshot::channel();
        let (cancelled, is_cancelled) = oneshot::channel();
        let slots = Arc::new(Mutex::new(Some((begun, cancelled))));
        let script = move |peer: Peer| {
            let (begun, cancelled) = slots.lock().unwrap().take().unwrap();
            play(peer, begun, cancelled)
        };
        let script = if modern { Script::modern(script) } else { Script::legacy(script) };
        let client = McpClient::connect_in_process(&script).await.unwrap();
        let call = tokio::spawn(client.call_tool("x", ()).into_future());
        soon(has_begun).await.unwrap();
        call.abort();
        soon(is_cancelled).await.unwrap();
        client.call_tool("x", ()).await.unwrap();
    }
}

/// PROG-001, CANC-013: progress is heard, in order, and moves the deadline, up to the end of all patience.
#[tokio::test(start_paused = true)]
async fn progress_is_heard_and_buys_time() {
    let script = Script::legacy(|mut peer: Peer| async move {
        let call = peer.request("tools/call").await;
        let token = call["params"]["_meta"]["progressToken"].clone();
        assert!(token.is_i64() || token.is_string());
        for n in 1..=5 {
            tokio::time::sleep(Duration::from_secs(40)).await;
            let params = json!({"progressToken": token, "progress": n, "total": 5, "message": format!("step {n}")});
            peer.send(notification("notifications/progress", params)).await;
        }
        peer.send(reply(&call, text("done"))).await;

        let quiet = peer.request("tools/call").await;
        assert_eq!(quiet["params"].get("_meta"), None, "no progress is asked for that nobody hears");
        peer.request("notifications/cancelled").await;

        let endless = peer.request("tools/call").await;
        let token = endless["params"]["_meta"]["progressToken"].clone();
        for n in 1.. {
            tokio::time::sleep(Duration::from_secs(30)).await;
            peer.send(notification("notifications/progress", json!({"progressToken": token, "progress": n}))).await;
        }
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let result = client.call_tool("x", ()).on_progress(move |progress| hears.lock().unwrap().push(progress)).await;
    assert_eq!(result.unwrap().joined_text(), "done");
    {
        let heard = heard.lock().unwrap();
        assert_eq!(heard.iter().map(|progress| progress.progress).collect::<Vec<_>>(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((heard[0].total, heard[0].message.as_deref()), (Some(5.0), Some("step 1")));
    }
    let begun = tokio::time::Instant::now();
    assert!(client.call_tool("x", ()).await.unwrap_err().is_timeout());
    assert_eq!(begun.elapsed().as_secs(), 60);
    let begun = tokio::time::Instant::now();
    assert!(client.call_tool("x", ()).on_progress(drop).await.unwrap_err().is_timeout());
    assert_eq!(begun.elapsed().as_secs(), 600);
}

/// JRPC-021, JRPC-009, JRPC-010, JRPC-019.
#[tokio::test]
async fn what_the_server_says_is_told_apart_from_what_happens_here() {
    let script = Script::modern(|mut peer: Peer| async move {
        let call = peer.request("tools/call").await;
        peer.send(refusal(&call, -32602, "unknown tool", json!({"hint": "list"}))).await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, json!({"resultType": "input_required", "inputRequests": {}}))).await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, json!({"content": [{"type": "text", "text": "no kind"}], "new": {"x": 1}}))).await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, json!({"content": "not a list"}))).await;
        let call = peer.request("tools/call").await;
        let result =
            json!({"resultType": "complete", "content": [{"type": "text", "text": "disk full"}], "isError": true});
        peer.send(reply(&call, result)).await;
        peer.request("tools/call").await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let error = client.call_tool("x", ()).await.unwrap_err();
    let rejection = error.rejection().unwrap();
    assert_eq!((rejection.code, rejection.message.as_str()), (-32602, "unknown tool"));
    assert_eq!(rejection.data.as_ref().map(RawJson::as_str), Some(r#"{"hint":"list"}"#));
    assert!(!error.is_transport() && !error.is_invalid() && !error.is_timeout());

    let error = client.call_tool("x", ()).await.unwrap_err();
    assert!(error.is_invalid() && error.to_string().contains("inputRequests"), "{error}");
    assert_eq!(client.call_tool("x", ()).await.unwrap().joined_text(), "no kind");
    assert!(client.call_tool("x", ()).await.unwrap_err().is_invalid());

    let failed = client.call_tool("x", ()).await.unwrap();
    assert!(failed.is_error);
    let error = failed.parse::<String>().unwrap_err();
    assert!(error.is_tool_error());
    assert_eq!(error.to_string(), "disk full");

    let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
    assert!(error.is_closed() && error.rejection().is_none(), "{error}");
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
    assert_eq!(client.call_tool("x", [1]).await.unwrap_err().kind(), ErrorKind::Input);
}

/// P1: when the server goes, everything that waits for it ends at once.
#[tokio::test]
async fn all_calls_fail_at_once_when_the_server_is_gone() {
    let script = Script::legacy(|mut peer: Peer| async move {
        for _ in 0..100 {
            peer.request("tools/call").await;
        }
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let calls: Vec<_> = (0..100).map(|_| tokio::spawn(client.call_tool("x", ()).into_future())).collect();
    for call in calls {
        assert!(soon(call).await.unwrap().unwrap_err().is_closed());
    }
}

/// Closing cancels what is in flight, and what comes later is told that it is too late.
#[tokio::test]
async fn closing_cancels_calls_in_flight() {
    let (begun, has_begun) = oneshot::channel();
    let slot = Arc::new(Mutex::new(Some(begun)));
    let script = Script::modern(move |mut peer: Peer| {
        let begun = slot.lock().unwrap().take().unwrap();
        async move {
            peer.request("tools/call").await;
            begun.send(()).unwrap();
            peer.rest().await;
        }
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let call = tokio::spawn(client.call_tool("x", ()).into_future());
    soon(has_begun).await.unwrap();
    soon(client.close()).await;
    assert!(soon(call).await.unwrap().unwrap_err().is_cancelled());
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
    soon(client.close()).await;
}

/// A server that reads nothing stops those who ask it, not this program: every queue has a bound.
#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_costs_only_time() {
    let script = Script::modern(|peer: Peer| async move {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        drop(peer);
    });
    let mut limits = Limits::default();
    limits.requests = 300;
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_in_process(&script).await.unwrap();
    let calls: Vec<_> = (0..400).map(|_| tokio::spawn(client.call_tool("x", ()).into_future())).collect();
    let (mut timeouts, mut refused) = (0, 0);
    for call in calls {
        let error = call.await.unwrap().unwrap_err();
        timeouts += usize::from(error.is_timeout());
        refused += usize::from(error.kind() == ErrorKind::Input);
    }
    assert_eq!((timeouts, refused), (300, 100));
}

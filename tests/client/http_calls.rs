//! Calls over HTTP to a modern server.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use mcp_client::{Limits, McpClient};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{
    MODERN, discovered,
    http::{Answer, HttpServer, Sent, Stream, whole_answer},
    notification, refusal, reply, soon, text,
};

/// A modern server that answers calls as the test wants.
async fn modern<F, A>(call: F) -> HttpServer
where
    F: Fn(Sent) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    HttpServer::start(move |sent| {
        let call = call.clone();
        async move {
            match sent.what() {
                "server/discover" => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                _ => call(sent).await,
            }
        }
    })
    .await
}

/// HDR-001, HDR-002, HDR-004, HTTPM-030, TOOL-030.
#[tokio::test]
async fn headers_mirror_the_body() {
    let server = modern(|sent| async move {
        Answer::json(200, &reply(&sent.body, text("done"))).header("Mcp-Session-Id", "ignored")
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    for (name, header) in [("get weather", "get weather"), ("wetter_für_köln", "=?base64?d2V0dGVyX2bDvHJfa8O2bG4=?=")]
    {
        client.call_tool(name, json!({"x": 12345678901234567890u64})).await.unwrap();
        let sent = server.sent().pop().unwrap();
        assert_eq!((sent.header("mcp-method"), sent.header("mcp-name")), (Some("tools/call"), Some(header)));
        assert_eq!(sent.header("mcp-protocol-version"), Some(MODERN));
        assert_eq!(sent.header("mcp-session-id"), None);
        assert_eq!(sent.body["params"]["name"], name);
        assert_eq!(sent.body["params"]["arguments"].to_string(), r#"{"x":12345678901234567890}"#);
    }
    client.list_tools_page(None).await.unwrap();
    let sent = server.sent().pop().unwrap();
    assert_eq!((sent.header("mcp-method"), sent.header("mcp-name")), (Some("tools/list"), None));
    client.close().await;
    assert!(server.sent().iter().all(|sent| sent.method == "POST"));
    assert_eq!(server.sent().pop().unwrap().connection, 1, "one connection is enough, one after the other");
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
}

/// JRPC-003: many calls at once, each with an id of its own and an answer of its own.
#[tokio::test]
async fn calls_run_at_once() {
    let gate = Arc::new(tokio::sync::Barrier::new(32));
    let server = modern(move |sent| {
        let gate = gate.clone();
        async move {
            gate.wait().await;
            let result = json!({"resultType": "complete", "content": [], "structuredContent": sent.body["params"]["arguments"]["n"]});
            Answer::json(200, &reply(&sent.body, result))
        }
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let calls: Vec<_> = (0..32)
        .map(|n| {
            let call = client.call_tool("x", json!({"n": n}));
            tokio::spawn(async move { call.await.unwrap().parse::<i32>().unwrap() })
        })
        .collect();
    for (n, call) in (0..).zip(calls) {
        assert_eq!(soon(call).await.unwrap(), n);
    }
    let mut ids: Vec<String> = server.sent().iter().map(|sent| sent.body["id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 33);
}

/// HTTPM-011, HTTPM-017, PROG-001: the answer may be a stream, with anything in it.
#[tokio::test]
async fn an_answer_may_be_a_stream() {
    let server = modern(|sent| async move {
        let (stream, answer) = Answer::stream();
        tokio::spawn(async move {
            let progress = |n: i64| {
                notification(
                    "notifications/progress",
                    json!({"progressToken": sent.body["params"]["_meta"]["progressToken"], "progress": n}),
                )
            };
            stream.raw(": hello\n\nretry: 5\nid: 1\ndata:\n\nevent: other\ndata: {}\n\nunknown: field\n").await;
            stream.send(&progress(1)).await;
            stream.raw("data: not json\n\n").await;
            stream.send(&json!({"jsonrpc": "2.0", "id": 77, "method": "ping"})).await;
            stream.send(&json!({"jsonrpc": "2.0", "id": 4711, "result": text("another's")})).await;
            stream.send(&progress(2)).await;
            let reply = reply(&sent.body, text("ü")).to_string();
            let (head, tail) = reply.split_at(reply.find('ü').unwrap());
            stream.raw(&format!("data: {head}")).await;
            stream.raw(&format!("{tail}\r\n\r")).await;
            stream.raw("\n").await;
            stream.send(&progress(3)).await;
            stream.closed().await;
        });
        answer
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = heard.clone();
    let call = client.call_tool("x", ()).on_progress(move |progress| hears.lock().unwrap().push(progress.progress));
    assert_eq!(soon(call.into_future()).await.unwrap().joined_text(), "ü");
    assert_eq!(*heard.lock().unwrap(), [1.0, 2.0]);
    assert_eq!(server.sent().len(), 2, "a modern server's requests are not answered");
}

/// HTTPM-021, CANC-001, CANC-013: dropped, timed out or closed, the stream is closed and nothing else is sent.
#[tokio::test]
async fn giving_up_closes_the_stream() {
    let (streams, mut opened) = mpsc::channel::<Stream>(4);
    let server = modern(move |_| {
        let streams = streams.clone();
        async move {
            let (stream, answer) = Answer::stream();
            stream.raw(":\n\n").await;
            streams.send(stream).await.unwrap();
            answer
        }
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();

    let dropped = tokio::spawn(client.call_tool("x", ()).into_future());
    let stream = soon(opened.recv()).await.unwrap();
    dropped.abort();
    stream.closed().await;

    let error = client.call_tool("x", ()).timeout(Duration::from_millis(50)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    soon(opened.recv()).await.unwrap().closed().await;

    let closed = tokio::spawn(client.call_tool("x", ()).into_future());
    let stream = soon(opened.recv()).await.unwrap();
    client.close().await;
    assert!(soon(closed).await.unwrap().unwrap_err().is_cancelled());
    stream.closed().await;
    assert_eq!(server.count("notifications/cancelled"), 0);
}

/// HTTPM-019: one outcome for every way an answer can go wrong.
#[tokio::test]
async fn every_answer_is_an_outcome() {
    async fn outcome(answer: impl Fn(&Sent) -> Answer + Clone + Send + Sync + 'static) -> mcp_client::Error {
        let server = modern(move |sent| {
            let answer = answer(&sent);
            async move { answer }
        })
        .await;
        let mut limits = Limits::default();
        limits.message_bytes = 10_000;
        let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
        let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
        assert_eq!(server.count("tools/call"), 1, "a call is never repeated: {error}");
        error
    }
    let refused = outcome(|sent| Answer::json(200, &refusal(&sent.body, -32602, "unknown tool", Value::Null))).await;
    assert_eq!(refused.rejection().unwrap().message, "unknown tool");
    let refused = outcome(|sent| Answer::json(404, &refusal(&sent.body, -32601, "no tools", Value::Null))).await;
    assert_eq!(refused.rejection().unwrap().code, -32601);
    let refused =
        outcome(|_| Answer::json(400, &json!({"jsonrpc": "2.0", "error": {"code": -32700, "message": "x"}}))).await;
    assert_eq!(refused.rejection().unwrap().code, -32700);
    for status in [401, 404, 413, 431, 500, 503] {
        assert_eq!(outcome(move |_| Answer::status(status)).await.http_status(), Some(status), "HDR-030");
    }
    assert!(outcome(|_| Answer::Hang).await.is_transport());
    assert!(outcome(|_| Answer::events(&[])).await.is_transport());
    assert!(outcome(|_| Answer::events(&[json!({"jsonrpc": "2.0", "id": 999, "result": {}})])).await.is_transport());
    assert!(outcome(|_| Answer::status(202)).await.is_invalid());
    assert!(outcome(|sent| Answer::json(200, &json!([reply(&sent.body, text("batch"))]))).await.is_invalid());
    assert!(outcome(|_| Answer::json(200, &json!({"jsonrpc": "2.0", "id": 999, "result": {}}))).await.is_invalid());
    assert!(outcome(|sent| Answer::json(200, &reply(&sent.body, text(&"x".repeat(10_000))))).await.is_invalid());
    assert!(outcome(|sent| Answer::events(&[reply(&sent.body, text(&"x".repeat(10_000)))])).await.is_invalid());
    let other_kind = outcome(|sent| Answer::json(200, &reply(&sent.body, json!({"resultType": "task"})))).await;
    assert!(other_kind.is_invalid() && other_kind.to_string().contains("task"), "JRPC-009: {other_kind}");
}

/// HDR-012, HDR-021, HDR-022: what a tool wants in headers is learnt from the list, also after a refusal.
#[tokio::test]
async fn arguments_are_mirrored_into_headers() {
    let tools = |header: &str| {
        json!({"resultType": "complete", "tools": [
            {"name": "query", "inputSchema": {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": header}}}},
            {"name": "bad", "inputSchema": {"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "a b"}}}},
            {"name": "plain", "inputSchema": {"type": "object"}},
        ]})
    };
    let wanted = Arc::new(Mutex::new("Region"));
    let wants = wanted.clone();
    let server = modern(move |sent| {
        let wanted = *wanted.lock().unwrap();
        async move {
            if sent.what() == "tools/list" {
                return Answer::json(200, &reply(&sent.body, tools(wanted)));
            }
            let name = format!("mcp-param-{}", wanted.to_lowercase());
            if sent.header(&name) == Some("us-west1") {
                Answer::json(200, &reply(&sent.body, text("done")))
            } else {
                Answer::json(400, &refusal(&sent.body, -32020, "header missing", Value::Null))
            }
        }
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let call = || client.call_tool("query", json!({"region": "us-west1"}));
    // Unknown until the server refuses; then known.
    call().await.unwrap();
    assert_eq!((server.count("tools/call"), server.count("tools/list")), (2, 1));
    call().await.unwrap();
    assert_eq!((server.count("tools/call"), server.count("tools/list")), (3, 1));
    *wants.lock().unwrap() = "Zone";
    call().await.unwrap();
    assert_eq!((server.count("tools/call"), server.count("tools/list")), (5, 2));
    // A refusal that the list does not explain is the answer.
    let error = client.call_tool("plain", ()).await.unwrap_err();
    assert_eq!(error.rejection().unwrap().code, -32020);
    assert_eq!((server.count("tools/call"), server.count("tools/list")), (6, 3));
    let names: Vec<String> = client.list_tools().await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["query", "plain"]);
}

/// The time of a call is that of all that is done for it: looking up its headers does not prolong it.
#[tokio::test]
async fn looking_up_headers_takes_no_longer_than_the_call_may() {
    let server = modern(|sent| async move {
        if sent.what() == "tools/call" {
            return Answer::json(400, &refusal(&sent.body, -32020, "header missing", Value::Null));
        }
        // A list without end.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let cursor = sent.body["id"].to_string();
        Answer::json(200, &reply(&sent.body, json!({"resultType": "complete", "tools": [], "nextCursor": cursor})))
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let call = client.call_tool("x", ()).timeout(Duration::from_millis(200));
    let error = soon(call.into_future()).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

/// A server that greets by comments and then works in silence is not given up; nor is one whose pauses are long.
#[tokio::test]
async fn a_quiet_server_may_take_its_time() {
    let server = modern(|sent| async move {
        let (stream, answer) = Answer::stream();
        tokio::spawn(async move {
            stream.raw(": welcome\n\n: to the server\n\n").await;
            stream.raw(": it is\n\n:\n\n").await;
            tokio::time::sleep(Duration::from_millis(400)).await;
            for _ in 0..3 {
                stream.raw(": still here\n\n").await;
                tokio::time::sleep(Duration::from_millis(300)).await;
            }
            stream.send(&reply(&sent.body, text("done"))).await;
        });
        answer
    })
    .await;
    let mut limits = Limits::default();
    limits.silence = Duration::from_millis(100);
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
    assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "done");
}

/// A handler of log messages that panics costs its message, and nothing else.
#[tokio::test]
async fn a_panic_in_the_log_handler_stops_no_answer() {
    let server = modern(|sent| async move {
        let log = notification("notifications/message", json!({"level": "error", "data": 1}));
        Answer::events(&[log.clone(), log, reply(&sent.body, text("done"))])
    })
    .await;
    let heard = Arc::new(Mutex::new(0));
    let hears = heard.clone();
    let client = McpClient::builder("agent", "1.0.0")
        .on_log(mcp_client::model::LogLevel::Debug, move |_| {
            *hears.lock().unwrap() += 1;
            std::panic::resume_unwind(Box::new("a handler's mistake"));
        })
        .connect_http(server.url())
        .await
        .unwrap();
    assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "done");
    assert_eq!(*heard.lock().unwrap(), 2);
}

/// Wherever an answer is cut, the call ends, and only a whole reply is a result.
#[tokio::test]
async fn an_answer_may_be_cut_anywhere() {
    for as_events in [false, true] {
        let server = modern(move |sent| async move {
            let cut = sent.body["params"]["arguments"]["cut"].as_u64().unwrap();
            let (bytes, _) = whole_answer(&sent, as_events);
            Answer::Raw(bytes.chars().take(usize::try_from(cut).unwrap()).collect())
        })
        .await;
        let client = McpClient::connect_http(server.url()).await.unwrap();
        for cut in 0.. {
            let result = soon(client.call_tool("x", json!({"cut": cut})).into_future()).await;
            let (bytes, whole) = whole_answer(&server.sent().pop().unwrap(), as_events);
            match result {
                Ok(result) => assert!(cut >= whole && result.joined_text() == "done", "{cut}"),
                Err(error) => assert!(cut < whole && error.is_transport(), "{cut}: {error:?}"),
            }
            if cut == bytes.len() {
                break;
            }
        }
    }
}

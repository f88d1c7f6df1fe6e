//! Sessions over HTTP with a legacy server.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_client::{Change, Changes, Limits, McpClient};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{
    LEGACY,
    http::{Answer, HttpServer, Sent, Stream},
    initialized, notification, refusal, reply, soon, text,
};

/// A legacy server that numbers its sessions; the rest is as the test wants.
async fn legacy<F, A>(version: &'static str, other: F) -> HttpServer
where
    F: Fn(Sent) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let sessions = Arc::new(AtomicUsize::new(0));
    HttpServer::start(move |sent| {
        let (other, sessions) = (other.clone(), sessions.clone());
        async move {
            match sent.what() {
                "server/discover" => Answer::status(400),
                "initialize" => {
                    assert_eq!(sent.header("mcp-session-id"), None, "HTTPL-030");
                    let session = format!("s{}", sessions.fetch_add(1, Ordering::SeqCst));
                    Answer::json(200, &reply(&sent.body, initialized(version))).header("MCP-Session-Id", &session)
                }
                "notifications/initialized" => Answer::status(202),
                _ => other(sent).await,
            }
        }
    })
    .await
}

fn quick() -> Limits {
    let mut limits = Limits::default();
    limits.reconnect_first = Duration::from_millis(1);
    limits.reconnect_tries = 3;
    limits
}

async fn connect(server: &HttpServer) -> McpClient {
    McpClient::builder("agent", "1.0.0").limits(quick()).connect_http(server.url()).await.unwrap()
}

/// HTTPL-002, HTTPL-027, HTTPL-031, HTTPL-034, HTTPL-040.
#[tokio::test]
async fn a_session_is_named_in_every_request_and_ended() {
    let server = legacy("2025-06-18", |sent| async move {
        match sent.what() {
            "DELETE" => Answer::status(405),
            _ => Answer::json(200, &reply(&sent.body, text("done"))),
        }
    })
    .await;
    let client = connect(&server).await;
    client.call_tool("x", ()).await.unwrap();
    client.close().await;
    let after: Vec<Sent> = server.sent().into_iter().skip(2).collect();
    assert_eq!(after.iter().map(Sent::what).collect::<Vec<_>>(), ["notifications/initialized", "tools/call", "DELETE"]);
    for sent in after {
        assert_eq!(sent.header("mcp-session-id"), Some("s0"));
        assert_eq!(sent.header("mcp-protocol-version"), Some("2025-06-18"));
        assert_eq!(sent.header("mcp-method"), None);
        assert_eq!(sent.body["params"].get("_meta"), None);
    }
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
    assert!(!format!("{client:?}").contains("s0"), "HTTPL-033");
}

/// `close` does not wait for a server that does not answer.
#[tokio::test]
async fn closing_waits_for_nobody() {
    let server = legacy(LEGACY, |_| std::future::pending()).await;
    let client = connect(&server).await;
    let begun = std::time::Instant::now();
    client.close().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
}

/// HTTPL-030: many calls find out at once that the session is forgotten; one new session serves them all.
#[tokio::test]
async fn a_forgotten_session_is_opened_anew_once() {
    let server = legacy(LEGACY, |sent| async move {
        match sent.header("mcp-session-id") {
            Some("s1") => Answer::json(200, &reply(&sent.body, text("done"))),
            _ => Answer::json(404, &refusal(&sent.body, -32001, "Session not found", Value::Null)),
        }
    })
    .await;
    let client = connect(&server).await;
    let calls: Vec<_> = (0..16).map(|_| tokio::spawn(client.call_tool("x", ()).into_future())).collect();
    for call in calls {
        soon(call).await.unwrap().unwrap();
    }
    assert_eq!(server.count("initialize"), 2);
    let mut ids: Vec<String> = server.sent().iter().skip(1).map(|sent| sent.body["id"].to_string()).collect();
    ids.retain(|id| id != "null");
    let all = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), all, "JRPC-004");

    let hopeless = legacy(LEGACY, |_| async { Answer::status(404) }).await;
    let client = connect(&hopeless).await;
    let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
    assert_eq!((error.http_status(), hopeless.count("tools/call")), (Some(404), 2));
}

/// CANC-005, HTTPL-011: a disconnect says nothing here, so giving up is said in words.
#[tokio::test]
async fn giving_up_is_said_in_words() {
    let server = legacy(LEGACY, |sent| async move {
        match sent.what() {
            "tools/call" => std::future::pending().await,
            _ => Answer::status(202),
        }
    })
    .await;
    let client = connect(&server).await;
    let call = tokio::spawn(client.call_tool("x", ()).into_future());
    let sent = server.wait_for("tools/call", 1).await;
    call.abort();
    let cancelled = server.wait_for("notifications/cancelled", 1).await;
    assert_eq!(cancelled.body["params"]["requestId"], sent.body["id"]);
    assert_eq!(cancelled.header("mcp-session-id"), Some("s0"));
    let error = client.call_tool("x", ()).timeout(Duration::from_millis(20)).await.unwrap_err();
    assert!(error.is_timeout());
    let sent = server.wait_for("tools/call", 2).await;
    let cancelled = server.wait_for("notifications/cancelled", 2).await;
    assert_eq!(cancelled.body["params"]["requestId"], sent.body["id"]);
}

/// PING-001, HTTPL-025: a server may ask on the stream of an answer.
#[tokio::test]
async fn a_server_that_asks_is_answered() {
    let server = legacy(LEGACY, |sent| async move {
        if sent.what() != "tools/call" {
            return Answer::status(202);
        }
        Answer::events(&[
            json!({"jsonrpc": "2.0", "id": "p", "method": "ping"}),
            json!({"jsonrpc": "2.0", "id": 7, "method": "sampling/createMessage", "params": {}}),
            reply(&sent.body, text("done")),
        ])
    })
    .await;
    let client = connect(&server).await;
    client.call_tool("x", ()).await.unwrap();
    let mut answers = [server.wait_for("POST", 1).await, server.wait_for("POST", 2).await];
    answers.sort_by_key(|answer| answer.body["id"].is_i64());
    assert_eq!(answers[0].body, json!({"jsonrpc": "2.0", "id": "p", "result": {}}));
    assert_eq!((&answers[1].body["id"], &answers[1].body["error"]["code"]), (&json!(7), &json!(-32601)));
}

/// HTTPL-020, HTTPL-024: an answer that breaks off is resumed where it broke.
#[tokio::test]
async fn a_broken_answer_is_resumed() {
    let call = Arc::new(Mutex::new(Value::Null));
    let server = legacy(LEGACY, move |sent| {
        let call = call.clone();
        async move {
            let (stream, answer) = Answer::stream();
            match (sent.what(), sent.header("last-event-id")) {
                ("tools/call", _) => {
                    *call.lock().unwrap() = sent.body.clone();
                    stream.raw("id: e1\nretry: 100\ndata:\n\n").await;
                }
                ("GET", Some("e1")) => {
                    let token = &call.lock().unwrap()["params"]["_meta"]["progressToken"].clone();
                    let progress =
                        notification("notifications/progress", json!({"progressToken": token, "progress": 1}));
                    stream.raw(&format!("id: e2\ndata: {progress}\n\n")).await;
                }
                ("GET", Some("e2")) => {
                    let reply = reply(&call.lock().unwrap(), text("resumed"));
                    stream.raw(&format!("id: e3\ndata: {reply}\n\n")).await;
                }
                other => panic!("{other:?}"),
            }
            answer
        }
    })
    .await;
    let client = connect(&server).await;
    let (reports, mut heard) = mpsc::channel(4);
    let call = client.call_tool("x", ()).on_progress(move |progress| reports.try_send(progress.progress).unwrap());
    assert_eq!(soon(call.into_future()).await.unwrap().joined_text(), "resumed");
    assert_eq!(heard.recv().await, Some(1.0));
    assert_eq!(server.count("tools/call"), 1);
}

#[tokio::test]
async fn a_broken_answer_without_an_event_id_is_lost() {
    let server = legacy(LEGACY, |_| async { Answer::events(&[]) }).await;
    let client = connect(&server).await;
    let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
    assert!(error.is_transport());
    assert_eq!(server.count("GET"), 0);
}

/// JRPC-025: 2025-03-26 alone has batches.
#[tokio::test]
async fn batches_are_read_where_they_exist() {
    for (version, understood) in [("2025-03-26", true), (LEGACY, false)] {
        let server = legacy(version, |sent| async move {
            let other = notification("notifications/message", json!({"level": "info", "data": 1}));
            Answer::json(200, &json!([other, reply(&sent.body, text("done"))]))
        })
        .await;
        let client = connect(&server).await;
        assert_eq!(client.call_tool("x", ()).await.is_ok(), understood, "{version}");
    }
}

const TOOLS: &str = "notifications/tools/list_changed";

/// A server whose GET streams the test plays.
async fn streaming() -> (HttpServer, mpsc::Receiver<(Sent, Stream)>) {
    let (streams, opened) = mpsc::channel(4);
    let server = legacy(LEGACY, move |sent| {
        let streams = streams.clone();
        async move {
            match sent.what() {
                "GET" => {
                    let (stream, answer) = Answer::stream();
                    streams.send((sent, stream)).await.unwrap();
                    answer
                }
                "tools/call" => Answer::events(&[notification(TOOLS, json!({})), reply(&sent.body, text("done"))]),
                method if method.starts_with("resources/") => Answer::json(200, &reply(&sent.body, json!({}))),
                _ => Answer::status(202),
            }
        }
    })
    .await;
    (server, opened)
}

/// HTTPL-012, HTTPL-017: one stream for all who listen, opened for the first and closed with the last.
#[tokio::test]
async fn all_subscriptions_share_one_stream() {
    let (server, mut opened) = streaming().await;
    let client = connect(&server).await;
    assert_eq!(server.count("GET"), 0, "nobody listens yet");
    let mut tools = client.listen(Changes::none().tools()).await.unwrap();
    let (sent, stream) = soon(opened.recv()).await.unwrap();
    assert_eq!(sent.header("accept"), Some("text/event-stream"));
    assert_eq!((sent.header("mcp-session-id"), sent.header("mcp-protocol-version")), (Some("s0"), Some(LEGACY)));
    let mut both = client.listen(Changes::all().resource("a:1")).await.unwrap();
    assert_eq!(both.agreed(), &Changes::none().tools().resource("a:1"), "what the server has declared");
    assert_eq!(server.wait_for("resources/subscribe", 1).await.body["params"]["uri"], "a:1");
    stream.send(&notification(TOOLS, json!({}))).await;
    stream.send(&notification("notifications/resources/updated", json!({"uri": "a:1"}))).await;
    stream.send(&json!({"jsonrpc": "2.0", "id": 5, "method": "ping"})).await;
    assert_eq!(soon(tools.next()).await, Some(Change::Tools));
    assert_eq!(soon(both.next()).await, Some(Change::Tools));
    assert_eq!(soon(both.next()).await, Some(Change::Resource("a:1".into())));
    assert_eq!(server.wait_for("POST", 1).await.body, json!({"jsonrpc": "2.0", "id": 5, "result": {}}));
    // Some servers send changes with the next answer.
    client.call_tool("x", ()).await.unwrap();
    assert_eq!(soon(tools.next()).await, Some(Change::Tools));
    assert_eq!(server.count("GET"), 1);
    drop(both);
    server.wait_for("resources/unsubscribe", 1).await;
    drop(tools);
    stream.closed().await;
    let _again = client.listen(Changes::all()).await.unwrap();
    soon(opened.recv()).await.unwrap();
}

/// HTTPL-020, HTTPL-030: the stream goes on where it broke, or starts anew in a new session.
#[tokio::test]
async fn a_broken_stream_goes_on() {
    let (server, mut opened) = streaming().await;
    let client = connect(&server).await;
    let mut changes = client.listen(Changes::none().tools().prompts()).await.unwrap();
    let (_, stream) = soon(opened.recv()).await.unwrap();
    stream.raw(&format!("id: 7\nretry: 100\ndata: {}\n\n", notification(TOOLS, json!({})))).await;
    drop(stream);
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    let (sent, stream) = soon(opened.recv()).await.unwrap();
    assert_eq!(sent.header("last-event-id"), Some("7"));
    stream.send(&notification("notifications/prompts/list_changed", json!({}))).await;
    assert_eq!(soon(changes.next()).await, Some(Change::Prompts), "nothing was lost, so nothing is guessed");
    client.close().await;
    assert_eq!(soon(changes.next()).await, None);
}

/// A session that a call has opened anew is subscribed to all that the last one was, and the stream follows.
#[tokio::test]
async fn a_new_session_is_subscribed_to_everything_again() {
    let (streams, mut opened) = mpsc::channel(4);
    let forgotten = Arc::new(AtomicUsize::new(0));
    let oldest = forgotten.clone();
    let server = legacy(LEGACY, move |sent| {
        let streams = streams.clone();
        let number: usize = sent.header("mcp-session-id").unwrap()[1..].parse().unwrap();
        let known = number >= oldest.load(Ordering::SeqCst);
        async move {
            match sent.what() {
                _ if !known => Answer::status(404),
                "GET" => {
                    let (stream, answer) = Answer::stream();
                    streams.send((sent, stream)).await.unwrap();
                    answer
                }
                "resources/subscribe" if number == 1 && sent.body["params"]["uri"] == "a:secret" => {
                    Answer::json(200, &refusal(&sent.body, -32002, "no such resource any more", Value::Null))
                }
                _ => Answer::json(200, &reply(&sent.body, text("done"))),
            }
        }
    })
    .await;
    let client = connect(&server).await;
    let wanted = (0..150).fold(Changes::none().tools(), |wanted, number| wanted.resource(format!("a:{number}")));
    let mut changes = client.listen(wanted).await.unwrap();
    let mut secret = client.listen(Changes::none().resource("a:secret")).await.unwrap();
    let (_, first) = soon(opened.recv()).await.unwrap();
    assert_eq!(server.count("resources/subscribe"), 151);

    forgotten.store(1, Ordering::SeqCst);
    client.call_tool("x", ()).await.unwrap();
    let (sent, second) = soon(opened.recv()).await.unwrap();
    assert_eq!(sent.header("mcp-session-id"), Some("s1"), "the stream of the forgotten session is open still");
    first.closed().await;
    server.wait_for("resources/subscribe", 302).await;
    let again = server.sent().into_iter().filter(|sent| sent.what() == "resources/subscribe").skip(151);
    let mut uris: Vec<_> = again.map(|sent| sent.body["params"]["uri"].as_str().unwrap().to_owned()).collect();
    uris.sort();
    uris.dedup();
    assert_eq!(uris.len(), 151);
    // What changed in between is unknown.
    let mut heard = std::collections::HashSet::new();
    while heard.len() < 151 {
        heard.insert(soon(changes.next()).await.unwrap());
    }
    assert!(changes.ended().is_none());
    while let Some(change) = soon(secret.next()).await {
        assert_eq!(change, Change::Resource("a:secret".into()));
    }
    let why = secret.ended().unwrap();
    assert_eq!(why.rejection().unwrap().code, -32002, "{why}");
    drop(second);
}

/// Whoever stops to listen and listens anew is subscribed, however slow the server is.
#[tokio::test]
async fn the_last_wish_about_a_resource_stands() {
    let (server, mut opened) = streaming().await;
    let client = connect(&server).await;
    let _lists = client.listen(Changes::none().tools()).await.unwrap();
    let _stream = soon(opened.recv()).await.unwrap();
    for _ in 0..20 {
        drop(client.listen(Changes::none().resource("a:1")).await.unwrap());
        let _again = client.listen(Changes::none().resource("a:1")).await.unwrap();
        client.call_tool("x", ()).await.unwrap();
        let last = server.sent().into_iter().rfind(|sent| sent.what().starts_with("resources/")).unwrap();
        assert_eq!(last.what(), "resources/subscribe");
    }
}

/// A server that closes its stream in good order again and again loses no subscriber.
#[tokio::test]
async fn closing_the_stream_in_good_order_costs_nothing() {
    let (server, mut opened) = streaming().await;
    let mut limits = quick();
    limits.reconnect_max = Duration::from_millis(10);
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_http(server.url()).await.unwrap();
    let mut changes = client.listen(Changes::none().prompts()).await.unwrap();
    for _ in 0..12 {
        drop(soon(opened.recv()).await.unwrap());
    }
    let (_, stream) = soon(opened.recv()).await.unwrap();
    stream.send(&notification("notifications/prompts/list_changed", json!({}))).await;
    assert_eq!(soon(changes.next()).await, Some(Change::Prompts));
    assert!(changes.ended().is_none());
}

/// HTTPL-012: a server need not offer a stream, and then agrees to nothing; one that says so for good ends it.
#[tokio::test]
async fn a_server_without_a_stream_is_tolerated() {
    for status in [405, 404] {
        let server = legacy(LEGACY, move |sent| async move {
            match sent.what() {
                "GET" => Answer::status(status).header("Allow", "POST"),
                "tools/call" => Answer::events(&[notification(TOOLS, json!({})), reply(&sent.body, text("done"))]),
                _ => Answer::status(202),
            }
        })
        .await;
        let client = connect(&server).await;
        let mut changes = client.listen(Changes::all().resource("a:1")).await.unwrap();
        assert_eq!(changes.agreed(), &Changes::none(), "{status}");
        assert_eq!(server.count("resources/subscribe"), 0, "what could not be heard is not subscribed to");
        client.call_tool("x", ()).await.unwrap();
        assert_eq!(soon(changes.next()).await, Some(Change::Tools), "it may come with an answer");
    }

    let first = Arc::new(AtomicUsize::new(0));
    let server = legacy(LEGACY, move |_| {
        let number = first.fetch_add(1, Ordering::SeqCst);
        async move { if number == 0 { Answer::events(&[]) } else { Answer::status(401) } }
    })
    .await;
    let client = connect(&server).await;
    let mut changes = client.listen(Changes::all()).await.unwrap();
    assert_eq!(soon(changes.next()).await, None);
}

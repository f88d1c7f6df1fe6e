//! Servers that go and come back: calls, subscriptions and what is known of the server, from one connection to the next.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_client::{Change, Changes, ClientBuilder, Limits, McpClient, ProtocolVersion, Restart, Subscription};
use serde_json::{Value, json};

use crate::support::{
    LEGACY, MODERN, acknowledged,
    child::{Traces, exists, pid, python},
    discovered, initialized, on_subscription,
    pipe::{Peer, Script},
    refusal, reply, soon, text,
};

/// A client that restarts, and does not pause for long.
fn restarting(tries: u32) -> ClientBuilder {
    let mut limits = Limits::default();
    limits.reconnect_first = Duration::from_millis(2);
    limits.reconnect_max = Duration::from_millis(4);
    McpClient::builder("agent", "1.0.0").limits(limits).restart(Restart::at_most(tries))
}

/// STDIO-016: what is in flight is lost and told so, what comes later waits for the new server.
#[tokio::test]
async fn a_dead_child_is_started_again_and_later_calls_wait_for_it() {
    let client = restarting(3)
        .connect_stdio(python(
            r#"
def call(request):
    if request["params"]["arguments"].get("die"): os._exit(5)
    text(request, str(os.getpid()))
serve(call)
"#,
        ))
        .await
        .unwrap();
    for _ in 0..3 {
        let (old, traces) = (pid(&client), Traces::of(pid(&client)));
        let error = soon(client.call_tool("x", json!({"die": true})).into_future()).await.unwrap_err();
        assert!(error.is_closed() && error.to_string().contains("exit status: 5"), "{error}");
        let new: i32 = soon(client.call_tool("x", json!({})).into_future()).await.unwrap().parse().unwrap();
        assert_ne!(old, new);
        assert_eq!(pid(&client), new, "what is known of the server is what the new one says");
        traces.vanish().await;
    }
    let error = soon(client.call_tool("x", json!({"die": true})).into_future()).await.unwrap_err();
    assert!(error.to_string().contains("exit status: 5"), "{error}");
    let why = soon(client.closed()).await;
    assert!(why.is_closed() && why.to_string().contains("given up after 3 attempts in a row"), "{why}");
    assert!(why.to_string().contains("exit status: 5"), "{why}");
    assert!(client.call_tool("x", json!({})).await.unwrap_err().is_closed());
}

/// Without a policy a dead server stays dead, and the client says why.
#[tokio::test]
async fn a_client_is_closed_with_the_reason() {
    let script = "serve(lambda request: os.kill(os.getpid(), signal.SIGKILL))";
    let client = McpClient::connect_stdio(python(script)).await.unwrap();
    let traces = Traces::of(pid(&client));
    let waiting = client.clone();
    let closed = tokio::spawn(async move { waiting.closed().await });
    let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
    let why = soon(closed).await.unwrap();
    for error in
        [error, why, client.call_tool("x", ()).await.unwrap_err(), client.listen(Changes::all()).await.unwrap_err()]
    {
        assert!(error.is_closed() && error.to_string().contains("signal: 9 (SIGKILL)"), "{error}");
    }
    traces.vanish().await;

    let client = McpClient::connect_stdio(python("serve(lambda request: None)")).await.unwrap();
    let child = pid(&client);
    let waiting = client.clone();
    let closed = tokio::spawn(async move { waiting.closed().await });
    let call = tokio::spawn(client.call_tool("x", ()).into_future());
    tokio::task::yield_now().await;
    soon(async { tokio::join!(client.close(), client.close()) }).await;
    assert!(!exists(child), "each call of close returns when the child is gone");
    assert!(soon(call).await.unwrap().unwrap_err().is_cancelled());
    assert!(soon(closed).await.unwrap().is_closed());
}

/// VER-021: what was found out is remembered, and found out again if it has changed.
#[tokio::test]
async fn the_era_is_remembered_and_forgotten_when_it_is_wrong() {
    let script = Arc::new(Script::new(|mut peer, number| async move {
        match number {
            0 => {
                peer.refuse_probe().await;
                peer.shake_hands(LEGACY).await;
            }
            // No probe: what it speaks is known.
            1 => drop(peer.shake_hands(LEGACY).await),
            2 => {
                let request = peer.request("initialize").await;
                peer.send(refusal(&request, -32022, "no", json!({"supported": [MODERN]}))).await;
                return drop(peer.rest().await);
            }
            _ => {
                let probe = peer.request("server/discover").await;
                let mut answer = discovered(&[MODERN]);
                answer["instructions"] = json!("be modern");
                peer.send(reply(&probe, answer)).await;
            }
        }
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, text("served"))).await;
        // The next call is its last.
        peer.request("tools/call").await;
    }));
    let client = restarting(9).connect_shared(script.clone()).await.unwrap();
    assert_eq!(client.instructions().as_deref(), Some("be kind"));
    for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "served");
        assert_eq!(client.version(), version);
        assert!(soon(client.call_tool("x", ()).into_future()).await.unwrap_err().is_closed());
    }
    soon(client.call_tool("x", ()).into_future()).await.unwrap();
    assert_eq!(client.instructions().as_deref(), Some("be modern"));
    assert_eq!(script.connections(), 5);
}

/// A server that never comes back is given up, and everybody is told.
#[tokio::test]
async fn a_server_that_does_not_come_back_is_given_up() {
    let script = Arc::new(Script::new(|mut peer, number| async move {
        if number > 0 {
            return;
        }
        peer.refuse_probe().await;
        peer.shake_hands(LEGACY).await;
        peer.request("tools/call").await;
    }));
    let client = restarting(4).connect_shared(script.clone()).await.unwrap();
    let mut changes = client.listen(Changes::none().tools()).await.unwrap();
    assert!(changes.ended().is_none());
    assert!(soon(client.call_tool("x", ()).into_future()).await.unwrap_err().is_closed());
    let error = soon(client.call_tool("x", ()).into_future()).await.unwrap_err();
    assert!(error.is_closed() && error.to_string().contains("given up after 4 attempts"), "{error}");
    assert_eq!(soon(changes.next()).await, None);
    assert_eq!(changes.ended().unwrap().to_string(), error.to_string());
    // Each attempt finds out by a second connection that the server does not know the handshake either.
    assert_eq!(script.connections(), 1 + 4 * 3);
}

/// STDIO-017: everything is subscribed again, and what was asked for is reported once, however many listen.
#[tokio::test]
async fn two_hundred_listeners_outlive_a_restart() {
    const LISTENERS: usize = 200;
    for modern in [false, true] {
        let subscribed = Arc::new(AtomicUsize::new(0));
        let counts = subscribed.clone();
        let script = Arc::new(Script::new(move |peer, _| serve_listeners(peer, modern, counts.clone())));
        let client = restarting(3).connect_shared(script.clone()).await.unwrap();
        let mut listeners = Vec::new();
        for n in 0..LISTENERS {
            let wanted = Changes::none().tools().resource(format!("a:{n}"));
            listeners.push(soon(client.listen(wanted)).await.unwrap());
        }
        assert_eq!(subscribed.swap(0, Ordering::SeqCst), LISTENERS);
        assert!(soon(client.call_tool("die", ()).into_future()).await.unwrap_err().is_closed());
        for (n, changes) in listeners.iter_mut().enumerate() {
            let heard = [soon(changes.next()).await.unwrap(), soon(changes.next()).await.unwrap()];
            assert!(heard.contains(&Change::Tools) && heard.contains(&Change::Resource(format!("a:{n}"))), "{heard:?}");
        }
        assert_eq!(subscribed.load(Ordering::SeqCst), LISTENERS, "each subscribed once");
        // And they go on: what changes now is heard, and nothing else.
        soon(client.call_tool("change", ()).into_future()).await.unwrap();
        for changes in &mut listeners {
            assert_eq!(soon(changes.next()).await, Some(Change::Tools));
        }
        soon(client.close()).await;
        for changes in &mut listeners {
            assert_eq!(soon(changes.next()).await, None);
            assert!(changes.ended().unwrap().is_closed());
        }
    }
}

async fn serve_listeners(mut peer: Peer, modern: bool, subscribed: Arc<AtomicUsize>) {
    let mut listening = Vec::new();
    while let Some(message) = peer.next().await {
        match message["method"].as_str().unwrap() {
            "server/discover" if modern => peer.send(reply(&message, discovered(&[MODERN]))).await,
            "initialize" => peer.send(reply(&message, initialized(LEGACY))).await,
            "resources/subscribe" | "subscriptions/listen" => {
                subscribed.fetch_add(1, Ordering::SeqCst);
                let answer = if modern { acknowledged(&message) } else { reply(&message, json!({})) };
                peer.send(answer).await;
                listening.push(message);
            }
            "tools/call" if message["params"]["name"] == "die" => return,
            "tools/call" => {
                let changed = "notifications/tools/list_changed";
                if modern {
                    for listener in &listening {
                        peer.send(on_subscription(listener, changed, json!({}))).await;
                    }
                } else {
                    peer.send(json!({"jsonrpc": "2.0", "method": changed})).await;
                }
                peer.send(reply(&message, text("done"))).await;
            }
            _ if message.get("id").is_some() => peer.send(refusal(&message, -32601, "no", Value::Null)).await,
            _ => {}
        }
    }
}

/// A subscription that is dropped while there is no connection is not made again.
#[tokio::test]
async fn a_subscription_that_is_dropped_in_between_is_not_opened_again() {
    let subscribed = Arc::new(AtomicUsize::new(0));
    let counts = subscribed.clone();
    let script = Arc::new(Script::new(move |peer, _| serve_listeners(peer, true, counts.clone())));
    let client = restarting(3).connect_shared(script).await.unwrap();
    let dropped = client.listen(Changes::none().tools()).await.unwrap();
    let mut kept: Subscription = client.listen(Changes::none().tools()).await.unwrap();
    let die = client.call_tool("die", ()).into_future();
    drop(dropped);
    assert!(soon(die).await.unwrap_err().is_closed());
    assert_eq!(soon(kept.next()).await, Some(Change::Tools));
    soon(client.call_tool("change", ()).into_future()).await.unwrap();
    assert_eq!(subscribed.load(Ordering::SeqCst), 3);
}

/// A server on a Unix socket that is started anew is connected to anew.
#[tokio::test]
async fn a_socket_is_connected_to_again() {
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let error = McpClient::builder("agent", "1.0.0").connect_unix(&path).await.unwrap_err();
    assert!(error.is_transport() && error.to_string().contains("server.sock"), "{error}");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            while let Some(line) = lines.next_line().await.unwrap() {
                let message: Value = serde_json::from_str(&line).unwrap();
                let answer = match message["method"].as_str().unwrap() {
                    "server/discover" => reply(&message, discovered(&[MODERN])),
                    _ if message["params"]["name"] == "die" => break,
                    _ => reply(&message, text("served")),
                };
                writer.write_all(format!("{answer}\n").as_bytes()).await.unwrap();
            }
        }
    });
    let client = restarting(3).connect_unix(&path).await.unwrap();
    for _ in 0..2 {
        assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "served");
        assert!(soon(client.call_tool("die", ()).into_future()).await.unwrap_err().is_closed());
    }
    assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "served");
    server.abort();
}

/// A call that waits for a server to come back waits no longer than any call.
#[tokio::test(start_paused = true)]
async fn waiting_for_a_restart_has_the_deadline_of_the_call() {
    let script = Arc::new(Script::new(|mut peer, number| async move {
        if number == 0 {
            peer.refuse_probe().await;
            peer.shake_hands(LEGACY).await;
            peer.request("tools/call").await;
        } else {
            peer.rest().await;
        }
    }));
    let client = restarting(3).connect_shared(script).await.unwrap();
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
    let begun = tokio::time::Instant::now();
    let error = client.call_tool("x", ()).timeout(Duration::from_secs(7)).await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(begun.elapsed().as_secs(), 7);
    client.close().await;
}

/// STDIO-016: what only reads is asked once more on the next connection; a tool only if its server and the author agree.
#[tokio::test]
async fn what_may_be_made_twice_is_made_once_more() {
    for (retrying, safe) in [(false, false), (true, true)] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counts = asked.clone();
        // Every connection dies of the second request behind the handshake, and answers the first.
        let script = Arc::new(Script::new(move |mut peer, _| {
            let asked = counts.clone();
            async move {
                let probe = peer.request("server/discover").await;
                peer.send(reply(&probe, discovered(&[MODERN]))).await;
                for last in [false, true] {
                    let Some(request) = peer.next().await else { return };
                    asked.fetch_add(1, Ordering::SeqCst);
                    if last {
                        return;
                    }
                    let tool = |name: &str, hints: Value| json!({"name": name, "inputSchema": {"type": "object"}, "annotations": hints});
                    let tools = [
                        tool("reads", json!({"readOnlyHint": true})),
                        tool("same", json!({"idempotentHint": true})),
                        tool("writes", json!({"readOnlyHint": false})),
                    ];
                    let answer = if request["method"] == "tools/list" {
                        json!({"resultType": "complete", "tools": tools, "ttlMs": 0, "cacheScope": "private"})
                    } else {
                        text("done")
                    };
                    peer.send(reply(&request, answer)).await;
                }
            }
        }));
        let mut restart = Restart::at_most(99);
        if retrying {
            restart = restart.retrying_tools();
        }
        let client = restarting(1).restart(restart).connect_shared(script).await.unwrap();
        assert_eq!(soon(client.list_tools().into_future()).await.unwrap().len(), 3);
        let calls = [("reads", safe), ("same", safe), ("writes", false), ("unlisted", false)];
        for (n, (tool, repeats)) in calls.into_iter().enumerate() {
            asked.store(0, Ordering::SeqCst);
            let outcome = soon(client.call_tool(tool, ()).into_future()).await;
            assert_eq!((outcome.is_ok(), asked.load(Ordering::SeqCst)), (repeats, 1 + usize::from(repeats)), "{tool}");
            if let Err(error) = outcome {
                assert!(error.is_closed(), "{n}: {error}");
                // It dies of the next one again.
                soon(client.call_tool(tool, ()).into_future()).await.unwrap();
            }
        }
        asked.store(0, Ordering::SeqCst);
        assert_eq!(soon(client.list_tools().into_future()).await.unwrap().len(), 3, "a list is read, whatever happens");
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }
}

//! Listening on a pipe, in both eras.

use std::{pin::pin, time::Duration};

use mcp_client::{Change, Changes, McpClient};
use serde_json::{Value, json};

use crate::support::{
    LEGACY, acknowledged, initialized, notification, on_subscription,
    pipe::{Peer, Script},
    refusal, reply, soon, text,
};

/// SUBS-001, SUBS-008, SUBS-009, SUBS-010, STDIO-009.
#[tokio::test]
async fn modern_changes_come_by_subscription() {
    let script = Script::modern(|mut peer: Peer| async move {
        let tools = peer.request("subscriptions/listen").await;
        assert_eq!(tools["params"]["notifications"], json!({"toolsListChanged": true}));
        peer.send(acknowledged(&tools)).await;
        let rest = peer.request("subscriptions/listen").await;
        let wanted =
            json!({"promptsListChanged": true, "resourcesListChanged": true, "resourceSubscriptions": ["a:1"]});
        assert_eq!(rest["params"]["notifications"], wanted);
        let agreed = json!({"notifications": {"promptsListChanged": true, "resourceSubscriptions": ["a:1"]}});
        peer.send(on_subscription(&rest, "notifications/subscriptions/acknowledged", agreed)).await;
        let changed = "notifications/tools/list_changed";
        // Without an owner, or another's: nobody's.
        peer.send(notification(changed, json!({}))).await;
        peer.send(on_subscription(&json!({"id": 99}), changed, json!({}))).await;
        peer.send(on_subscription(&rest, "notifications/resources/updated", json!({"uri": "a:1"}))).await;
        peer.send(on_subscription(&tools, changed, json!({}))).await;
        peer.send(on_subscription(&rest, "notifications/prompts/list_changed", json!({}))).await;
        let ended = peer.request("notifications/cancelled").await;
        assert_eq!(ended["params"]["requestId"], tools["id"]);
        let ended = peer.request("notifications/cancelled").await;
        assert_eq!(ended["params"]["requestId"], rest["id"]);
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let mut tools = client.listen(Changes::none().tools()).await.unwrap();
    let mut rest = client.listen(Changes::none().prompts().resources().resource("a:1")).await.unwrap();
    assert!(rest.agreed().wants_prompts() && !rest.agreed().wants_resources());
    assert_eq!(rest.agreed().uris(), ["a:1"]);
    assert_eq!(soon(tools.next()).await, Some(Change::Tools));
    assert_eq!(soon(rest.next()).await, Some(Change::Resource("a:1".into())));
    assert_eq!(soon(rest.next()).await, Some(Change::Prompts));
    drop(tools);
    drop(rest);
    client.call_tool("x", ()).await.unwrap();
}

/// SUBS-012, CANC-003: what the server ends is opened again, and everything may have changed meanwhile.
#[tokio::test(start_paused = true)]
async fn a_subscription_that_the_server_ends_is_opened_again() {
    let script = Script::modern(|mut peer: Peer| async move {
        let first = peer.request("subscriptions/listen").await;
        peer.send(acknowledged(&first)).await;
        peer.send(reply(&first, json!({"resultType": "complete"}))).await;
        let second = peer.request("subscriptions/listen").await;
        assert_ne!(first["id"], second["id"]);
        peer.send(acknowledged(&second)).await;
        let mut end = on_subscription(&second, "notifications/cancelled", json!({"reason": "shutdown"}));
        end["params"]["requestId"] = second["id"].clone();
        peer.send(end).await;
        let notice = peer.request("notifications/cancelled").await;
        assert_eq!(notice["params"]["requestId"], second["id"]);
        let third = peer.request("subscriptions/listen").await;
        peer.send(acknowledged(&third)).await;
        peer.send(on_subscription(&third, "notifications/prompts/list_changed", json!({}))).await;
        peer.rest().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let mut changes = client.listen(Changes::none().tools().prompts()).await.unwrap();
    for _ in 0..2 {
        let both = [changes.next().await.unwrap(), changes.next().await.unwrap()];
        assert!(both.contains(&Change::Tools) && both.contains(&Change::Prompts), "{both:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_ends_when_the_server_refuses_or_is_gone() {
    let script = Script::modern(|mut peer: Peer| async move {
        let refused = peer.request("subscriptions/listen").await;
        peer.send(refusal(&refused, -32602, "too many", Value::Null)).await;
        let first = peer.request("subscriptions/listen").await;
        peer.send(acknowledged(&first)).await;
        peer.send(reply(&first, json!({"resultType": "complete"}))).await;
        let again = peer.request("subscriptions/listen").await;
        peer.send(refusal(&again, -32601, "not any more", Value::Null)).await;
        let last = peer.request("subscriptions/listen").await;
        peer.send(acknowledged(&last)).await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    assert_eq!(client.listen(Changes::all()).await.unwrap_err().rejection().unwrap().code, -32602);
    let mut refused = client.listen(Changes::all()).await.unwrap();
    assert_eq!(refused.next().await, None);
    let mut gone = client.listen(Changes::all()).await.unwrap();
    assert_eq!(gone.next().await, None);
    assert!(client.listen(Changes::all()).await.unwrap_err().is_closed());
}

/// A legacy server sends its changes to everybody; single resources are subscribed to, once for all who listen.
#[tokio::test]
async fn legacy_changes_reach_all_who_want_them() {
    let script = Script::legacy(|mut peer: Peer| async move {
        for _ in 0..2 {
            let subscribe = peer.request("resources/subscribe").await;
            assert_eq!(subscribe["params"]["uri"], "a:1");
            peer.send(reply(&subscribe, json!({}))).await;
        }
        peer.request("tools/call").await;
        peer.send(json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})).await;
        peer.send(notification("notifications/tools/list_changed", json!({}))).await;
        peer.send(notification("notifications/resources/updated", json!({"uri": "b:1"}))).await;
        peer.send(notification("notifications/resources/updated", json!({"uri": "a:1"}))).await;
        peer.send(notification("notifications/resources/updated", json!({}))).await;
        peer.request("notifications/cancelled").await;
        let call = peer.request("tools/call").await;
        peer.send(reply(&call, text("one listener left"))).await;
        let unsubscribe = peer.request("resources/unsubscribe").await;
        assert_eq!(unsubscribe["params"]["uri"], "a:1");
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let mut all = client.listen(Changes::all().resource("a:1")).await.unwrap();
    assert_eq!(all.agreed(), &Changes::none().tools().resource("a:1"), "what the server has declared");
    let mut one = client.listen(Changes::none().resource("a:1")).await.unwrap();
    {
        let mut call = pin!(client.call_tool("x", ()).into_future());
        tokio::select! {
            _ = &mut call => panic!("the script does not answer"),
            change = all.next() => assert_eq!(change, Some(Change::Tools)),
        }
    }
    // Said twice before it was taken, or once more after: both are right, and both are the same news.
    let mut next = soon(all.next()).await;
    if next == Some(Change::Tools) {
        next = soon(all.next()).await;
    }
    assert_eq!(next, Some(Change::Resource("a:1".into())));
    assert_eq!(soon(one.next()).await, Some(Change::Resource("a:1".into())));
    drop(all);
    client.call_tool("x", ()).await.unwrap();
    drop(one);
    client.call_tool("x", ()).await.unwrap();
}

/// VER-028, CAP-011: a legacy server is asked for what it has declared, and expected to report no more. What it
/// announces all the same is heard.
#[tokio::test]
async fn a_legacy_server_agrees_to_what_it_declared() {
    let wanted = Changes::all().resource("a:1");
    for (capabilities, agreed) in [
        (json!({}), Changes::none()),
        (json!({"tools": {}, "prompts": {"listChanged": false}, "resources": {}}), Changes::none()),
        (json!({"tools": {}, "prompts": {"listChanged": true}}), Changes::none().prompts()),
        (json!({"resources": {"listChanged": true}}), Changes::none().resources()),
        (json!({"resources": {"subscribe": true}}), Changes::none().resource("a:1")),
    ] {
        let script = Script::new(move |mut peer: Peer, _| {
            let capabilities = capabilities.clone();
            async move {
                peer.refuse_probe().await;
                let request = peer.request("initialize").await;
                let mut answer = initialized(LEGACY);
                answer["capabilities"] = capabilities.clone();
                peer.send(reply(&request, answer)).await;
                peer.request("notifications/initialized").await;
                if capabilities["resources"]["subscribe"] == true {
                    let subscribe = peer.request("resources/subscribe").await;
                    peer.send(reply(&subscribe, json!({}))).await;
                }
                let call = peer.request("tools/call").await;
                peer.send(notification("notifications/tools/list_changed", json!({}))).await;
                peer.send(reply(&call, text("done"))).await;
                peer.rest().await;
            }
        });
        let client = McpClient::connect_in_process(&script).await.unwrap();
        let mut changes = client.listen(wanted.clone()).await.unwrap();
        assert_eq!(changes.agreed(), &agreed);
        client.call_tool("x", ()).await.unwrap();
        assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    }
}

/// What nobody takes is kept once.
#[tokio::test]
async fn changes_that_are_not_taken_wait_once() {
    let script = Script::legacy(|mut peer: Peer| async move {
        peer.request("tools/call").await;
        for _ in 0..10_000 {
            peer.send(notification("notifications/tools/list_changed", json!({}))).await;
        }
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let mut changes = client.listen(Changes::all()).await.unwrap();
    let call = client.call_tool("x", ()).timeout(Duration::from_secs(10));
    assert!(soon(call.into_future()).await.unwrap_err().is_closed());
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    assert_eq!(soon(changes.next()).await, None);
}

/// What changes is kept by key where it is read, so that nothing is lost though nobody asks for it.
#[tokio::test]
async fn no_change_is_lost_while_nobody_takes_them() {
    let names: Vec<String> = (0..300).map(|n| format!("a:{n}")).collect();
    let uris = names.clone();
    let script = Script::modern(move |mut peer: Peer| {
        let uris = uris.clone();
        async move {
            let listen = peer.request("subscriptions/listen").await;
            peer.send(acknowledged(&listen)).await;
            let call = peer.request("tools/call").await;
            for round in 0..3 {
                for uri in &uris {
                    let part = if round == 2 { format!("{uri}/part") } else { uri.clone() };
                    let updated = "notifications/resources/updated";
                    peer.send(on_subscription(&listen, updated, json!({"uri": part}))).await;
                }
            }
            peer.send(on_subscription(&listen, "notifications/tools/list_changed", json!({}))).await;
            peer.send(reply(&call, text("done"))).await;
            peer.rest().await;
        }
    });
    let mut limits = mcp_client::Limits::default();
    limits.changes = 10;
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_in_process(&script).await.unwrap();
    let wanted = names.iter().fold(Changes::none().tools(), Changes::resource);
    let mut changes = client.listen(wanted).await.unwrap();
    soon(client.call_tool("x", ()).into_future()).await.unwrap();
    let mut heard = Vec::new();
    while heard.last() != Some(&Change::Tools) {
        heard.push(soon(changes.next()).await.unwrap());
    }
    let expected: Vec<_> = names.into_iter().map(Change::Resource).chain([Change::Tools]).collect();
    assert_eq!(heard, expected);
}

/// A part of what was asked for is announced too; what only begins with the same letters is something else.
#[tokio::test]
async fn parts_of_a_resource_end_where_segments_do() {
    let script = Script::legacy(|mut peer: Peer| async move {
        for _ in 0..2 {
            let subscribe = peer.request("resources/subscribe").await;
            peer.send(reply(&subscribe, json!({}))).await;
        }
        let call = peer.request("tools/call").await;
        for uri in ["file:///ab", "file:///a/b", "file:///a?v=2", "FILE:///a", "file:///A", "file:///d", "file:///d/e"]
        {
            peer.send(notification("notifications/resources/updated", json!({"uri": uri}))).await;
        }
        peer.send(reply(&call, text("done"))).await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    let wanted = Changes::none().resource("file:///a").resource("file:///d/");
    let mut changes = client.listen(wanted).await.unwrap();
    soon(client.call_tool("x", ()).into_future()).await.unwrap();
    let mut heard = Vec::new();
    while let Some(Change::Resource(uri)) = soon(changes.next()).await {
        heard.push(uri);
    }
    assert_eq!(heard, ["file:///a/b", "file:///a?v=2", "FILE:///a", "file:///d/e"]);
}

/// A resource that is listened to anew is first left and then asked for, whatever waits to be written.
#[tokio::test]
async fn leaving_and_listening_anew_come_in_their_order() {
    let script = Script::legacy(|mut peer: Peer| async move {
        for round in 0..50 {
            if round > 0 {
                assert_eq!(peer.request("resources/unsubscribe").await["params"]["uri"], "a:1");
            }
            let subscribe = peer.request("resources/subscribe").await;
            peer.send(reply(&subscribe, json!({}))).await;
        }
        peer.request("resources/unsubscribe").await;
        peer.echo().await;
    });
    let client = McpClient::connect_in_process(&script).await.unwrap();
    for _ in 0..50 {
        drop(soon(client.listen(Changes::none().resource("a:1"))).await.unwrap());
    }
    soon(client.call_tool("x", ()).into_future()).await.unwrap();
}

/// A handler of log messages that panics costs its message, and nothing else.
#[tokio::test]
async fn a_handler_that_panics_stops_no_reader() {
    let script = Script::legacy(|mut peer: Peer| async move {
        let call = peer.request("tools/call").await;
        for n in 0..3 {
            peer.send(notification("notifications/message", json!({"level": "error", "data": n}))).await;
        }
        peer.send(notification("notifications/tools/list_changed", json!({}))).await;
        peer.send(reply(&call, text("done"))).await;
        peer.rest().await;
    });
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counts = heard.clone();
    let client = McpClient::builder("agent", "1.0.0")
        .on_log(mcp_client::model::LogLevel::Debug, move |_| {
            counts.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            panic!("on purpose");
        })
        .connect_in_process(&script)
        .await
        .unwrap();
    let mut changes = client.listen(Changes::all()).await.unwrap();
    assert_eq!(soon(client.call_tool("x", ()).into_future()).await.unwrap().joined_text(), "done");
    assert_eq!(soon(changes.next()).await, Some(Change::Tools));
    assert_eq!(heard.load(std::sync::atomic::Ordering::SeqCst), 3);
}

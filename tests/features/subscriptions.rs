//! Changes of lists and of single resources, as they are heard.

use mcp_server::{Limits, Server, ServerPrompt, ServerResource, ServerTool};
use mcp_tests::{messages::stateless, peer::Peer};
use serde_json::json;

use crate::{
    clients::{self, Client, WITH_SESSION},
    prompts, resources, server,
};

/// RES-014, RES-016, RES-017, PROM-009, SUBS-002: one call reaches every way of listening, once.
#[tokio::test]
async fn changes_are_heard_by_those_who_asked() {
    mcp_tests::covers!("RES-014", "RES-016", "RES-017", "PROM-009");
    for turn in 0..4 {
        // A session hears of everything from its handshake on, so each way has a server of its own.
        let server = server();
        let client = clients::all(&server).await.swap_remove(turn);
        let is_session = client.has_session();
        let mut events = client.listen(&["shop://motto", "shop://nowhere"]).await;
        server.notify_resource_updated("shop://logo");
        server.notify_resource_updated("shop://motto");
        let event = events.next().await;
        assert_eq!(event["method"], "notifications/resources/updated");
        assert_eq!(event["params"]["uri"], "shop://motto");
        let subscription = &event["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"];
        assert_eq!(*subscription, if is_session { json!(null) } else { json!("listen") });
        for round in 0..3 {
            server.resources().insert(ServerResource::text(format!("shop://new/{round}"), "new", "new"));
        }
        assert_eq!(events.next().await["method"], "notifications/resources/list_changed");
        server.prompts().insert(ServerPrompt::new("new", |_: ()| async { "new" }));
        assert_eq!(events.next().await["method"], "notifications/prompts/list_changed");
        server.notify_prompts_list_changed();
        assert_eq!(events.next().await["method"], "notifications/prompts/list_changed");
        server.notify_resources_list_changed();
        assert_eq!(events.next().await["method"], "notifications/resources/list_changed");
    }
}

/// RES-014: what is unsubscribed is heard no more.
#[tokio::test]
async fn a_session_unsubscribes() {
    mcp_tests::covers!("RES-014");
    let server = server();
    let address = clients::serve(&server).await;
    for mut client in
        [Client::on_pipe(&server, Some(WITH_SESSION)).await, Client::over_http(address, Some(WITH_SESSION)).await]
    {
        for uri in ["shop://motto", "shop://logo"] {
            assert_eq!(client.result("resources/subscribe", json!({"uri": uri})).await, json!({}));
        }
        assert_eq!(client.result("resources/unsubscribe", json!({"uri": "shop://motto"})).await, json!({}));
        let mut events = client.listen(&[]).await;
        server.notify_resource_updated("shop://motto");
        server.notify_resource_updated("shop://logo");
        assert_eq!(events.next().await["params"]["uri"], "shop://logo");
    }
}

/// RFC 3986, section 6.2.2, and RFC 3987, section 3.1: however a URI is spelt, it is the same resource, under the spelling
/// that the client chose.
#[tokio::test]
async fn a_resource_is_heard_of_however_it_is_spelt() {
    mcp_tests::covers!("RES-014");
    for turn in 0..4 {
        let server = server();
        let client = clients::all(&server).await.swap_remove(turn);
        let mut events = client.listen(&["SHOP://%c3%bc", "shop://%6Dotto"]).await;
        for (changed, heard) in [("shop://\u{fc}", "SHOP://%c3%bc"), ("Shop://motto", "shop://%6Dotto")] {
            server.notify_resource_updated(changed);
            assert_eq!(events.next().await["params"]["uri"], heard);
        }
    }
    let server = server();
    let mut client = Client::on_pipe(&server, Some(WITH_SESSION)).await;
    for (method, uri) in [
        ("resources/subscribe", "SHOP://%c3%bc"),
        ("resources/subscribe", "shop://motto"),
        ("resources/unsubscribe", "shop://\u{fc}"),
    ] {
        assert_eq!(client.result(method, json!({"uri": uri})).await, json!({}));
    }
    let mut events = client.listen(&[]).await;
    server.notify_resource_updated("shop://%C3%BC");
    server.notify_resource_updated("shop://motto");
    assert_eq!(events.next().await["params"]["uri"], "shop://motto");
}

/// RES-015, CAP-002: each era has its own means, and only what is declared can be watched.
#[tokio::test]
async fn what_is_not_declared_is_not_watched() {
    mcp_tests::covers!("RES-015", "SUBS-004");
    let without = Server::builder("without", "1.0.0").build();
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        for mut client in clients::all(&without).await {
            assert_eq!(client.error(method, json!({"uri": "shop://motto"})).await.0, -32601);
        }
        for mut client in clients::all(&server()).await.into_iter().filter(|client| !client.has_session()) {
            assert_eq!(client.error(method, json!({"uri": "shop://motto"})).await.0, -32601);
        }
    }
    let mut peer = Peer::in_process(&without);
    let filter = json!({"promptsListChanged": true, "resourceSubscriptions": ["shop://motto"]});
    let acknowledged = peer.ask(&stateless(1, "subscriptions/listen", json!({"notifications": filter}))).await;
    assert_eq!(acknowledged["params"]["notifications"], json!({}));
}

/// RES-012: a peer cannot make the server remember without bound.
#[tokio::test]
async fn what_is_watched_is_bounded() {
    let mut limits = Limits::default();
    limits.watched_resources = 2;
    limits.watched_uri_bytes = 32;
    let server = Server::builder("bounded", "1.0.0").resources(resources::all()).limits(limits).build();
    let long = format!("shop://{}", "x".repeat(32));
    for mut client in clients::all(&server).await {
        if client.has_session() {
            for uri in ["shop://1", "shop://2", "shop://1"] {
                client.result("resources/subscribe", json!({"uri": uri})).await;
            }
            assert_eq!(client.error("resources/subscribe", json!({"uri": "shop://3"})).await.0, -32602);
            client.result("resources/unsubscribe", json!({"uri": "shop://1"})).await;
            assert_eq!(client.error("resources/subscribe", json!({"uri": long})).await.0, -32602);
            client.result("resources/subscribe", json!({"uri": "shop://3"})).await;
        } else {
            for uris in [json!(["shop://1", "shop://2", "shop://3"]), json!([long])] {
                let filter = json!({"notifications": {"resourceSubscriptions": uris}});
                assert_eq!(client.error("subscriptions/listen", filter).await.0, -32602);
            }
        }
    }
}

/// Many short URIs take as much room as few long ones.
#[tokio::test]
async fn what_is_watched_is_bounded_in_bytes() {
    mcp_tests::covers!("RES-012");
    let mut limits = Limits::default();
    // Room for two URIs of 36 bytes, each with 64 bytes of its own.
    limits.watched_bytes = 200;
    let server = Server::builder("bounded", "1.0.0").resources(resources::all()).limits(limits).build();
    let uris: Vec<String> = (0..3).map(|number| format!("shop://{number:029}")).collect();
    for mut client in clients::all(&server).await {
        if client.has_session() {
            for uri in [&uris[0], &uris[1], &uris[0]] {
                client.result("resources/subscribe", json!({"uri": uri})).await;
            }
            assert_eq!(client.error("resources/subscribe", json!({"uri": uris[2]})).await.0, -32602);
            client.result("resources/unsubscribe", json!({"uri": uris[0]})).await;
            client.result("resources/subscribe", json!({"uri": uris[2]})).await;
        } else {
            let filter = |uris: &[String]| json!({"notifications": {"resourceSubscriptions": uris}});
            let (code, message) = client.error("subscriptions/listen", filter(&uris)).await;
            assert_eq!(code, -32602);
            assert!(message.to_string().contains("200 bytes"), "{message}");
        }
    }
}

/// CANC-014: calls run out of time, listening does not.
#[tokio::test]
async fn listening_outlives_the_deadline_of_calls() {
    mcp_tests::covers!("CANC-014");
    let mut limits = Limits::default();
    limits.call_timeout = std::time::Duration::from_millis(50);
    limits.call_timeout_max = std::time::Duration::from_millis(50);
    let hang = ServerTool::new("hang", |_: Nothing| std::future::pending::<&str>());
    let builder = Server::builder("patient", "1.0.0").prompts(prompts::all()).resources(resources::all());
    let server = builder.tools([hang]).limits(limits).build();
    for turn in 0..4 {
        let mut events = clients::all(&server).await.swap_remove(turn).listen(&["shop://motto"]).await;
        let mut caller = clients::all(&server).await.swap_remove(turn);
        // Begun after the listening, so that its end is behind the deadline of both.
        let (code, _) = caller.error("tools/call", json!({"name": "hang", "arguments": {}})).await;
        assert_eq!(code, -32603);
        server.notify_resource_updated("shop://motto");
        assert_eq!(events.next().await["method"], "notifications/resources/updated");
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Nothing {}

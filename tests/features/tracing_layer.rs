//! What handlers say with `tracing`, as their clients hear it.

use std::{collections::BTreeMap, sync::Arc};

use mcp_server::{ClientLogLayer, Server, tool, tools};
use mcp_tests::{
    clients, covers,
    messages::{call, stateless},
    peer::Peer,
};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tracing::{Instrument, Level, instrument::WithSubscriber, subscriber::DefaultGuard};
use tracing_subscriber::{Layer, filter::Targets, prelude::*};

const LEVEL: &str = "io.modelcontextprotocol/logLevel";

/// Forwards events of `app` in this thread, as long as the guard lives.
fn forward() -> DefaultGuard {
    tracing_subscriber::registry().with(ClientLogLayer::new(["app"])).set_default()
}

/// Says what there is to say.
#[tool]
async fn say(what: String) -> &'static str {
    match what.as_str() {
        "levels" => {
            tracing::trace!(target: "app", "trace");
            tracing::debug!(target: "app", "debug");
            tracing::info!(target: "app", "info");
            tracing::warn!(target: "app", "warn");
            tracing::error!(target: "app", "error");
        }
        "fields" => {
            let error = std::io::Error::other("broken");
            tracing::info!(target: "app::db", rows = 3_u64, delta = -1_i64, share = 0.5, ok = true, name = "x", "read");
            tracing::info!(target: "app::db", error = &error as &dyn std::error::Error, debug = ?Some(1));
        }
        "others" => {
            tracing::error!(target: "library", "not for clients");
            tracing::error!(target: "apple", "not for clients either");
            tracing::error!(target: "mcp_server::outbox", "nor this");
            tracing::info!(target: "app", "for clients");
        }
        "elsewhere" => {
            let work = || async { tracing::info!(target: "app", "on another task") };
            tokio::spawn(work().in_current_span().with_current_subscriber()).await.unwrap();
            let span = tracing::info_span!(target: "library", "sub");
            tokio::spawn(work().instrument(span).with_current_subscriber()).await.unwrap();
            // Nothing ties it to the call.
            tokio::spawn(work().with_current_subscriber()).await.unwrap();
        }
        _ => unreachable!(),
    }
    "said"
}

/// Speaks from a thread that may block.
#[tool(blocking)]
fn block() -> &'static str {
    tracing::info!(target: "app", "from a thread");
    "blocked"
}

fn server() -> Server {
    Server::builder("tracing", "1.0.0").tools(tools![say, block]).logging().build()
}

fn params(what: &str, level: &str) -> Value {
    let mut params = call("say", json!({"what": what}));
    params["_meta"] = json!({LEVEL: level});
    params
}

/// What the client of a call hears.
async fn heard(server: &Server, params: Value) -> Vec<Value> {
    let mut client = clients::Client::on_pipe(server, None).await;
    let mut all = client.all("tools/call", params).await;
    assert!(all.pop().unwrap()["result"].is_object());
    all.into_iter().map(|mut message| message["params"].take()).collect()
}

fn message(level: &str, data: impl Into<Value>) -> Value {
    json!({"level": level, "logger": "app", "data": data.into()})
}

/// LOG-002, LOG-003, LOG-004.
#[tokio::test]
async fn events_go_to_the_client_of_their_call_at_its_level() {
    covers!("LOG-002", "LOG-003", "LOG-004");
    let _forward = forward();
    let server = server();
    let all = [("debug", "trace"), ("debug", "debug"), ("info", "info"), ("warning", "warn"), ("error", "error")];
    let all = all.map(|(level, text)| message(level, text));
    assert_eq!(heard(&server, params("levels", "debug")).await, all);
    assert_eq!(heard(&server, params("levels", "warning")).await, all[3..]);
    assert_eq!(heard(&server, params("levels", "critical")).await, [Value::Null; 0]);
    assert_eq!(heard(&server, call("say", json!({"what": "levels"}))).await, [Value::Null; 0]);
    let undeclared = Server::builder("tracing", "1.0.0").tools(tools![say]).build();
    assert_eq!(heard(&undeclared, params("levels", "debug")).await, [Value::Null; 0]);
}

/// In every era, over every transport.
#[tokio::test]
async fn events_are_heard_by_every_client() {
    let _forward = forward();
    for mut client in clients::all(&server()).await {
        if client.has_session() {
            client.result("logging/setLevel", json!({"level": "error"})).await;
        }
        let all = client.all("tools/call", params("levels", "error")).await;
        assert_eq!(all[0]["params"], message("error", "error"));
        assert_eq!(all.len(), 2);
    }
}

#[tokio::test]
async fn fields_become_data() {
    let _forward = forward();
    let all = heard(&server(), params("fields", "debug")).await;
    let data = json!({"message": "read", "rows": 3, "delta": -1, "share": 0.5, "ok": true, "name": "x"});
    assert_eq!(all[0], json!({"level": "info", "logger": "app::db", "data": data}));
    assert_eq!(all[0].to_string(), json!({"level": "info", "logger": "app::db", "data": data}).to_string());
    assert_eq!(all[1]["data"], json!({"error": "broken", "debug": "Some(1)"}));
}

/// LOG-010: what a library says is not sent to strangers.
#[tokio::test]
async fn only_the_targets_that_were_named_are_forwarded() {
    covers!("LOG-010");
    let _forward = forward();
    assert_eq!(heard(&server(), params("others", "debug")).await, [message("info", "for clients")]);
}

/// Also from tasks and threads that a handler hands work to.
#[tokio::test]
async fn spans_carry_the_call_elsewhere() {
    let _forward = forward();
    let server = server();
    assert_eq!(
        heard(&server, params("elsewhere", "debug")).await,
        [message("info", "on another task"), message("info", "on another task")]
    );
}

/// A thread of the blocking pool has no subscriber of its own, so this one is for the whole process; the other tests
/// have theirs.
#[tokio::test]
async fn a_blocking_tool_is_heard() {
    tracing_subscriber::registry().with(ClientLogLayer::new(["app"])).init();
    let mut params = call("block", json!({}));
    params["_meta"] = json!({LEVEL: "info"});
    assert_eq!(heard(&server(), params).await, [message("info", "from a thread")]);
}

/// `RUST_LOG=app=info` lets no span of ours through, and is what many programs run with.
#[tokio::test]
async fn a_filter_for_the_whole_program_leaves_a_handler_heard() {
    let filter = Targets::new().with_target("app", Level::INFO);
    let layer = ClientLogLayer::new(["app"]);
    let _forward = tracing_subscriber::registry().with(layer).with(filter).set_default();
    let expected =
        [("info", "info"), ("warning", "warn"), ("error", "error")].map(|(level, text)| message(level, text));
    assert_eq!(heard(&server(), params("levels", "debug")).await, expected);
}

/// A filter of its own narrows the layer.
#[tokio::test]
async fn the_layer_may_have_a_filter() {
    let layer = ClientLogLayer::new(["app"]).with_filter(Targets::new().with_target("app", Level::WARN));
    let _forward = tracing_subscriber::registry().with(layer).set_default();
    let expected = [message("warning", "warn"), message("error", "error")];
    assert_eq!(heard(&server(), params("levels", "debug")).await, expected);
}

/// LOG-005: two calls that run in turns on one thread are not taken for each other.
#[tokio::test]
async fn calls_that_run_at_once_are_kept_apart() {
    covers!("LOG-005");
    let _forward = forward();
    let turns: Arc<[Notify; 2]> = Arc::default();
    let tool = mcp_server::ServerTool::new("turns", move |who: BTreeMap<String, usize>| {
        let (turns, me) = (turns.clone(), who["me"]);
        async move {
            for turn in 0..3 {
                if turn + me > 0 {
                    turns[me].notified().await;
                }
                tracing::info!(target: "app", "{me} {turn}");
                turns[1 - me].notify_one();
            }
            "done"
        }
    });
    let server = Server::builder("turns", "1.0.0").tools([tool]).logging().build();
    let (mut first, mut second) = (Peer::in_process(&server), Peer::in_process(&server));
    for (me, peer) in [&mut first, &mut second].into_iter().enumerate() {
        let mut params = call("turns", json!({"me": me}));
        params["_meta"] = json!({LEVEL: "info"});
        peer.send(&stateless(1, "tools/call", params)).await;
    }
    for (me, peer) in [&mut first, &mut second].into_iter().enumerate() {
        for turn in 0..3 {
            assert_eq!(peer.receive().await.unwrap()["params"]["data"], format!("{me} {turn}"));
        }
        assert_eq!(peer.receive().await.unwrap()["id"], 1);
    }
}

#[test]
fn a_layer_names_whose_events_it_forwards() {
    for (targets, sentence) in [
        (&[][..], "name the targets whose events clients may see"),
        (&["app", ""], "an empty target stands for no events"),
        (&["mcp_server::era"], "events of `mcp_server::era` are not for clients"),
    ] {
        let panic = crate::panics(|| drop(ClientLogLayer::new(targets.iter().copied())));
        assert!(panic.contains(sentence), "{panic}");
    }
}

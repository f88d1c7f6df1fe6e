//! Log messages: who gets which, where, and how many at most.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use mcp_client::McpClient;
use mcp_server::{
    Context, Limits, Logger, ProtocolVersion, Server, ServerPrompt, ServerResource, ServerTool, middleware,
    model::LogLevel, tool, tools,
};
use mcp_tests::{
    clients::{self, Client, WITH_SESSION},
    covers,
    messages::{STATELESS, call, initialize, request, stateless},
    peer::Peer,
    raw_http::Connection,
};
use serde_json::{Value, json};
use tokio::sync::Notify;

const LEVEL: &str = "io.modelcontextprotocol/logLevel";
const LEVELS: [&str; 8] = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// Says one thing at each level.
#[tool]
async fn chat(ctx: Context) -> &'static str {
    let logger = ctx.logger("chat");
    for (number, level) in LogLevel::ALL.into_iter().enumerate() {
        if number % 2 == 0 {
            logger.log(level, json!({"number": number}));
        } else {
            ctx.log(level, format!("number {number}"));
        }
        tokio::task::yield_now().await;
    }
    "done"
}

/// Logs without ever letting others run.
#[tool]
async fn flood(messages: usize, ctx: Context) -> usize {
    for number in 0..messages {
        ctx.log(if number % 100 == 99 { LogLevel::Error } else { LogLevel::Info }, number);
    }
    messages
}

/// Logs what cannot be sent as it is.
#[tool]
async fn misuse(ctx: Context) -> &'static str {
    ctx.log(LogLevel::Info, "x".repeat(20 << 10));
    ctx.log(LogLevel::Info, BTreeMap::from([((), ())]));
    ctx.log(LogLevel::Info, serde_json::value::RawValue::from_string("{\n\"a\": 1\n}".to_owned()).unwrap());
    "done"
}

/// Asks whether it should bother.
#[tool]
async fn curious(ctx: Context) -> String {
    let logger: Logger = ctx.logger("curious");
    let wanted = LogLevel::ALL.into_iter().filter(|level| ctx.logs(*level) && logger.logs(*level));
    wanted.map(LogLevel::as_str).collect::<Vec<_>>().join(" ")
}

fn server() -> Server {
    Server::builder("logging", "1.0.0")
        .tools(tools![chat, flood, misuse, curious])
        .prompts([ServerPrompt::with_context("talk", |_: (), ctx: Context| async move {
            ctx.log(LogLevel::Info, "from a prompt");
            "talked"
        })])
        .resources([ServerResource::new("log://talk", "talk", || async { "quiet" })])
        .logging()
        .build()
}

/// Sets the level: of the session, or of the request that these parameters are for.
async fn want(client: &mut Client, level: &str, mut params: Value) -> Value {
    if client.has_session() {
        assert_eq!(client.result("logging/setLevel", json!({"level": level})).await, json!({}));
    } else {
        params["_meta"][LEVEL] = json!(level);
    }
    params
}

/// The log messages among what came, which end with a result.
#[track_caller]
fn logged(mut all: Vec<Value>) -> Vec<Value> {
    let answer = all.pop().unwrap();
    assert!(answer["result"].is_object(), "{answer}");
    for message in &all {
        assert_eq!(message["method"], "notifications/message", "{message}");
    }
    all.into_iter().map(|mut message| message["params"].take()).collect()
}

/// LOG-001: declared in every revision, if it was configured.
#[tokio::test]
async fn logging_is_declared_where_it_is_configured() {
    covers!("LOG-001", "CAP-001");
    for mut client in clients::each_revision(&server()).await {
        assert_eq!(client.capabilities().await["logging"], json!({}), "{}", client.revision());
    }
    let silent = Server::builder("silent", "1.0.0").tools(tools![chat]).build();
    for mut client in clients::each_revision(&silent).await {
        assert_eq!(client.capabilities().await["logging"], Value::Null);
        // What is not declared does not exist, and is not sent.
        assert_eq!(client.error("logging/setLevel", json!({"level": "debug"})).await.0, -32601);
        let mut params = call("chat", json!({}));
        params["_meta"] = json!({LEVEL: "debug"});
        assert_eq!(logged(client.all("tools/call", params).await), Vec::<Value>::new());
    }
}

/// LOG-002, LOG-003, LOG-004, LOG-008: each client gets what it asked for, before the answer.
#[tokio::test]
async fn a_client_gets_messages_of_its_level_and_above() {
    covers!("LOG-002", "LOG-003", "LOG-004", "LOG-008");
    for mut client in clients::each_revision(&server()).await {
        // It has not asked for any.
        assert_eq!(logged(client.all("tools/call", call("chat", json!({}))).await), Vec::<Value>::new());
        for (first, level) in LEVELS.into_iter().enumerate() {
            let params = want(&mut client, level, call("chat", json!({}))).await;
            let expected = LEVELS.into_iter().enumerate().skip(first).map(|(number, level)| match number % 2 {
                0 => json!({"level": level, "logger": "chat", "data": {"number": number}}),
                _ => json!({"level": level, "data": format!("number {number}")}),
            });
            assert_eq!(logged(client.all("tools/call", params).await), expected.collect::<Vec<_>>());
        }
        // A request that names no level gets none, whatever the one before it said; a session remembers.
        let later = logged(client.all("tools/call", call("chat", json!({}))).await);
        assert_eq!(later.len(), usize::from(client.has_session()));
    }
}

#[tokio::test]
async fn a_handler_may_ask_what_is_wanted() {
    for mut client in clients::all(&server()).await {
        let params = want(&mut client, "critical", call("curious", json!({}))).await;
        let result = client.result("tools/call", params).await;
        assert_eq!(result["content"][0]["text"], "critical alert emergency");
    }
}

#[tokio::test]
async fn prompts_log_as_tools_do() {
    for mut client in clients::all(&server()).await {
        let params = want(&mut client, "info", json!({"name": "talk"})).await;
        let all = logged(client.all("prompts/get", params).await);
        assert_eq!(all, [json!({"level": "info", "data": "from a prompt"})]);
    }
}

/// LOG-006, LOG-009.
#[tokio::test]
async fn a_level_that_is_none_is_refused() {
    covers!("LOG-006", "LOG-009");
    for mut client in clients::each_revision(&server()).await {
        for level in [json!("loud"), json!("Debug"), json!(1), json!("")] {
            let (code, error) = if client.has_session() {
                client.error("logging/setLevel", json!({"level": level})).await
            } else {
                let mut params = call("chat", json!({}));
                params["_meta"] = json!({LEVEL: level});
                client.error("tools/call", params).await
            };
            assert_eq!(code, -32602);
            assert!(error["message"].as_str().unwrap().contains("debug, info, notice"), "{error}");
        }
        if client.has_session() {
            assert_eq!(client.error("logging/setLevel", json!({})).await.0, -32602);
        }
    }
}

/// LOG-007, VER-012: the newest revision has no such method, also where others are served.
#[tokio::test]
async fn no_level_is_set_without_a_session() {
    covers!("LOG-007", "VER-012");
    let server = server();
    let message = stateless(1, "logging/setLevel", json!({"level": "debug"}));
    let answer = Connection::open(clients::serve(&server).await).await.post(&message).await;
    assert_eq!((answer.status, answer.error_code()), (404, -32601));
    assert_eq!(Peer::in_process(&server).ask(&message).await["error"]["code"], -32601);
}

/// LOG-008: what a session gets before its client sets a level is the server's choice.
#[tokio::test]
async fn a_server_chooses_for_sessions_that_chose_no_level() {
    covers!("LOG-003", "LOG-008");
    let server = Server::builder("eager", "1.0.0").tools(tools![chat]).logging_from(LogLevel::Alert).build();
    for mut client in clients::each_revision(&server).await {
        let all = logged(client.all("tools/call", call("chat", json!({}))).await);
        assert_eq!(all.len(), if client.has_session() { 2 } else { 0 });
        let params = want(&mut client, "emergency", call("chat", json!({}))).await;
        assert_eq!(logged(client.all("tools/call", params).await).len(), 1);
    }
}

/// LOG-005: what listens, and what other requests stream, hears nothing of it.
#[tokio::test]
async fn messages_go_to_the_stream_of_their_request_only() {
    covers!("LOG-005", "SUBS-007");
    for version in [Some(WITH_SESSION), None] {
        let server = server();
        let address = clients::serve(&server).await;
        let events = Client::over_http(address, version).await;
        let (mut caller, mut other) =
            (Client::over_http(address, version).await, Client::on_pipe(&server, version).await);
        if version.is_some() {
            // The same session listens and calls.
            caller = events.again().await;
        }
        let mut events = events.listen(&["log://talk"]).await;
        let params = want(&mut caller, "debug", call("chat", json!({}))).await;
        let (all, none) =
            tokio::join!(caller.all("tools/call", params), other.all("tools/call", call("chat", json!({}))),);
        assert_eq!(logged(all).len(), 8);
        assert_eq!(logged(none).len(), 0);
        server.notify_resource_updated("log://talk");
        assert_eq!(events.next().await["method"], "notifications/resources/updated");
    }
}

/// LOG-008: also for a call that runs already.
#[tokio::test]
async fn a_session_changes_its_level_while_a_call_runs() {
    covers!("LOG-008");
    let (reached, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (reached2, go2) = (reached.clone(), go.clone());
    let tool = ServerTool::with_context("wait", move |_: BTreeMap<String, String>, ctx: Context| {
        let (reached, go) = (reached2.clone(), go2.clone());
        async move {
            ctx.log(LogLevel::Info, "before");
            reached.notify_one();
            go.notified().await;
            ctx.log(LogLevel::Info, "unwanted");
            ctx.log(LogLevel::Error, "after");
            "done"
        }
    });
    let server = Server::builder("wait", "1.0.0").tools([tool]).logging().build();
    let mut peer = Peer::in_process(&server);
    peer.handshake(WITH_SESSION).await;
    peer.ask(&request(1, "logging/setLevel", json!({"level": "info"}))).await;
    peer.send(&request(2, "tools/call", call("wait", json!({})))).await;
    reached.notified().await;
    assert_eq!(peer.receive().await.unwrap()["params"]["data"], "before");
    assert_eq!(peer.ask(&request(3, "logging/setLevel", json!({"level": "warning"}))).await["id"], 3);
    go.notify_one();
    assert_eq!(peer.receive().await.unwrap()["params"]["data"], "after");
    assert_eq!(peer.receive().await.unwrap()["id"], 2);
}

/// LOG-001, LOG-008: without sessions nothing remembers a level, so those revisions have no logging over HTTP.
#[tokio::test]
async fn what_has_no_sessions_declares_no_logging() {
    covers!("LOG-001", "LOG-003");
    let mut limits = Limits::default();
    limits.http_sessions = false;
    let builder = Server::builder("lone", "1.0.0").tools(tools![chat]).limits(limits).logging_from(LogLevel::Debug);
    let server = builder.build();
    let mut connection = Connection::open(clients::serve(&server).await).await;
    let opened = connection.post_with(&[], &initialize(WITH_SESSION)).await.json();
    assert_eq!(opened["result"]["capabilities"]["logging"], Value::Null);
    let level = request(1, "logging/setLevel", json!({"level": "debug"}));
    assert_eq!(connection.post_with(&[], &level).await.error_code(), -32601);
    let answer = connection.post_with(&[], &request(2, "tools/call", call("chat", json!({})))).await;
    assert!(answer.json()["result"].is_object());
    // The newest revision has it all the same.
    let mut params = call("chat", json!({}));
    params["_meta"] = json!({LEVEL: "debug"});
    assert_eq!(connection.post(&stateless(3, "tools/call", params)).await.events().len(), 9);
}

/// LOG-004: also with layers around the call.
#[tokio::test]
async fn messages_pass_the_layers() {
    covers!("LOG-004");
    let layer = middleware::from_fn(|call, next: middleware::Next| next.run(call));
    let server = Server::builder("layered", "1.0.0").tools(tools![chat]).layer(layer).logging().build();
    for mut client in clients::all(&server).await {
        assert_eq!(logged(client.all("tools/call", call("chat", json!({}))).await).len(), 0);
        let params = want(&mut client, "alert", call("chat", json!({}))).await;
        assert_eq!(logged(client.all("tools/call", params).await).len(), 2);
    }
}

/// LOG-011: a handler that talks too much loses messages, never its answer, and its client learns how many.
#[tokio::test]
async fn messages_that_come_too_fast_are_left_out_and_counted() {
    covers!("LOG-011");
    for mut client in clients::all(&server()).await {
        let params = want(&mut client, "info", call("flood", json!({"messages": 1000}))).await;
        let mut all = logged(client.all("tools/call", params).await);
        let notice = all.pop().unwrap();
        assert!(all.iter().enumerate().all(|(number, message)| message["data"] == number), "{all:?}");
        assert!((1..=64).contains(&all.len()), "{}", all.len());
        // As serious as the most serious of those that are missing.
        assert_eq!(notice["level"], "error");
        let text = notice["data"].as_str().unwrap();
        assert!(text.starts_with(&format!("{} log messages of this call are left out", 1000 - all.len())), "{text}");
        assert_eq!(client.result("tools/call", call("flood", json!({"messages": 0}))).await["content"][0]["text"], "0");
    }
}

/// LOG-011: data is held to a bound, and what cannot be sent is told.
#[tokio::test]
async fn data_that_cannot_be_sent_is_told_so() {
    covers!("LOG-011");
    for mut client in clients::all(&server()).await {
        let params = want(&mut client, "info", call("misuse", json!({}))).await;
        let all = logged(client.all("tools/call", params).await);
        let data: Vec<&Value> = all.iter().map(|message| &message["data"]).collect();
        assert_eq!(data[0], "the data is left out: it has more than 16384 bytes");
        assert!(data[1].as_str().unwrap().starts_with("the data is left out: it cannot be written as JSON"));
        assert_eq!(*data[2], json!({"a": 1}));
    }
}

/// LOG-004, PROG-002: after its answer nothing of a call is sent, whatever it left behind.
#[tokio::test]
async fn nothing_follows_the_answer() {
    covers!("LOG-004", "PROG-002");
    let (go, gone) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (left, told) = (go.clone(), gone.clone());
    let tool = ServerTool::with_context("leave", move |hang: BTreeMap<String, bool>, ctx: Context| {
        let (left, told) = (left.clone(), told.clone());
        async move {
            tokio::spawn({
                let ctx = ctx.clone();
                async move {
                    left.notified().await;
                    ctx.log(LogLevel::Error, "too late");
                    ctx.progress(2.0, None, "too late").await;
                    told.notify_one();
                }
            });
            ctx.log(LogLevel::Error, "in time");
            if hang.contains_key("hang") {
                std::future::pending::<()>().await;
            }
            "done"
        }
    });
    let mut limits = Limits::default();
    limits.call_timeout = std::time::Duration::from_millis(50);
    let server = Server::builder("leave", "1.0.0").tools([tool]).limits(limits).logging().build();
    let mut peer = Peer::in_process(&server);
    for arguments in [json!({}), json!({"hang": true})] {
        let mut params = call("leave", arguments);
        params["_meta"] = json!({LEVEL: "debug", "progressToken": 1});
        assert_eq!(peer.ask(&stateless(1, "tools/call", params)).await["params"]["data"], "in time");
        assert_eq!(peer.receive().await.unwrap()["id"], 1);
        go.notify_one();
        gone.notified().await;
        let next = peer.ask(&stateless("next", "server/discover", json!({}))).await;
        assert_eq!(next["id"], "next", "{next}");
    }
}

/// LOG-003, LOG-004, LOG-008: over the standard streams of a child process.
#[tokio::test]
async fn a_child_process_logs_to_its_client() {
    covers!("LOG-003", "LOG-004", "LOG-008", "STDIO-002");
    let mut peer = Peer::spawn(env!("CARGO_BIN_EXE_stdio-fixture"));
    let mut params = call("log", json!({"text": "a\nb"}));
    assert!(peer.ask(&stateless(1, "tools/call", params.clone())).await["result"].is_object());
    params["_meta"] = json!({LEVEL: "info"});
    let message = peer.ask(&stateless(2, "tools/call", params.clone())).await;
    assert_eq!(message["params"], json!({"level": "info", "data": "a\nb"}));
    assert_eq!(peer.receive().await.unwrap()["id"], 2);
    for version in mcp_tests::messages::WITH_SESSIONS {
        let mut peer = Peer::spawn(env!("CARGO_BIN_EXE_stdio-fixture"));
        peer.handshake(version).await;
        assert!(peer.ask(&request(1, "tools/call", params.clone())).await["result"].is_object());
        assert_eq!(peer.ask(&request(2, "logging/setLevel", json!({"level": "info"}))).await["result"], json!({}));
        assert_eq!(peer.ask(&request(3, "tools/call", params.clone())).await["params"]["data"], "a\nb");
        assert_eq!(peer.receive().await.unwrap()["id"], 3);
        assert_ne!(version, STATELESS);
    }
}

/// LOG-002, LOG-003, LOG-008: our client asks for what it wants to hear, in the words of each revision, and hears it
/// before the answer.
#[tokio::test]
async fn our_client_asks_and_hears() {
    covers!("LOG-002", "LOG-003", "LOG-008");
    let server = server();
    let url = format!("http://{}/mcp", clients::serve(&server).await);
    for version in ProtocolVersion::ALL {
        for over_http in [false, true] {
            let heard = Arc::new(Mutex::new(Vec::new()));
            let log = heard.clone();
            let builder = McpClient::builder("agent", "1.0.0").version(version);
            let builder = builder.on_log(LogLevel::Alert, move |message| log.lock().unwrap().push(message));
            let client = match over_http {
                true => builder.connect_http(&url).await.unwrap(),
                false => builder.connect_in_process(&server).await.unwrap(),
            };
            client.call_tool("chat", ()).await.unwrap();
            client.close().await;
            let heard = heard.lock().unwrap();
            let [alert, emergency] = heard.as_slice() else { panic!("{version}: {heard:?}") };
            assert_eq!((alert.level, alert.logger.as_deref()), (LogLevel::Alert, Some("chat")));
            assert_eq!(alert.data.as_str(), r#"{"number":6}"#);
            assert_eq!((emergency.level, emergency.logger.as_deref()), (LogLevel::Emergency, None));
            assert_eq!(emergency.data.parse::<String>().unwrap(), "number 7");
        }
    }
}

/// LOG-003: a client that wants no messages asks for none, and is not confused by those that come.
#[tokio::test]
async fn our_client_passes_over_what_it_did_not_ask_for() {
    let server = Server::builder("eager", "1.0.0").tools(tools![chat]).logging_from(LogLevel::Debug).build();
    let url = format!("http://{}/mcp", clients::serve(&server).await);
    for version in ProtocolVersion::ALL {
        let builder = || McpClient::builder("agent", "1.0.0").version(version);
        let clients =
            [builder().connect_http(&url).await.unwrap(), builder().connect_in_process(&server).await.unwrap()];
        for client in clients {
            assert_eq!(client.call_tool("chat", ()).await.unwrap().parse::<String>().unwrap(), "done");
        }
    }
}

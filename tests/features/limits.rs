//! Every limit at its ends, and what is promised where none is set.

use std::{collections::BTreeSet, time::Duration};

use mcp_core::transport::{Accept, Pipe};
use mcp_server::{Context, Limits, Server, ServerTool};
use mcp_tests::messages::{call, call_with_progress, initialize, request, stateless};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    clients::{self, WITH_SESSION},
    panics,
};

/// A limit's name, and how it is set to the least and the most that it may be.
type End = fn(&mut Limits);

const BYTES: usize = 1 << 40;
const COUNT: usize = 1 << 30;
const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
const MS: Duration = Duration::from_millis(1);

macro_rules! ends {
    ($($name:ident: $least:expr, $most:expr;)*) => {
        [$((stringify!($name), (|limits| limits.$name = $least) as End, (|limits| limits.$name = $most) as End),)*]
    };
}

fn ends() -> Vec<(&'static str, End, End)> {
    let ends = ends! {
        body_bytes: 1, BYTES;
        line_bytes: 1, BYTES;
        held_bytes: 0, BYTES;
        kept_bytes: 0, BYTES;
        json_depth: 1, 128;
        json_keys: 1, COUNT;
        handshake_bytes: 1, BYTES;
        answer_bytes: 1, BYTES;
        calls_per_connection: 1, COUNT;
        calls: 1, COUNT;
        calls_per_session: 1, COUNT;
        connections: 1, COUNT;
        waiting_requests: 1, COUNT;
        waiting_bytes: 1, BYTES;
        sessions: 1, COUNT;
        streams: 1, COUNT;
        streams_per_connection: 1, COUNT;
        replay_events: 0, BYTES;
        replay_bytes: 1, BYTES;
        queue_messages: 1, COUNT;
        queue_bytes: 1, BYTES;
        watched_resources: 0, BYTES;
        watched_bytes: 1, BYTES;
        watched_uri_bytes: 1, BYTES;
        log_bytes: 1, BYTES;
        log_rate: 1, COUNT;
        progress_rate: 1, COUNT;
        asks_per_session: 1, COUNT;
        page_size: Some(1), Some(COUNT);
        page_bytes: Some(1), Some(BYTES);
        result_text_bytes: Some(1), Some(BYTES);
        call_timeout: MS, YEAR;
        call_timeout_max: MS, YEAR;
        session_idle: MS, YEAR;
        session_max: MS, YEAR;
        keep_alive: MS, YEAR;
        ask_timeout: MS, YEAR;
        ask_settle: Duration::ZERO, YEAR / 16;
        state_bytes: 256, 64 << 10;
        state_expiry: MS, YEAR;
        mark_bytes: 0, BYTES;
        head_timeout: MS, YEAR;
        connection_idle: MS, YEAR;
        write_stall: MS, YEAR;
        body_timeout: MS, YEAR;
        notification_delay: Duration::ZERO, YEAR;
        drain: Duration::ZERO, YEAR;
        drain_at_eof: Duration::ZERO, YEAR;
        http_sessions: false, true;
        isolate_stdio: false, true;
    };
    ends.into()
}

/// A tool that logs and reports.
fn talk() -> ServerTool {
    ServerTool::with_context("talk", |_: Nothing, ctx: Context| async move {
        ctx.log(mcp_server::model::LogLevel::Error, "a word");
        ctx.progress(1.0, 2.0, "half").await;
        "done"
    })
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

fn server(limits: Limits) -> Server {
    Server::builder("limited", "1.0.0").tools([talk()]).logging().limits(limits).build()
}

/// Asks in every way; whether all of it was answered with a result.
async fn is_served(server: &Server) -> bool {
    let mut talk = call("talk", json!({}));
    talk["_meta"] = json!({"progressToken": 1, "io.modelcontextprotocol/logLevel": "debug"});
    for mut client in clients::all(server).await {
        let Some(Value::Object(answer)) = client.all("tools/call", talk.clone()).await.pop() else { return false };
        if !answer.contains_key("result") || client.ask("tools/list", json!({})).await["result"].is_null() {
            return false;
        }
    }
    true
}

/// Whoever sets them knows why: nothing of what can be set panics, floods or wraps.
#[tokio::test]
async fn the_most_of_every_limit_is_kept() {
    let mut limits = Limits::default();
    for (name, _, most) in ends() {
        let mut one = Limits::default();
        most(&mut one);
        assert!(is_served(&server(one)).await, "{name}");
        most(&mut limits);
    }
    assert!(is_served(&server(limits)).await);
}

/// The least may leave nothing to be served; what comes is refused, and the server goes on to the next.
#[tokio::test]
async fn the_least_of_every_limit_is_kept() {
    for (name, least, _) in ends() {
        let mut limits = Limits::default();
        least(&mut limits);
        let server = server(limits);
        let (mut ours, theirs) = Pipe::pair();
        server.accept(theirs);
        for message in [
            initialize(WITH_SESSION),
            request(1, "tools/call", call("talk", json!({}))),
            stateless(2, "tools/call", call("talk", json!({}))),
        ] {
            let sent = ours.outgoing.send(message.to_string().into()).await;
            assert!(sent.is_ok(), "{name}: the pipe is closed");
            let answer = tokio::time::timeout(Duration::from_secs(20), ours.incoming.recv()).await;
            assert!(matches!(answer, Ok(Some(_))), "{name}: {message} is not answered");
        }
        server.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_beyond_the_ends_is_refused_by_the_limits_name() {
    let shown = format!("{:?}", Limits::default());
    let fields: BTreeSet<&str> = shown.split([' ', '{', ',']).filter_map(|word| word.strip_suffix(':')).collect();
    assert_eq!(fields, ends().into_iter().map(|(name, ..)| name).collect(), "a limit has no ends here");
    let beyond: [(&str, End); 6] = [
        ("line_bytes", |limits| limits.line_bytes = usize::MAX),
        ("answer_bytes", |limits| limits.answer_bytes = 0),
        ("call_timeout", |limits| limits.call_timeout = Duration::MAX),
        ("drain_at_eof", |limits| limits.drain_at_eof = Duration::MAX),
        ("keep_alive", |limits| limits.keep_alive = Duration::ZERO),
        ("page_size", |limits| limits.page_size = Some(0)),
    ];
    for (name, set) in beyond {
        let mut limits = Limits::default();
        set(&mut limits);
        let refused = panics(|| drop(Server::builder("limited", "1.0.0").limits(limits)));
        assert!(refused.contains(&format!("`Limits::{name}` is ")), "{refused}");
    }
}

#[derive(Deserialize, JsonSchema)]
struct Work {
    minutes: u64,
    reports: bool,
}

/// Clients have limits of their own, and it is they who give up: a server's are a safety net.
#[tokio::test(start_paused = true)]
async fn a_tool_may_work_for_minutes_without_a_word_and_for_an_hour_with_some() {
    let work = ServerTool::with_context("work", |work: Work, ctx: Context| async move {
        for minute in 0..work.minutes {
            tokio::time::sleep(Duration::from_secs(60)).await;
            if work.reports {
                ctx.progress(minute as f64, None, "").await;
            }
        }
        "done"
    });
    let server = Server::builder("patient", "1.0.0").tools([work]).build();
    let (mut ours, theirs) = Pipe::pair();
    server.accept(theirs);
    for (minutes, reports, is_done) in [(9, false, true), (11, false, false), (59, true, true), (61, true, false)] {
        let arguments = json!({"minutes": minutes, "reports": reports});
        let message = stateless(1, "tools/call", call_with_progress("work", arguments, 1));
        ours.outgoing.send(message.to_string().into()).await.unwrap();
        let answer = loop {
            let message: Value = serde_json::from_slice(&ours.incoming.recv().await.unwrap()).unwrap();
            if message["method"].is_null() {
                break message;
            }
        };
        assert_eq!(answer["error"].is_null(), is_done, "{minutes} {reports}: {answer}");
    }
}

//! What a layer gets that runs a call twice.

use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_server::{
    Context, Error, Server,
    middleware::{Call, Next, Outcome, from_fn},
    model::LogLevel,
    tool, tools,
};
use mcp_tests::{
    messages::{call_with_progress, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::json;

use crate::start;

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// Says in which run it is.
#[tool]
async fn run(ctx: Context) -> String {
    let run = RUNS.fetch_add(1, Ordering::Relaxed) + 1;
    ctx.log(LogLevel::Info, run);
    ctx.progress(1.0, 2.0, format!("run {run}")).await;
    format!("run {run} logs: {}", ctx.logs(LogLevel::Info))
}

/// A retry of what went well.
async fn twice(call: Call, next: Next) -> Result<Outcome, Error> {
    let again = Call::new(call.request.clone(), call.caller.clone())
        .with_metadata(call.metadata.clone())
        .with_notifications(call.notifications.clone());
    next.clone().run(call).await?;
    next.run(again).await
}

/// Held to what `docs/middleware.md` says.
#[tokio::test]
async fn a_second_run_of_a_call_begins_its_progress_anew_and_has_no_log() {
    let server = Server::builder("twice", "1.0.0").tools(tools![run]).logging().layer(from_fn(twice)).build();
    let address = start(&server).await;
    let mut params = call_with_progress("run", json!({}), "p");
    params["_meta"]["io.modelcontextprotocol/logLevel"] = json!("info");
    let message = stateless(1, "tools/call", params);
    let events = Connection::open(address).await.post_with(&mirror(&message), &message).await.events();
    let of = |method: &str| events.iter().filter(|event| event["method"] == method).collect::<Vec<_>>();
    let logged: Vec<_> = of("notifications/message").iter().map(|event| event["params"]["data"].clone()).collect();
    assert_eq!(logged, [json!(1)], "{events:?}");
    let last = &of("notifications/progress").pop().unwrap()["params"];
    assert_eq!((&last["progress"], &last["message"]), (&json!(1.0), &json!("run 2")), "{events:?}");
    assert_eq!(text_of(events.last().unwrap()), "run 2 logs: false");
}

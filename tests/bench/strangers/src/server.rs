//! `strangers ADDR|bound SECONDS HELD KEPT SESSIONS STREAMS CONNECTIONS`: serves with these limits, or says how much memory
//! they let strangers make it use.

use std::time::Duration;

use mcp_server::{Context, Limits, Result, Server, ServerTool, resource, resources, tool, tools};

/// Adds two numbers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Says as many bytes as it is told.
#[tool]
async fn say(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// The same after a report of progress: the answer ends a stream of events.
#[tool]
async fn say_slowly(bytes: usize, ctx: Context) -> String {
    ctx.progress(1.0, None, "begun").await;
    tokio::task::yield_now().await;
    "x".repeat(bytes)
}

/// Tells everybody who watches a resource that it has changed.
#[tool]
async fn touch(uri: String, ctx: Context) -> &'static str {
    ctx.server().notify_resource_updated(uri);
    "touched"
}

/// Tells everybody who listens that the list of tools has changed.
#[tool]
async fn announce(ctx: Context) -> &'static str {
    ctx.server().notify_tools_list_changed();
    "announced"
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Nothing {}

/// Something to watch.
#[resource("data://{name}", mime_type = "text/plain")]
async fn data(name: String) -> String {
    name
}

/// The limits that the arguments name; bodies, writing and sessions may stand still for so many seconds.
fn limits(numbers: [usize; 6]) -> Limits {
    let [seconds, held, kept, sessions, streams, connections] = numbers;
    let patience = Duration::from_secs(seconds as u64);
    let mut limits = Limits::default();
    (limits.body_timeout, limits.write_stall, limits.session_idle) = (patience, patience, patience * 2);
    (limits.held_bytes, limits.kept_bytes) = (held, kept);
    (limits.sessions, limits.streams, limits.connections) = (sessions, streams, connections);
    // What `say` is asked for has 4 MiB.
    limits.answer_bytes = 5 << 20;
    limits.replay_events = 1000;
    limits
}

/// Serves; the tool `bookkeeping` says how much of the resident memory is the allocator's own.
pub async fn run(bookkeeping: fn() -> usize) -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: strangers ADDR|bound SECONDS HELD KEPT SESSIONS STREAMS CONNECTIONS";
    let address = arguments.next().expect(usage);
    let limits = limits([(); 6].map(|()| arguments.next().and_then(|number| number.parse().ok()).expect(usage)));
    if address == "bound" {
        // The driver lets it have one worker.
        println!("{}", limits.memory_bytes(1));
        return Ok(());
    }
    let bookkeeping = ServerTool::new("bookkeeping", move |_: Nothing| async move { bookkeeping() });
    Server::builder("bench", "1.0.0")
        .limits(limits)
        .tools(tools![add, announce, say, say_slowly, touch])
        .tools([bookkeeping])
        .resources(resources![data])
        .build()
        .serve_http(address.as_str())
        .await
}

//! A server whose tools do what handlers should not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_server::{Context, Limits, Server, ServerBuilder, ServerTool, tool, tools};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

/// Counts, and lets tests wait for a count.
#[derive(Debug, Default)]
pub struct Counter {
    count: AtomicUsize,
    changed: Notify,
}

impl Counter {
    /// Adds one.
    pub fn add(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// How many there are.
    pub fn get(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until there are at least `count`; fails the test after ten seconds.
    pub async fn reach(&self, count: usize) {
        let wait = async {
            loop {
                let changed = self.changed.notified();
                if self.get() >= count {
                    return;
                }
                changed.await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(10), wait).await;
        assert!(reached.is_ok(), "the count is {} and was to reach {count}", self.get());
    }
}

/// What the tools of a fixture leave behind.
#[derive(Debug, Default)]
pub struct Marks {
    /// `hang` was called.
    pub started: Counter,
    /// A running `hang` was dropped.
    pub dropped: Counter,
    /// The cancellation token of `hang` was cancelled.
    pub cancelled: Counter,
    /// A `gate` went through to its end.
    pub finished: Counter,
    /// Opens every `gate` that waits.
    pub open: Notify,
}

/// Adds two numbers.
#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Says again what it was told.
#[tool]
async fn echo(text: String) -> String {
    text
}

/// Lets others run before it answers.
#[tool]
async fn nonce(text: String) -> String {
    for _ in 0..text.len() % 7 {
        tokio::task::yield_now().await;
    }
    text
}

/// Reports progress and answers.
#[tool]
async fn steps(count: u32, ctx: Context) -> String {
    for step in 1..=count {
        ctx.progress(f64::from(step), f64::from(count), format!("step {step}")).await;
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    "done".to_owned()
}

/// Panics.
#[tool]
async fn explode() -> String {
    panic!("on purpose")
}

/// Panics after it has waited.
#[tool]
async fn explode_late() -> String {
    tokio::task::yield_now().await;
    panic!("on purpose")
}

/// Blocks its thread, which a handler must not do.
#[tool]
async fn block(ms: u64) -> String {
    std::thread::sleep(Duration::from_millis(ms));
    "done".to_owned()
}

/// Returns that many bytes.
#[tool]
async fn big(bytes: usize) -> String {
    "x".repeat(bytes)
}

/// Adds a tool that the server did not have.
#[tool]
async fn touch(name: String, ctx: Context) -> String {
    let added = ServerTool::new(name, |_: Nothing| async { "touched" });
    ctx.server().tools().insert(added);
    "added".to_owned()
}

/// Fails in a way that the model should read.
#[tool]
async fn fail() -> Result<String, std::io::Error> {
    Err(std::io::Error::other("deliberate failure"))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Nothing {}

/// Never answers; notes its start, its end, and its cancellation.
fn hang(marks: &Arc<Marks>) -> ServerTool {
    let marks = marks.clone();
    ServerTool::with_context("hang", move |_: Nothing, ctx: Context| {
        let marks = marks.clone();
        async move {
            struct OnDrop(Arc<Marks>);
            impl Drop for OnDrop {
                fn drop(&mut self) {
                    self.0.dropped.add();
                }
            }
            let token = ctx.cancellation();
            let elsewhere = marks.clone();
            tokio::spawn(async move {
                token.cancelled().await;
                elsewhere.cancelled.add();
            });
            let _on_drop = OnDrop(marks.clone());
            ctx.progress(1.0, None, "hanging").await;
            marks.started.add();
            std::future::pending::<()>().await;
        }
    })
}

/// Answers once [`Marks::open`] is told.
fn gate(marks: &Arc<Marks>) -> ServerTool {
    let marks = marks.clone();
    ServerTool::new("gate", move |_: Nothing| {
        let marks = marks.clone();
        async move {
            let open = marks.open.notified();
            marks.started.add();
            open.await;
            marks.finished.add();
            "through"
        }
    })
}

/// The fixture's builder, and what its tools will leave behind.
pub fn builder() -> (ServerBuilder, Arc<Marks>) {
    let marks = Arc::new(Marks::default());
    let tools = tools![add, echo, nonce, steps, explode, explode_late, block, big, touch, fail];
    let builder = Server::builder("fixture", "1.0.0").tools(tools).tools([hang(&marks), gate(&marks)]);
    (builder, marks)
}

/// The fixture with default limits.
pub fn server() -> (Server, Arc<Marks>) {
    let (builder, marks) = builder();
    (builder.build(), marks)
}

/// The fixture with changed limits.
pub fn limited(change: impl FnOnce(&mut Limits)) -> (Server, Arc<Marks>) {
    let (builder, marks) = builder();
    let mut limits = Limits::default();
    change(&mut limits);
    (builder.limits(limits).build(), marks)
}

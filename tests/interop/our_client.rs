//! Our client, through the tools that every server of `peers/` offers.

use std::{sync::mpsc, time::Duration};

use mcp_client::McpClient;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    case::{Checked, Context, ensure, expect},
    heard::{self, Heard},
    texts,
};

/// How long news, or the end of something, may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What a server does not do, for a reason that docs/interop.md gives.
#[derive(Clone, Copy, Default)]
pub(crate) struct Lacks {
    /// It keeps nothing between requests: no change reaches a listener, no cancellation a call.
    pub(crate) state: bool,
    /// It refuses to tell of changes.
    pub(crate) listen: bool,
    /// It promises nothing of single resources, though it may tell of them.
    pub(crate) subscribe: bool,
    /// It has no way to ask the user.
    pub(crate) questions: bool,
    /// It answers with one message, or lets no tool report: nothing comes before the answer.
    pub(crate) progress: bool,
    /// It has no code, or another's, for a resource that it does not have.
    pub(crate) not_found: bool,
    /// It has no way to write keywords of its own into a schema.
    pub(crate) keywords: bool,
}

pub(crate) async fn talk(client: &McpClient, mut heard: Heard, lacks: Lacks) -> Checked {
    // Before the client knows which of the arguments are headers.
    let early = client.call_tool("look", json!({"region": "early"})).await.at("a call before any list")?;
    expect("a call before any list", &early.joined_text().as_str(), &"early")?;

    client.ping().await.at("ping")?;
    let names = names(client).await?;
    for name in ["add", "ask", "echo", "fail", "held", "hold", "log", "look", "slow", "toggle", "touch"] {
        ensure(format!("{name} is not among {names:?}"), names.iter().any(|known| known == name))?;
    }
    expect("add", &add(client, 2, 3).await?, &5)?;
    mirror(client, lacks).await?;
    large(client).await?;
    failures(client).await?;
    parallel(client).await?;
    progress(client, lacks).await?;
    texts::read(client, lacks).await?;
    heard.logs(client, lacks).await?;
    heard.questions(client, lacks).await?;
    if !lacks.state {
        heard::changes(client, lacks).await?;
        cancel(client).await?;
    }
    Ok(())
}

pub(crate) async fn names(client: &McpClient) -> Checked<Vec<String>> {
    Ok(client.list_tools().await.at("tools/list")?.into_iter().map(|tool| tool.name).collect())
}

pub(crate) async fn add(client: &McpClient, a: i64, b: i64) -> Checked<i64> {
    client.call_tool("add", json!({"a": a, "b": b})).await.at("add")?.parse().at("add")
}

/// The argument is also a header, in a revision that has such.
async fn mirror(client: &McpClient, lacks: Lacks) -> Checked {
    let look = client.list_tools().await.at("tools/list")?.into_iter().find(|tool| tool.name == "look");
    let annotation = look.at("look")?.input_schema.get("properties").map(|all| all["region"]["x-mcp-header"].clone());
    let expected = if lacks.keywords { Value::Null } else { json!("Region") };
    expect("the annotation", &annotation, &Some(expected))?;
    for region in [" Zürich\u{1f980} ", "", "plain", "=?base64?cGxhaW4=?="] {
        let result = client.call_tool("look", json!({"region": region})).await.at("look")?;
        expect("the region", &result.joined_text().as_str(), &region)?;
    }
    Ok(())
}

async fn large(client: &McpClient) -> Checked {
    let large = "line\nline\r\n\u{2028}\u{1f980}\u{0}\"\\ ".repeat(20_000);
    let result = client.call_tool("echo", json!({"text": large})).await.at("a large echo")?;
    ensure("a large text came back as another", result.joined_text() == large)
}

async fn failures(client: &McpClient) -> Checked {
    let failed = client.call_tool("fail", ()).await.at("fail")?;
    let error = failed.parse::<String>().err().at("fail: an error")?;
    ensure(format!("fail: {error}"), error.is_tool_error() && error.to_string().contains("it failed"))?;

    // A revision's word is a protocol error; servers of the first lines answer with a failed result.
    match client.call_tool("no-such-tool", ()).await {
        Ok(result) => ensure("an unknown tool succeeded", result.is_error),
        Err(error) => expect("an unknown tool", &error.rejection().map(|error| error.code), &Some(-32602)),
    }
}

async fn parallel(client: &McpClient) -> Checked {
    let mut calls = tokio::task::JoinSet::new();
    for n in 0..20 {
        let client = client.clone();
        calls.spawn(async move { (n, add(&client, n, n).await) });
    }
    while let Some(call) = calls.join_next().await {
        let (n, sum) = call.at("a task")?;
        expect("a sum", &sum?, &(2 * n))?;
    }
    Ok(())
}

async fn progress(client: &McpClient, lacks: Lacks) -> Checked {
    let (report, reports) = mpsc::channel();
    let call = client.call_tool("slow", json!({"steps": 3})).on_progress(move |progress| {
        // Nobody counts reports that come after the answer.
        let _ = report.send((progress.progress, progress.total));
    });
    let result = call.await.at("slow")?;
    ensure(format!("slow: {result:?}"), result.joined_text() == "3 steps done")?;
    let reports: Vec<_> = reports.try_iter().collect();
    let expected: &[f64] = if lacks.progress { &[] } else { &[1.0, 2.0, 3.0] };
    expect("progress", &reports, &expected.iter().map(|&done| (done, Some(3.0))).collect())
}

async fn cancel(client: &McpClient) -> Checked {
    let call = client.call_tool("hold", ());
    // The call is dropped, and so cancelled, as soon as it runs.
    tokio::select! {
        result = call => return Err(format!("hold ended: {result:?}")),
        held = timeout(PATIENCE, held(client, "1")) => held.at("the call does not run")??,
    }
    timeout(PATIENCE, held(client, "0")).await.at("a cancelled call is still held")?
}

/// Waits until so many calls of `hold` are alive.
async fn held(client: &McpClient, expected: &str) -> Checked {
    while client.call_tool("held", ()).await.at("held")?.joined_text() != expected {
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

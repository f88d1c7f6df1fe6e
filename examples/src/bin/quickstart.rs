//! The whole in one command: a server and clients that talk to it over HTTP in both eras and over stdio.
//!
//! Prints what was said. Exits with 1 at the first thing that is not as expected, and names it.

use std::{
    env,
    error::Error,
    fmt::{Debug, Display},
    path::PathBuf,
    process::ExitCode,
    sync::mpsc,
    time::Duration,
};

use mcp_client::{Changes, McpClient, ProtocolVersion};
use mcp_examples::calculator;
use mcp_server::{Server, tool};
use serde_json::json;
use tokio::{process::Command, time::timeout};

/// What the program found instead of what it expected, or what failed on the way.
type Difference = Box<dyn Error + Send + Sync>;

const DEADLINE: Duration = Duration::from_secs(10);

/// Subtracts the second number from the first.
#[tool]
async fn subtract(a: i64, b: i64) -> i64 {
    a - b
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => {
            println!("\nAll as expected.");
            ExitCode::SUCCESS
        }
        Err(difference) => {
            eprintln!("\nquickstart: {difference}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Difference> {
    let server = calculator::server();
    let listener = attempt("binding a port", server.bind_http("127.0.0.1:0")).await?;
    let url = listener.url();
    let serving = tokio::spawn(listener.serve());
    println!("A calculator serves {url}");

    for version in [ProtocolVersion::V2026_07_28, ProtocolVersion::V2025_11_25] {
        println!("\nOver HTTP, in revision {version}:");
        let connect = McpClient::builder("quickstart", "1.0.0").version(version).connect_http(&url);
        let client = attempt("connecting over HTTP", connect).await?;
        talk(&client).await?;
        watch(&client, &server).await?;
        in_time("closing the client", client.close()).await?;
    }

    let program = calculator_stdio().await?;
    println!("\nOver stdio, with a child process:");
    let connect = McpClient::builder("quickstart", "1.0.0").connect_stdio(Command::new(program));
    let client = attempt("connecting over stdio", connect).await?;
    talk(&client).await?;
    in_time("closing the client", client.close()).await?;

    in_time("shutting the server down", server.shutdown()).await?;
    attempt("the end of serving", async { Ok::<_, Difference>(serving.await??) }).await
}

/// Lists the tools and calls two of them.
async fn talk(client: &McpClient) -> Result<(), Difference> {
    let names = tool_names(client).await?;
    println!("  tools: {}", names.join(", "));
    expect("the tools", &names, &["add", "echo", "slow"].map(str::to_owned).to_vec())?;

    let call = async { Ok::<i64, Difference>(client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?) };
    let sum = attempt("calling add", call).await?;
    println!("  add 1 and 2: {sum}");
    expect("the sum of 1 and 2", &sum, &3)?;

    let (report, reports) = mpsc::channel();
    let call = client.call_tool("slow", json!({"steps": 3, "delay_ms": 20})).on_progress(move |progress| {
        // Nobody counts reports that come after the answer.
        let _ = report.send(progress.progress);
    });
    let answer = attempt("calling slow", async { Ok::<String, Difference>(call.await?.parse()?) }).await?;
    let reports: Vec<f64> = reports.try_iter().collect();
    println!("  slow: {answer}; progress {reports:?}");
    expect("the answer of slow", &answer, &"3 steps done".to_owned())?;
    // A server may leave out a report that a later one replaces.
    expect("that some progress was reported", &reports.is_empty(), &false)?;
    expect("that progress grows", &reports.is_sorted_by(|earlier, later| earlier < later), &true)
}

/// Adds a tool and takes it away again while the client listens.
async fn watch(client: &McpClient, server: &Server) -> Result<(), Difference> {
    let mut changes = attempt("listening", client.listen(Changes::all())).await?;

    server.tools().insert(subtract::tool());
    let heard = in_time("the news of a new tool", news(client, true, async || changes.next().await)).await??;
    println!("  subtract was inserted, and the listener heard: {heard}");
    let call = async { Ok::<i64, Difference>(client.call_tool("subtract", json!({"a": 5, "b": 3})).await?.parse()?) };
    let rest = attempt("calling subtract", call).await?;
    println!("  subtract 3 from 5: {rest}");
    expect("5 less 3", &rest, &2)?;

    server.tools().remove("subtract");
    let heard = in_time("the news of a removed tool", news(client, false, async || changes.next().await)).await??;
    println!("  subtract was removed, and the listener heard: {heard}");
    Ok(())
}

/// The change after which `subtract` is listed, or is not. Earlier changes may still be on their way.
async fn news<C: Debug>(
    client: &McpClient,
    listed: bool,
    mut next: impl AsyncFnMut() -> Option<C>,
) -> Result<String, Difference> {
    while let Some(change) = next().await {
        if tool_names(client).await?.iter().any(|name| name == "subtract") == listed {
            return Ok(format!("{change:?}"));
        }
    }
    Err("the stream of changes ended".into())
}

async fn tool_names(client: &McpClient) -> Result<Vec<String>, Difference> {
    let tools = attempt("listing the tools", client.list_tools().into_future()).await?;
    Ok(tools.iter().map(|tool| tool.name.clone()).collect())
}

fn expect<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), Difference> {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:?}, found {found:?}").into())
}

/// Names what failed, if it does.
async fn attempt<T, E: Display>(what: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, Difference> {
    in_time(what, work).await?.map_err(|error| format!("{what} failed: {error}").into())
}

async fn in_time<T>(what: &str, work: impl Future<Output = T>) -> Result<T, Difference> {
    timeout(DEADLINE, work).await.map_err(|_| format!("{what} took longer than {DEADLINE:?}").into())
}

/// The program `calculator-stdio` beside this one, built if it is not there.
async fn calculator_stdio() -> Result<PathBuf, Difference> {
    let program = env::current_exe()?.with_file_name(format!("calculator-stdio{}", env::consts::EXE_SUFFIX));
    if !program.exists() {
        println!("\nBuilding calculator-stdio");
        let mut build = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        build.args(["build", "-p", "mcp-examples", "--bin", "calculator-stdio", "--manifest-path"]);
        build.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        if program.parent().is_some_and(|folder| folder.ends_with("release")) {
            build.arg("--release");
        }
        let status = build.status().await?;
        if !status.success() || !program.exists() {
            return Err(format!("cargo ended with {status}, and {} is not there", program.display()).into());
        }
    }
    Ok(program)
}

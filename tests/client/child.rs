//! Servers as child processes: they are found, used, and gone when their client is, on every path.

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use mcp_client::{Changes, Limits, McpClient, ProtocolVersion};
use serde_json::json;

use crate::support::{
    child::{exists, pid, python, runs, shell, stops},
    soon,
};

/// VER-015, STDIO-001, STDIO-013: a whole life, with noise on both outputs.
#[tokio::test]
async fn a_child_serves_and_is_gone_after_close() {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let hears = lines.clone();
    let client = McpClient::builder("agent", "1.0.0")
        .on_stderr(move |line| {
            hears.lock().unwrap().push(line.to_owned());
            panic!("a handler that panics stops nothing");
        })
        .connect_stdio(python(
            r#"
print("Welcome!"); print("warn: first", file=sys.stderr); print("warn: second", file=sys.stderr)
sys.stdout.write("\r\n\n"); sys.stdout.flush()
serve(lambda request: text(request, str(request["params"]["arguments"]["a"] * 2)))
"#,
        ))
        .await
        .unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2025_11_25);
    let doubled: i64 = client.call_tool("x", json!({"a": 21})).await.unwrap().parse().unwrap();
    assert_eq!(doubled, 42);
    let pid = pid(&client);
    assert!(exists(pid));
    soon(client.close()).await;
    assert!(!exists(pid), "gone and reaped when close returns");
    assert_eq!(*lines.lock().unwrap(), ["warn: first", "warn: second"]);
    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
}

/// VER-023: a server that exits on a question it does not know is started again.
#[tokio::test]
async fn a_child_that_exits_on_the_probe_is_started_again() {
    let client = McpClient::connect_stdio(python(
        r#"
first = json.loads(sys.stdin.readline())
if first["method"] != "initialize": sys.exit(9)
opening(first)
serve(lambda request: text(request, "served"))
"#,
    ))
    .await
    .unwrap();
    assert_eq!(client.call_tool("x", ()).await.unwrap().joined_text(), "served");
}

/// A failed connect says why, and leaves nothing behind.
#[tokio::test]
async fn a_child_that_exits_is_quoted() {
    let begun = Instant::now();
    let script = "echo configuration missing >&2; echo $$ >&2; exit 3";
    let error = soon(McpClient::connect_stdio(shell(script))).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let sentence = error.to_string();
    assert!(error.is_closed(), "{sentence}");
    assert!(sentence.contains("exit status: 3") && sentence.contains("configuration missing"), "{sentence}");
    let pid: i32 = sentence.lines().last().unwrap().parse().unwrap();
    assert!(!exists(pid));
}

#[tokio::test]
async fn a_command_that_does_not_exist_is_named() {
    let error = McpClient::connect_stdio(Command::new("no-such-server-here")).await.unwrap_err();
    assert!(error.is_transport() && error.to_string().contains("`no-such-server-here`"), "{error}");
}

/// A child that closes its output and lives on is ended, too.
#[tokio::test]
async fn a_child_that_closes_its_output_is_ended() {
    let script = "echo $$ >&2; exec >&-; exec sleep 1000";
    let error = soon(McpClient::connect_stdio(shell(script))).await.unwrap_err();
    let sentence = error.to_string();
    assert!(error.is_closed() && sentence.contains("without exiting"), "{sentence}");
    let pid: i32 = sentence.lines().last().unwrap().parse().unwrap();
    assert!(!exists(pid));
}

/// STDIO-013: a child that ignores the end of its input and SIGTERM is killed, within 5 s, with all it started.
#[tokio::test]
async fn a_stubborn_child_is_killed_with_its_group() {
    let client = McpClient::connect_stdio(python(
        r#"
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 1000; done"])
serve(lambda request: text(request, str(grandchild.pid)))
while True: time.sleep(1000)
"#,
    ))
    .await
    .unwrap();
    let child = pid(&client);
    let grandchild: i32 = client.call_tool("x", ()).await.unwrap().parse().unwrap();
    assert!(runs(grandchild));
    let begun = Instant::now();
    client.close().await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(!exists(child));
    stops(grandchild).await;
}

/// A child that leaves politely still takes its own children with it, even those that hold its output.
#[tokio::test]
async fn a_polite_child_leaves_no_grandchild() {
    let client = McpClient::connect_stdio(python(
        r#"
grandchild = subprocess.Popen(["sleep", "1000"])
serve(lambda request: text(request, str(grandchild.pid)))
"#,
    ))
    .await
    .unwrap();
    let child = pid(&client);
    let grandchild: i32 = client.call_tool("x", ()).await.unwrap().parse().unwrap();
    let begun = Instant::now();
    client.close().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(!exists(child));
    stops(grandchild).await;
}

const IDLE: &str = "serve(lambda request: None)\nwhile True: time.sleep(1000)";

/// Dropping the last handle kills and reaps the child then and there.
#[tokio::test]
async fn dropping_the_client_kills_the_child() {
    let client = McpClient::connect_stdio(python(IDLE)).await.unwrap();
    let pid = pid(&client);
    let other = client.clone();
    drop(client);
    assert!(exists(pid), "a clone still uses it");
    let changes = other.listen(Changes::all()).await.unwrap();
    drop(other);
    assert!(exists(pid), "a subscription still uses it");
    drop(changes);
    assert!(!exists(pid));
}

/// A call in flight holds the connection; dropping it is enough.
#[tokio::test]
async fn an_aborted_task_kills_its_child() {
    let client = McpClient::connect_stdio(python(IDLE)).await.unwrap();
    let pid = pid(&client);
    let task = tokio::spawn(async move { client.call_tool("x", ()).await });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    assert!(!exists(pid));
}

#[tokio::test]
async fn a_panic_kills_the_child() {
    let client = McpClient::connect_stdio(python(IDLE)).await.unwrap();
    let pid = pid(&client);
    let task = tokio::spawn(async move {
        let _client = client;
        panic!("on purpose");
    });
    assert!(task.await.unwrap_err().is_panic());
    assert!(!exists(pid));
}

/// A runtime that is shut down takes its tasks, their clients and their children with it.
#[test]
fn a_runtime_that_ends_kills_the_child() {
    for keep_outside in [false, true] {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let client = runtime.block_on(McpClient::connect_stdio(python(IDLE))).unwrap();
        let pid = pid(&client);
        if keep_outside {
            drop(runtime);
            drop(client);
        } else {
            runtime.spawn(async move { client.call_tool("x", ()).await });
            drop(runtime);
        }
        assert!(!exists(pid));
    }
}

/// A connect that is given up kills the child, wherever it was.
#[tokio::test]
async fn dropping_a_connect_kills_the_child() {
    let file = std::env::temp_dir().join(format!("mcp-client-test-{}", std::process::id()));
    let script = format!("echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000", file.display());
    let connect = tokio::spawn(McpClient::connect_stdio(shell(&script)));
    let pid: i32 = soon(async {
        loop {
            match std::fs::read_to_string(&file) {
                Ok(pid) => return pid.trim().parse().unwrap(),
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    })
    .await;
    std::fs::remove_file(&file).unwrap();
    assert!(runs(pid));
    connect.abort();
    assert!(connect.await.unwrap_err().is_cancelled());
    assert!(!exists(pid));
}

/// P1: a server that is killed fails every call at once, and the client knows it is over.
#[tokio::test]
async fn a_killed_server_fails_all_calls() {
    let client = McpClient::connect_stdio(python(
        r#"
seen = 0
def call(request):
    global seen
    seen += 1
    if seen == 100: os.kill(os.getpid(), signal.SIGKILL)
serve(call)
"#,
    ))
    .await
    .unwrap();
    let pid = pid(&client);
    let mut changes = client.listen(Changes::all()).await.unwrap();
    let calls: Vec<_> = (0..100).map(|_| tokio::spawn(client.call_tool("x", ()).into_future())).collect();
    for call in calls {
        assert!(soon(call).await.unwrap().unwrap_err().is_closed());
    }
    assert_eq!(soon(changes.next()).await, None);
    soon(async {
        while exists(pid) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// STDIO-005: stderr is drained whether anybody reads it or not, and large messages pass both ways at once.
#[tokio::test]
async fn full_pipes_stop_nobody() {
    let client = McpClient::connect_stdio(python(
        r#"
def call(request):
    sys.stderr.write("x" * (1 << 20) + "\n")
    text(request, request["params"]["arguments"]["text"])
serve(call)
"#,
    ))
    .await
    .unwrap();
    let large = "ü".repeat(1 << 20);
    let calls: Vec<_> =
        (0..4).map(|_| tokio::spawn(client.call_tool("x", json!({"text": large})).into_future())).collect();
    for call in calls {
        assert_eq!(soon(call).await.unwrap().unwrap().joined_text(), large);
    }
}

/// A server that is stopped costs a call its own time, and a close its grace.
#[tokio::test]
async fn a_stopped_server_is_given_up() {
    let mut limits = Limits::default();
    limits.child_grace = Duration::from_millis(50);
    let stop = "serve(lambda request: os.kill(os.getpid(), signal.SIGSTOP))";
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_stdio(python(stop)).await.unwrap();
    let pid = pid(&client);
    let error = client.call_tool("x", ()).timeout(Duration::from_millis(100)).await.unwrap_err();
    assert!(error.is_timeout());
    let begun = Instant::now();
    client.close().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert!(!exists(pid));
}

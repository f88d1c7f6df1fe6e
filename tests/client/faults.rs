//! Servers on pipes that die, stop or misbehave: what the caller sees, and that nothing is left.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use mcp_client::{Changes, Error, Limits, McpClient, Restart};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::support::{
    MODERN, acknowledged,
    child::{Traces, exists, pid, python, shell, stops},
    discovered, reply, soon, text,
};

/// What the pipe says is no sign of life: the child itself is waited for.
#[tokio::test]
async fn the_exit_of_a_child_is_seen_though_another_process_holds_its_pipe() {
    for hold in ["sleep 600 &", "setsid sleep 600 & grandchild=$!; trap '' CHLD;"] {
        let begun = Instant::now();
        let script = format!("{hold} echo $! >&2; echo no licence >&2; exit 3");
        let error = soon(McpClient::connect_stdio(shell(&script))).await.unwrap_err();
        let sentence = error.to_string();
        assert!(error.is_closed() && sentence.contains("exit status: 3"), "{sentence}");
        assert!(sentence.contains("no licence"), "{sentence}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        let holder: i32 = sentence.lines().find_map(|line| line.parse().ok()).unwrap();
        if hold.starts_with("setsid") {
            // It has left the group, and belongs to nobody.
            let holder = rustix::process::Pid::from_raw(holder).unwrap();
            let _ = rustix::process::kill_process(holder, rustix::process::Signal::KILL);
        }
        stops(holder).await;
    }
}

#[tokio::test]
async fn calls_in_flight_are_told_how_the_child_ended() {
    let client = McpClient::connect_stdio(python(
        r#"
def call(request):
    subprocess.Popen(["sleep", "600"])
    sys.stderr.write("disk full"); sys.stderr.flush()
    os._exit(7)
serve(call)
"#,
    ))
    .await
    .unwrap();
    let child = pid(&client);
    let calls: Vec<_> = (0..3).map(|_| tokio::spawn(client.call_tool("x", ()).into_future())).collect();
    let told = |error: Error| {
        let sentence = error.to_string();
        assert!(error.is_closed(), "{sentence}");
        assert!(sentence.contains("exit status: 7") && sentence.contains("disk full"), "{sentence}");
    };
    for call in calls {
        told(soon(call).await.unwrap().unwrap_err());
    }
    told(client.call_tool("x", ()).await.unwrap_err());
    soon(client.close()).await;
    assert!(!exists(child));
}

#[tokio::test]
async fn the_last_line_of_stderr_needs_no_end() {
    for _ in 0..5 {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let hears = lines.clone();
        let client = McpClient::builder("agent", "1.0.0")
            .on_stderr(move |line| hears.lock().unwrap().push(line.to_owned()))
            .connect_stdio(python("serve(lambda request: None)\nos.write(2, b'bye')"))
            .await
            .unwrap();
        soon(client.close()).await;
        drop(client);
        assert_eq!(*lines.lock().unwrap(), ["bye"]);
    }
}

/// Of the environment of a program a server sees what every program needs, and what it is given.
#[tokio::test]
async fn a_child_sees_no_secret_of_its_parent() {
    let script = "serve(lambda request: text(request, json.dumps(dict(os.environ))))";
    let seen = async |client: mcp_client::ClientBuilder| {
        let mut command = python(script);
        command.env("GIVEN_BY_COMMAND", "1");
        let client = client.connect_stdio(command).await.unwrap();
        let text = client.call_tool("x", ()).await.unwrap().joined_text();
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text).unwrap()
    };
    // Cargo sets it, and no program needs it.
    let secret = "CARGO_MANIFEST_DIR";
    assert!(std::env::var_os(secret).is_some());
    let environment = seen(McpClient::builder("agent", "1.0.0").env("GIVEN", "2")).await;
    assert!(!environment.contains_key(secret), "{environment:?}");
    assert_eq!((&environment["GIVEN"], &environment["GIVEN_BY_COMMAND"]), (&json!("2"), &json!("1")));
    assert_eq!(environment["HOME"], json!(std::env::var("HOME").unwrap()));
    let environment = seen(McpClient::builder("agent", "1.0.0").inherit_env().env("GIVEN", "2")).await;
    assert!(environment.contains_key(secret) && environment.contains_key("GIVEN"));
}

/// A recorded answer that breaks off anywhere ends every call with an error, at once, and none with half an answer.
#[tokio::test]
async fn a_pipe_may_be_cut_at_every_byte() {
    let answer = |request: &Value| reply(request, text("märchen")).to_string();
    let length = answer(&json!({"id": 2})).len();
    for cut in 0..=length + 1 {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let server = tokio::spawn(async move {
            let (reader, mut writer) = tokio::io::split(theirs);
            let mut lines = BufReader::new(reader).lines();
            let mut read = async || serde_json::from_str::<Value>(&lines.next_line().await.unwrap().unwrap()).unwrap();
            let mut say = async |bytes: &[u8]| writer.write_all(bytes).await.unwrap();
            let probe = read().await;
            say(format!("{}\n", reply(&probe, discovered(&[MODERN]))).as_bytes()).await;
            let listen = read().await;
            say(format!("{}\n", acknowledged(&listen)).as_bytes()).await;
            let call = read().await;
            let bytes = format!("{}\n", answer(&call));
            say(&bytes.as_bytes()[..cut.min(bytes.len())]).await;
        });
        let (reader, writer) = tokio::io::split(ours);
        let client = McpClient::builder("agent", "1.0.0").connect_io(reader, writer).await.unwrap();
        let mut changes = client.listen(Changes::none().tools()).await.unwrap();
        let outcome = soon(client.call_tool("x", ()).into_future()).await;
        if cut < length {
            assert!(outcome.as_ref().unwrap_err().is_closed(), "cut at {cut}: {outcome:?}");
        } else {
            assert_eq!(outcome.unwrap().joined_text(), "märchen", "the last line needs no end");
        }
        assert_eq!(soon(changes.next()).await, None);
        assert!(changes.ended().unwrap().is_closed());
        assert!(soon(client.closed()).await.is_closed());
        server.await.unwrap();
    }
}

/// Whatever becomes of a child, once its client is closed or dropped there is nothing left of either.
#[test]
fn no_process_descriptor_or_task_is_left() {
    let scripts = [
        ("killed in mid-call", "serve(lambda request: os.kill(os.getpid(), signal.SIGKILL))"),
        ("stopped in mid-call", "serve(lambda request: os.kill(os.getpid(), signal.SIGSTOP))"),
        (
            "exits in mid-call, its pipes held open",
            "serve(lambda request: (subprocess.Popen(['sleep', '600']), os._exit(3)))",
        ),
        (
            "ignores its end",
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nserve(lambda r: None)\nwhile True: time.sleep(600)",
        ),
        ("closes its output", "serve(lambda request: (os.close(1), time.sleep(600)))"),
        ("closes its input", "serve(lambda request: (os.close(0), time.sleep(600)))"),
    ];
    for (what, script) in scripts {
        for close in [true, false] {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            runtime.block_on(async {
                let mut limits = Limits::default();
                limits.child_grace = Duration::from_millis(50);
                let builder = McpClient::builder("agent", "1.0.0").limits(limits).restart(Restart::at_most(2));
                let client = builder.connect_stdio(python(script)).await.unwrap();
                let traces = Traces::of(pid(&client));
                let changes = client.listen(Changes::all()).await.unwrap();
                let call = client.call_tool("x", ()).timeout(Duration::from_millis(200));
                let error = soon(call.into_future()).await.unwrap_err();
                assert!(error.is_closed() || error.is_timeout(), "{what}: {error}");
                if close {
                    soon(client.close()).await;
                    assert!(client.call_tool("x", ()).await.unwrap_err().is_closed());
                }
                drop((client, changes));
                traces.vanish().await;
                soon(async {
                    while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                })
                .await;
            });
        }
    }
}

//! Servers on pipes that die, stop or misbehave: what the caller sees, and that nothing is left.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use mcp_client::{Error, McpClient};
use serde_json::json;

use crate::support::{
    child::{exists, pid, python, shell, stops},
    soon,
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

//! What whoever runs the server sees with `tracing` of what comes by pipes.

use std::process::Stdio;

use mcp_server::{Limits, Server, tool, tools};
use mcp_tests::{
    messages::{call, request, stateless, text_of},
    peer::Peer,
    seen::Seen,
};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    net::UnixStream,
    process::{ChildStderr, Command},
};
use tracing::Level;

use crate::FIXTURE;

/// Says where it is.
#[tool]
async fn speak() -> &'static str {
    tracing::info!("here");
    "said"
}

/// The fixture in a child process, and what it says on standard error.
fn child(options: &[&str]) -> (Peer, Lines<BufReader<ChildStderr>>) {
    let mut peer = Peer::start(Command::new(FIXTURE).args(options).stderr(Stdio::piped()));
    let Peer::Child { child, .. } = &mut peer else { unreachable!() };
    let errors = BufReader::new(child.stderr.take().unwrap()).lines();
    (peer, errors)
}

/// The next line that has this in it.
async fn line_with(errors: &mut Lines<BufReader<ChildStderr>>, text: &str) -> String {
    let search = async {
        loop {
            let line = errors.next_line().await.unwrap().expect("the child has closed its standard error");
            if line.contains(text) {
                return line;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), search).await.unwrap_or_else(|_| panic!("no {text:?}"))
}

#[tokio::test]
async fn a_call_over_standard_streams_has_a_span() {
    let (mut peer, mut errors) = child(&["--log", "debug"]);
    peer.send(&stateless("a", "tools/call", call("fail", json!({})))).await;
    let line = line_with(&mut errors, "deliberate failure").await;
    let span = r#"request{transport="stdio" method="tools/call" name="fail" id="a" revision="2026-07-28"}"#;
    assert!(line.contains(span), "{line}");
}

/// Where spans of calls are filtered out, what fails is told with its call all the same.
#[tokio::test]
async fn what_fails_over_standard_streams_is_told_with_its_call() {
    let (mut peer, mut errors) = child(&["--log", "info"]);
    peer.handshake("2025-06-18").await;
    peer.send(&request(7, "tools/call", call("fail", json!({})))).await;
    let line = line_with(&mut errors, "deliberate failure").await;
    let span = r#"request{transport="stdio" method="tools/call" name="fail" id="7" revision="2025-06-18"}"#;
    assert!(line.contains(span), "{line}");
}

#[tokio::test]
async fn a_line_that_is_too_long_is_told_with_the_bound_to_raise() {
    let (mut peer, mut errors) = child(&["--log", "info"]);
    let max = Limits::default().line_bytes;
    let long = stateless(1, "tools/call", call("echo", json!({"text": "x".repeat(max)})));
    let answer = peer.ask(&long).await;
    assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(1), &json!(-32600)), "{answer}");
    let line = line_with(&mut errors, "line_bytes").await;
    let told = format!("a message is refused: it is larger than Limits::line_bytes ({max}) refused=\"size\"");
    assert!(line.contains(" WARN ") && line.ends_with(&told), "{line}");
}

#[tokio::test]
async fn a_call_over_a_socket_has_a_span() {
    let (seen, _guard) = Seen::from(Level::DEBUG);
    let server = Server::builder("seen", "1.0.0").tools(tools![speak]).build();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("server.sock");
    let serving = tokio::spawn(server.bind_unix(&path).await.unwrap().serve());
    let unix = Peer::on_socket(UnixStream::connect(&path).await.unwrap());
    for (mut peer, transport) in [(unix, "unix"), (Peer::on_stream(&server), "io")] {
        let answer = peer.ask(&stateless(1, "tools/call", call("speak", json!({})))).await;
        assert_eq!(text_of(&answer), "said");
        let span = r#" method="tools/call" name="speak" id="1" revision="2026-07-28"}"#;
        let line = seen.line(&format!("request{{transport=\"{transport}\""));
        assert!(line.contains(span) && line.ends_with("here"), "{line}");
    }
    server.shutdown().await;
    serving.await.unwrap().unwrap();
}

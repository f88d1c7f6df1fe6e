//! Gateways that put a server on pipes behind HTTP: supergateway, in front of `fixture-server`.

use std::{process::Command as Program, time::Duration};

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    peers::{free_port, here, node, package, said, started},
};

const SERVER: &str = env!("CARGO_BIN_EXE_fixture-server-under-test");
/// How long the end of a server may take.
const END: Duration = Duration::from_secs(10);

pub(crate) fn cases() -> Vec<Case> {
    let shared = two_clients("sse", &["--outputTransport", "sse"], "sse");
    let stateful = two_clients("http", &["--outputTransport", "streamableHttp", "--stateful"], "mcp");
    vec![
        Case::new("server", "supergateway, one child for all", Transport::Stdio, "2025-11-25", shared),
        Case::new("server", "supergateway, a child per session", Transport::Stdio, "2025-11-25", stateful),
    ]
}

/// One client after the other finds a server that works, and in the end nothing is left of it.
async fn two_clients(kind: &'static str, options: &'static [&'static str], path: &'static str) -> Checked {
    let marks = tempfile::tempdir().at("a directory")?;
    let port = free_port()?.to_string();
    let server = format!("{SERVER} --stdio");
    let mut gateway = package("supergateway/dist/index.js")?;
    gateway.args(["--stdio", &server, "--port", &port]).args(options).env("TMPDIR", marks.path());
    let (gateway, _) = started(gateway, "Listening on port").await?;
    for which in ["the first client", "the second client"] {
        let mut client = node()?;
        client.arg(here().join("peers/gateway.mjs")).args([kind, &format!("http://127.0.0.1:{port}/{path}")]);
        let said = said(&mut client).await.at(which)?;
        let found: Value = serde_json::from_str(&said).at(&said)?;
        expect(which, &found, &json!({"tools": true, "text": "through a gateway"}))?;
    }
    gateway.end().await.at("the gateway")?;
    // The server removes what it made when it ends in order.
    let gone = async {
        while std::fs::read_dir(marks.path()).is_ok_and(|mut left| left.next().is_some()) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(END, gone).await.at("the server did not end in order with its gateway")?;
    let running = Program::new("pgrep").args(["-f", &server]).output().at("the processes")?;
    ensure("a server is left behind", running.stdout.is_empty())
}

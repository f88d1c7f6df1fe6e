//! The official SDKs as clients of our server. Each says one JSON line per step; see `peers/`.

use std::{collections::BTreeMap, process::Stdio};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    case::{Case, Checked, Context, Transport, ensure, expect},
    our_server::OurServer,
    peers::{Sdk, said},
};

/// In this order.
const STEPS: [&str; 17] = [
    "connect",
    "list",
    "call",
    "refuse",
    "unknown",
    "structured",
    "anything",
    "read",
    "mirror",
    "large",
    "parallel",
    "progress",
    "log",
    "ask",
    "change",
    "cancel",
    "close",
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for sdk in Sdk::OFFICIAL {
        for &(era, revision) in sdk.eras() {
            for &transport in sdk.transports() {
                let theirs = format!("{} client", sdk.name());
                let work = talk(sdk, era, revision, transport);
                cases.push(Case::new("server", theirs.as_str(), transport, revision, work));
                if !sdk.is_old() {
                    let work = die(sdk, era, transport);
                    cases.push(Case::new("server", format!("{theirs}, killed in a call"), transport, revision, work));
                }
            }
        }
    }
    cases
}

async fn talk(sdk: Sdk, era: &str, revision: &str, transport: Transport) -> Checked {
    let server = OurServer::start(transport).await?;
    let mut peer = sdk.script("client")?;
    let said = said(peer.args([era, transport.name()]).args(server.target())).await?;
    let steps = Steps::read(&said)?;
    steps.check(revision).map_err(|difference| format!("{difference}\nThe peer said:\n{said}"))?;

    let session = steps.get("close", "session").as_str();
    let expected = transport == Transport::Http && era == "legacy";
    expect("whether there was a session", &session.is_some(), &expected)?;
    server.nothing_left(session).await
}

/// The peer is killed while a call of its runs.
async fn die(sdk: Sdk, era: &str, transport: Transport) -> Checked {
    let server = OurServer::start(transport).await?;
    let mut peer = sdk.script("client")?;
    peer.args([era, transport.name()]).args(server.target()).env("INTEROP_HOLD", "1");
    let mut peer = peer.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().at("the peer")?;
    let mut lines = BufReader::new(peer.stdout.take().at("the peer's stdout")?).lines();
    loop {
        let line = lines.next_line().await.at("the peer")?.at("the call that runs")?;
        if line.contains("\"hold\"") {
            break;
        }
    }
    server.holds(1).await?;
    peer.kill().await.at("killing the peer")?;
    // In the older era a connection that ends is no cancellation: such a call ends with the server.
    if era == "modern" {
        server.holds(0).await?;
    }
    server.nothing_left(None).await
}

/// What the peer found, by step.
struct Steps(BTreeMap<String, Value>);

impl Steps {
    fn read(said: &str) -> Checked<Self> {
        let mut order = Vec::new();
        let mut steps = BTreeMap::new();
        for line in said.lines() {
            let step: Value = serde_json::from_str(line).at(line)?;
            let name = step["step"].as_str().at(line)?.to_owned();
            order.push(name.clone());
            steps.insert(name, step);
        }
        expect("the steps", &order, &STEPS.map(str::to_owned).to_vec())?;
        Ok(Self(steps))
    }

    fn get(&self, step: &str, key: &str) -> &Value {
        &self.0[step][key]
    }

    fn is(&self, step: &str, key: &str, expected: impl Into<Value>) -> Checked {
        expect(format_args!("{step}: {key}"), self.get(step, key), &expected.into())
    }

    fn check(&self, revision: &str) -> Checked {
        self.is("connect", "revision", revision)?;
        self.is("connect", "server", "calculator")?;
        self.is(
            "list",
            "tools",
            json!([
                "add", "address", "anything", "count", "echo", "held", "hold", "look", "report", "revision", "slow",
                "tell", "toggle"
            ]),
        )?;
        self.is("call", "text", "5")?;
        self.is("call", "isError", false)?;
        // The newest two revisions want a result that a model can read (TOOL-023).
        match revision {
            "2025-11-25" | "2026-07-28" => self.is("refuse", "isError", true)?,
            _ => self.is("refuse", "code", -32602)?,
        }
        let reason = self.get("refuse", "text").as_str().unwrap_or_default();
        ensure(format!("refuse: the text does not name the argument: {reason}"), reason.contains("`a`"))?;
        self.is("unknown", "code", -32602)?;
        let report = json!({"city": "Oslo", "degrees": -3.5, "sky": "clear", "wind": null});
        match revision {
            // Structured results are younger.
            "2024-11-05" | "2025-03-26" => self.is("structured", "report", Value::Null)?,
            _ => self.is("structured", "report", report)?,
        }
        // A list is one in the newest revision; the others have it as text.
        let count = if revision == "2026-07-28" { json!([1, 2, 3]) } else { Value::Null };
        self.is("structured", "count", count)?;
        self.is("anything", "text", r#"[1,{"a":null}]"#)?;
        // Whatever the client made of the name.
        self.is("read", "texts", json!(["Übung"]))?;
        self.is("mirror", "same", true)?;
        self.is("large", "same", true)?;
        self.is("parallel", "sums", (0..20).map(|n| 2 * n).collect::<Vec<_>>())?;
        self.is("progress", "text", "3 steps done")?;
        self.check_progress()?;
        // LOG-004, LOG-008: it asked for `info` and above.
        self.is("log", "messages", json!([{"level": "warning", "logger": "tell", "data": {"about": "peers"}}]))?;
        self.check_questions(revision)?;
        self.is("change", "heard", true)?;
        self.is("change", "listed", true)?;
        self.is("cancel", "failed", true)?;
        self.is("cancel", "held", 0)
    }

    /// Two questions of one call, the second of which depends on the answer to the first: on the session's back channel, or
    /// in rounds that the SDK goes by itself.
    fn check_questions(&self, revision: &str) -> Checked {
        match revision {
            // Forms are younger: such a client cannot be asked, and the model is told so.
            "2024-11-05" | "2025-03-26" => {
                self.is("ask", "questions", json!([]))?;
                self.is("ask", "isError", true)
            }
            _ => {
                self.is("ask", "questions", json!(["Which city?", "Which street in Oslo?"]))?;
                self.is("ask", "text", "Karl Johans gate, Oslo")?;
                self.is("ask", "isError", false)
            }
        }
    }

    /// A report may be left out when a later one replaces it.
    fn check_progress(&self) -> Checked {
        let reports = self.get("progress", "progress").as_array().at("progress: reports")?;
        let reports: Vec<f64> = reports.iter().filter_map(Value::as_f64).collect();
        let grows = reports.is_sorted_by(|earlier, later| earlier < later);
        ensure(format!("progress: {reports:?} does not grow to 3"), grows && reports.last().is_some_and(|&r| r <= 3.0))
    }
}

//! Requests, written before anything is measured, and what their answers must say.

use std::{cell::RefCell, fmt::Write as _};

use serde_json::{Value, json};

/// Which shape of the protocol a server is spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// 2026-07-28: every request stands alone.
    Modern,
    /// 2025-11-25: a session on each connection.
    Session,
}

pub const MODERN: &str = "2026-07-28";
pub const SESSION: &str = "2025-11-25";

/// What is asked.
#[derive(Debug, Clone)]
pub enum Ask {
    Add(i64, i64),
    /// A call that reports this many steps.
    Progress(u32),
    Echo(String),
    List(usize),
    Announce,
    /// A call whose tool asks the user first.
    Question,
    /// The same call, with the user's answer and what came with the question.
    Answered(String),
}

impl Ask {
    fn method(&self) -> &'static str {
        if matches!(self, Self::List(_)) { "tools/list" } else { "tools/call" }
    }

    fn tool(&self) -> Option<&'static str> {
        match self {
            Self::Add(..) => Some("add"),
            Self::Progress(_) => Some("progress"),
            Self::Echo(_) => Some("echo"),
            Self::Announce => Some("announce"),
            Self::Question | Self::Answered(_) => Some("confirm"),
            Self::List(_) => None,
        }
    }

    /// The JSON-RPC request.
    pub fn message(&self, id: u64, wire: Wire) -> Vec<u8> {
        let mut params = match self {
            Self::Add(a, b) => json!({"name": "add", "arguments": {"a": a, "b": b}}),
            Self::Progress(steps) => json!({"name": "progress", "arguments": {"steps": steps}}),
            Self::Echo(text) => json!({"name": "echo", "arguments": {"text": text}}),
            Self::Announce => json!({"name": "announce", "arguments": {}}),
            Self::List(_) => json!({}),
            Self::Question => json!({"name": "confirm", "arguments": {"what": "everything"}}),
            Self::Answered(state) => json!({
                "name": "confirm", "arguments": {"what": "everything"}, "requestState": state,
                "inputResponses": {"sure": {"action": "accept", "content": {"answer": true}}},
            }),
        };
        let mut meta = match wire {
            Wire::Modern => envelope(),
            Wire::Session => json!({}),
        };
        if matches!(self, Self::Question | Self::Answered(_)) {
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({"elicitation": {}});
        }
        if matches!(self, Self::Progress(_)) {
            meta["progressToken"] = json!(id);
        }
        if meta.as_object().is_some_and(|meta| !meta.is_empty()) {
            params["_meta"] = meta;
        }
        json!({"jsonrpc": "2.0", "id": id, "method": self.method(), "params": params}).to_string().into_bytes()
    }

    /// Whether the body of an answer says what it must.
    fn check(&self, id: u64, body: &[u8]) -> Result<(), String> {
        let messages = messages(body)?;
        let (answer, before) = messages.split_last().ok_or("an empty answer")?;
        if answer["id"] != json!(id) || answer["jsonrpc"] != "2.0" {
            return Err(format!("not the answer to {id}: {answer}"));
        }
        let result = &answer["result"];
        if let Self::Progress(_) = self {
            let reports = before.iter().filter(|message| message["method"] == "notifications/progress");
            let values: Vec<f64> = reports.filter_map(|message| message["params"]["progress"].as_f64()).collect();
            if values.is_empty() || !values.is_sorted_by(|earlier, later| earlier < later) {
                return Err(format!("progress {values:?}"));
            }
        }
        let text = &result["content"][0]["text"];
        let good = match self {
            Self::Add(a, b) => text.as_str() == Some(&(a + b).to_string()),
            Self::Progress(_) => text == "done",
            Self::Echo(said) => text.as_str() == Some(said),
            Self::Announce => text == "announced",
            Self::Question => result["inputRequests"]["sure"]["params"]["message"] == "Remove everything?",
            Self::Answered(_) => text == "removed everything",
            Self::List(count) => result["tools"].as_array().is_some_and(|tools| tools.len() == *count),
        };
        if good && result["isError"] != json!(true) { Ok(()) } else { Err(shortened(&answer.to_string())) }
    }
}

/// What a server wants back with the answers to its questions.
pub fn state_of(body: &[u8]) -> Result<String, String> {
    let answer = messages(body)?.pop().unwrap_or_default();
    let state = answer["result"]["requestState"].as_str();
    state.map(str::to_owned).ok_or_else(|| format!("no state: {}", shortened(&answer.to_string())))
}

/// What every request of the newest revision says of its client.
pub fn envelope() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    })
}

/// The messages of a JSON body or of a body of events.
fn messages(body: &[u8]) -> Result<Vec<Value>, String> {
    let wrong = |error: serde_json::Error| format!("{error}: {}", shortened(&String::from_utf8_lossy(body)));
    if body.first() == Some(&b'{') {
        return Ok(vec![serde_json::from_slice(body).map_err(wrong)?]);
    }
    let mut messages = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        if let Some(data) = line.strip_prefix(b"data:").map(<[u8]>::trim_ascii).filter(|data| !data.is_empty()) {
            messages.push(serde_json::from_slice(data).map_err(wrong)?);
        }
    }
    Ok(messages)
}

fn shortened(text: &str) -> String {
    text.chars().take(600).collect()
}

/// A request that is ready to be written, and its answer.
pub struct Exchange {
    pub request: Vec<u8>,
    ask: Ask,
    id: u64,
    /// A body that was checked: the same bytes again need no second look.
    known: RefCell<Option<Vec<u8>>>,
}

impl Exchange {
    pub fn new(request: Vec<u8>, ask: Ask, id: u64) -> Self {
        Self { request, ask, id, known: RefCell::new(None) }
    }

    /// As a POST to `/mcp`.
    pub fn http(ask: Ask, id: u64, wire: Wire, session: Option<&str>) -> Self {
        let body = ask.message(id, wire);
        let mut headers = String::new();
        match wire {
            Wire::Modern => {
                let _ = write!(headers, "MCP-Protocol-Version: {MODERN}\r\nMcp-Method: {}\r\n", ask.method());
                if let Some(tool) = ask.tool() {
                    let _ = write!(headers, "Mcp-Name: {tool}\r\n");
                }
            }
            Wire::Session => {
                let _ = write!(headers, "MCP-Protocol-Version: {SESSION}\r\n");
            }
        }
        if let Some(session) = session {
            let _ = write!(headers, "Mcp-Session-Id: {session}\r\n");
        }
        Self::new(post(&headers, &body), ask, id)
    }

    /// As a line.
    pub fn line(ask: Ask, id: u64, wire: Wire) -> Self {
        let mut request = ask.message(id, wire);
        request.push(b'\n');
        Self::new(request, ask, id)
    }

    pub fn check(&self, body: &[u8]) -> Result<(), String> {
        if self.known.borrow().as_deref() == Some(body) {
            return Ok(());
        }
        self.ask.check(self.id, body)?;
        *self.known.borrow_mut() = Some(body.to_vec());
        Ok(())
    }
}

/// A POST to the endpoint.
pub fn post(headers: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

pub fn initialize() -> Vec<u8> {
    let params =
        json!({"protocolVersion": SESSION, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1.0.0"}});
    json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}).to_string().into_bytes()
}

pub fn initialized() -> Vec<u8> {
    json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string().into_bytes()
}

/// Sixteen sums, so that an answer cannot be another request's by accident.
pub fn sums() -> impl Iterator<Item = (u64, Ask)> {
    (1..=16).map(|n| (n, Ask::Add(n as i64, 2)))
}

//! What must hold whatever a server does: each call ends in time, in its own answer or in an error.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use mcp_client::{ClientBuilder, Limits, McpClient, Result, ToolResult};
use serde_json::{Value, json};

use super::replies::MESSAGE_BYTES;

/// How long a call may stay without an answer.
const TIMEOUT: Duration = Duration::from_millis(150);
/// How long it may take at all.
const TIMEOUT_MAX: Duration = Duration::from_millis(600);
/// What a busy machine may add. A call that hangs would take longer.
const SLACK: Duration = Duration::from_secs(20);

/// What begins each text that is to come back; what follows is its call's alone.
const MARK: &str = "asked for by ";

/// Which calls were answered honestly, as the server tells it.
#[derive(Clone, Default)]
pub(crate) struct Honesty(Arc<Shared>);

#[derive(Default)]
struct Shared {
    honest: Mutex<HashMap<String, bool>>,
    /// Whether the connection has been ended by the server: then nothing need be answered.
    has_ended: AtomicBool,
}

impl Honesty {
    pub(crate) fn note(&self, text: &str, is_honest: bool) {
        self.0.honest.lock().unwrap().insert(text.to_owned(), is_honest);
    }

    pub(crate) fn ends(&self) {
        self.0.has_ended.store(true, Ordering::SeqCst);
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.0.has_ended.load(Ordering::SeqCst)
    }

    fn take(&self, text: &str) -> bool {
        self.0.honest.lock().unwrap().remove(text).unwrap_or(false)
    }
}

/// A client that is held to short times and small messages.
pub(crate) fn builder() -> ClientBuilder {
    let mut limits = Limits::default();
    limits.message_bytes = MESSAGE_BYTES;
    (limits.timeout, limits.timeout_max) = (TIMEOUT, TIMEOUT_MAX);
    McpClient::builder("trial", "1.0.0").limits(limits)
}

/// The text that a call asks for.
pub(crate) fn text_of(message: &Value) -> Option<&str> {
    (message["method"] == "tools/call").then(|| message["params"]["arguments"]["text"].as_str())?
}

/// Makes one call and judges how it ended.
pub(crate) async fn call(client: &McpClient, number: u64, honesty: &Honesty) {
    let text = format!("{MARK}{number:016x}");
    let begun = Instant::now();
    let call = client.call_tool("echo", json!({"text": text}));
    let outcome = tokio::time::timeout(TIMEOUT_MAX + SLACK, call).await;
    let outcome = outcome.unwrap_or_else(|_| panic!("{text}: no end after {:?}", begun.elapsed()));
    judge(&text, &outcome, honesty);
}

fn judge(text: &str, outcome: &Result<ToolResult>, honesty: &Honesty) {
    let got = outcome.as_ref().map(|result| result.joined_text());
    if let Ok(got) = &got
        && got.starts_with(MARK)
    {
        assert_eq!(got, text, "an answer went to another call");
    }
    if honesty.take(text) && !honesty.has_ended() {
        let is_slow = outcome.as_ref().is_err_and(mcp_client::Error::is_timeout);
        assert!(is_slow || got.as_deref().is_ok_and(|got| got == text), "{text}: {outcome:?}");
    }
}

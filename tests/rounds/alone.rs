//! A client whose requests stand alone, one round at a time.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use mcp_server::{Context, RawJson, Server, ServerTool, ToolError};
use mcp_tests::{
    asking::{accept, everything},
    messages::STATELESS,
    peer::Peer,
};
use serde_json::{Value, json};

/// The one answer to a state that is not good.
pub(crate) const REFUSED: &str =
    "this `requestState` is not good for this call, or no longer: make the call again without it";

/// A client on a pipe of its own.
pub(crate) struct Alone {
    pub(crate) peer: Peer,
    id: i64,
}

impl Alone {
    pub(crate) fn new(server: &Server) -> Self {
        Self { peer: Peer::in_process(server), id: 0 }
    }

    /// Makes one request, whatever was asked before.
    pub(crate) async fn ask(&mut self, method: &str, params: Value) -> Value {
        let params = params.to_string();
        self.raw(method, &params[1..params.len() - 1]).await
    }

    /// Makes a request of these members of its parameters, as they are written.
    pub(crate) async fn raw(&mut self, method: &str, members: &str) -> Value {
        self.send(method, members, &json!({})).await;
        self.peer.receive().await.expect("the server has closed its side")
    }

    /// Sends a request of these members, and of these of its `_meta`.
    pub(crate) async fn send(&mut self, method: &str, members: &str, meta: &Value) {
        self.id += 1;
        let mut envelope = json!({
            "io.modelcontextprotocol/protocolVersion": STATELESS,
            "io.modelcontextprotocol/clientCapabilities": everything(),
        });
        envelope.as_object_mut().unwrap().extend(meta.as_object().unwrap().clone());
        let comma = if members.is_empty() { "" } else { "," };
        let line = format!(
            r#"{{"jsonrpc":"2.0","id":{},"method":"{method}","params":{{{members}{comma}"_meta":{envelope}}}}}"#,
            self.id
        );
        self.peer.send_line(line).await;
    }

    /// The first round of a call without arguments.
    pub(crate) async fn call(&mut self, tool: &str) -> Value {
        self.ask("tools/call", json!({"name": tool, "arguments": {}})).await
    }

    /// The next round of a call without arguments.
    pub(crate) async fn again(&mut self, tool: &str, asked: &Value, responses: Value) -> Value {
        self.ask("tools/call", retry(tool, asked, &responses)).await
    }

    /// The next round, in which every question that was asked has the same answer.
    pub(crate) async fn answer(&mut self, tool: &str, asked: &Value, answer: &str) -> Value {
        let responses = keys(asked).into_iter().map(|key| (key, text(answer))).collect();
        self.again(tool, asked, Value::Object(responses)).await
    }
}

/// The parameters of the next round of a call without arguments.
pub(crate) fn retry(tool: &str, asked: &Value, responses: &Value) -> Value {
    json!({"name": tool, "arguments": {}, "requestState": state(asked), "inputResponses": responses})
}

/// The state that the client is given.
#[track_caller]
pub(crate) fn state(asked: &Value) -> &str {
    assert_eq!(asked["result"]["resultType"], "input_required", "{asked}");
    asked["result"]["requestState"].as_str().unwrap()
}

/// The keys of the questions.
#[track_caller]
pub(crate) fn keys(asked: &Value) -> Vec<String> {
    state(asked);
    asked["result"]["inputRequests"].as_object().unwrap().keys().cloned().collect()
}

/// The answer to a short question.
pub(crate) fn text(answer: &str) -> Value {
    accept(json!({"answer": answer}))
}

/// It was refused as every state is that is not good.
#[track_caller]
pub(crate) fn assert_refused(response: &Value) {
    assert_eq!(
        (&response["error"]["code"], &response["error"]["message"]),
        (&json!(-32602), &json!(REFUSED)),
        "{response}"
    );
}

/// It failed, and the text says so.
#[track_caller]
pub(crate) fn assert_fails(response: &Value, code: i64, says: &str) {
    assert_eq!(response["error"]["code"], code, "{response}");
    assert!(response["error"]["message"].as_str().unwrap().contains(says), "{response}");
}

/// How often something was done.
#[derive(Clone, Default)]
pub(crate) struct Count(Arc<AtomicUsize>);

impl Count {
    /// Counts one more, and says how many there are.
    pub(crate) fn up(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A tool that takes any arguments.
pub(crate) fn tool<F, Fut>(name: &str, handler: F) -> ServerTool
where
    F: Fn(Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<String, ToolError>> + Send + 'static,
{
    let any = mcp_server::Schema::try_from(json!({"type": "object"})).unwrap();
    ServerTool::from_schema(name, any, move |_: RawJson, ctx: Context| handler(ctx))
}

/// A server of these tools.
pub(crate) fn server(tools: impl IntoIterator<Item = ServerTool>) -> Server {
    Server::builder("rounds", "1.0.0").tools(tools).build()
}

/// What a user has answered to a question of one field.
pub(crate) async fn answer(ctx: &Context, key: &str) -> Result<String, ToolError> {
    Ok(ctx.ask_text(key, format!("{key}?")).await?.accepted().unwrap_or_default())
}

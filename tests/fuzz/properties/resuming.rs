//! A call goes on with the state that was given for it, and with what a reader of the text itself finds under the key of its
//! question; with nothing else.

use std::cell::RefCell;

use bytes::Bytes;
use mcp_core::transport::{Accept, Pipe};
use mcp_server::{Answer, Context, RawJson, Schema, Server, ServerTool, ToolError};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::pairs::Pairs;

thread_local! {
    static GOT: RefCell<Option<Answer<String>>> = const { RefCell::new(None) };
    static SERVER: (Runtime, Server) = (Builder::new_current_thread().enable_all().build().unwrap(), server());
}

fn server() -> Server {
    let any = Schema::try_from(json!({"type": "object"})).unwrap();
    let greet = |_: RawJson, ctx: Context| async move {
        let answer = ctx.ask_text("name", "Who?").await?;
        GOT.set(Some(answer));
        Ok::<_, ToolError>("done")
    };
    Server::builder("resuming", "1.0.0").tools([ServerTool::from_schema("greet", any, greet)]).build()
}

/// The first line is the state: empty for the one that was given, behind `~` what is written over its beginning, anything else
/// as it is. What follows are the answers.
pub(crate) fn hold(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (state, responses) = text.split_once('\n').unwrap_or((text, "{}"));
    // What is no JSON is no message, which is another property.
    if serde_json::from_str::<serde::de::IgnoredAny>(responses).is_err() {
        return;
    }
    SERVER.with(|(runtime, server)| runtime.block_on(try_with(server, state, responses)));
}

async fn try_with(server: &Server, written: &str, responses: &str) {
    let (mut pipe, theirs) = Pipe::pair();
    server.accept(theirs);
    let given = call(&mut pipe, "").await["result"]["requestState"].as_str().unwrap().to_owned();
    let state = match written.strip_prefix('~') {
        Some(over) => over.chars().chain(given.chars().skip(over.chars().count())).collect(),
        None if written.is_empty() => given.clone(),
        None => written.to_owned(),
    };
    let members = format!(r#""requestState":{},"inputResponses":{responses},"#, json!(state));
    let answer = call(&mut pipe, &members).await;
    let got = GOT.take();
    assert_eq!(got.is_some(), answer["result"]["resultType"] == "complete", "{answer}");
    if state != given {
        assert!(answer["error"].is_object(), "{state:?} was good instead of {given:?}: {answer}");
    }
    if let Some(got) = got {
        let responses = Pairs::of(responses).unwrap();
        assert!(!responses.has_twins(), "two answers stand under one key");
        says(responses.get("name").unwrap(), &got);
    }
}

async fn call(pipe: &mut Pipe, members: &str) -> Value {
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"form": {}}},
    });
    let message = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"greet","arguments":{{}},{members}"_meta":{meta}}}}}"#
    );
    pipe.outgoing.send(Bytes::from(message)).await.unwrap();
    serde_json::from_slice(&pipe.incoming.recv().await.expect("every call is answered")).unwrap()
}

/// Whether the handler got what the text says.
fn says(response: &str, got: &Answer<String>) {
    let (response, (action, answer)) = (
        Pairs::of(response).unwrap(),
        match got {
            Answer::Accept(answer) => ("accept", Some(answer)),
            Answer::Decline => ("decline", None),
            Answer::Cancel => ("cancel", None),
        },
    );
    assert_eq!(
        response.get("action").and_then(|text| serde_json::from_str::<String>(text).ok()).as_deref(),
        Some(action)
    );
    if let Some(answer) = answer {
        let content = Pairs::of(response.get("content").unwrap()).unwrap();
        // Of a field that stands twice the last counts.
        let (_, value) = content.0.iter().rfind(|(key, _)| key == "answer").unwrap();
        assert_eq!(serde_json::from_str::<String>(value.get()).unwrap(), *answer);
    }
}

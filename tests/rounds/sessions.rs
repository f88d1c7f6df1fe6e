//! The same handlers for clients that can be asked at once: what becomes of answers that are none, and of clients that leave.

use std::time::Duration;

use mcp_server::{NotAnswered, Server, ServerTool, ToolError};
use mcp_tests::{
    asking::{accept, everything},
    messages::{initialized, request, text_of},
    peer::Peer,
};
use serde_json::{Value, json};

use crate::alone::{Count, answer, server, tool};

const REVISION: &str = "2025-11-25";

async fn open(server: &Server) -> Peer {
    let mut peer = Peer::in_process(server);
    let client = json!({"name": "test", "version": "1.0.0"});
    let params = json!({"protocolVersion": REVISION, "capabilities": everything(), "clientInfo": client});
    assert_eq!(peer.ask(&request(0, "initialize", params)).await["result"]["protocolVersion"], REVISION);
    peer.send(&initialized()).await;
    peer
}

/// Says what it was told.
fn asking() -> ServerTool {
    tool("asking", |ctx| async move {
        let outcome = ctx.ask_text("name", "Who?").await;
        Ok(match &outcome {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => format!("malformed {} code {:?}", error.is_malformed(), error.error_code()),
        })
    })
}

fn called(tool: &str) -> Value {
    request(1, "tools/call", json!({"name": tool, "arguments": {}}))
}

#[tokio::test]
async fn a_malformed_answer_is_told_to_the_handler_and_an_error_too() {
    for (member, answer, told) in [
        ("result", accept(json!({"answer": "Alice"})), r#"Accept("Alice")"#),
        ("result", json!({"action": "decline"}), "Decline"),
        ("result", accept(json!({"answer": 5})), "malformed true code None"),
        ("result", accept(json!({})), "malformed true code None"),
        ("result", json!({"action": "perhaps"}), "malformed true code None"),
        ("result", json!([]), "malformed true code None"),
        ("result", json!("accept"), "malformed true code None"),
        ("error", json!({"code": -1, "message": "User rejected"}), "malformed false code Some(-1)"),
    ] {
        let mut peer = open(&server([asking()])).await;
        let asked = peer.ask(&called("asking")).await;
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        let last = peer.ask(&json!({"jsonrpc": "2.0", "id": asked["id"], member: answer})).await;
        assert_eq!(text_of(&last), told, "{answer}");
    }
}

#[tokio::test]
async fn a_second_answer_to_a_question_is_passed_over() {
    let two =
        tool("two", |ctx| async move { Ok(format!("{} {}", answer(&ctx, "a").await?, answer(&ctx, "b").await?)) });
    let mut peer = open(&server([two])).await;
    let first = peer.ask(&called("two")).await;
    let say = |asked: &Value, text: &str| json!({"jsonrpc": "2.0", "id": asked["id"], "result": accept(json!({"answer": text}))});
    let second = peer.ask(&say(&first, "1")).await;
    peer.send(&say(&first, "other")).await;
    assert_eq!(text_of(&peer.ask(&say(&second, "2")).await), "1 2");
}

/// Keys are held to the same rule as where each of them is sent.
#[tokio::test]
async fn a_key_that_comes_twice_and_a_question_in_a_step_end_the_call_here_too() {
    let twice = tool("twice", |ctx| async move {
        answer(&ctx, "a").await?;
        answer(&ctx, "a").await
    });
    let inside =
        tool("inside", |ctx| async move { Ok(format!("{:?}", ctx.step("step", || answer(&ctx, "name")).await)) });
    let mut peer = open(&server([twice, inside])).await;
    let asked = peer.ask(&called("twice")).await;
    let say = json!({"jsonrpc": "2.0", "id": asked["id"], "result": accept(json!({"answer": "1"}))});
    let last = peer.ask(&say).await;
    assert_eq!(last["error"]["code"], -32603, "{last}");
    assert!(last["error"]["message"].as_str().unwrap().contains("`a` comes twice"), "{last}");
    let last = peer.ask(&called("inside")).await;
    assert!(last["error"]["message"].as_str().unwrap().contains("inside of a step"), "{last}");
}

/// Who is gone answers nothing, and the handler need not wait for the bound.
#[tokio::test]
async fn the_question_of_a_client_that_has_left_fails_at_once() {
    let (told, mut outcomes) = tokio::sync::mpsc::channel(1);
    let asking = tool("asking", move |ctx| {
        let told = told.clone();
        async move {
            told.send(ctx.ask_text("name", "Who?").await.map(drop)).await?;
            Ok("done".into())
        }
    });
    let mut peer = open(&server([asking])).await;
    assert_eq!(peer.ask(&called("asking")).await["method"], "elicitation/create");
    peer.close_input().await;
    // Either it is told, or dropped with the call: it does not wait.
    let outcome = tokio::time::timeout(Duration::from_secs(20), outcomes.recv()).await.unwrap();
    assert!(outcome.is_none_or(|outcome| outcome.is_err_and(|error| NotAnswered::is_gone(&error))));
}

/// In one run nothing is read again: a step that fails fails, one that is done is done.
#[tokio::test]
async fn a_handler_runs_once_however_often_it_asks() {
    let runs = Count::default();
    let counted = runs.clone();
    let stepping = tool("stepping", move |ctx| {
        let runs = counted.clone();
        async move {
            runs.up();
            let step = ctx.step("step", || async { Err::<u32, _>(ToolError::new("no")) }).await.is_err();
            let (one, other) = tokio::join!(answer(&ctx, "a"), answer(&ctx, "b"));
            Ok(format!("{step} {} {}", one?, other?))
        }
    });
    let mut peer = open(&server([stepping])).await;
    let first = peer.ask(&called("stepping")).await;
    let second = peer.receive().await.unwrap();
    let say = |asked: &Value| {
        let question = asked["params"]["message"].as_str().unwrap();
        json!({"jsonrpc": "2.0", "id": asked["id"], "result": accept(json!({"answer": question}))})
    };
    // The second question is answered first.
    peer.send(&say(&second)).await;
    assert_eq!(text_of(&peer.ask(&say(&first)).await), "true a? b?");
    assert_eq!(runs.get(), 1);
}

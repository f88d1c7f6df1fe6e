//! What a client hears while its call goes on: no round repeats what one before has said.

use mcp_server::{Server, ToolError, model::LogLevel};
use mcp_tests::messages::text_of;
use serde_json::{Value, json};

use crate::alone::{Alone, answer, keys, tool};

/// Everything up to the answer, and the answer.
async fn heard(client: &mut Alone, tool: &str, asked: Option<&Value>) -> (Vec<String>, Value) {
    let members = match asked {
        None => json!({"name": tool, "arguments": {}}),
        Some(asked) => {
            let responses = keys(asked).into_iter().map(|key| (key, crate::alone::text("yes"))).collect();
            crate::alone::retry(tool, asked, &Value::Object(responses))
        }
    };
    let members = members.to_string();
    let meta = json!({"progressToken": "p", "io.modelcontextprotocol/logLevel": "debug"});
    client.send("tools/call", &members[1..members.len() - 1], &meta).await;
    let mut said = Vec::new();
    loop {
        let message = client.peer.receive().await.unwrap();
        if message.get("id").is_some() {
            return (said, message);
        }
        let params = &message["params"];
        said.push(params["message"].as_str().or(params["data"].as_str()).unwrap().to_owned());
    }
}

#[tokio::test]
async fn progress_and_log_messages_are_not_repeated_by_later_rounds() {
    let talking = tool("talking", |ctx| async move {
        ctx.progress(1.0, 9.0, "begun").await;
        ctx.log(LogLevel::Info, "first log");
        ctx.logger("part").log(LogLevel::Info, "named first");
        let logger = ctx.logger("kept");
        ctx.step("step", || async {
            ctx.progress(2.0, 9.0, "in the step").await;
            Ok::<_, ToolError>(1)
        })
        .await?;
        logger.log(LogLevel::Info, "after the step");
        answer(&ctx, "a").await?;
        logger.log(LogLevel::Info, "after a");
        ctx.progress(3.0, 9.0, "one answer").await;
        answer(&ctx, "b").await?;
        logger.log(LogLevel::Info, "after b");
        ctx.progress(4.0, 9.0, "two answers").await;
        Ok("done".into())
    });
    let server = Server::builder("rounds", "1.0.0").tools([talking]).logging().build();
    let mut client = Alone::new(&server);
    let (said, first) = heard(&mut client, "talking", None).await;
    assert_eq!(said, ["begun", "first log", "named first", "in the step", "after the step"]);
    let (said, second) = heard(&mut client, "talking", Some(&first)).await;
    assert_eq!(said, ["after a", "one answer"]);
    let (said, last) = heard(&mut client, "talking", Some(&second)).await;
    assert_eq!(said, ["after b", "two answers"]);
    assert_eq!(text_of(&last), "done");
}

/// A round that takes another way than the one before has new things to say as soon as it does something new.
#[tokio::test]
async fn a_round_that_asks_again_may_speak_again() {
    let talking = tool("talking", |ctx| async move {
        ctx.log(LogLevel::Info, "begun");
        answer(&ctx, "a").await?;
        ctx.log(LogLevel::Info, "answered");
        Ok("done".into())
    });
    let server = Server::builder("rounds", "1.0.0").tools([talking]).logging().build();
    let mut client = Alone::new(&server);
    let (said, asked) = heard(&mut client, "talking", None).await;
    assert_eq!(said, ["begun"]);
    let members = json!({"name": "talking", "arguments": {}, "requestState": crate::alone::state(&asked)}).to_string();
    let meta = json!({"io.modelcontextprotocol/logLevel": "debug"});
    client.send("tools/call", &members[1..members.len() - 1], &meta).await;
    // Nothing is left of the round before that this one could repeat.
    assert_eq!(client.peer.receive().await.unwrap()["params"]["data"], "begun");
    assert_eq!(keys(&client.peer.receive().await.unwrap()), ["a"]);
    assert_eq!(heard(&mut client, "talking", Some(&asked)).await.0, ["answered"]);
}

/// What was reported last before a question, and waited for the next second, is out before the question is.
#[tokio::test]
async fn the_newest_report_is_out_before_the_client_is_asked() {
    let mut limits = mcp_server::Limits::default();
    limits.progress_rate = 1;
    let reporting = tool("reporting", |ctx| async move {
        for number in 1..=5 {
            ctx.progress(f64::from(number), None, format!("{number}")).await;
        }
        answer(&ctx, "a").await
    });
    let server = Server::builder("rounds", "1.0.0").tools([reporting]).limits(limits).build();
    let (said, _) = heard(&mut Alone::new(&server), "reporting", None).await;
    assert_eq!(said, ["1", "5"]);
}

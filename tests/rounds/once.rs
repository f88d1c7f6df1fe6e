//! What a tool that counts once does for a client that sends the same answers again: it runs to its end once.

use std::{sync::Arc, time::Duration};

use mcp_server::{Limits, Server, ServerTool, ToolError};
use mcp_tests::{covers, messages::text_of};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::alone::{Alone, Count, answer, assert_fails, assert_refused, keys, retry, server, text, tool};

/// Asks who it is, and then does what is counted.
fn pay(count: &Count) -> ServerTool {
    let count = count.clone();
    tool("pay", move |ctx| {
        let count = count.clone();
        async move {
            let name = answer(&ctx, "name").await?;
            // Others have their turn, so that runs at once would be seen.
            tokio::task::yield_now().await;
            Ok(format!("{name} {}", count.up()))
        }
    })
}

/// Sends the same round so many times at once, each by a client of its own.
async fn at_once(server: &Server, times: usize, tool: &'static str, params: Value) -> Vec<Value> {
    let mut sending = JoinSet::new();
    for _ in 0..times {
        let (mut client, params) = (Alone::new(server), params.clone());
        sending.spawn(async move { client.ask("tools/call", params).await });
    }
    let answers = sending.join_all().await;
    assert!(answers.iter().all(|answer| answer["result"]["resultType"] == "complete"), "{tool}: {answers:?}");
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_answers_sent_64_times_at_once_count_once() {
    covers!("MRTR-009");
    let count = Count::default();
    let server = server([pay(&count).once()]);
    let asked = Alone::new(&server).call("pay").await;
    let answers = at_once(&server, 64, "pay", retry("pay", &asked, &json!({"name": text("A")}))).await;
    assert_eq!(count.get(), 1);
    assert!(answers.iter().all(|answer| text_of(answer) == "A 1"), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tool_that_does_not_say_so_runs_as_often_as_it_is_told() {
    let count = Count::default();
    let server = server([pay(&count)]);
    let asked = Alone::new(&server).call("pay").await;
    at_once(&server, 64, "pay", retry("pay", &asked, &json!({"name": text("A")}))).await;
    assert_eq!(count.get(), 64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_behind_a_question_runs_once_for_the_same_state_sent_64_times_at_once() {
    let (steps, runs) = (Count::default(), Count::default());
    let (counted, run) = (steps.clone(), runs.clone());
    let stepping = tool("stepping", move |ctx| {
        let (steps, runs) = (counted.clone(), run.clone());
        async move {
            answer(&ctx, "name").await?;
            runs.up();
            let number = ctx
                .step("work", || async {
                    tokio::task::yield_now().await;
                    Ok::<_, ToolError>(steps.up())
                })
                .await?;
            Ok(number.to_string())
        }
    });
    let server = server([stepping]);
    let asked = Alone::new(&server).call("stepping").await;
    let answers = at_once(&server, 64, "stepping", retry("stepping", &asked, &json!({"name": text("A")}))).await;
    assert_eq!((steps.get(), runs.get()), (1, 64));
    assert!(answers.iter().all(|answer| text_of(answer) == "1"), "{answers:?}");
}

#[tokio::test]
async fn who_lost_the_answer_gets_it_again_and_whoever_brings_others_gets_nothing() {
    let count = Count::default();
    let mut client = Alone::new(&server([pay(&count).once()]));
    let asked = client.call("pay").await;
    let first = client.answer("pay", &asked, "A").await;
    for _ in 0..3 {
        assert_eq!(client.answer("pay", &asked, "A").await["result"], first["result"]);
    }
    // However it is spelt.
    let state = crate::alone::state(&asked);
    let members = format!(
        r#""name":"pay","arguments":{{}},"requestState":"{state}","inputResponses":{{"name":{{"content":{{"answer":"\u0041"}}, "action":"accept"}}}}"#
    );
    assert_eq!(client.raw("tools/call", &members).await["result"], first["result"]);
    assert_refused(&client.answer("pay", &asked, "B").await);
    assert_refused(&client.again("pay", &asked, json!({})).await);
    assert_refused(&client.again("pay", &asked, json!({"name": {"action": "decline"}})).await);
    assert_eq!(count.get(), 1);
    // Another call is another one.
    let asked = client.call("pay").await;
    assert_eq!(text_of(&client.answer("pay", &asked, "A").await), "A 2");
}

/// Once for the whole call: the state of a round before the last is as spent as that of the last.
#[tokio::test]
async fn an_earlier_state_of_a_completed_call_is_spent() {
    let two =
        tool("two", |ctx| async move { Ok(format!("{} {}", answer(&ctx, "a").await?, answer(&ctx, "b").await?)) });
    let mut client = Alone::new(&server([two.once()]));
    let first = client.call("two").await;
    let second = client.answer("two", &first, "1").await;
    // Another question is no end: the round before may be repeated.
    let other = client.answer("two", &first, "other").await;
    assert_eq!(keys(&other), ["b"]);
    assert_eq!(text_of(&client.answer("two", &second, "2").await), "1 2");
    for (state, answer) in [(&first, "1"), (&other, "2"), (&second, "3")] {
        assert_refused(&client.answer("two", state, answer).await);
    }
}

#[tokio::test]
async fn a_round_that_fails_may_be_tried_again_with_the_same_state() {
    covers!("MRTR-010");
    let runs = Count::default();
    let counted = runs.clone();
    let failing = move |ctx: mcp_server::Context| {
        let runs = counted.clone();
        async move {
            let name = answer(&ctx, "name").await?;
            match runs.up() % 5 {
                1 => panic!("in a handler"),
                2 => Err(ToolError::new("failed")),
                3 => Err(ToolError::protocol(mcp_server::Error::internal("broken"))),
                4 => std::future::pending().await,
                _ => Ok(name),
            }
        }
    };
    let mut limits = Limits::default();
    limits.call_timeout = Duration::from_millis(50);
    let tools = [tool("plain", failing.clone()), tool("once", failing).once()];
    let server = Server::builder("rounds", "1.0.0").tools(tools).limits(limits).build();
    let mut client = Alone::new(&server);
    for tool in ["plain", "once"] {
        let asked = client.call(tool).await;
        for _ in 0..4 {
            let answer = client.answer(tool, &asked, "A").await;
            assert!(answer["error"].is_object() || answer["result"]["isError"] == true, "{answer}");
        }
        assert_eq!(text_of(&client.answer(tool, &asked, "A").await), "A");
    }
    assert_eq!(runs.get(), 10);
}

/// Those who wait for the one that runs go on when it is gone.
#[tokio::test]
async fn a_round_that_is_cancelled_leaves_its_turn_to_the_next() {
    let (count, gate) = (Count::default(), Arc::new(Semaphore::new(0)));
    let (counted, entered) = (count.clone(), Arc::new(Semaphore::new(0)));
    let (opened, told) = (gate.clone(), entered.clone());
    let slow = tool("slow", move |ctx| {
        let (count, gate, entered) = (counted.clone(), opened.clone(), told.clone());
        async move {
            answer(&ctx, "name").await?;
            entered.add_permits(1);
            gate.acquire().await?.forget();
            Ok(count.up().to_string())
        }
    });
    let server = server([slow.once()]);
    let mut client = Alone::new(&server);
    let asked = client.call("slow").await;
    let params = retry("slow", &asked, &json!({"name": text("A")})).to_string();
    client.send("tools/call", &params[1..params.len() - 1], &json!({})).await;
    entered.acquire().await.unwrap().forget();
    let mut other = Alone::new(&server);
    other.send("tools/call", &params[1..params.len() - 1], &json!({})).await;
    // The first one is cancelled in the middle; the second one has its turn.
    client.peer.send(&mcp_tests::messages::cancelled(2)).await;
    entered.acquire().await.unwrap().forget();
    gate.add_permits(1);
    assert_eq!(text_of(&other.peer.receive().await.unwrap()), "1");
    assert_eq!(text_of(&client.answer("slow", &asked, "A").await), "1");
    assert_eq!(count.get(), 1);
}

/// Where nothing can be marked, nothing that must happen once happens.
#[tokio::test]
async fn without_room_for_marks_what_counts_once_fails_before_it_runs() {
    let count = Count::default();
    let mut limits = Limits::default();
    limits.mark_bytes = 100;
    let server = Server::builder("rounds", "1.0.0").tools([pay(&count).once()]).limits(limits).build();
    let mut client = Alone::new(&server);
    let asked = client.call("pay").await;
    assert_fails(&client.answer("pay", &asked, "A").await, -32603, "try again later");
    assert_eq!(count.get(), 0);
}

//! Steps: done once in a call, awaited before the client is asked, and repeated if they fail.

use std::{sync::Arc, time::Duration};

use mcp_server::{Limits, Server, ToolError};
use mcp_tests::messages::text_of;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::alone::{Alone, Count, answer, assert_fails, keys, retry, server, text, tool};

#[tokio::test]
async fn a_completed_step_is_not_run_again_in_any_round() {
    let steps = Count::default();
    let counted = steps.clone();
    let stepping = tool("stepping", move |ctx| {
        let steps = counted.clone();
        async move {
            let mut all = Vec::new();
            for round in 0..3 {
                let step = ctx.step(format!("step-{round}"), || async { Ok::<_, ToolError>(steps.up()) }).await?;
                all.push(format!("{step}{}", answer(&ctx, &format!("ask-{round}")).await?));
            }
            Ok(all.join(" "))
        }
    });
    let mut client = Alone::new(&server([stepping]));
    let mut answer = client.call("stepping").await;
    for letter in ["a", "b", "c"] {
        // Each round is sent twice: the first state is as good as before.
        client.answer("stepping", &answer, letter).await;
        answer = client.answer("stepping", &answer, letter).await;
    }
    assert_eq!((text_of(&answer), steps.get()), ("1a 2b 3c", 3));
}

#[tokio::test]
async fn a_step_that_fails_runs_again() {
    let steps = Count::default();
    let counted = steps.clone();
    let failing = tool("failing", move |ctx| {
        let steps = counted.clone();
        async move {
            let step = ctx
                .step("step", || async {
                    match steps.up() {
                        1 | 2 => Err("not yet"),
                        count => Ok(count),
                    }
                })
                .await;
            let name = answer(&ctx, "name").await?;
            let again = answer(&ctx, "again").await?;
            Ok(format!("{step:?} {name} {again}"))
        }
    });
    let mut client = Alone::new(&server([failing]));
    let first = client.call("failing").await;
    let second = client.answer("failing", &first, "A").await;
    let last = client.answer("failing", &second, "B").await;
    // It ran in each of three rounds; the third time it was completed.
    assert_eq!((text_of(&last), steps.get()), ("Ok(3) A B", 3));
}

#[tokio::test]
async fn a_step_that_runs_is_awaited_before_its_client_is_asked() {
    for in_a_task in [false, true] {
        let (steps, gate) = (Count::default(), Arc::new(Semaphore::new(0)));
        let (counted, opened) = (steps.clone(), gate.clone());
        let slow = tool("slow", move |ctx| {
            let (steps, gate) = (counted.clone(), opened.clone());
            async move {
                let stepping = ctx.clone();
                let step = async move {
                    stepping
                        .step("step", || async {
                            gate.acquire().await?.forget();
                            Ok::<_, ToolError>(steps.up())
                        })
                        .await
                };
                if in_a_task {
                    let task = tokio::spawn(step);
                    // It has begun before the question is asked, and nobody looks for its end before there is an answer.
                    tokio::task::yield_now().await;
                    let name = answer(&ctx, "name").await?;
                    return Ok(format!("{name} {}", task.await??));
                }
                let (name, step) = tokio::join!(answer(&ctx, "name"), step);
                Ok(format!("{} {}", name?, step?))
            }
        });
        let mut client = Alone::new(&server([slow]));
        let first = r#""name":"slow","arguments":{}"#;
        client.send("tools/call", first, &json!({})).await;
        // Far longer than a handler may wait for something else.
        let early = tokio::time::timeout(Duration::from_millis(300), client.peer.receive()).await;
        assert!(early.is_err(), "{early:?}");
        gate.add_permits(1);
        let asked = client.peer.receive().await.unwrap();
        assert_eq!(text_of(&client.answer("slow", &asked, "A").await), "A 1");
        assert_eq!(steps.get(), 1, "in a task: {in_a_task}");
    }
}

/// Another run waits for the value, and does the work itself if the first one is gone.
#[tokio::test]
async fn a_step_that_is_cut_runs_again_and_one_that_waits_for_it_takes_over() {
    let (steps, gate) = (Count::default(), Arc::new(Semaphore::new(0)));
    let entered = Arc::new(Semaphore::new(0));
    let (counted, opened, told) = (steps.clone(), gate.clone(), entered.clone());
    let slow = tool("slow", move |ctx| {
        let (steps, gate, entered) = (counted.clone(), opened.clone(), told.clone());
        async move {
            answer(&ctx, "name").await?;
            let step = ctx
                .step("step", || async {
                    entered.add_permits(1);
                    gate.acquire().await?.forget();
                    Ok::<_, ToolError>(steps.up())
                })
                .await?;
            Ok(step.to_string())
        }
    });
    let server = server([slow]);
    let (mut client, mut other) = (Alone::new(&server), Alone::new(&server));
    let asked = client.call("slow").await;
    let params = retry("slow", &asked, &json!({"name": text("A")})).to_string();
    client.send("tools/call", &params[1..params.len() - 1], &json!({})).await;
    entered.acquire().await.unwrap().forget();
    other.send("tools/call", &params[1..params.len() - 1], &json!({})).await;
    client.peer.send(&mcp_tests::messages::cancelled(2)).await;
    entered.acquire().await.unwrap().forget();
    gate.add_permits(1);
    assert_eq!(text_of(&other.peer.receive().await.unwrap()), "1");
    assert_eq!((text_of(&client.answer("slow", &asked, "A").await), steps.get()), ("1", 1));
}

/// A mark of what runs, or has run, is there for as long as anybody could come by with the state, however long a run takes.
#[tokio::test]
async fn a_step_that_takes_longer_than_its_state_is_good_for_runs_once() {
    let (steps, gate) = (Count::default(), Arc::new(Semaphore::new(0)));
    let entered = Arc::new(Semaphore::new(0));
    let (counted, opened, told) = (steps.clone(), gate.clone(), entered.clone());
    let slow = tool("slow", move |ctx| {
        let (steps, gate, entered) = (counted.clone(), opened.clone(), told.clone());
        async move {
            answer(&ctx, "name").await?;
            let step = ctx
                .step("step", || async {
                    let step = steps.up();
                    entered.add_permits(1);
                    gate.acquire().await?.forget();
                    Ok::<_, ToolError>(step)
                })
                .await?;
            Ok(step.to_string())
        }
    });
    let mut limits = Limits::default();
    limits.state_expiry = Duration::from_millis(300);
    let server = Server::builder("rounds", "1.0.0").tools([slow]).limits(limits).build();
    let (mut client, mut other) = (Alone::new(&server), Alone::new(&server));
    let asked = client.call("slow").await;
    let params = retry("slow", &asked, &json!({"name": text("A")})).to_string();
    for client in [&mut client, &mut other] {
        client.send("tools/call", &params[1..params.len() - 1], &json!({})).await;
    }
    entered.acquire().await.unwrap().forget();
    // Time enough for the other one to see a mark expire, and to begin.
    let second = tokio::time::timeout(Duration::from_millis(900), entered.acquire()).await;
    assert!(second.is_err(), "the step has begun twice");
    gate.add_permits(2);
    for client in [&mut client, &mut other] {
        assert_eq!(text_of(&client.peer.receive().await.unwrap()), "1");
    }
    assert_eq!(steps.get(), 1);
}

#[tokio::test]
async fn a_question_within_a_step_ends_the_call() {
    let inside = tool("inside", |ctx| async move {
        let step = ctx.step("step", || answer(&ctx, "name")).await;
        Ok(format!("{step:?}"))
    });
    let mut client = Alone::new(&server([inside]));
    assert_fails(&client.call("inside").await, -32603, "`name` is asked inside of a step");
}

/// The step is one of its own call, and what happens there is another call.
#[tokio::test]
async fn another_server_that_is_called_within_a_step_may_ask() {
    let inner = server([tool("inner", |ctx| async move { answer(&ctx, "name").await })]);
    let outer = tool("outer", move |ctx| {
        let client = mcp_server::testing::TestClient::new(&inner).answer("name", "Alice");
        async move {
            let result = ctx.step("call", || client.call("inner", json!({}))).await?;
            Ok(result.joined_text())
        }
    });
    assert_eq!(text_of(&Alone::new(&server([outer])).call("outer").await), "Alice");
}

/// What a step gave in one version of a program may be no value of its type in the next.
#[tokio::test]
async fn a_value_that_is_none_of_its_type_ends_the_call_with_the_name_of_its_step() {
    let runs = Count::default();
    let changed = tool("changed", move |ctx| {
        let run = runs.up();
        async move {
            match run {
                1 => drop(ctx.step("step", || async { Ok::<_, ToolError>("text".to_owned()) }).await?),
                _ => drop(ctx.step("step", || async { Ok::<_, ToolError>(1_u64) }).await?),
            }
            answer(&ctx, "name").await
        }
    });
    let mut client = Alone::new(&server([changed]));
    let asked = client.call("changed").await;
    assert_eq!(keys(&asked), ["name"]);
    assert_fails(&client.answer("changed", &asked, "A").await, -32603, "the step `step`");
}

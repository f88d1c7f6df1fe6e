//! When a handler is dropped to ask: once it waits for its client and nothing else, wherever its questions are.

use std::{pin::pin, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use mcp_server::{Limits, Server, ToolError};
use mcp_tests::messages::text_of;
use serde_json::Value;
use tokio::{sync::oneshot, task::JoinSet};

use crate::alone::{Alone, Count, answer, keys, server, tool};

/// Calls it, and answers all questions with their keys until it has a result.
async fn drive(server: &Server, tool: &str) -> (Vec<usize>, Value) {
    let mut client = Alone::new(server);
    let mut rounds = Vec::new();
    let mut response = client.call(tool).await;
    while response["result"]["resultType"] == "input_required" {
        rounds.push(keys(&response).len());
        response = client.answer(tool, &response, "yes").await;
    }
    (rounds, response)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_of_tasks_that_a_handler_has_started_are_asked_together() {
    let tasks = tool("tasks", |ctx| async move {
        let mut tasks = JoinSet::new();
        for number in 0..5 {
            let ctx = ctx.clone();
            tasks.spawn(async move { answer(&ctx, &format!("item-{number}")).await });
        }
        let mut all = 0;
        while let Some(done) = tasks.join_next().await {
            all += usize::from(done?? == "yes");
        }
        Ok(all.to_string())
    });
    let (rounds, response) = drive(&server([tasks]), "tasks").await;
    assert_eq!((rounds, text_of(&response)), (vec![5], "5"));
}

#[tokio::test]
async fn questions_in_any_collection_of_futures_are_asked_together() {
    let collected = tool("collected", |ctx| async move {
        let all: FuturesUnordered<_> = (0..5)
            .map(|number| {
                let ctx = ctx.clone();
                async move { answer(&ctx, &format!("item-{number}")).await }
            })
            .collect();
        Ok(all.collect::<Vec<_>>().await.into_iter().filter(Result::is_ok).count().to_string())
    });
    let (rounds, response) = drive(&server([collected]), "collected").await;
    assert_eq!((rounds, text_of(&response)), (vec![5], "5"));
}

#[tokio::test]
async fn many_questions_are_asked_at_once_where_there_is_room_for_them() {
    let many = tool("many", |ctx| async move {
        let questions = (0..1000).map(|number| {
            let ctx = ctx.clone();
            async move { answer(&ctx, &format!("{number}")).await }
        });
        let all = futures_util::future::try_join_all(questions).await?;
        Ok(all.len().to_string())
    });
    // What is asked fits, and what is answered is not carried on.
    let mut limits = Limits::default();
    limits.state_bytes = 64 << 10;
    let few = tool("few", |ctx| async move {
        let questions = (0..500).map(|number| {
            let ctx = ctx.clone();
            async move { answer(&ctx, &format!("{number}")).await }
        });
        Ok(futures_util::future::try_join_all(questions).await?.len().to_string())
    });
    let server = Server::builder("rounds", "1.0.0").tools([many, few]).limits(limits).build();
    let (rounds, response) = drive(&server, "few").await;
    assert_eq!((rounds, text_of(&response)), (vec![500], "500"));
    let (_, response) = drive(&server, "many").await;
    assert_eq!(response["error"]["code"], -32603);
}

#[tokio::test]
async fn a_deadline_around_a_question_does_not_keep_the_client_from_being_asked() {
    let hasty = tool("hasty", |ctx| async move {
        Ok(match tokio::time::timeout(Duration::from_secs(3600), answer(&ctx, "name")).await {
            Ok(name) => name?,
            Err(_) => "too late".into(),
        })
    });
    let (rounds, response) = drive(&server([hasty]), "hasty").await;
    assert_eq!((rounds, text_of(&response)), (vec![1], "yes"));
}

/// A user who has no time is not asked.
#[tokio::test]
async fn a_deadline_that_is_shorter_than_the_time_to_settle_passes() {
    let mut limits = Limits::default();
    limits.ask_settle = Duration::from_secs(3600);
    let hasty = tool("hasty", |ctx| async move {
        match tokio::time::timeout(Duration::from_millis(1), answer(&ctx, "name")).await {
            Ok(name) => name,
            Err(_) => Ok("too late".into()),
        }
    });
    let server = Server::builder("rounds", "1.0.0").tools([hasty]).limits(limits).build();
    let (rounds, response) = drive(&server, "hasty").await;
    assert_eq!((rounds, text_of(&response)), (vec![], "too late"));
}

#[tokio::test]
async fn a_ticker_beside_a_question_does_not_postpone_it_for_ever() {
    let ticking = tool("ticking", |ctx| async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let mut asking = pin!(answer(&ctx, "name"));
        loop {
            tokio::select! {
                name = &mut asking => return name,
                _ = ticks.tick() => {}
            }
        }
    });
    let spinning = tool("spinning", |ctx| async move {
        let mut asking = pin!(answer(&ctx, "name"));
        loop {
            tokio::select! {
                name = &mut asking => return name,
                () = tokio::task::yield_now() => {}
            }
        }
    });
    let server = server([ticking, spinning]);
    for tool in ["ticking", "spinning"] {
        let (rounds, response) = drive(&server, tool).await;
        assert_eq!((rounds, text_of(&response)), (vec![1], "yes"), "{tool}");
    }
}

#[tokio::test]
async fn a_question_that_is_dropped_is_not_asked() {
    let racing = tool("racing", |ctx| async move {
        tokio::select! {
            biased;
            _ = answer(&ctx, "dropped") => unreachable!(),
            () = tokio::task::yield_now() => {}
        }
        answer(&ctx, "asked").await
    });
    let never = tool("never", |ctx| async move {
        drop(answer(&ctx, "polled by nobody"));
        let mut asking = Box::pin(answer(&ctx, "dropped"));
        assert!(futures_util::FutureExt::now_or_never(&mut asking).is_none());
        drop(asking);
        Ok("done".into())
    });
    let server = server([racing, never]);
    let mut client = Alone::new(&server);
    let asked = client.call("racing").await;
    assert_eq!(keys(&asked), ["asked"]);
    assert_eq!(text_of(&client.answer("racing", &asked, "yes").await), "yes");
    assert_eq!(text_of(&client.call("never").await), "done");
}

/// What a handler did while a question of it was dropped is no time of the next one.
#[tokio::test]
async fn a_handler_has_its_time_to_settle_for_each_question() {
    let mut limits = Limits::default();
    limits.ask_settle = Duration::from_millis(200);
    let runs = Count::default();
    let counted = runs.clone();
    let patient = tool("patient", move |ctx| {
        let runs = counted.clone();
        async move {
            let run = runs.up();
            if run > 1 {
                return Ok("cut too early".into());
            }
            let long = tokio::time::timeout(Duration::from_millis(20), answer(&ctx, "first")).await;
            assert!(long.is_err());
            tokio::time::sleep(Duration::from_millis(400)).await;
            // The second question has an end of its own, which comes before the time to settle is over.
            match tokio::time::timeout(Duration::from_millis(20), answer(&ctx, "second")).await {
                Ok(name) => name,
                Err(_) => Ok("in time".into()),
            }
        }
    });
    let server = Server::builder("rounds", "1.0.0").tools([patient]).limits(limits).build();
    let (rounds, response) = drive(&server, "patient").await;
    assert_eq!((rounds, text_of(&response), runs.get()), (vec![], "in time", 1));
}

/// While a handler is at something else it is let be: what it gets from there may change what it asks.
#[tokio::test]
async fn what_comes_within_the_time_to_settle_is_taken_along() {
    let mut limits = Limits::default();
    limits.ask_settle = Duration::from_secs(3600);
    let late = tool("late", |ctx| async move {
        let (told, hears) = oneshot::channel();
        let asking = ctx.clone();
        let task = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            told.send("late").unwrap();
        });
        let early = answer(&asking, "early");
        let later = async {
            let key = hears.await?;
            answer(&ctx, key).await
        };
        let (early, later) = tokio::join!(early, later);
        task.await?;
        Ok::<_, ToolError>(format!("{} {}", early?, later?))
    });
    let server = Server::builder("rounds", "1.0.0").tools([late]).limits(limits).build();
    let mut client = Alone::new(&server);
    assert_eq!(keys(&client.call("late").await), ["early", "late"]);
}

/// Nothing of a call is left between its rounds: neither its place among the calls, nor what it handed elsewhere.
#[tokio::test]
async fn nothing_of_a_call_is_held_between_its_rounds() {
    mcp_tests::covers!("MRTR-010");
    let (told, mut ended) = tokio::sync::mpsc::channel(8);
    let holding = tool("holding", move |ctx| {
        let told = told.clone();
        async move {
            let token = ctx.cancellation();
            tokio::spawn(async move {
                token.cancelled().await;
                told.send(()).await.unwrap();
            });
            answer(&ctx, "name").await
        }
    });
    let mut limits = Limits::default();
    (limits.calls, limits.calls_per_connection) = (1, 1);
    let server = Server::builder("rounds", "1.0.0").tools([holding]).limits(limits).build();
    let mut client = Alone::new(&server);
    let mut asked = Vec::new();
    for _ in 0..8 {
        asked.push(client.call("holding").await);
    }
    for asked in &asked {
        assert_eq!(text_of(&client.answer("holding", asked, "yes").await), "yes");
    }
    // What was handed elsewhere is told that its round is over.
    for _ in &asked {
        ended.recv().await.unwrap();
    }
}

/// A task that still asks after the end of its round is told that there is nobody to answer.
#[tokio::test]
async fn who_asks_after_the_end_of_a_round_is_told_so() {
    let (told, mut outcomes) = tokio::sync::mpsc::channel(4);
    let leaving = tool("leaving", move |ctx| {
        let told = told.clone();
        async move {
            let asking = ctx.clone();
            let (go, may) = oneshot::channel::<()>();
            tokio::spawn(async move {
                let early = asking.ask_text("task", "?").await.map(drop);
                told.send(early).await.unwrap();
                may.await.unwrap_err();
                told.send(asking.ask_text("late", "?").await.map(drop)).await.unwrap();
            });
            let answered = answer(&ctx, "name").await;
            drop(go);
            answered
        }
    });
    let mut client = Alone::new(&server([leaving]));
    client.call("leaving").await;
    for _ in 0..2 {
        let outcome = outcomes.recv().await.unwrap();
        assert!(outcome.as_ref().is_err_and(mcp_server::NotAnswered::is_gone), "{outcome:?}");
    }
}

/// However a call fails, and as often as clients make it fail: nothing of it stays behind.
#[tokio::test]
async fn tasks_of_a_call_that_fails_end_with_it() {
    let (left, mut ended) = tokio::sync::mpsc::channel::<&'static str>(8);
    let failing = |name: &'static str| {
        let left = left.clone();
        tool(name, move |ctx| {
            let left = left.clone();
            async move {
                let asking = ctx.clone();
                let task = tokio::spawn(async move {
                    let _left = Left(name, left);
                    match name {
                        "malformed" => drop(asking.ask_text("name", "?").await),
                        "question" => {
                            let (one, other) = tokio::join!(asking.ask_text("k", "?"), asking.ask_text("k", "?"));
                            assert!(one.is_err() && other.is_err());
                        }
                        _ => {
                            for _ in 0..2 {
                                asking.step("k", || async { Ok::<_, ToolError>(1) }).await.unwrap();
                            }
                        }
                    }
                });
                drop(task.await);
                std::future::pending().await
            }
        })
    };
    let server = server(["malformed", "question", "step"].map(failing));
    let mut client = Alone::new(&server);
    let asked = client.call("malformed").await;
    assert_eq!(ended.recv().await, Some("malformed"), "the round in which it asked");
    let response = client.again("malformed", &asked, serde_json::json!({"name": 7})).await;
    assert_eq!((&response["error"]["code"], ended.recv().await), (&(-32602).into(), Some("malformed")), "{response}");
    for name in ["question", "step"] {
        let response = client.call(name).await;
        assert_eq!((&response["error"]["code"], ended.recv().await), (&(-32603).into(), Some(name)), "{response}");
    }
}

/// Tells that a task has ended, in whichever way.
struct Left(&'static str, tokio::sync::mpsc::Sender<&'static str>);

impl Drop for Left {
    fn drop(&mut self) {
        self.1.try_send(self.0).unwrap();
    }
}

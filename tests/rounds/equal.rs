//! Whatever a handler asks and does, and however its client goes about the rounds: what comes of it is what would come of it
//! in one run.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use futures_util::future::{BoxFuture, try_join_all};
use mcp_server::{Context, RawJson, Schema, Server, ServerTool, ToolError};
use mcp_tests::asking::everything;
use proptest::{collection::vec, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::alone::{Alone, keys, state, text};

/// A part of a handler. Keys are those of the place where it stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Part {
    Ask,
    Step,
    /// Fails the first time it is run.
    FailingStep,
    Together(Vec<Part>),
    InOrder(Vec<Part>),
    InATask(Box<Part>),
}

fn part() -> impl Strategy<Value = Part> {
    let leaf = prop_oneof![3 => Just(Part::Ask), 2 => Just(Part::Step), 1 => Just(Part::FailingStep)];
    leaf.prop_recursive(3, 10, 4, |part| {
        prop_oneof![
            vec(part.clone(), 1..4).prop_map(Part::Together),
            vec(part.clone(), 1..4).prop_map(Part::InOrder),
            part.prop_map(|part| Part::InATask(Box::new(part))),
        ]
    })
}

/// How often each step was run, by what the call calls itself and the place of the step.
type Runs = Arc<Mutex<HashMap<String, usize>>>;

/// Does it, and says what came of it.
fn run(
    part: Part,
    place: String,
    ctx: Context,
    tag: String,
    runs: Runs,
) -> BoxFuture<'static, Result<String, ToolError>> {
    Box::pin(async move {
        let parts = |parts: Vec<Part>| {
            let (ctx, tag, runs, place) = (ctx.clone(), tag.clone(), runs.clone(), place.clone());
            parts
                .into_iter()
                .enumerate()
                .map(move |(at, part)| run(part, format!("{place}.{at}"), ctx.clone(), tag.clone(), runs.clone()))
        };
        Ok(match part {
            Part::Ask => match ctx.ask_text(&place, format!("{place}?")).await?.accepted() {
                Some(answer) => format!("ask{place}={answer}"),
                None => format!("ask{place} declined"),
            },
            Part::Step | Part::FailingStep => {
                let fails = matches!(part, Part::FailingStep);
                let count = || {
                    let mut runs = runs.lock().unwrap();
                    let count = runs.entry(format!("{tag} {place}")).or_default();
                    *count += 1;
                    *count
                };
                let work = || async {
                    tokio::task::yield_now().await;
                    if fails { Err("failed") } else { Ok(count()) }
                };
                format!("step{place}={:?}", ctx.step(&place, work).await)
            }
            Part::Together(all) => format!("({})", try_join_all(parts(all)).await?.join(" ")),
            Part::InOrder(all) => {
                let mut done = Vec::new();
                for part in parts(all) {
                    done.push(part.await?);
                }
                format!("[{}]", done.join(" "))
            }
            Part::InATask(part) => tokio::spawn(run(*part, format!("{place}t"), ctx, tag, runs)).await??,
        })
    })
}

fn server(runs: &Runs) -> Server {
    #[derive(Deserialize)]
    struct Arguments {
        tag: String,
        part: Part,
    }
    let (runs, any) = (runs.clone(), Schema::try_from(json!({"type": "object"})).unwrap());
    let mut limits = mcp_server::Limits::default();
    (limits.state_bytes, limits.ask_settle) = (64 << 10, std::time::Duration::from_millis(5));
    Server::builder("equal", "1.0.0")
        .tools([ServerTool::from_schema("run", any, move |arguments: RawJson, ctx: Context| {
            let Arguments { tag, part } = arguments.parse().unwrap();
            run(part, "-".into(), ctx, tag, runs.clone())
        })])
        .limits(limits)
        .build()
}

/// The answer of a user, who says the same to the same question, and declines some.
fn say(key: &str) -> Value {
    if key.ends_with(".2") { json!({"action": "decline"}) } else { text(key) }
}

/// In one run: every question is answered when it comes.
async fn in_a_session(server: &Server, part: &Part) -> Value {
    let mut client = mcp_tests::asking::Asked::in_process(server, "2025-11-25", everything()).await;
    let arguments = json!({"tag": "session", "part": part});
    client.call("run", arguments, |_, question| say(question["message"].as_str().unwrap().trim_end_matches('?'))).await
}

/// How a client goes about one round: which of the questions it answers, and which state it brings.
#[derive(Debug, Clone, Copy)]
struct Way {
    /// One bit for each question; all if none is left.
    answers: u8,
    /// Sends the round so many times more.
    again: u8,
    /// Goes back so many rounds before it goes on.
    back: usize,
}

fn way() -> impl Strategy<Value = Way> {
    (any::<u8>(), 0..3_u8, 0..3_usize).prop_map(|(answers, again, back)| Way { answers, again, back })
}

/// In rounds, in that way.
async fn in_rounds(server: &Server, part: &Part, ways: &[Way]) -> Value {
    let mut client = Alone::new(server);
    let params = json!({"name": "run", "arguments": {"tag": "rounds", "part": part}});
    let mut asked = vec![client.ask("tools/call", params.clone()).await];
    let mut ways = ways.iter().chain(std::iter::repeat(&Way { answers: 255, again: 0, back: 0 }));
    loop {
        let Way { answers, again, back } = *ways.next().unwrap();
        if asked[asked.len() - 1]["result"]["resultType"] != "input_required" {
            return asked.pop().unwrap();
        }
        let from = asked[asked.len() - 1 - back.min(asked.len() - 1)].clone();
        let questions = keys(&from);
        let mut responses = json!({});
        for (at, key) in questions.iter().enumerate() {
            if answers >> (at % 8) & 1 == 1 {
                responses[key] = say(key);
            }
        }
        let mut next = params.clone();
        next["requestState"] = json!(state(&from));
        next["inputResponses"] = responses;
        for _ in 0..again {
            client.ask("tools/call", next.clone()).await;
        }
        asked.push(client.ask("tools/call", next).await);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_comes_of_a_call_in_rounds_is_what_comes_of_it_in_a_session(part in part(), ways in vec(way(), 0..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let runs = Runs::default();
            let server = server(&runs);
            let alone = in_a_session(&server, &part).await;
            let rounds = in_rounds(&server, &part, &ways).await;
            prop_assert_eq!(&alone["result"]["content"], &rounds["result"]["content"], "{} {}", alone, rounds);
            prop_assert!(alone["result"]["content"][0]["text"].is_string(), "{}", alone);
            Ok(())
        })?;
    }
}

//! What stands around a call that asks: layers, servers that are mounted in others, and what helps to test handlers.

use std::sync::{Arc, Mutex};

use mcp_server::{
    Answer, Context, Error, Server, ServerBuilder, ServerPrompt, ServerResource, ToolError,
    middleware::{Call, Next, Outcome, from_fn},
    testing::{self, TestClient},
};
use mcp_tests::{covers, messages::text_of};
use serde_json::json;

use crate::alone::{Alone, Count, answer, assert_refused, keys, server, state, text, tool};

async fn greet(ctx: Context) -> Result<String, ToolError> {
    Ok(format!("Hello, {}!", answer(&ctx, "name").await?))
}

fn greeting(name: &str, uri: &str) -> ServerBuilder {
    Server::builder(name, "1.0.0")
        .tools([tool("greet", greet)])
        .prompts([ServerPrompt::with_context("greet", |_: (), ctx| greet(ctx))])
        .resources([ServerResource::with_context(uri, "greet", greet)])
}

async fn pass(call: Call, next: Next) -> Result<Outcome, Error> {
    next.run(call).await
}

#[tokio::test]
async fn layers_see_that_a_call_asks_and_what() {
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = seen.clone();
    let look = from_fn(move |call: Call, next: Next| {
        let told = told.clone();
        async move {
            let outcome = next.run(call).await;
            told.lock().unwrap().push(match &outcome {
                Ok(Outcome::InputRequired(asked)) => {
                    let questions = asked.requests.iter().map(|asked| format!("{} {}", asked.key, asked.method));
                    questions.chain(asked.state.is_some().then(|| "state".to_owned())).collect::<Vec<_>>().join(" ")
                }
                Ok(Outcome::Complete(_)) => "complete".to_owned(),
                other => format!("{other:?}"),
            });
            outcome
        }
    });
    let mut client = Alone::new(&greeting("layered", "x://y").layer(look).build());
    let asked = client.call("greet").await;
    assert_eq!(text_of(&client.answer("greet", &asked, "Alice").await), "Hello, Alice!");
    assert_eq!(*seen.lock().unwrap(), ["name elicitation/create state", "complete"]);
}

/// Two mounted servers, with and without layers of their own, in one that is mounted itself.
fn tree(layered: bool) -> Server {
    let part = |name: &str| {
        let part = greeting(name, &format!("{name}://y"));
        if layered { part.layer(from_fn(pass)) } else { part }.build()
    };
    let inner = Server::builder("inner", "1.0.0").mount("c", part("c"));
    let inner = if layered { inner.layer(from_fn(pass)) } else { inner };
    Server::builder("outer", "1.0.0").mount("a", part("a")).mount("b", part("b")).mount("i", inner.build()).build()
}

#[tokio::test]
async fn a_mounted_server_asks_through_the_one_around_it() {
    covers!("MRTR-002");
    for layered in [false, true] {
        let mut client = Alone::new(&tree(layered));
        for (method, params) in [
            ("tools/call", json!({"name": "a_greet", "arguments": {}})),
            ("prompts/get", json!({"name": "a_greet"})),
            ("resources/read", json!({"uri": "a://y"})),
            ("tools/call", json!({"name": "i_c_greet", "arguments": {}})),
            ("prompts/get", json!({"name": "i_c_greet"})),
            ("resources/read", json!({"uri": "c://y"})),
        ] {
            let asked = client.ask(method, params.clone()).await;
            assert_eq!(keys(&asked), ["name"], "{layered} {method}");
            let mut params = params;
            params["requestState"] = json!(state(&asked));
            params["inputResponses"] = json!({"name": text("Alice")});
            let answer = client.ask(method, params).await;
            assert!(answer.to_string().contains("Hello, Alice!"), "{layered} {method}: {answer}");
        }
    }
}

/// Though each of them calls it by the same name.
#[tokio::test]
async fn a_state_of_one_mounted_server_is_none_of_another() {
    for layered in [false, true] {
        let mut client = Alone::new(&tree(layered));
        let names = ["a_greet", "b_greet", "i_c_greet"];
        for method in ["tools/call", "prompts/get"] {
            for made in names {
                let asked = client.ask(method, json!({"name": made})).await;
                for brought in names {
                    let answer = client
                        .ask(
                            method,
                            json!({
                                "name": brought, "requestState": state(&asked),
                                "inputResponses": {"name": text("Alice")},
                            }),
                        )
                        .await;
                    if made == brought {
                        assert!(answer.to_string().contains("Hello, Alice!"), "{layered} {method} {made}: {answer}");
                    } else {
                        assert_refused(&answer);
                    }
                }
            }
        }
    }
}

/// Another state of the same call may not be brought to the server itself either.
#[tokio::test]
async fn a_state_of_a_mounted_server_is_none_of_its_own() {
    let key = [3; 32];
    let part = greeting("same", "a://y").state_key(key).build();
    let outer = Server::builder("same", "1.0.0").mount("a", part.clone()).state_key(key).build();
    let asked = Alone::new(&outer).call("a_greet").await;
    let answer = Alone::new(&part).again("greet", &asked, json!({"name": text("Alice")})).await;
    assert_refused(&answer);
}

#[tokio::test]
async fn a_handler_that_depends_on_luck_fails_where_everything_is_replayed() {
    let draws = Count::default();
    let lucky = |name: &'static str, careful: bool| {
        let draws = draws.clone();
        tool(name, move |ctx| {
            let draws = draws.clone();
            async move {
                let number = match careful {
                    true => ctx.step("draw", || async { Ok::<_, ToolError>(draws.up()) }).await?,
                    false => draws.up(),
                };
                let kept = ctx.confirm("keep", format!("Keep {number}?")).await?;
                Ok(format!("{number} {kept:?}"))
            }
        })
    };
    let server = server([lucky("careless", false), lucky("careful", true)]);
    for version in ["2026-07-28", "2025-11-25"] {
        let client = || TestClient::new(&server).revision(version.parse().unwrap()).answer("keep", true);
        let careful = client();
        careful.call("careful", json!({})).await.unwrap();
        assert_eq!(careful.asked().len(), 1, "{version}");
        testing::replay_always(&server);
        let careful = client();
        assert!(careful.call("careful", json!({})).await.unwrap().joined_text().ends_with("Accept(true)"));
        assert_eq!(careful.asked().len(), 1, "{version}");
        // The question is another one in each run, and so its answer is none to the next.
        let error = client().call("careless", json!({})).await.unwrap_err();
        assert!(error.message().contains("the last time for `keep`"), "{error}");
    }
}

#[tokio::test]
async fn a_test_answers_what_its_handler_asks() {
    let test = Context::for_test().answer("name", "Alice").answer("form", json!({"answer": 3})).cancel_question("page");
    let context = test.context();
    assert_eq!(greet(context.clone()).await.unwrap(), "Hello, Alice!");
    let (number, page) =
        tokio::join!(context.ask_number("form", "?"), context.elicit_url("page", "?", "https://example.com"));
    assert_eq!((number.unwrap().accepted(), format!("{:?}", page.unwrap())), (Some(3.0), "Cancel".to_owned()));
    let step = context.step("step", || async { Ok::<_, ToolError>(5) }).await;
    assert_eq!(step.unwrap(), 5);
    let asked: Vec<_> = test.asked().into_iter().map(|asked| (asked.key, asked.method)).collect();
    let expected = [("name", "elicitation/create"), ("form", "elicitation/create"), ("page", "elicitation/create")];
    assert_eq!(asked, expected.map(|(key, method)| (key.to_owned(), method.to_owned())));
}

/// Of a task that a handler has left behind: it is answered neither before the first question nor at all.
#[tokio::test]
async fn what_is_asked_after_the_end_of_a_call_is_answered_by_nobody() {
    let (ended, has_ended) = tokio::sync::watch::channel(false);
    let (tell, mut answers) = tokio::sync::mpsc::channel(2);
    let leaves = tool("leaves", move |ctx| {
        let (tell, mut has_ended) = (tell.clone(), has_ended.clone());
        async move {
            tokio::spawn(async move {
                has_ended.wait_for(|ended| *ended).await.unwrap();
                tell.send(ctx.confirm("late", "?").await.map(Answer::accepted)).await.unwrap();
            });
            Ok(String::new())
        }
    });
    let server = server([leaves]);
    for version in ["2026-07-28", "2025-11-25"] {
        let client = TestClient::new(&server).revision(version.parse().unwrap()).answer("late", true);
        client.call("leaves", json!({})).await.unwrap();
    }
    ended.send(true).unwrap();
    for _ in 0..2 {
        let answer = answers.recv().await.unwrap();
        assert!(answer.as_ref().is_err_and(mcp_server::NotAnswered::is_gone), "{answer:?}");
    }
}

#[tokio::test]
async fn a_choice_without_options_or_with_two_alike_is_told_by_its_key() {
    let choose = tool("choose", |ctx| async move { Ok(format!("{:?}", ctx.choose("file", "?", [""; 0]).await?)) });
    let twice =
        tool("twice", |ctx| async move { Ok(format!("{:?}", ctx.choose_several("file", "?", ["a", "a"]).await?)) });
    let server = server([choose, twice]);
    let client = TestClient::new(&server).answer("file", "a");
    for (name, problem) in [("choose", "`file` has no options"), ("twice", "`file` has the option `a` twice")] {
        let result = client.call(name, json!({})).await.unwrap();
        assert!(result.is_error && result.joined_text().contains(problem), "{}", result.joined_text());
    }
    assert!(client.asked().is_empty());
}

//! The client answers what servers ask, over every transport and in sessions as well as in rounds.

use std::{
    future::IntoFuture as _,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use mcp_client::{
    ClientBuilder, Error, FormAnswer, Limits, McpClient, PendingCall, ProtocolVersion, Round, SamplingError,
    model::{CreateMessageResult, ElicitAction, Root, SamplingContent, ToolUseContent},
};
use mcp_server::{
    Answer, Context, Form, Schema, Server, ToolError,
    model::{CreateMessage, Tool, ToolResultContent},
    tool, tools,
};
use mcp_tests::asking;
use serde_json::json;
use tokio::sync::Notify;

use crate::support::soon;

/// How clients are asked: by requests of the server in a session, and by answers to their calls.
const VERSIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V2025_06_18, ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28];

/// Where a server is.
#[derive(Debug, Clone, Copy)]
enum Place {
    Here,
    Child,
    Http,
}

#[derive(Form)]
struct Release {
    #[form(default = "Oslo", max_length = 10)]
    name: String,
    #[form(min = 1, max = 5)]
    copies: u8,
    #[form(default = true)]
    notify: bool,
}

/// A form with defaults and bounds.
#[tool(asks(elicitation))]
async fn release(ctx: Context) -> Result<String, ToolError> {
    Ok(match ctx.elicit::<Release>("release", "What?").await? {
        Answer::Accept(Release { name, copies, notify }) => format!("{name} {copies} {notify}"),
        Answer::Decline => "declined".into(),
        Answer::Cancel => "cancelled".into(),
    })
}

/// The model's first answer wants a tool, the second one has what it gave.
#[tool(asks(sampling_tools))]
async fn weather(ctx: Context) -> Result<String, ToolError> {
    let question = || CreateMessage::new(100).user("Rain?").tool(Tool::new("radar", Schema::no_arguments()));
    let first = ctx.sample("first", question()).await?;
    let used = first.tool_uses().next().map(|used| used.id.clone()).ok_or("no tool was wanted")?;
    let next = question().tool_results(first, [ToolResultContent::new(used, ["dry"])]);
    Ok(ctx.sample("second", next).await?.text())
}

fn server() -> Server {
    let mut all = asking::service();
    all.extend(tools![release, weather]);
    Server::builder("asking", "1.0.0").tools(all).build()
}

async fn connect(builder: ClientBuilder, place: Place) -> McpClient {
    let client = match place {
        Place::Here => builder.connect_in_process(&server()).await,
        Place::Child => builder.connect_stdio(Command::new(env!("CARGO_BIN_EXE_asking-server"))).await,
        Place::Http => {
            let listener = server().bind_http("127.0.0.1:0").await.unwrap();
            let url = listener.url();
            tokio::spawn(listener.serve());
            builder.connect_http(url).await
        }
    };
    client.unwrap()
}

fn builder(version: ProtocolVersion) -> ClientBuilder {
    McpClient::builder("agent", "1.0.0").version(version)
}

async fn text(client: &McpClient, tool: &'static str) -> String {
    soon(async { client.call_tool(tool, ()).await }).await.unwrap().joined_text()
}

/// The failure of a call: an error of it in rounds, or what its tool was told in a session.
async fn failure(client: &McpClient, tool: &'static str) -> String {
    let outcome: Result<String, Error> =
        soon(async { client.call_tool(tool, ()).await }).await.and_then(|result| result.parse());
    outcome.unwrap_err().to_string()
}

#[tokio::test]
async fn every_question_is_answered_by_its_handler_wherever_the_server_is() {
    mcp_tests::covers!("ELIC-012", "SAMP-014", "ROOT-003", "MRTR-016");
    for version in VERSIONS {
        for place in [Place::Here, Place::Child, Place::Http] {
            let together = Arc::new(tokio::sync::Barrier::new(2));
            let client = builder(version)
                .on_elicit(move |form| {
                    let together = together.clone();
                    async move {
                        let field = form.form.unwrap().entries()[0].name.clone();
                        if ["left", "right"].contains(&field.as_str()) {
                            // Neither is answered before both are asked.
                            together.wait().await;
                        }
                        FormAnswer::accept(json!({field.as_str(): field.to_uppercase()}))
                    }
                })
                .on_elicit_url(async |page| {
                    assert_eq!((page.host.as_str(), page.is_punycode()), ("example.com", false));
                    ElicitAction::Accept
                })
                .on_sample(async |question| {
                    assert_eq!(question.max_tokens, 100);
                    Ok(CreateMessageResult::new("m", [question.messages[0].content[0].as_text().unwrap()]))
                })
                .roots([Root::new("file:///a"), Root::new("file:///b").with_name("B")]);
            let client = connect(client, place).await;
            assert_eq!(client.version(), version);
            assert_eq!(text(&client, "address").await, "STREET, CITY", "{version} {place:?}");
            assert_eq!(text(&client, "pair").await, "LEFT RIGHT", "{version} {place:?}");
            assert_eq!(text(&client, "from_a_task").await, "ANSWER", "{version} {place:?}");
            assert_eq!(text(&client, "model_and_roots").await, "hello file:///a file:///b", "{version} {place:?}");
            if version >= ProtocolVersion::V2025_11_25 {
                assert_eq!(text(&client, "page").await, "accept", "{version} {place:?}");
            }
            client.set_roots([Root::new("file:///c")]).unwrap();
            assert_eq!(text(&client, "model_and_roots").await, "hello file:///c", "{version} {place:?}");
            assert!(client.set_roots([Root::new("https://c.example")]).is_err());
            client.close().await;
        }
    }
}

#[tokio::test]
async fn a_model_may_want_the_tools_that_it_is_offered_and_no_others() {
    mcp_tests::covers!("SAMP-001", "SAMP-006");
    for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        for (wants, place) in [("radar", Place::Here), ("radar", Place::Http), ("missiles", Place::Here)] {
            let model = builder(version).on_sample_with_tools(move |question: CreateMessage| async move {
                let last = question.messages.last().unwrap();
                match &last.content[0] {
                    SamplingContent::ToolResult(result) => {
                        let seen = result.content[0].as_text().unwrap_or_default();
                        Ok(CreateMessageResult::new("m", [format!("it is {seen}")]))
                    }
                    _ => Ok(CreateMessageResult::new("m", [ToolUseContent::new("u1", wants, Default::default())])),
                }
            });
            let client = connect(model, place).await;
            match wants {
                "radar" => assert_eq!(text(&client, "weather").await, "it is dry"),
                _ => assert!(failure(&client, "weather").await.contains("`missiles`")),
            }
        }
        // Not declared: refused before the handler of the tool has begun.
        let client = connect(builder(version).on_sample(async |_| Err(SamplingError::rejected())), Place::Here).await;
        assert!(failure(&client, "weather").await.contains("`sampling.tools`"));
        assert!(failure(&client, "address").await.contains("`elicitation"));
    }
}

#[tokio::test]
async fn what_is_left_out_gets_its_default_and_what_does_not_fit_stays_here() {
    mcp_tests::covers!("ELIC-011", "ELIC-014");
    for version in VERSIONS {
        for place in [Place::Here, Place::Http] {
            // Before 2025-11-25 only yes and no have defaults (2025-06-18, schema, "PrimitiveSchemaDefinition").
            let has_defaults = version >= ProtocolVersion::V2025_11_25;
            let given = if has_defaults { json!({"copies": 2}) } else { json!({"copies": 2, "name": "Oslo"}) };
            let client =
                connect(builder(version).on_elicit(move |_| std::future::ready(FormAnswer::accept(&given))), place);
            assert_eq!(text(&client.await, "release").await, "Oslo 2 true", "{version} {place:?}");
            for (wrong, problem) in [
                (json!({"name": "x"}), "`copies` is missing"),
                (json!({"copies": 6, "name": "x"}), "`copies` must be at most 5"),
                (json!({"copies": "2", "name": "x"}), "`copies` must be a whole number"),
                (json!({"copies": 2, "name": "Trondheim by the sea"}), "`name` must have at most 10 characters"),
                (json!([2]), "no JSON object"),
            ] {
                let handler = move |_| std::future::ready(FormAnswer::accept(&wrong));
                let client = connect(builder(version).on_elicit(handler), place).await;
                let failure = failure(&client, "release").await;
                assert!(failure.contains(problem), "{version} {place:?}: {failure}");
            }
            for (answer, told) in [(FormAnswer::decline(), "declined"), (FormAnswer::cancel(), "cancelled")] {
                let client = connect(builder(version).on_elicit(move |_| std::future::ready(answer.clone())), place);
                assert_eq!(text(&client.await, "release").await, told);
            }
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_or_fails_costs_its_question_only() {
    for version in VERSIONS {
        for place in [Place::Here, Place::Http] {
            let client = builder(version)
                .on_elicit(async |form| match form.form.unwrap().get("city") {
                    Some(_) => panic!("no such city"),
                    None => FormAnswer::accept(json!({"copies": 1, "name": "x"})),
                })
                .on_sample(async |_| Err("the model is on strike".parse::<u8>().unwrap_err().into()))
                .roots([]);
            let client = connect(client, place).await;
            let told = failure(&client, "address").await;
            assert!(told.contains("failed while it answered"), "{version} {place:?}: {told}");
            let told = failure(&client, "model_and_roots").await;
            assert!(told.contains("invalid digit"), "{version} {place:?}: {told}");
            assert_eq!(text(&client, "release").await, "x 1 true");
            let refuses = builder(version).on_sample(async |_| Err(SamplingError::rejected())).roots([]);
            let told = failure(&connect(refuses, place).await, "model_and_roots").await;
            assert!(told.contains("rejected"), "{version} {place:?}: {told}");
        }
    }
}

/// The time that the user takes is not the server's.
#[tokio::test]
async fn the_clock_of_a_call_stands_still_while_it_is_answered() {
    for version in VERSIONS {
        for place in [Place::Here, Place::Http] {
            let slow = async |_| {
                tokio::time::sleep(Duration::from_secs(3)).await;
                FormAnswer::accept(json!({"copies": 1, "name": "x"}))
            };
            let client = connect(builder(version).on_elicit(slow), place).await;
            let call = client.call_tool("release", ()).timeout(Duration::from_secs(2));
            assert_eq!(soon(call.into_future()).await.unwrap().joined_text(), "x 1 true", "{version} {place:?}");
        }
    }
}

#[tokio::test]
async fn a_handler_that_never_answers_ends_at_its_own_bound() {
    for version in VERSIONS {
        for place in [Place::Here, Place::Http] {
            let mut limits = Limits::default();
            limits.answer_timeout = Duration::from_millis(50);
            let never = builder(version).limits(limits).on_elicit(|_| std::future::pending());
            assert_eq!(text(&connect(never, place).await, "release").await, "cancelled", "{version} {place:?}");
        }
    }
}

/// Sends word when it is dropped.
struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[tokio::test]
async fn dropping_the_call_or_the_client_drops_the_handler() {
    for version in VERSIONS {
        for place in [Place::Here, Place::Http] {
            for drops_client in [false, true] {
                let (begun, dropped) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
                let (begins, drops) = (begun.clone(), dropped.clone());
                let client = builder(version).on_elicit(move |_| {
                    let (begins, dropped) = (begins.clone(), Dropped(drops.clone()));
                    async move {
                        let _dropped = dropped;
                        begins.notify_one();
                        std::future::pending().await
                    }
                });
                let client = connect(client, place).await;
                let call = tokio::spawn(client.call_tool("release", ()).into_future());
                soon(begun.notified()).await;
                if drops_client {
                    soon(client.close()).await;
                } else {
                    call.abort();
                }
                soon(dropped.notified()).await;
            }
        }
    }
}

#[tokio::test]
async fn no_more_questions_are_answered_at_a_time_than_there_may_be() {
    let mut limits = Limits::default();
    limits.answers = 1;
    // The first is given up for the user's cancel, long after the second was refused.
    limits.answer_timeout = Duration::from_secs(2);
    for place in [Place::Here, Place::Http] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counts = asked.clone();
        let client = builder(ProtocolVersion::V2025_11_25).limits(limits.clone()).on_elicit(move |_| {
            counts.fetch_add(1, Ordering::Relaxed);
            std::future::pending()
        });
        let client = connect(client, place).await;
        let told = failure(&client, "pair").await;
        assert!(told.contains("as many questions as it can"), "{place:?}: {told}");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn what_is_declared_follows_from_the_handlers_and_may_be_less() {
    mcp_tests::covers!("CAP-003", "ELIC-001");
    let seen = Arc::new(Mutex::new(None));
    let sees = seen.clone();
    let client = McpClient::builder("agent", "1.0.0")
        .on_elicit(async |_| FormAnswer::decline())
        .on_elicit_url(async |_| ElicitAction::Decline)
        .on_sample_with_tools(async |_| Err(SamplingError::rejected()))
        .roots([])
        .declare(move |capabilities| {
            *sees.lock().unwrap() = Some(serde_json::to_value(&*capabilities).unwrap());
            capabilities.roots = None;
        });
    let client = connect(client, Place::Here).await;
    let everything = json!({"elicitation": {"form": {}, "url": {}}, "sampling": {"tools": {}}, "roots": {}});
    assert_eq!(seen.lock().unwrap().take(), Some(everything));
    assert!(client.set_roots([]).unwrap_err().to_string().contains("has not declared roots"));
    assert!(failure(&client, "model_and_roots").await.contains("`roots`"));
    let wrong = builder(ProtocolVersion::LATEST).roots([Root::new("/home")]);
    assert!(wrong.connect_in_process(&server()).await.unwrap_err().to_string().contains("file://"));
}

/// A program may ask its users itself: what a call needs to go on travels as text.
#[tokio::test]
async fn the_rounds_of_a_call_may_be_driven_by_hand_and_by_another_process() {
    mcp_tests::covers!("MRTR-017", "MRTR-018");
    for place in [Place::Here, Place::Http] {
        let asks_elsewhere = || {
            builder(ProtocolVersion::V2026_07_28)
                .declare(|capabilities| capabilities.elicitation = Some(serde_json::from_str("{}").unwrap()))
        };
        // Both speak to the same server.
        let (one, url) = match place {
            Place::Http => {
                let listener = server().bind_http("127.0.0.1:0").await.unwrap();
                let url = listener.url();
                tokio::spawn(listener.serve());
                (asks_elsewhere().connect_http(&url).await.unwrap(), Some(url))
            }
            _ => (connect(asks_elsewhere(), place).await, None),
        };
        let other = match &url {
            Some(url) => asks_elsewhere().connect_http(url).await.unwrap(),
            None => one.clone(),
        };
        let mut round = one.call_tool("address", ()).round().await.unwrap();
        let mut asked = Vec::new();
        let last = loop {
            let pending = match round {
                Round::Done(result) => break result,
                Round::Asks(pending) => serde_json::to_string(&pending).unwrap(),
            };
            let mut pending: PendingCall = serde_json::from_str(&pending).unwrap();
            let keys: Vec<String> = pending.unanswered().map(str::to_owned).collect();
            assert!(other.resume_tool(pending.clone()).await.unwrap_err().to_string().contains("has no answer"));
            for key in keys {
                let (method, params) = pending.question(&key).unwrap();
                assert_eq!(method, "elicitation/create");
                assert!(params.as_str().contains("requestedSchema"));
                let answer = |value| json!({"action": "accept", "content": {key.as_str(): value}});
                assert!(pending.answer(&key, answer(json!(7))).unwrap_err().to_string().contains("must be a text"));
                pending.answer(&key, answer(json!(key.to_uppercase()))).unwrap();
                asked.push(key);
            }
            assert!(other.resume_prompt(pending.clone()).await.is_err());
            round = other.resume_tool(pending).round().await.unwrap();
        };
        assert_eq!((last.joined_text().as_str(), asked), ("STREET, CITY", vec!["city".into(), "street".into()]));
    }
}

//! Calls through the handlers, without a server.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context as TaskContext, Waker},
};

use mcp_core::{
    ErrorKind, ProtocolVersion,
    call::{CallMetadata, Caller},
    json::RawJson,
    model::{CallToolResult, ClientCapabilities, Content},
};
use serde_json::{Value, json};

use super::CallFailure;
use crate::{Context, Handlers, Json, ServerTool, ToolError, context::CallScope, logging::LogTo, tool};

type Answer = Result<CallToolResult, CallFailure>;

pub(super) fn scope() -> CallScope {
    let version = ProtocolVersion::ALL[0];
    CallScope {
        caller: Arc::new(Caller::new(version, ClientCapabilities::default())),
        late_check: None,
        client: None,
        rounds: None,
        resume: None,
        progress_rate: 64,
        masks_errors: false,
        clock: None,
        metadata: CallMetadata::default(),
        notifications: None,
        log: LogTo::Nobody,
        server: Arc::new(()),
    }
}

fn raw(arguments: &Value) -> RawJson {
    RawJson::from_value(arguments).unwrap()
}

async fn call(tool: &ServerTool, arguments: Value) -> Answer {
    tool.call(raw(&arguments), scope()).await
}

async fn text(tool: &ServerTool, arguments: Value) -> String {
    call(tool, arguments).await.unwrap().joined_text()
}

async fn problem(tool: &ServerTool, arguments: Value) -> String {
    match call(tool, arguments).await {
        Err(CallFailure::Arguments(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Filter {
    since: u16,
    names: Option<Vec<String>>,
}

#[tool]
async fn search(query: String, limit: Option<u8>, exact: Option<bool>, filter: Option<Filter>) -> String {
    format!("{query} {limit:?} {exact:?} {:?}", filter.map(|filter| (filter.since, filter.names)))
}

#[tool]
fn ping() -> &'static str {
    "pong"
}

#[tokio::test]
async fn arguments_reach_the_function() {
    let tool = search::tool();
    assert_eq!(text(&tool, json!({"query": "q"})).await, "q None None None");
    let all = json!({"query": "q", "limit": 3, "exact": null, "filter": {"since": 1, "names": ["n"]}});
    assert_eq!(text(&tool, all).await, "q Some(3) None Some((1, Some([\"n\"])))");
    assert_eq!(text(&ping::tool(), json!({})).await, "pong");
}

#[tokio::test]
async fn integers_may_be_written_as_floats() {
    let arguments = json!({"query": "q", "limit": 3.0, "filter": {"since": 7.0}});
    assert_eq!(text(&search::tool(), arguments).await, "q Some(3) None Some((7, None))");
}

#[tokio::test]
async fn misspelt_and_missing_arguments_are_named() {
    let tool = search::tool();
    assert_eq!(problem(&tool, json!({})).await, "the arguments of tool `search` do not fit: missing argument `query`");
    assert_eq!(
        problem(&tool, json!({"query": "q", "limt": 3})).await,
        "the arguments of tool `search` do not fit: unknown argument `limt`; did you mean `limit`?"
    );
    assert_eq!(
        problem(&tool, json!({"query": "q", "colour": 3})).await,
        "the arguments of tool `search` do not fit: unknown argument `colour`; the tool takes `query`, `limit`, \
         `exact`, `filter`"
    );
    assert_eq!(
        problem(&ping::tool(), json!({"loud": true})).await,
        "the arguments of tool `ping` do not fit: unknown argument `loud`; the tool takes none"
    );
}

#[tokio::test]
async fn every_problem_is_told_once() {
    assert_eq!(
        problem(&search::tool(), json!({"quer": "q", "limit": "three", "exact": 1})).await,
        "the arguments of tool `search` do not fit:\n\
         - missing argument `query`\n\
         - unknown argument `quer`; did you mean `query`?\n\
         - argument `limit`: expected an integer or null, not the string \"three\"\n\
         - argument `exact`: expected true or false or null, not the number 1"
    );
}

#[cfg(feature = "json-schema")]
#[tokio::test]
async fn what_is_wrong_is_named_by_its_path() {
    let tool = search::tool();
    let fit = |text: &str| format!("the arguments of tool `search` do not fit: {text}");
    assert_eq!(
        problem(&tool, json!({"query": "q", "limit": 300})).await,
        fit("argument `limit`: 300 is greater than the maximum of 255")
    );
    assert_eq!(
        problem(&tool, json!({"query": "q", "limit": 1.5})).await,
        fit("argument `limit`: expected an integer or null, not the number 1.5")
    );
    assert_eq!(
        problem(&tool, json!({"query": "q", "filter": {"since": "x"}})).await,
        fit("argument `filter.since`: expected an integer, not the string \"x\"")
    );
    assert_eq!(
        problem(&tool, json!({"query": "q", "filter": {"since": 1, "names": ["a", {}]}})).await,
        fit("argument `filter.names[1]`: expected a string, not an object")
    );
    assert_eq!(
        problem(&tool, json!({"query": "q", "filter": {"names": []}})).await,
        fit("argument `filter`: missing field `since`")
    );
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[expect(dead_code, reason = "only decoded")]
struct Wide {
    query: String,
    wide: u32,
}

#[tokio::test]
async fn positions_count_from_the_line() {
    let json = RawJson::from_value(&json!({"query": "q"})).unwrap();
    assert!(search::tool().call(json, scope()).await.is_ok());
    let lines: RawJson = serde_json::from_str("{\n  \"query\": \"ä\",\n  \"wide\": 5000000000\n}").unwrap();
    // No schema tells the end of what 32 bits hold.
    let wide = ServerTool::new("wide", |_: Wide| async {});
    match wide.call(lines, scope()).await {
        Err(CallFailure::Arguments(text)) => assert!(text.contains("argument `wide`: invalid value"), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn long_texts_of_the_peer_are_cut() {
    let long = "x".repeat(10_000);
    assert!(problem(&search::tool(), json!({"query": "q", &long: 1, "limit": long.clone()})).await.len() < 400);
}

#[tokio::test]
async fn a_peer_does_not_decide_how_long_the_answer_is() {
    let many: serde_json::Map<String, Value> = (0..10_000).map(|n| (format!("{n}").repeat(20), json!(n))).collect();
    let text = problem(&search::tool(), Value::Object(many)).await;
    assert_eq!(text.lines().count(), 18);
    assert!(text.len() < 4000 && text.ends_with("and maybe more"), "{text}");
}

#[derive(Debug, Clone, serde::Serialize, schemars::JsonSchema)]
struct Report {
    degrees: u8,
}

#[tokio::test]
async fn results_take_their_form_from_the_type() {
    let json = ServerTool::new("json", |_: Value| async { Json(Report { degrees: 20 }) });
    let result = call(&json, json!({})).await.unwrap();
    assert_eq!(result.structured_content.unwrap().as_str(), "{\"degrees\":20}");
    assert_eq!(result.content, [Content::text("{\"degrees\":20}")]);

    let list = ServerTool::new("list", |_: Value| async { Json([1, 2]) });
    assert_eq!(call(&list, json!({})).await.unwrap().structured_content.unwrap().as_str(), "[1,2]");

    let nothing = ServerTool::new("nothing", |_: Value| async {});
    assert_eq!(call(&nothing, json!({})).await.unwrap(), CallToolResult::default());
    let half = ServerTool::new("half", |_: Value| async { 0.5 });
    assert_eq!(text(&half, json!({})).await, "0.5");
}

#[tokio::test]
async fn a_result_that_is_no_json_is_an_internal_error() {
    let keys = std::collections::BTreeMap::from([(vec![1], 1)]);
    let tool = ServerTool::new("keys", move |_: Value| {
        let keys = keys.clone();
        async move { Json(Unwritable(keys)) }
    });
    assert!(matches!(call(&tool, json!({})).await, Err(CallFailure::Protocol(e)) if e.kind() == ErrorKind::Internal));
}

#[derive(serde::Serialize)]
struct Unwritable(std::collections::BTreeMap<Vec<u8>, u8>);

impl schemars::JsonSchema for Unwritable {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unwritable".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::Schema::default()
    }
}

#[tokio::test]
async fn errors_become_texts_or_protocol_errors() {
    async fn failure<T: crate::IntoToolResult + Clone + Send + Sync + 'static>(value: T) -> CallFailure {
        let tool = ServerTool::new("fails", move |_: Value| std::future::ready(value.clone()));
        call(&tool, json!({})).await.unwrap_err()
    }
    assert!(matches!(failure(Err::<(), _>("no city")).await, CallFailure::Tool(text) if text == "no city"));
    assert!(matches!(failure("x".parse::<u8>()).await, CallFailure::Tool(text) if text.starts_with("invalid digit")));

    let tool = ServerTool::new("fails", |_: Value| async {
        Err::<(), _>(ToolError::protocol(mcp_core::Error::invalid_params("no such city")))
    });
    let kind = match call(&tool, json!({})).await {
        Err(CallFailure::Protocol(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind, ErrorKind::InvalidParams);
}

#[test]
fn a_protocol_error_is_one_also_in_a_box() {
    let boxed: Box<dyn std::error::Error + Send + Sync> = mcp_core::Error::invalid_params("no such city").into();
    let error = ToolError::from(boxed);
    assert_eq!(format!("{error:?}").split('(').next(), Some("ToolError::protocol"));
    // What is said to be for the model, is.
    let error = ToolError::new(mcp_core::Error::invalid_params("no such city"));
    assert_eq!(format!("{error:?}").split('(').next(), Some("ToolError"));
}

#[tokio::test]
async fn a_call_does_nothing_until_it_is_polled_and_dropping_it_cancels() {
    let started = Arc::new(AtomicBool::new(false));
    let token = Arc::new(Mutex::new(None));
    let tool = ServerTool::with_context("wait", {
        let (started, token) = (started.clone(), token.clone());
        move |_: Value, ctx: Context| {
            started.store(true, Ordering::SeqCst);
            *token.lock().unwrap() = Some(ctx.cancellation());
            std::future::pending::<()>()
        }
    });
    {
        let mut future = pin!(tool.call(raw(&json!({})), scope()));
        assert!(!started.load(Ordering::SeqCst));
        assert!(future.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
        assert!(started.load(Ordering::SeqCst));
        assert!(!token.lock().unwrap().as_ref().unwrap().is_cancelled());
    }
    assert!(token.lock().unwrap().as_ref().unwrap().is_cancelled());
}

#[tokio::test]
async fn a_call_that_returned_is_not_cancelled() {
    let token = Arc::new(Mutex::new(None));
    let kept = token.clone();
    let tool = ServerTool::with_context("quick", move |_: Value, ctx: Context| {
        *kept.lock().unwrap() = Some(ctx.cancellation());
        async {}
    });
    call(&tool, json!({})).await.unwrap();
    assert!(!token.lock().unwrap().as_ref().unwrap().is_cancelled());
}

/// Blocks.
#[tool(blocking)]
fn block(ctx: Context, fail: bool) -> String {
    assert!(!fail, "as asked");
    assert!(ctx.caller().client().is_none());
    format!("{:?}", std::thread::current().id())
}

#[tokio::test]
async fn blocking_work_leaves_the_thread_and_its_panic_comes_back() {
    let here = format!("{:?}", std::thread::current().id());
    assert_ne!(text(&block::tool(), json!({"fail": false})).await, here);
    let tool = block::tool();
    let panic = tokio::spawn(async move { call(&tool, json!({"fail": true})).await }).await.unwrap_err();
    assert_eq!(panic.into_panic().downcast_ref::<&str>(), Some(&"as asked"));
}

struct Greeter(String);

#[crate::handlers]
impl Greeter {
    #[tool]
    async fn greet(&self, name: String) -> String {
        format!("{} {name}", self.0)
    }

    #[tool(blocking)]
    fn shout(&self, #[arg(default = "you")] name: String) -> String {
        format!("{} {name}!", self.0)
    }

    #[tool]
    fn version() -> u8 {
        1
    }
}

#[tokio::test]
async fn methods_share_their_state() {
    let tools = Arc::new(Greeter("hi".into())).tools();
    assert_eq!(text(&tools[0], json!({"name": "Ada"})).await, "hi Ada");
    assert_eq!(text(&tools[1], json!({})).await, "hi you!");
    assert_eq!(text(&tools[2], json!({})).await, "1");
}

//! Servers and handlers that are tested without a client.

use std::time::Duration;

use mcp_server::{
    Context, Error, ErrorKind, Limits, Page, Principal, ProtocolVersion, Server, ServerResource, ServerTool,
    ToolSource, async_trait,
    middleware::{Call, Next, from_fn},
    model::LogLevel,
    prompt, prompts, resource, resources,
    testing::{self, TestClient},
    tool, tools,
};
use serde_json::{Map, Value, json};

/// Adds two numbers, slowly.
#[tool]
async fn add_with_progress(a: i64, b: i64, ctx: Context) -> i64 {
    for step in 1..=3 {
        ctx.progress(f64::from(step), 3.0, format!("step {step}")).await;
    }
    ctx.log(LogLevel::Info, json!({"a": a}));
    a + b
}

/// Who calls.
#[tool]
async fn who(ctx: Context) -> String {
    let caller = ctx.caller();
    let client = caller.client().map(|client| client.name.clone());
    let principal = caller.principal().map(|principal| principal.as_str().to_owned());
    let header = ctx.headers().get("x-team").map(|value| value.to_str().unwrap().to_owned());
    let extension = ctx.extensions().get::<u8>().copied();
    let trace: Option<String> = ctx.meta("traceparent").and_then(|value| value.parse().ok());
    format!("{client:?} {principal:?} {header:?} {extension:?} {trace:?} {}", caller.version().as_str())
}

/// Never ends.
#[tool]
async fn wait() {
    std::future::pending::<()>().await;
}

#[prompt]
async fn greet(name: String) -> String {
    format!("Hello, {name}!")
}

#[resource("shop://items/{id}")]
async fn item(id: u32) -> Option<String> {
    (id < 100).then(|| format!("item {id}"))
}

fn server() -> Server {
    Server::builder("tested", "1.0.0")
        .instructions("Add.")
        .tools(tools![wait, who, add_with_progress])
        .prompts(prompts![greet].into_iter().map(|greet| greet.complete_values("name", ["Ada", "Alan"])))
        .resources(resources![item].into_iter().map(|item| item.complete_values("id", ["7"])))
        .resources([ServerResource::text("shop://motto", "motto", "Everything must go")])
        .logging()
        .build()
}

#[tokio::test]
async fn a_handler_with_a_context_is_tested_as_a_function() {
    let test = Context::for_test();
    assert_eq!(add_with_progress(1, 2, test.context()).await, 3);
    let texts: Vec<_> = test.progress().into_iter().map(|progress| progress.message.unwrap()).collect();
    assert_eq!(texts, ["step 1", "step 2", "step 3"]);
    assert_eq!(test.logs()[0].data.as_str(), r#"{"a":1}"#);
}

#[tokio::test]
async fn a_client_is_who_the_test_says() {
    let client = TestClient::new(&server())
        .client("agent", "1.0.0")
        .principal(Principal::new("ada"))
        .header("x-team", "maps")
        .extension(7_u8)
        .meta("traceparent", "00-1")
        .revision(ProtocolVersion::ALL[0]);
    let said = client.call("who", json!({})).await.unwrap().joined_text();
    let version = ProtocolVersion::ALL[0].as_str();
    assert_eq!(said, format!(r#"Some("agent") Some("ada") Some("maps") Some(7) Some("00-1") {version}"#));
    let said = testing::call(&server(), "who", json!({})).await.unwrap().joined_text();
    assert_eq!(said, format!("None None None None None {}", ProtocolVersion::LATEST.as_str()));
}

#[tokio::test]
async fn a_client_keeps_progress_and_the_log_messages_that_it_wants() {
    let client = TestClient::new(&server());
    client.call("add_with_progress", json!({"a": 1, "b": 2})).await.unwrap();
    assert_eq!((client.progress().len(), client.logs().len()), (3, 0));
    let client = client.log_level(LogLevel::Info);
    client.call("add_with_progress", json!({"a": 1, "b": 2})).await.unwrap();
    assert_eq!(client.logs()[0].level, LogLevel::Info);
}

#[tokio::test]
async fn everything_that_a_server_answers_is_asked_by_name() {
    let server = server();
    let message = &testing::get_prompt(&server, "greet", json!({"name": "Ada"})).await.unwrap().messages[0];
    assert_eq!(message.content.as_text(), Some("Hello, Ada!"));
    let read = testing::read(&server, "shop://items/7").await.unwrap();
    assert_eq!(read.contents[0].uri(), "shop://items/7");
    assert_eq!(testing::complete_prompt(&server, "greet", "name", "al").await.unwrap().values, ["Alan"]);
    assert_eq!(testing::complete_resource(&server, "shop://items/{id}", "id", "").await.unwrap().values, ["7"]);
    let names: Vec<_> = testing::list_tools(&server).await.unwrap().into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["wait", "who", "add_with_progress"]);
    assert_eq!(testing::list_prompts(&server).await.unwrap()[0].name, "greet");
    assert_eq!(testing::list_resources(&server).await.unwrap()[0].uri, "shop://motto");
    assert_eq!(testing::list_resource_templates(&server).await.unwrap()[0].uri_template, "shop://items/{id}");
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    let mut limits = Limits::default();
    limits.page_size = Some(2);
    let tools = (0..5).map(|n| ServerTool::new(format!("tool{n}"), |_: Map<String, Value>| async { "x" }));
    let server = Server::builder("pages", "1.0.0").tools(tools).limits(limits).build();
    assert_eq!(testing::list_tools(&server).await.unwrap().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_holds_for_a_real_call_holds_here() {
    let mut limits = Limits::default();
    limits.call_timeout = Duration::from_secs(1);
    let refused = |call: Call, next: Next| async move {
        if call.name() == Some("who") {
            return Err(mcp_server::Error::internal("the layer refuses"));
        }
        next.run(call).await
    };
    let server = Server::builder("held", "1.0.0").tools(tools![add_with_progress, who, wait]);
    let server = server.limits(limits).layer(from_fn(refused)).build();
    // Validation: since 2025-11-25 the model reads what is wrong, before that the request fails.
    let wrong = json!({"a": 1, "c": 2});
    let told = testing::call(&server, "add_with_progress", &wrong).await.unwrap();
    assert!(told.is_error && told.joined_text().contains("missing argument `b`"), "{told:?}");
    let old = TestClient::new(&server).revision(ProtocolVersion::ALL[0]);
    assert_eq!(old.call("add_with_progress", wrong).await.unwrap_err().kind(), ErrorKind::InvalidArguments);
    // Layers, names, the bounds of a message, the deadline.
    let error = testing::call(&server, "who", json!({})).await.unwrap_err();
    assert_eq!(error.message(), "the layer refuses");
    let error = testing::call(&server, "nobody", json!({})).await.unwrap_err();
    assert!(error.message().starts_with("unknown tool `nobody`"), "{error}");
    let deep = (0..1000).fold(json!(1), |value, _| json!([value]));
    let error = testing::call(&server, "who", json!({"deep": deep})).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse, "{error}");
    let error = testing::call(&server, "wait", json!({})).await.unwrap_err();
    assert!(error.message().contains("given up after 1 second"), "{error}");
    // Only capabilities that are declared.
    assert_eq!(testing::list_prompts(&server).await.unwrap_err().kind(), ErrorKind::MethodNotFound);
}

#[test]
fn a_snapshot_has_everything_in_the_order_of_names() {
    let snapshot = testing::snapshot(&server());
    let json = serde_json::to_value(&snapshot).unwrap();
    let names = |list: &str, key: &str| -> Vec<Value> {
        json[list].as_array().unwrap().iter().map(|item| item[key].clone()).collect()
    };
    assert_eq!(names("tools", "name"), ["add_with_progress", "wait", "who"]);
    assert_eq!(names("prompts", "name"), ["greet"]);
    assert_eq!(names("resources", "uri"), ["shop://motto"]);
    assert_eq!(names("resource_templates", "uriTemplate"), ["shop://items/{id}"]);
    assert_eq!(json["instructions"], "Add.");
    assert_eq!(json["capabilities"]["tools"], json!({"listChanged": true}));
    assert_eq!(json["tools"][0]["inputSchema"]["required"], json!(["a", "b"]));
    // Neither the order of registration nor another version is a difference; a description is.
    let turned = Server::builder("tested", "2.0.0").tools(tools![add_with_progress, who, wait]).build();
    assert_eq!(testing::snapshot(&turned).tools, snapshot.tools);
    let said = Server::builder("tested", "1.0.0").tools([wait::tool().description("Waits."), who::tool()]).build();
    assert_ne!(testing::snapshot(&said).tools[0], snapshot.tools[1]);
}

/// Always has another page.
struct Endless;

#[async_trait]
impl ToolSource for Endless {
    async fn list(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
        let number: u64 = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
        Ok(Page::new([]).next((number + 1).to_string()))
    }

    async fn get(&self, _: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_list_that_never_ends_is_an_error() {
    let server = Server::builder("tested", "1.0.0").tool_source(Endless).build();
    let error = testing::list_tools(&server).await.unwrap_err();
    assert!(error.message().contains("more than 1000 pages"), "{error}");
}

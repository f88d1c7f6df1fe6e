//! Servers inside servers.

use std::time::Duration;

use mcp_server::{
    Context, Error, ErrorKind, Listed, Server, ServerPrompt, ServerResource, ServerTool,
    middleware::{Call, Next, from_fn},
    model::{CacheHint, PromptArgument},
    prompt, resource, resources, tool, tools,
};
use mcp_tests::clients;
use serde_json::{Value, json};

use crate::panics;

/// No arguments.
type Nothing = serde_json::Map<String, Value>;

/// Adds a tool to the server that it belongs to, and says which tools that one has.
#[tool]
fn grow(ctx: Context) -> String {
    ctx.server().tools().insert(ServerTool::new("grown", |_: Nothing| async { "I am new" }));
    ctx.server().tools().names().join(" ")
}

/// Its arguments are checked, and its headers where they travel in headers.
#[tool]
fn current(city: String, #[arg(header = "Region")] region: String) -> String {
    format!("sunny in {city}, {region}")
}

#[prompt]
fn plan(#[arg(complete = cities)] city: String) -> String {
    format!("Plan a day in {city}")
}

async fn cities(_: mcp_server::CompletionRequest) -> Vec<&'static str> {
    vec!["Oslo"]
}

#[resource("weather://{city}/today", cache = CacheHint::public(Duration::from_secs(60)))]
async fn today(#[arg(complete = cities)] city: String) -> String {
    format!("rain in {city}")
}

fn weather() -> Server {
    Server::builder("weather", "1.0.0")
        .tools(tools![grow, current])
        .prompts([plan::prompt()])
        .resources(resources![today])
        .resources([ServerResource::text("weather://stations", "stations", "3")])
        .build()
}

#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn names(page: &Value, items: &str, name: &str) -> Vec<String> {
    page[items].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

async fn text(client: &mut clients::Client, tool: &str, arguments: Value) -> String {
    let result = client.result("tools/call", json!({"name": tool, "arguments": arguments})).await;
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

/// Everything of a mounted server is offered and answered.
#[tokio::test]
async fn a_mounted_server_is_part_of_the_outer_one() {
    let server = Server::builder("outer", "1.0.0").mount("weather", weather()).tools(tools![add]).build();
    for mut client in clients::all(&server).await {
        let capabilities = client.capabilities().await;
        for capability in ["tools", "prompts", "resources", "completions"] {
            assert!(capabilities.get(capability).is_some(), "{capabilities}");
        }
        let tools = client.result("tools/list", json!({})).await;
        assert_eq!(names(&tools, "tools", "name")[..3], ["add", "weather_grow", "weather_current"]);
        assert_eq!(text(&mut client, "add", json!({"a": 1, "b": 2})).await, "3");
        assert_eq!(client.error("tools/call", json!({"name": "current", "arguments": {}})).await.0, -32602);
        let prompts = client.result("prompts/list", json!({})).await;
        assert_eq!(names(&prompts, "prompts", "name"), ["weather_plan"]);
        let plan = json!({"name": "weather_plan", "arguments": {"city": "Oslo"}});
        let plan = client.result("prompts/get", plan).await;
        assert_eq!(plan["messages"][0]["content"]["text"], "Plan a day in Oslo");
        let (code, error) = client.error("prompts/get", json!({"name": "weather_plan"})).await;
        assert_eq!((code, &error["message"]), (-32602, &json!("prompt `weather_plan` needs `city`")));
        for (uri, expected) in [("weather://Oslo/today", "rain in Oslo"), ("weather://stations", "3")] {
            let read = client.result("resources/read", json!({"uri": uri})).await;
            assert_eq!((&read["contents"][0]["uri"], &read["contents"][0]["text"]), (&json!(uri), &json!(expected)));
            if !client.has_session() {
                let ttl = if expected == "3" { 0 } else { 60_000 };
                assert_eq!(read["ttlMs"], ttl, "{read}");
            }
        }
        for reference in [
            json!({"type": "ref/prompt", "name": "weather_plan"}),
            json!({"type": "ref/resource", "uri": "weather://{city}/today"}),
        ] {
            let asked = json!({"ref": reference, "argument": {"name": "city", "value": ""}});
            let completion = client.result("completion/complete", asked).await;
            assert_eq!(completion["completion"]["values"], json!(["Oslo"]));
        }
        let wrong = client.ask("tools/call", json!({"name": "weather_current", "arguments": {"town": 1}})).await;
        assert!(wrong.to_string().contains("city"), "{wrong}");
    }
}

/// What changes in the mounted server changes in the outer one, and is announced to its listeners.
#[tokio::test]
async fn changes_come_through() {
    // Each way of listening, on servers of its own.
    for index in 0..4 {
        let weather = weather();
        let middle = Server::builder("middle", "1.0.0").mount("weather", weather.clone()).build();
        let server = Server::builder("outer", "1.0.0").mount("middle", middle).build();
        let mut clients = clients::all(&server).await;
        let mut asking = clients::Client::on_pipe(&server, None).await;
        let mut events = clients.swap_remove(index).listen(&["weather://stations"]).await;
        // A handler that asks for its server gets the one it was registered with.
        assert_eq!(text(&mut asking, "middle_weather_grow", json!({})).await, "grow current grown");
        assert_eq!(events.next().await["method"], "notifications/tools/list_changed");
        assert_eq!(text(&mut asking, "middle_weather_grown", json!({})).await, "I am new");
        weather.tools().remove("grown");
        assert_eq!(events.next().await["method"], "notifications/tools/list_changed");
        assert_eq!(asking.error("tools/call", json!({"name": "middle_weather_grown"})).await.0, -32602);
        weather.prompts().insert(ServerPrompt::new("late", |_: ()| async { "x" }));
        assert_eq!(events.next().await["method"], "notifications/prompts/list_changed");
        assert_eq!(server.prompts().names(), ["middle_weather_plan", "middle_weather_late"]);
        weather.resources().insert(ServerResource::text("weather://late", "late", "x"));
        assert_eq!(events.next().await["method"], "notifications/resources/list_changed");
        assert!(server.resources().get("weather://late").is_some());
        weather.notify_resource_updated("weather://Oslo/today");
        weather.notify_resource_updated("weather://stations");
        let updated = events.next().await;
        assert_eq!(updated["params"]["uri"], "weather://stations", "{updated}");
        weather.notify_prompts_list_changed();
        assert_eq!(events.next().await["method"], "notifications/prompts/list_changed");
    }
}

/// The layers and conditions of a mounted server hold for calls that come through the outer one.
#[tokio::test]
async fn what_guards_a_mounted_server_guards_it_there_as_well() {
    let guard = from_fn(|mut call: Call, next: Next| async move {
        if call.metadata.meta("test/key").is_none() {
            let what = format!("{} {}", call.method(), call.name().unwrap_or_default());
            return Err(Error::new(ErrorKind::InvalidRequest, format!("{what} needs a key")));
        }
        call.metadata.extensions_mut().insert("guarded");
        next.run(call).await
    });
    let guarded = Server::builder("guarded", "1.0.0")
        .tools([ServerTool::with_context("how", |_: Nothing, ctx: Context| async move {
            ctx.progress(1.0, 1.0, "").await;
            ctx.extensions().get::<&str>().copied().unwrap_or("not at all")
        })])
        .tools(tools![add])
        .prompts([plan::prompt()])
        .resources(resources![today])
        .layer(guard)
        .visible_if(|viewer, item: Listed<'_>| item.name() != "plan" || viewer.meta("test/staff").is_some())
        .build();
    let server = Server::builder("outer", "1.0.0").mount("inner", guarded).build();
    for mut client in clients::all(&server).await {
        let key = json!({"test/key": 1});
        let how = json!({"name": "inner_how", "arguments": {}});
        let refused = client.error("tools/call", how.clone()).await.1;
        assert_eq!(refused["message"], "tools/call how needs a key");
        let read = json!({"uri": "weather://Oslo/today"});
        assert_eq!(
            client.error("resources/read", read.clone()).await.1["message"],
            "resources/read weather://Oslo/today needs a key"
        );
        let with = |mut params: Value| {
            params["_meta"] = key.clone();
            params
        };
        assert_eq!(client.result("tools/call", with(how)).await["content"][0]["text"], "guarded");
        assert_eq!(client.result("resources/read", with(read)).await["contents"][0]["text"], "rain in Oslo");
        let wrong = client.ask("tools/call", with(json!({"name": "inner_add", "arguments": {"a": "x"}}))).await;
        assert!(wrong.to_string().contains('b') && wrong.to_string().contains("missing"), "{wrong}");
        // The condition of the mounted server speaks of its own names.
        let plan = json!({"name": "inner_plan", "arguments": {"city": "Oslo"}});
        let hidden = client.error("prompts/get", with(plan.clone())).await.1;
        assert_eq!(hidden["message"], "unknown prompt `inner_plan`: prompts/list names those there are");
        assert_eq!(client.result("prompts/list", json!({})).await["prompts"], json!([]));
        let mut staff = with(plan);
        staff["_meta"]["test/staff"] = json!(true);
        assert!(client.result("prompts/get", staff).await["messages"].is_array());
    }
}

/// Own items come first, then those that were mounted earlier; the others come back when these go.
#[tokio::test]
async fn a_name_that_is_taken_later_is_not_offered_twice() {
    let say = |text: &'static str| ServerTool::new("b_c", move |_: Nothing| async move { text });
    let first = Server::builder("first", "1").tools([]).build();
    let second = Server::builder("second", "1").tools([]).build();
    let server = Server::builder("outer", "1").mount("a", first.clone()).mount("a_b", second.clone()).build();
    second.tools().insert(ServerTool::new("c", |_: Nothing| async { "second" }));
    first.tools().insert(say("first"));
    let mut client = clients::Client::on_pipe(&server, None).await;
    assert_eq!(server.tools().names(), ["a_b_c"]);
    assert_eq!(text(&mut client, "a_b_c", json!({})).await, "first");
    let own = ServerTool::new("a_b_c", |_: Nothing| async { "own" });
    assert!(server.tools().insert(own).is_none());
    assert_eq!(text(&mut client, "a_b_c", json!({})).await, "own");
    assert!(server.tools().remove("a_b_c").is_some());
    assert!(server.tools().remove("a_b_c").is_none(), "a mounted tool is removed where it belongs");
    first.tools().remove("b_c");
    assert_eq!(text(&mut client, "a_b_c", json!({})).await, "second");
    // A name that no tool may have is left out.
    first.tools().insert(ServerTool::new("x".repeat(128), |_: Nothing| async { "x" }));
    assert_eq!(server.tools().names(), ["a_b_c"]);
}

/// The outer server keeps the mounted one; the mounted one does not keep the outer one.
#[tokio::test]
async fn servers_go_when_nobody_has_them() {
    let inner = weather();
    let outer = Server::builder("outer", "1").mount("w", inner.clone()).build();
    let (weak_inner, weak_outer) = (inner.downgrade(), outer.downgrade());
    drop(inner);
    let mut client = clients::Client::on_pipe(&outer, None).await;
    assert_eq!(text(&mut client, "w_grow", json!({})).await, "grow current grown");
    let inner = weak_inner.upgrade().expect("it is mounted");
    drop((client, outer));
    // What serves the pipe may hold it for a moment.
    while weak_outer.upgrade().is_some() {
        tokio::task::yield_now().await;
    }
    inner.tools().remove("grown");
    inner.notify_resource_updated("weather://stations");
    drop(inner);
    while weak_inner.upgrade().is_some() {
        tokio::task::yield_now().await;
    }
}

/// Stopping the outer server does not stop the mounted one, which others may have mounted or serve.
#[tokio::test]
async fn a_mounted_server_is_not_stopped_with_the_outer_one() {
    let inner = weather();
    let outer = Server::builder("outer", "1").mount("w", inner.clone()).build();
    outer.shutdown().await;
    for mut client in clients::all(&inner).await {
        assert_eq!(client.result("prompts/list", json!({})).await["prompts"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn mistakes_panic_where_they_are_made() {
    let outer = || Server::builder("outer", "1");
    let taken = panics(|| drop(outer().mount("w", weather()).mount("w", weather())));
    assert_eq!(taken, "two tools are called `w_grow`: mount the server under another prefix");
    let own = ServerTool::new("w_grow", |_: Nothing| async { "x" });
    let same = |text: &str| assert!(text.starts_with("two tools are called `w_grow`"), "{text}");
    same(&panics(|| drop(outer().tools([own.clone()]).mount("w", weather()))));
    same(&panics(|| drop(outer().mount("w", weather()).tools([own.clone()]))));
    let prompt = || ServerPrompt::new("w_plan", |_: ()| async { "x" }).argument(PromptArgument::new("x"));
    assert!(panics(|| drop(outer().mount("w", weather()).prompts([prompt()]))).starts_with("two prompts"));
    assert!(panics(|| drop(outer().prompts([prompt()]).mount("w", weather()))).starts_with("two prompts"));
    let twice = panics(|| drop(outer().mount("v", weather()).mount("w", weather())));
    assert_eq!(twice, "two resources have the URI `weather://stations`: give one of them another");
    let all = || ServerResource::template("weather://{+all}", "all", |_: ()| async { "x" });
    let above = panics(|| drop(outer().resources([all()]).mount("w", weather())));
    assert!(above.starts_with("`weather://{city}/today` is never read: `weather://{+all}` takes all"), "{above}");
    let below = panics(|| drop(outer().mount("w", weather()).resources([all()])));
    assert!(below.starts_with("`weather://{city}/today`, which is mounted, is never read"), "{below}");
    for prefix in ["", "a b", "ä"] {
        assert!(panics(|| drop(outer().mount(prefix, weather()))).contains("cannot begin names"), "{prefix}");
    }
    assert!(panics(|| drop(outer().mount("x".repeat(128), weather()))).contains("cannot name a tool"));
}

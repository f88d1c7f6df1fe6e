//! Items that only some may know of.

use mcp_server::{
    CacheHints, Context, Listed, Server, ServerBuilder, ServerPrompt, ServerResource, ServerTool, Viewer,
    middleware::{Call, Next, from_fn},
    model::CacheHint,
    tool, tools,
};
use mcp_tests::{
    clients::{self, Client},
    messages::stateless,
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

/// No arguments.
type Nothing = serde_json::Map<String, Value>;

/// Who a layer found the caller to be.
#[derive(Clone, PartialEq)]
struct User(&'static str);

/// Tells where it was asked.
#[tool]
fn admin_region(#[arg(header = "Region")] region: String) -> String {
    region
}

#[tool]
fn whoami(ctx: Context) -> String {
    ctx.extensions().get::<User>().map_or("nobody", |user| user.0).to_owned()
}

/// Of each kind one that is for admins, between two that are for everybody.
fn offers(builder: ServerBuilder) -> ServerBuilder {
    let names = ["a", "admin-b", "c"];
    builder
        .tools(names.map(|name| ServerTool::new(name, |_: Nothing| async { "x" })))
        .tools(tools![admin_region, whoami])
        .prompts(names.map(|name| {
            let argument = mcp_server::model::PromptArgument::new("x");
            ServerPrompt::new(name, |_: ()| async { "x" }).argument(argument).complete_values("x", ["x1"])
        }))
        .resources(names.map(|name| ServerResource::text(format!("{name}://x"), name, "x")))
        .resources(names.map(|name| {
            let template = ServerResource::template(format!("{name}://x/{{id}}"), name, |_: ()| async { "x" });
            template.complete_values("id", ["x1"])
        }))
}

/// On a pipe the client's `_meta` says who it is, over HTTP a header does; a layer believes both.
fn server(configure: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Server {
    let find_user = from_fn(|mut call: Call, next: Next| async move {
        let said = call.metadata.meta("test/user").is_some_and(|user| user.as_str() == "\"admin\"");
        if said || call.metadata.headers().get("x-user").is_some_and(|user| user == "admin") {
            call.metadata.extensions_mut().insert(User("admin"));
        }
        next.run(call).await
    });
    let builder = offers(Server::builder("shop", "1.0.0")).layer(find_user);
    configure(builder.visible_if(|viewer: &Viewer<'_>, item: Listed<'_>| {
        !item.name().starts_with("admin") || viewer.extensions().get::<User>().is_some()
    }))
    .build()
}

const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    ("resources/templates/list", "resourceTemplates", "uriTemplate"),
];

/// Every request that names an item, with what a stranger learns of one.
fn requests(name: &str) -> Vec<(&'static str, Value)> {
    let argument = json!({"name": "x", "value": ""});
    vec![
        ("tools/call", json!({"name": name, "arguments": {}})),
        ("prompts/get", json!({"name": name})),
        ("resources/read", json!({"uri": format!("{name}://x")})),
        ("resources/read", json!({"uri": format!("{name}://x/1")})),
        ("completion/complete", json!({"ref": {"type": "ref/prompt", "name": name}, "argument": argument})),
        (
            "completion/complete",
            json!({"ref": {"type": "ref/resource", "uri": format!("{name}://x/{{id}}")}, "argument": {"name": "id", "value": ""}}),
        ),
    ]
}

fn names(page: &Value, items: &str, name: &str) -> Vec<String> {
    page[items].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

fn as_admin(mut params: Value) -> Value {
    params["_meta"] = json!({"test/user": "admin"});
    params
}

/// What is hidden is in no list, and answered like what does not exist.
#[tokio::test]
async fn what_is_hidden_does_not_exist() {
    for mut client in clients::all(&server(|builder| builder)).await {
        for (method, items, name) in LISTS {
            let all = names(&client.result(method, as_admin(json!({}))).await, items, name);
            let some = names(&client.result(method, json!({})).await, items, name);
            assert!(all.iter().any(|name| name.starts_with("admin")), "{method} {all:?}");
            let seen: Vec<_> = all.into_iter().filter(|name| !name.starts_with("admin")).collect();
            assert_eq!(some, seen, "{method}");
        }
        for ((method, hidden), (_, missing)) in requests("admin-b").into_iter().zip(requests("admin-z")) {
            client.result(method, as_admin(hidden.clone())).await;
            let told = client.error(method, hidden).await.1.to_string();
            let expected = client.error(method, missing).await.1.to_string();
            assert_eq!(told.replace("admin-b", "admin-z"), expected, "{method}");
        }
    }
}

/// Pages hold as many items as they may, and cursors go on, whatever is hidden between.
#[tokio::test]
async fn pages_have_no_holes() {
    let mut limits = mcp_server::Limits::default();
    limits.page_size = Some(2);
    for mut client in clients::all(&server(|builder| builder.limits(limits))).await {
        for user in [json!({}), as_admin(json!({}))] {
            let (mut seen, mut params) = (Vec::new(), user.clone());
            loop {
                let page = client.result("tools/list", params.clone()).await;
                let names = names(&page, "tools", "name");
                let Some(next) = page.get("nextCursor") else {
                    seen.extend(names);
                    break;
                };
                assert_eq!(names.len(), 2, "{page}");
                seen.extend(names);
                params["cursor"] = next.clone();
            }
            let expected: &[&str] = match user.get("_meta") {
                Some(_) => &["a", "admin-b", "c", "admin_region", "whoami"],
                None => &["a", "c", "whoami"],
            };
            assert_eq!(seen, expected);
        }
    }
}

/// CACHE-005: what depends on who asks is private, whatever the host said.
#[tokio::test]
async fn nothing_public_is_said_where_anything_is_hidden() {
    mcp_tests::covers!("CACHE-005");
    let mut hints = CacheHints::lists(CacheHint::public(std::time::Duration::from_secs(60)));
    hints.contents = hints.tools;
    let by_server = server(|builder| builder.cache_hints(hints));
    let one = ServerResource::text("x://y", "y", "y").visible_if(|_| true);
    let by_item = offers(Server::builder("shop", "1.0.0")).cache_hints(hints).resources([one]).build();
    for (server, tools) in [(by_server, "private"), (by_item, "public")] {
        let mut client = Client::on_pipe(&server, None).await;
        assert_eq!(client.result("tools/list", as_admin(json!({}))).await["cacheScope"], tools);
        for (method, params) in [("resources/list", json!({})), ("resources/read", json!({"uri": "a://x"}))] {
            let result = client.result(method, params).await;
            assert_eq!((&result["ttlMs"], &result["cacheScope"]), (&json!(60_000), &json!("private")), "{method}");
        }
    }
}

/// An item may have a condition of its own, which may hold now and not then; one that panics hides.
#[tokio::test]
async fn an_item_says_for_itself_who_sees_it() {
    use std::sync::atomic::{AtomicBool, Ordering};
    static OPEN: AtomicBool = AtomicBool::new(false);
    let server = offers(Server::builder("shop", "1.0.0")).build();
    server.tools().insert(whoami::tool().visible_if(|_| OPEN.load(Ordering::SeqCst)));
    server.tools().insert(
        ServerTool::new("modern", |_: Nothing| async { "x" })
            .visible_if(|viewer| viewer.meta("test/user").is_some())
            .visible_if(|viewer| viewer.caller().version() >= mcp_server::ProtocolVersion::LATEST),
    );
    server.prompts().insert(ServerPrompt::new("broken", |_: ()| async { "x" }).visible_if(|_| panic!("on purpose")));
    for mut client in clients::all(&server).await {
        OPEN.store(false, Ordering::SeqCst);
        let call = json!({"name": "whoami", "arguments": {}});
        assert_eq!(client.error("tools/call", call.clone()).await.0, -32602);
        OPEN.store(true, Ordering::SeqCst);
        assert_eq!(client.result("tools/call", call).await["content"][0]["text"], "nobody");
        let tools = client.result("tools/list", as_admin(json!({}))).await;
        let has_modern = names(&tools, "tools", "name").contains(&"modern".to_owned());
        assert_eq!(has_modern, !client.has_session());
        assert_eq!(names(&client.result("prompts/list", json!({})).await, "prompts", "name"), ["a", "admin-b", "c"]);
        assert_eq!(client.error("prompts/get", json!({"name": "broken"})).await.0, -32602);
    }
}

/// HDR-023: the headers of a hidden tool are checked only for those who may know of it, also if a layer decides that.
#[tokio::test]
async fn headers_tell_nothing_of_a_hidden_tool() {
    mcp_tests::covers!("HDR-023");
    let address = clients::serve(&server(|builder| builder)).await;
    let mut connection = Connection::open(address).await;
    let mut call = async |user: Option<&str>, region: Option<&str>, name: &str| {
        let message = stateless(1, "tools/call", json!({"name": name, "arguments": {"region": "north"}}));
        let mut headers = mirror(&message);
        headers.extend(user.map(|user| ("X-User".to_owned(), user.to_owned())));
        headers.extend(region.map(|region| ("Mcp-Param-Region".to_owned(), region.to_owned())));
        let answer = connection.post_with(&headers, &message).await;
        (answer.status, answer.json())
    };
    let (status, answer) = call(Some("admin"), Some("north"), "admin_region").await;
    assert_eq!((status, &answer["result"]["content"][0]["text"]), (200, &json!("north")), "{answer}");
    let (status, answer) = call(Some("admin"), Some("south"), "admin_region").await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(-32020)), "{answer}");
    assert_eq!(call(Some("admin"), None, "admin_region").await.0, 400);
    for region in [Some("north"), Some("south"), None] {
        let (status, hidden) = call(None, region, "admin_region").await;
        let (expected, missing) = call(None, region, "admin_nothing").await;
        assert_eq!(status, expected);
        assert_eq!(hidden.to_string().replace("admin_region", "admin_nothing"), missing.to_string());
    }
}

/// Watching a hidden resource is answered as watching anything, and tells nothing.
#[tokio::test]
async fn changes_of_a_hidden_resource_are_not_told() {
    let server =
        offers(Server::builder("shop", "1.0.0")).visible_if(|_, item| !item.name().starts_with("admin")).build();
    for client in clients::all(&server).await {
        let mut events = client.listen(&["admin-b://x", "admin-b://x/1", "a://x", "z://unknown"]).await;
        for uri in ["admin-b://x", "admin-b://x/1", "a://x", "z://unknown"] {
            server.notify_resource_updated(uri);
        }
        for expected in ["a://x", "z://unknown"] {
            let event = events.next().await;
            assert_eq!(event["params"]["uri"], expected, "{event}");
        }
    }
}

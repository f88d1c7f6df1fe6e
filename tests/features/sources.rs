//! Lists that come from elsewhere: templates that list their rows, and sources of tools, prompts and resources.

use std::{future::pending, time::Duration};

use mcp_server::{
    Context, Error, Limits, Page, PromptSource, ResourceSource, Server, ServerBuilder, ServerPrompt, ServerResource,
    ServerTool, ToolSource, async_trait,
    model::{PromptArgument, Resource},
};
use mcp_tests::clients::{self, Client};
use serde_json::{Map, Value, json};

type Nothing = Map<String, Value>;

/// Items of one kind by name, so many on a page.
struct Shelf {
    names: Vec<String>,
    page: usize,
}

impl Shelf {
    fn new(names: &[&str], page: usize) -> Self {
        Self { names: names.iter().map(|&name| name.to_owned()).collect(), page }
    }

    /// The cursor is the name of the last item.
    fn page<T>(&self, cursor: Option<&str>, make: impl Fn(&str) -> T) -> Page<T> {
        let start = cursor.map_or(0, |last| self.names.iter().position(|name| name == last).unwrap() + 1);
        let part: Vec<&String> = self.names[start..].iter().take(self.page).collect();
        let page = Page::new(part.iter().map(|name| make(name)));
        match part.last() {
            Some(&last) if start + self.page < self.names.len() => page.next(last),
            _ => page,
        }
    }

    fn get<T>(&self, name: &str, make: impl Fn(&str) -> T) -> Option<T> {
        self.names.iter().find(|known| *known == name).map(|name| make(name))
    }
}

fn tool(name: &str) -> ServerTool {
    let said = format!("{name} of a source");
    let tool = ServerTool::with_context(name, move |_: Nothing, ctx: Context| {
        let said = said.clone();
        async move { format!("{said}, {}", ctx.server().tools().names().len()) }
    });
    if name.starts_with("secret") { tool.visible_if(|viewer| viewer.meta("test/user").is_some()) } else { tool }
}

fn prompt(name: &str) -> ServerPrompt {
    let said = format!("{name} of a source");
    ServerPrompt::new(name, move |_: ()| std::future::ready(said.clone()))
        .argument(PromptArgument::new("x"))
        .complete_values("x", ["x1"])
}

fn resource(uri: &str) -> ServerResource {
    ServerResource::text(uri, "row", format!("{uri} of a source"))
}

fn template(uri: &str) -> ServerResource {
    ServerResource::template(uri, "family", |_: ()| async { "x" }).complete_values("id", ["id1"])
}

#[async_trait]
impl ToolSource for Shelf {
    async fn list(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
        Ok(self.page(cursor, tool))
    }

    async fn get(&self, name: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
        Ok(self.get(name, tool))
    }
}

#[async_trait]
impl PromptSource for Shelf {
    async fn list(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerPrompt>, Error> {
        Ok(self.page(cursor, prompt))
    }

    async fn get(&self, name: &str, _: &Context) -> Result<Option<ServerPrompt>, Error> {
        Ok(self.get(name, prompt))
    }
}

#[async_trait]
impl ResourceSource for Shelf {
    async fn list(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerResource>, Error> {
        Ok(self.page(cursor, |name| resource(&format!("row://{name}"))))
    }

    async fn get(&self, uri: &str, _: &Context) -> Result<Option<ServerResource>, Error> {
        Ok(self.get(uri.trim_start_matches("row://"), |_| resource(uri)))
    }

    async fn list_templates(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerResource>, Error> {
        Ok(self.page(cursor, |name| template(&format!("row://{name}/{{id}}"))))
    }

    async fn get_template(&self, uri: &str, _: &Context) -> Result<Option<ServerResource>, Error> {
        Ok(self.get(uri.trim_start_matches("row://").trim_end_matches("/{id}"), |_| template(uri)))
    }
}

/// Two of everything are registered; two sources have more, and one of the names.
fn server(configure: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Server {
    let shelves = || [Shelf::new(&["b", "c", "d", "secret"], 3), Shelf::new(&["e", "c"], 9)];
    let mut builder = Server::builder("library", "1.0.0")
        .tools(["a", "b"].map(|name| ServerTool::new(name, |_: Nothing| async { "registered" })))
        .prompts(["a", "b"].map(|name| ServerPrompt::new(name, |_: ()| async { "registered" })))
        .resources(["a", "b"].map(|name| ServerResource::text(format!("row://{name}"), name, "registered")))
        .resources(["a", "b"].map(|name| template(&format!("row://{name}/{{id}}"))));
    for shelf in shelves() {
        builder = builder.tool_source(shelf);
    }
    for shelf in shelves() {
        builder = builder.prompt_source(shelf);
    }
    for shelf in shelves() {
        builder = builder.resource_source(shelf);
    }
    configure(builder).build()
}

/// The names on each page.
async fn pages(client: &mut Client, method: &str, items: &str, name: &str, params: Value) -> Vec<Vec<String>> {
    let (mut pages, mut params) = (Vec::new(), params);
    loop {
        let page = client.result(method, params.clone()).await;
        let names = page[items].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned());
        pages.push(names.collect());
        match page.get("nextCursor") {
            Some(cursor) => params["cursor"] = cursor.clone(),
            None => return pages,
        }
        assert!(pages.len() < 100, "{pages:?}");
    }
}

fn user() -> Value {
    json!({"_meta": {"test/user": "me"}})
}

#[tokio::test]
async fn sources_stand_behind_what_is_registered_and_go_on_by_their_own_cursors() {
    for mut client in clients::all(&server(|builder| builder)).await {
        // A source that goes on ends the page; what is registered, or comes from an earlier source, is not said again.
        let of = pages(&mut client, "tools/list", "tools", "name", user()).await;
        assert_eq!(of, [vec!["a", "b", "c", "d"], vec!["secret", "e", "c"]]);
        let of = pages(&mut client, "prompts/list", "prompts", "name", json!({})).await;
        assert_eq!(of, [vec!["a", "b", "c", "d"], vec!["secret", "e", "c"]]);
        let of = pages(&mut client, "resources/list", "resources", "uri", json!({})).await;
        assert_eq!(of[0], ["row://a", "row://b", "row://c", "row://d"]);
        let of = pages(&mut client, "resources/templates/list", "resourceTemplates", "uriTemplate", json!({})).await;
        assert_eq!(of.concat().len(), 7, "{of:?}");
    }
    let mut limits = Limits::default();
    limits.page_size = Some(2);
    for mut client in clients::all(&server(|builder| builder.limits(limits))).await {
        let of = pages(&mut client, "tools/list", "tools", "name", json!({})).await;
        assert_eq!(of, [vec!["a", "b"], vec!["c", "d"], vec!["e", "c"]]);
        let (code, _) = {
            let first = client.result("tools/list", json!({})).await;
            client.error("prompts/list", json!({"cursor": first["nextCursor"]})).await
        };
        assert_eq!(code, -32602);
    }
}

#[tokio::test]
async fn what_a_source_has_is_called_got_read_and_completed() {
    for mut client in clients::all(&server(|builder| builder)).await {
        let said = |result: &Value| result["content"][0]["text"].as_str().unwrap().to_owned();
        let mut call = async |name: &str| client.ask("tools/call", json!({"name": name, "arguments": {}})).await;
        assert_eq!(said(&call("c").await["result"]), "c of a source, 2");
        assert_eq!(said(&call("b").await["result"]), "registered");
        assert_eq!(call("z").await["error"]["code"], -32602);
        let got = client.result("prompts/get", json!({"name": "d"})).await;
        assert_eq!(got["messages"][0]["content"]["text"], "d of a source");
        assert_eq!(client.error("prompts/get", json!({"name": "z"})).await.0, -32602);
        let read = client.result("resources/read", json!({"uri": "row://e"})).await;
        assert_eq!(read["contents"][0]["text"], "row://e of a source");
        assert!(client.ask("resources/read", json!({"uri": "row://z"})).await["error"].is_object());
        for reference in
            [json!({"type": "ref/prompt", "name": "d"}), json!({"type": "ref/resource", "uri": "row://d/{id}"})]
        {
            let argument = if reference["name"].is_string() { "x" } else { "id" };
            let mut params = json!({"ref": reference, "argument": {"name": argument, "value": ""}});
            let completed = client.result("completion/complete", params.clone()).await;
            assert_eq!(completed["completion"]["values"], json!([format!("{argument}1")]));
            params["argument"]["name"] = json!("nothing");
            assert_eq!(client.error("completion/complete", params).await.0, -32602);
        }
    }
}

/// Both what an item says and what the server says of all.
#[tokio::test]
async fn conditions_of_visibility_hold_for_sources() {
    let server =
        server(|builder| builder.visible_if(|viewer, item| item.name() != "d" || viewer.meta("test/user").is_some()));
    for mut client in clients::all(&server).await {
        let all = pages(&mut client, "tools/list", "tools", "name", user()).await.concat();
        let some = pages(&mut client, "tools/list", "tools", "name", json!({})).await.concat();
        assert_eq!((all.len(), some.len()), (7, 5), "{all:?} {some:?}");
        for hidden in ["d", "secret"] {
            let missing = client.error("tools/call", json!({"name": "zz", "arguments": {}})).await;
            let (code, text) = client.error("tools/call", json!({"name": hidden, "arguments": {}})).await;
            assert_eq!(
                (code, text.to_string().replace(&format!("`{hidden}`"), "`zz`")),
                (missing.0, missing.1.to_string())
            );
            client.result("tools/call", json!({"name": hidden, "arguments": {}, "_meta": user()["_meta"]})).await;
        }
    }
}

/// Rows of a table, as a template lists them: for one user each.
fn table() -> ServerResource {
    let read = |values: std::collections::BTreeMap<String, String>| async move { format!("note {}", values["id"]) };
    ServerResource::template("note://{user}/{id}", "note", read).list_with(
        |cursor: Option<String>, ctx: Context| async move {
            let user = ctx.meta("test/user").and_then(|user| user.parse::<String>().ok());
            let user = user.ok_or_else(|| Error::invalid_params("say who you are in `_meta`"))?;
            let start: u32 =
                cursor.map_or(Ok(0), |cursor| cursor.parse()).map_err(|_| Error::internal("a foreign cursor"))?;
            let page = Page::new(
                (start..start + 100).map(|id| Resource::new(format!("note://{user}/{id}"), format!("note {id}"))),
            );
            Ok::<_, Error>(if start < 200 { page.next((start + 100).to_string()) } else { page })
        },
    )
}

#[tokio::test]
async fn the_rows_of_a_template_are_listed_page_by_page_for_who_asks() {
    let server = Server::builder("notes", "1.0.0")
        .resources([ServerResource::text("note://me/7", "pinned", "pinned"), table()])
        .resources([template("other://{id}")
            .list_with(|_, _| async { Ok::<_, Error>(Page::new([Resource::new("other://1", "other")])) })])
        .build();
    let outer = Server::builder("outer", "1.0.0").mount("inner", server.clone()).build();
    for mut client in clients::all(&server).await.into_iter().chain(clients::all(&outer).await) {
        let of = pages(&mut client, "resources/list", "resources", "uri", user()).await;
        assert_eq!(of.iter().map(Vec::len).collect::<Vec<_>>(), [100, 100, 101]);
        assert_eq!((&*of[0][0], &*of[2][100]), ("note://me/7", "other://1"));
        assert_eq!(of.concat().iter().filter(|uri| *uri == "note://me/7").count(), 1);
        let read = client.result("resources/read", json!({"uri": of[1][3]})).await;
        assert_eq!(read["contents"][0]["text"], "note 103");
        // Its failure is the failure of the request.
        let (code, error) = client.error("resources/list", json!({})).await;
        assert_eq!((code, error.to_string().contains("say who you are")), (-32602, true), "{error}");
    }
    // A cursor into a template that is gone is none.
    let mut client = Client::on_pipe(&server, None).await;
    let mut params = user();
    params["cursor"] = client.result("resources/list", user()).await["nextCursor"].clone();
    server.resources().remove("note://{user}/{id}");
    assert_eq!(client.error("resources/list", params).await.0, -32602);
}

/// What a hidden template, or a hidden row, has is in no list; also where its server is part of another.
#[tokio::test]
async fn hidden_templates_list_nothing_and_hidden_rows_are_left_out() {
    let hidden = template("hidden://{id}")
        .visible_if(|viewer| viewer.meta("test/user").is_some())
        .list_with(|_, _| async { Ok::<_, Error>(Page::new([Resource::new("hidden://1", "hidden")])) });
    let rows = template("row://{id}").list_with(|_, _| async {
        Ok::<_, Error>(Page::new(["a", "secret"].map(|name| Resource::new(format!("row://{name}"), name))))
    });
    let server = Server::builder("rows", "1.0.0").resources([hidden, rows]);
    let server =
        server.visible_if(|viewer, item| item.name() != "row://secret" || viewer.meta("test/user").is_some()).build();
    let outer = Server::builder("outer", "1.0.0").mount("inner", server.clone()).build();
    for mut client in clients::all(&server).await.into_iter().chain(clients::all(&outer).await) {
        let all = pages(&mut client, "resources/list", "resources", "uri", user()).await.concat();
        let some = pages(&mut client, "resources/list", "resources", "uri", json!({})).await.concat();
        assert_eq!(all, ["hidden://1", "row://a", "row://secret"]);
        assert_eq!(some, ["row://a"]);
    }
}

#[tokio::test]
async fn a_mounted_server_brings_its_sources() {
    let inner =
        server(|builder| builder.visible_if(|viewer, item| item.name() != "d" || viewer.meta("test/user").is_some()));
    let outer = Server::builder("outer", "1.0.0").mount("lib", inner).build();
    for mut client in clients::all(&outer).await {
        let names = pages(&mut client, "tools/list", "tools", "name", user()).await.concat();
        assert_eq!(names, ["lib_a", "lib_b", "lib_c", "lib_d", "lib_secret", "lib_e", "lib_c"]);
        let names = pages(&mut client, "tools/list", "tools", "name", json!({})).await.concat();
        assert_eq!(names, ["lib_a", "lib_b", "lib_c", "lib_e", "lib_c"]);
        // It runs in the server that it belongs to.
        let said = client.result("tools/call", json!({"name": "lib_c", "arguments": {}})).await;
        assert_eq!(said["content"][0]["text"], "c of a source, 2");
        assert_eq!(client.error("tools/call", json!({"name": "lib_d", "arguments": {}})).await.0, -32602);
        let got = client.result("prompts/get", json!({"name": "lib_e"})).await;
        assert_eq!(got["messages"][0]["content"]["text"], "e of a source");
        let read = client.result("resources/read", json!({"uri": "row://e"})).await;
        assert_eq!(read["contents"][0]["text"], "row://e of a source");
    }
}

/// A source that fails in the way its name says.
struct Broken(&'static str);

#[async_trait]
impl ToolSource for Broken {
    async fn list(&self, _: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
        match self.0 {
            "fails" => Err(Error::internal("the catalogue is away: try again later")),
            "panics" => panic!("on purpose"),
            "circles" => Ok(Page::default().next("again")),
            _ => pending().await,
        }
    }

    async fn get(&self, name: &str, context: &Context) -> Result<Option<ServerTool>, Error> {
        ToolSource::list(self, Some(name), context).await.map(|_| None)
    }
}

#[tokio::test]
async fn a_source_that_fails_fails_the_request_and_never_hangs_it() {
    for (kind, words) in [
        ("fails", "the catalogue is away"),
        ("panics", "failed unexpectedly"),
        ("hangs", "given up after"),
        ("circles", "names the same page twice"),
    ] {
        let mut limits = Limits::default();
        limits.call_timeout = Duration::from_millis(50);
        let tools = [ServerTool::new("a", |_: Nothing| async { "registered" })];
        let server = Server::builder("broken", "1.0.0").limits(limits).tools(tools).tool_source(Broken(kind)).build();
        for mut client in clients::all(&server).await {
            let mut params = json!({});
            if kind == "circles" {
                params["cursor"] = client.result("tools/list", json!({})).await["nextCursor"].clone();
            }
            let (code, error) = client.error("tools/list", params).await;
            assert_eq!((code, error.to_string().contains(words)), (-32603, true), "{kind}: {error}");
            // What is registered is called as ever.
            client.result("tools/call", json!({"name": "a", "arguments": {}})).await;
            if kind != "circles" {
                let (code, _) = client.error("tools/call", json!({"name": "z", "arguments": {}})).await;
                assert_eq!(code, -32603);
            }
        }
    }
}

#[tokio::test]
async fn a_server_declares_what_only_its_sources_have() {
    let server = Server::builder("away", "1.0.0").tool_source(Shelf::new(&["c"], 1)).build();
    for mut client in clients::all(&server).await {
        assert_eq!(client.capabilities().await, json!({"tools": {"listChanged": true}}));
        assert_eq!(pages(&mut client, "tools/list", "tools", "name", json!({})).await, [["c"]]);
    }
}

/// Headers that repeat arguments are held against them once the source has said what the tool is.
#[tokio::test]
async fn the_headers_of_a_tool_of_a_source_are_checked() {
    use mcp_tests::raw_http::{Connection, mirror};
    struct Region;
    #[mcp_server::tool]
    fn region(#[arg(header = "Region")] region: String) -> String {
        region
    }
    #[async_trait]
    impl ToolSource for Region {
        async fn list(&self, _: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
            Ok(Page::new([region::tool()]))
        }

        async fn get(&self, name: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
            Ok((name == "region").then(region::tool))
        }
    }
    let server = Server::builder("regions", "1.0.0").tool_source(Region).build();
    let address = clients::serve(&server).await;
    let message =
        mcp_tests::messages::stateless(7, "tools/call", json!({"name": "region", "arguments": {"region": "north"}}));
    for (said, is_right) in [("north", true), ("south", false)] {
        let mut headers = mirror(&message);
        headers.push(("Mcp-Param-Region".to_owned(), said.to_owned()));
        let answer = Connection::open(address).await.post_with(&headers, &message).await.json();
        assert_eq!(answer["result"].is_object(), is_right, "{answer}");
    }
}

#[tokio::test]
async fn pages_are_cut_at_their_bytes() {
    let mut limits = Limits::default();
    limits.page_bytes = Some(1000);
    let tools = (0..20).map(|number| {
        ServerTool::new(format!("tool_{number}"), |_: Nothing| async { "x" }).description("d".repeat(200))
    });
    let server = Server::builder("bounded", "1.0.0").limits(limits).tools(tools).build();
    for mut client in clients::all(&server).await {
        let first = client.result("tools/list", json!({})).await;
        assert!(first["tools"].to_string().len() <= 1001, "{first}");
        let of = pages(&mut client, "tools/list", "tools", "name", json!({})).await;
        assert_eq!(of.concat().len(), 20);
        assert!(of.len() > 5 && of.iter().all(|page| !page.is_empty()), "{of:?}");
    }
}

//! Shared state: in functions, in methods, in completions, and in servers within servers.

#![expect(clippy::needless_pass_by_value, reason = "what a completion takes, it takes by value")]

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use mcp_server::{
    CompletionRequest, Context, Error, Server, ServerPrompt, ServerResource, ServerTool, State, handlers, prompt,
    prompts, resource, resources, tool, tools,
};
use mcp_tests::{messages::stateless, peer::Peer};
use serde_json::{Value, json};

use crate::call;

#[derive(Clone)]
struct Db(Arc<str>);

impl Db {
    fn new(name: &str) -> Self {
        Self(name.into())
    }
}

type Shared = State<Db>;

/// Which database.
#[tool]
async fn database(State(db): State<Db>, suffix: String, number: mcp_server::State<u8>, ctx: Context) -> String {
    format!("{}{suffix}{} {}", db.0, *number, ctx.server().tools().names().join("+"))
}

#[prompt]
fn ask(db: State<Db>) -> String {
    format!("ask {}", db.0.0)
}

#[resource("db://name")]
fn name(State(db): State<Db>) -> String {
    db.0.to_string()
}

#[resource("db://{table}/rows")]
fn rows(#[arg(complete = tables)] table: String, State(db): State<Db>) -> String {
    format!("{} {table}", db.0)
}

/// Not async, with what it takes in any order.
fn tables(State(db): State<Db>, request: CompletionRequest) -> Vec<String> {
    vec![format!("{}_{}", db.0, request.value)]
}

fn build(name: &str) -> Server {
    Server::builder(name, "1.0.0")
        .state(Db::new(name))
        .state(3_u8)
        .tools(tools![database])
        .prompts(prompts![ask])
        .resources(resources![name, rows])
        .build()
}

/// The result of a request.
async fn result(server: &Server, method: &str, params: Value) -> Value {
    let mut peer = Peer::in_process(server);
    let reply = peer.ask(&stateless(1, method, params)).await;
    reply.get("result").unwrap_or_else(|| panic!("{reply}")).clone()
}

async fn read(server: &Server, uri: &str) -> String {
    let read = result(server, "resources/read", json!({"uri": uri})).await;
    read["contents"][0]["text"].as_str().unwrap().to_owned()
}

async fn complete(server: &Server, reference: Value, argument: &str, value: &str) -> Vec<String> {
    let request = json!({"ref": reference, "argument": {"name": argument, "value": value}});
    let completed = result(server, "completion/complete", request).await;
    serde_json::from_value(completed["completion"]["values"].clone()).unwrap()
}

#[tokio::test]
async fn handlers_take_the_state_of_their_server() {
    let server = build("one");
    assert_eq!(call(&server, "database", json!({"suffix": "!"})).await, Ok("one!3 database".to_owned()));
    let prompt = result(&server, "prompts/get", json!({"name": "ask"})).await;
    assert_eq!(prompt["messages"][0]["content"]["text"], "ask one");
    assert_eq!((read(&server, "db://name").await, read(&server, "db://x/rows").await), ("one".into(), "one x".into()));
    let reference = json!({"type": "ref/resource", "uri": "db://{table}/rows"});
    assert_eq!(complete(&server, reference, "table", "a").await, ["one_a"]);
    // It is no argument.
    let schema = server.tools().get("database").unwrap().definition().input_schema.as_map().clone();
    assert_eq!(schema["required"], json!(["suffix"]));
}

#[tokio::test]
async fn a_mounted_server_keeps_its_own_state() {
    let outer =
        Server::builder("outer", "1.0.0").state(Db::new("outer")).tools(tools![]).mount("in", build("inner")).build();
    assert_eq!(call(&outer, "in_database", json!({"suffix": "?"})).await, Ok("inner?3 database".to_owned()));
    assert_eq!(read(&outer, "db://name").await, "inner");
    let reference = json!({"type": "ref/resource", "uri": "db://{table}/rows"});
    assert_eq!(complete(&outer, reference, "table", "a").await, ["inner_a"]);
}

/// What a panic says, and nothing if there is none.
fn panic_of(run: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(()) => String::new(),
        Err(panic) => panic.downcast::<String>().map(|text| *text).unwrap_or_default(),
    }
}

#[test]
fn missing_state_is_found_when_the_server_is_built() {
    let begin = || Server::builder("none", "1.0.0").state(3_u8);
    for (what, build) in [
        ("tool `database`", Box::new(|| drop(begin().tools(tools![database]).build())) as Box<dyn FnOnce()>),
        ("prompt `ask`", Box::new(|| drop(begin().prompts(prompts![ask]).build()))),
        ("resource `db://name`", Box::new(|| drop(begin().resources(resources![name]).build()))),
        ("resource `db://{table}/rows`", Box::new(|| drop(begin().resources(resources![rows]).build()))),
    ] {
        let text = panic_of(build);
        assert!(text.starts_with(what) && text.contains("Db>`"), "{text}");
        assert!(text.ends_with("give it with `Server::builder(..).state(..)`"), "{text}");
    }
    assert!(panic_of(|| drop(begin().state(4_u8))).contains("two states of type `u8`"));
}

#[test]
fn a_tool_whose_state_is_missing_is_refused_when_it_comes_later() {
    let server = Server::builder("late", "1.0.0").state(Db::new("late")).tools(tools![]).build();
    assert!(
        panic_of(|| drop(server.tools().insert(database::tool()))).starts_with("tool `database` takes `State<u8>`")
    );
    assert!(server.tools().is_empty());
    assert_eq!(panic_of(|| server.prompts().replace_all([ask::prompt()])), "");
    assert_eq!(server.prompts().names(), ["ask"]);
}

#[tokio::test]
async fn functions_with_state_stay_functions() {
    let state: Shared = State(Db::new("test"));
    assert_eq!(ask(state.clone()), "ask test");
    assert_eq!(rows("t".to_owned(), state), "test t");
}

struct Library {
    tags: Vec<&'static str>,
}

#[handlers]
impl Library {
    #[prompt]
    fn books(
        &self,
        #[arg(complete = Self::tags)] tag: String,
        #[arg(complete = Self::authors)] author: String,
        #[arg(complete = Self::fixed)] fixed: String,
        #[arg(complete = |request: CompletionRequest| async move { vec![request.value] })] same: String,
        State(db): State<Db>,
    ) -> String {
        format!("{tag} {author} {fixed} {same} {}", db.0)
    }

    #[resource("books://{tag}")]
    fn tagged(&self, #[arg(complete = Self::tags)] tag: String) -> String {
        tag
    }

    #[tool]
    fn shelf(&self, State(db): State<Db>, count: u8) -> String {
        format!("{} {count} {}", db.0, self.tags.len())
    }

    fn tags(&self, request: CompletionRequest) -> Vec<&'static str> {
        self.tags.iter().copied().filter(|tag| tag.starts_with(&request.value)).collect()
    }

    async fn authors(&self, ctx: Context, db: State<Db>) -> Result<Vec<String>, Error> {
        Ok(vec![format!("{} {}", ctx.server().tools().names().join("+"), db.0.0)])
    }

    fn fixed() -> Vec<&'static str> {
        vec!["fixed"]
    }
}

#[tokio::test]
async fn methods_complete_arguments_with_what_they_share() {
    let library = Library { tags: vec!["novel", "poem"] };
    let server = Server::builder("library", "1.0.0").state(Db::new("books")).handlers(library).build();
    let books = || json!({"type": "ref/prompt", "name": "books"});
    assert_eq!(complete(&server, books(), "tag", "po").await, ["poem"]);
    assert_eq!(complete(&server, books(), "author", "").await, ["shelf books"]);
    assert_eq!(complete(&server, books(), "fixed", "").await, ["fixed"]);
    assert_eq!(complete(&server, books(), "same", "s").await, ["s"]);
    let template = json!({"type": "ref/resource", "uri": "books://{tag}"});
    assert_eq!(complete(&server, template, "tag", "n").await, ["novel"]);
    assert_eq!(call(&server, "shelf", json!({"count": 1})).await, Ok("books 1 2".to_owned()));
}

#[tokio::test]
async fn handlers_with_state_are_made_by_hand_too() {
    let tool =
        ServerTool::with_state("t", |(): (), (State(db), State(n)): (State<Db>, State<u8>), _: Context| async move {
            format!("{}{n}", db.0)
        });
    let prompt =
        ServerPrompt::with_state("p", |(): (), State(db): State<Db>, _: Context| async move { db.0.to_string() });
    let fixed =
        ServerResource::with_state("x://y", "y", |State(db): State<Db>, _: Context| async move { db.0.to_string() });
    let server = Server::builder("hand", "1.0.0")
        .state(Db::new("hand"))
        .state(1_u8)
        .tools([tool])
        .prompts([prompt])
        .resources([fixed])
        .build();
    assert_eq!(call(&server, "t", json!({})).await, Ok("hand1".to_owned()));
    assert_eq!(read(&server, "x://y").await, "hand");
}

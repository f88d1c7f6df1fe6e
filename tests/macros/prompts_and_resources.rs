//! `#[prompt]` and `#[resource]` on functions and inside `#[handlers]`.

use std::{net::IpAddr, sync::Arc};

use mcp_server::{CompletionRequest, Context, Handlers, Server, handlers, prompt, prompts, resource, resources};
use mcp_tests::{messages::stateless, peer::Peer};
use serde_json::json;

async fn names(request: CompletionRequest) -> Vec<String> {
    vec![request.value]
}

/// Greets somebody.
#[prompt(name = "say-hello", title = "Greeting", blocking)]
fn greet(
    /// Whom.
    #[arg(name = "who", complete = names)]
    name: String,
    #[arg(default = 1)] times: u8,
) -> String {
    name.repeat(usize::from(times))
}

#[prompt]
fn plain() -> &'static str {
    "plain"
}

/// What an address is called.
#[resource("net://{address}/{+path}", name = "address", title = "Address", mime_type = "text/plain")]
async fn lookup(#[arg(complete = names)] address: IpAddr, path: String, _ctx: Context) -> String {
    format!("{address} {path}")
}

mod motto {
    #[mcp_server::resource("shop://motto")]
    pub(crate) fn motto() -> &'static str {
        "Everything must go"
    }
}

#[test]
fn a_function_is_a_prompt() {
    let all = prompts![greet, plain];
    let definition = all[0].definition();
    assert_eq!((definition.name.as_str(), definition.title.as_deref()), ("say-hello", Some("Greeting")));
    assert_eq!(definition.description.as_deref(), Some("Greets somebody."));
    let arguments = definition.arguments.iter().map(|argument| (argument.name.as_str(), argument.required));
    assert_eq!(arguments.collect::<Vec<_>>(), [("who", true), ("times", false)]);
    assert_eq!(definition.arguments[0].description.as_deref(), Some("Whom."));
    assert!(all[1].definition().arguments.is_empty());
    assert_eq!((greet("a".to_owned(), 2), plain()), ("aa".to_owned(), "plain"));
}

#[tokio::test]
async fn a_function_is_a_resource() {
    let all = resources![lookup, motto::motto];
    let definition = all[0].resource_template().unwrap();
    assert_eq!((definition.name.as_str(), definition.title.as_deref()), ("address", Some("Address")));
    assert_eq!(definition.mime_type.as_deref(), Some("text/plain"));
    assert_eq!(definition.description.as_deref(), Some("What an address is called."));
    assert_eq!(all[1].resource().unwrap().uri, "shop://motto");
    assert_eq!(motto::motto(), "Everything must go");
}

struct Desk {
    name: &'static str,
}

#[handlers]
impl Desk {
    const GREETING: &'static str = "Hello";

    #[tool]
    async fn name(&self) -> &'static str {
        self.name
    }

    #[prompt]
    async fn ask(&self, #[arg(default = Self::GREETING.to_owned())] greeting: String, _ctx: Context) -> String {
        format!("{greeting}, {}", self.name)
    }

    #[mcp_server::resource("desk://name")]
    fn read(&self) -> String {
        self.name.to_owned()
    }

    #[resource("desk://drawers/{number}")]
    async fn drawer(&self, number: u8, ctx: Context) -> Option<String> {
        let _ = ctx;
        (number < 3).then(|| format!("{} {number}", self.name))
    }

    #[cfg(any())]
    #[prompt]
    async fn absent(&self) -> NoSuchType {}
}

#[tokio::test]
async fn methods_are_prompts_and_resources() {
    let desk = Arc::new(Desk { name: "desk" });
    assert_eq!(desk.clone().tools().len(), 1);
    let prompts = desk.clone().prompts();
    assert_eq!((prompts.len(), prompts[0].definition().name.as_str()), (1, "ask"));
    let uris = desk.clone().resources().iter().map(|resource| resource.uri().to_owned()).collect::<Vec<_>>();
    assert_eq!(uris, ["desk://name", "desk://drawers/{number}"]);
    assert_eq!(desk.read(), "desk");
}

fn towns() -> Vec<&'static str> {
    vec!["Oslo"]
}

#[prompt]
fn travel(
    #[serde(rename = "town")]
    #[arg(complete = towns)]
    to: String,
) -> String {
    to
}

#[resource("town://{town}")]
fn town(#[serde(rename = "town")] named: String) -> String {
    named
}

#[tokio::test]
async fn a_name_that_serde_gives_is_the_name_everywhere() {
    let server = Server::builder("towns", "1.0.0").prompts(prompts![travel]).resources(resources![town]).build();
    let mut peer = Peer::in_process(&server);
    let reply = peer.ask(&stateless(2, "resources/read", json!({"uri": "town://Oslo"}))).await;
    assert_eq!(reply["result"]["contents"][0]["text"], "Oslo", "{reply}");
    assert_eq!(travel::prompt().definition().arguments[0].name, "town");
    let request = json!({"ref": {"type": "ref/prompt", "name": "travel"}, "argument": {"name": "town", "value": ""}});
    let reply = peer.ask(&stateless(1, "completion/complete", request)).await;
    assert_eq!(reply["result"]["completion"]["values"], json!(["Oslo"]));
}

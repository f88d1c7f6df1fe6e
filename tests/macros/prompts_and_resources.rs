//! `#[prompt]` and `#[resource]` on functions and inside `#[handlers]`.

use std::{net::IpAddr, sync::Arc};

use mcp_server::{CompletionRequest, Context, Handlers, handlers, prompt, prompts, resource, resources};

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

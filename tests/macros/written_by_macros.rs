//! Handlers that a program's own macros write, and attributes and names around them.

use std::{pin::Pin, sync::Arc};

use mcp_server::{CompletionRequest, Context, Server, State, handlers, tool, tools};
use mcp_tests::{messages::stateless, peer::Peer};
use serde_json::{Value, json};

use crate::call;

macro_rules! handler {
    ($name:ident, $argument:ty, $context:ty, $state:ty, $default:expr) => {
        #[tool]
        fn $name(ctx: $context, state: $state, #[arg(default = $default)] text: $argument) -> String {
            format!("{text} {} {}", state.0, ctx.server().tools().names().len())
        }
    };
}

handler!(echo, String, Context, State<u8>, "nothing");

#[tokio::test]
async fn fragments_of_a_macro_mean_what_they_say() {
    let server = Server::builder("macros", "1.0.0").state(7_u8).tools(tools![echo]).build();
    assert_eq!(call(&server, "echo", json!({})).await, Ok("nothing 7 1".to_owned()));
}

macro_rules! group {
    ($ty:ty, $group:ident, $method:ident, $complete:expr) => {
        #[handlers(group = $group)]
        impl $ty {
            #[tool]
            fn $method(&self) -> u8 {
                self.number
            }

            #[prompt]
            fn ask(&self, #[arg(complete = $complete)] topic: String) -> String {
                topic
            }

            fn topics(&self, request: CompletionRequest) -> Vec<String> {
                vec![format!("{}{}", request.value, self.number)]
            }
        }
    };
}

struct Numbers {
    number: u8,
}

group!(Numbers, counted, count, Self::topics);

#[tokio::test]
async fn a_macro_may_write_a_group() {
    let server = Server::builder("macros", "1.0.0").handlers(Arc::new(Numbers { number: 4 }).counted()).build();
    assert_eq!(call(&server, "count", json!({})).await, Ok("4".to_owned()));
    let request = json!({"ref": {"type": "ref/prompt", "name": "ask"}, "argument": {"name": "topic", "value": "a"}});
    let reply = Peer::in_process(&server).ask(&stateless(1, "completion/complete", request)).await;
    assert_eq!(reply["result"]["completion"]["values"], json!(["a4"]));
}

/// A function that has the name of what the macro writes around it.
fn handlers(_: CompletionRequest) -> Vec<&'static str> {
    vec!["all"]
}

struct Shadows;

#[mcp_server::handlers]
impl Shadows {
    #[prompt]
    fn choose(&self, #[arg(complete = handlers)] which: String) -> String {
        which
    }
}

#[tokio::test]
async fn what_a_macro_writes_hides_no_function_of_the_program() {
    let server = Server::builder("shadows", "1.0.0").handlers(Shadows).build();
    let request = json!({"ref": {"type": "ref/prompt", "name": "choose"}, "argument": {"name": "which", "value": ""}});
    let reply = Peer::in_process(&server).ask(&stateless(1, "completion/complete", request)).await;
    assert_eq!(reply["result"]["completion"]["values"], json!(["all"]));
}

/// Adds, once.
///
/// # Arguments
///
/// - `base`: what is shared
/// - `r#type`: what is added
#[deprecated = "use another"]
#[tool(name = "type")]
async fn r#type(State(mut base): State<u8>, #[arg(default)] r#type: u8) -> Result<u8, std::num::ParseIntError> {
    base += async { "1".parse::<u8>() }.await?;
    Ok(base + r#type)
}

#[tool]
fn bytes(bytes: u8) -> usize {
    let bytes: ::bytes::Bytes = ::bytes::Bytes::from(vec![bytes]);
    bytes::Bytes::len(&bytes)
}

struct Old;

#[mcp_server::handlers]
impl Old {
    #[tool]
    #[expect(clippy::needless_pass_by_value)]
    fn length(&self, text: String) -> usize {
        text.len()
    }

    #[deprecated]
    #[tool]
    async fn old(&self, mut text: String, two: State<u8>, State(also): State<u8>) -> String {
        assert_eq!(*two, also);
        text.push('!');
        text
    }
}

#[tokio::test]
async fn attributes_of_others_stand_around_a_handler() {
    let server = Server::builder("old", "1.0.0").state(2_u8).tools(tools![r#type, bytes]).handlers(Old).build();
    let tool = server.tools().get("type").unwrap();
    let schema: Value = serde_json::to_value(&tool.definition().input_schema).unwrap();
    assert_eq!(schema["properties"]["type"]["description"], "what is added");
    assert_eq!(call(&server, "type", json!({"type": 3})).await, Ok("6".to_owned()));
    assert_eq!(call(&server, "bytes", json!({"bytes": 3})).await, Ok("1".to_owned()));
    assert_eq!(call(&server, "old", json!({"text": "a"})).await, Ok("a!".to_owned()));
}

macro_rules! documented {
    ($(#[$attribute:meta])* $text:literal, $more:expr, $name:ident) => {
        $(#[$attribute])*
        #[doc = $text]
        #[doc = $more]
        ///
        /// - a list
        ///   of one
        ///
        /// # Arguments
        ///
        /// - `count`: how many
        #[tool]
        fn $name(count: u8) -> u8 {
            count
        }
    };
}

documented! {
    /// Counts.
    "Well.", "More.", counted
}

#[test]
fn texts_of_a_macro_are_read_as_comments_are() {
    let tool = counted::tool();
    assert_eq!(tool.definition().description.as_deref(), Some("Counts.\nWell.\nMore.\n\n- a list\n  of one"));
    let schema: Value = serde_json::to_value(&tool.definition().input_schema).unwrap();
    assert_eq!(schema["properties"]["count"]["description"], "how many");
    assert_eq!(counted(2), 2);
}

/// Names of the prelude that mean something else.
mod shadows {
    #![allow(dead_code)]

    use mcp_server::{Server, handlers, tool, tools};

    trait Clone {}
    trait Default {}
    trait From {}
    struct Vec;
    struct Option;
    struct Box;
    struct Arc;
    mod core {}
    mod serde {}

    #[tool(read_only)]
    fn first(#[arg(default = 2)] arguments: u8, context: u8) -> u8 {
        arguments + context
    }

    struct Second;

    #[handlers(groups(more))]
    impl Second {
        #[tool]
        fn second(&self, this: u8) -> u8 {
            this
        }
    }

    #[handlers(group = more)]
    impl Second {
        #[tool]
        async fn third(&self) {}
    }

    pub(super) fn server() -> Server {
        Server::builder("shadows", "1.0.0").tools(tools![first]).handlers(Second).build()
    }
}

#[tokio::test]
async fn names_of_the_prelude_may_mean_something_else() {
    let server = shadows::server();
    assert_eq!(server.tools().names(), ["first", "second", "third"]);
    assert_eq!(call(&server, "first", json!({"context": 3})).await, Ok("5".to_owned()));
    assert_eq!(call(&server, "second", json!({"this": 3})).await, Ok("3".to_owned()));
}

/// Neither is `async`, and both are awaited.
#[tool]
fn in_a_box(text: String) -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async move { text })
}

struct Awaited(u8);

#[mcp_server::handlers]
impl Awaited {
    #[tool]
    fn opaque(&self, ctx: Context) -> impl Future<Output = Result<u8, std::fmt::Error>> + Send + use<> {
        let number = self.0;
        async move {
            drop(ctx);
            Ok(number)
        }
    }
}

#[tokio::test]
async fn a_function_that_gives_a_future_is_awaited() {
    let server = Server::builder("futures", "1.0.0").tools(tools![in_a_box]).handlers(Awaited(3)).build();
    assert_eq!(call(&server, "in_a_box", json!({"text": "a"})).await, Ok("a".to_owned()));
    assert_eq!(call(&server, "opaque", json!({})).await, Ok("3".to_owned()));
}

mod many {
    #![deny(clippy::fn_params_excessive_bools)]

    #[mcp_server::tool]
    pub(super) fn flags(a: bool, b: bool, c: bool, d: bool) -> bool {
        a && b && c && d
    }
}

#[tokio::test]
async fn a_tool_may_take_many_flags() {
    let server = Server::builder("flags", "1.0.0").tools(tools![many::flags]).build();
    let flags = json!({"a": true, "b": true, "c": true, "d": false});
    assert_eq!(call(&server, "flags", flags).await, Ok("false".to_owned()));
}

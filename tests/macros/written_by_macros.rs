//! Handlers that a program's own macros write, and attributes and names around them.

use std::sync::Arc;

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

//! What names mean in and around a handler: crates of its name, twins under conditions, other names of arguments.

use mcp_server::{Server, ServerTool, tool, tools};
use serde_json::{Value, json};

use crate::{call, input_schema};

/// A crate of the function's name, in the signature, the body and a macro.
#[tool]
fn bytes(size: usize) -> String {
    use bytes::BytesMut;
    let made: bytes::Bytes = BytesMut::zeroed(size).freeze();
    format!("{} {}", made.len(), bytes::Bytes::new().len())
}

#[tool]
async fn http(#[arg(default = http::StatusCode::OK.as_u16())] status: u16) -> Result<String, http::Error> {
    let status = http::StatusCode::from_u16(status)?;
    Ok(status.to_string())
}

/// A local module of the function's name is found first, as in any function.
#[tool]
fn tower() -> u8 {
    mod tower {
        pub(super) const FLOORS: u8 = 7;
    }
    tower::FLOORS
}

#[tokio::test]
async fn a_function_sees_the_crate_that_has_its_name() {
    #[tool]
    fn tempfile() -> bool {
        tempfile::tempdir().is_ok()
    }

    let server = Server::builder("names", "1.0.0").tools(tools![bytes, http, tower, tempfile]).build();
    assert_eq!(call(&server, "bytes", json!({"size": 3})).await, Ok("3 0".to_owned()));
    assert_eq!(call(&server, "http", json!({})).await, Ok("200 OK".to_owned()));
    assert_eq!(call(&server, "tower", json!({})).await, Ok("7".to_owned()));
    assert_eq!(call(&server, "tempfile", json!({})).await, Ok("true".to_owned()));
    assert_eq!((bytes(1), tower(), tempfile()), ("1 0".to_owned(), 7, true));
}

mod twins {
    #[cfg(unix)]
    #[mcp_server::tool]
    pub(super) fn system() -> &'static str {
        "unix"
    }

    #[mcp_server::tool]
    #[cfg(not(unix))]
    pub(super) fn system() -> &'static str {
        "other"
    }
}

struct Systems;

#[mcp_server::handlers]
impl Systems {
    #[cfg(unix)]
    #[tool]
    fn kind(&self) -> &'static str {
        "unix"
    }

    #[tool]
    #[cfg(not(unix))]
    fn kind(&self) -> &'static str {
        "other"
    }

    #[cfg(any())]
    #[prompt]
    fn never(&self) -> String {
        String::new()
    }
}

#[tokio::test]
async fn twins_under_conditions_are_one_tool() {
    let server = Server::builder("twins", "1.0.0").tools(tools![twins::system]).handlers(Systems).build();
    assert_eq!(server.tools().names(), ["system", "kind"]);
    let here = if cfg!(unix) { "unix" } else { "other" };
    assert_eq!(call(&server, "system", json!({})).await, Ok(here.to_owned()));
    assert_eq!(call(&server, "kind", json!({})).await, Ok(here.to_owned()));
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Page {
    /// From where.
    from: u32,
    size: Option<u32>,
}

/// Looks up.
#[tool]
fn search(text: String, #[serde(flatten)] page: Page) -> String {
    format!("{text} {} {:?}", page.from, page.size)
}

#[tokio::test]
async fn a_parameter_may_be_flattened() {
    let server = Server::builder("flat", "1.0.0").tools(tools![search]).build();
    let schema: Value = serde_json::from_str(&input_schema(&search::tool())).unwrap();
    assert_eq!(schema["properties"]["from"]["description"], "From where.");
    assert_eq!(schema["required"], json!(["text", "from"]));
    assert_eq!(call(&server, "search", json!({"text": "a", "from": 2})).await, Ok("a 2 None".to_owned()));
    let refused = call(&server, "search", json!({"text": "a"})).await.unwrap_err();
    assert!(refused.contains("from"), "{refused}");
}

#[tool]
fn paint(#[serde(alias = "colour")] color: String, #[schemars(range(max = 3))] coats: u8) -> String {
    format!("{color} {coats}")
}

#[tokio::test]
async fn an_alias_is_taken_beside_a_range() {
    let server = Server::builder("paint", "1.0.0").tools(tools![paint]).build();
    for name in ["color", "colour"] {
        assert_eq!(call(&server, "paint", json!({name: "red", "coats": 2})).await, Ok("red 2".to_owned()));
    }
    let refused = call(&server, "paint", json!({"colour": "red", "coats": 4})).await.unwrap_err();
    assert!(refused.contains("coats"), "{refused}");
    let refused = call(&server, "paint", json!({"colour": "red", "color": "red", "coats": 1})).await.unwrap_err();
    assert!(refused.contains("argument `color`: stands there more than once"), "{refused}");
    assert!(!input_schema(&paint::tool()).contains("colour"));
}

#[tokio::test]
async fn the_unit_type_stands_for_no_arguments() {
    let ping = ServerTool::new("ping", |_: ()| async { "pong" });
    assert_eq!(input_schema(&ping), r#"{"type":"object","additionalProperties":false}"#);
    let server = Server::builder("ping", "1.0.0").tools([ping]).build();
    assert_eq!(call(&server, "ping", json!({})).await, Ok("pong".to_owned()));
    let refused = call(&server, "ping", json!({"x": 1})).await.unwrap_err();
    assert!(refused.contains('x'), "{refused}");
}

/// Finds a place.
///
/// # Arguments
///
/// - `city`: where,
///   in words
/// * limit - how many at most
/// - `ctx`: the call
///
/// # Notes
///
/// It is slow.
#[tool]
fn find(
    city: String,
    /// How many.
    #[arg(name = "limit")]
    most: u8,
    _exact: bool,
    _ctx: mcp_server::Context,
) -> String {
    format!("{city} {most}")
}

/// Reads.
#[doc = concat!("It is ", "quick.")]
#[tool]
fn read() {}

#[test]
fn a_section_of_the_doc_comment_describes_parameters() {
    let tool = find::tool();
    assert_eq!(tool.definition().description.as_deref(), Some("Finds a place.\n\n# Notes\n\nIt is slow."));
    let schema: Value = serde_json::from_str(&input_schema(&tool)).unwrap();
    assert_eq!(schema["properties"]["city"]["description"], "where,\nin words");
    assert_eq!(schema["properties"]["limit"]["description"], "How many.");
    assert_eq!(schema["properties"]["exact"].get("description"), None);
    assert_eq!(read::tool().definition().description.as_deref(), Some("Reads.\nIt is quick."));
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Shape {
    Circle { radius: f64 },
    Square { side: f64 },
}

#[tool]
fn area(shape: Shape) -> f64 {
    match shape {
        Shape::Circle { radius } => radius * radius * 3.0,
        Shape::Square { side } => side * side,
    }
}

#[tokio::test]
async fn a_wrong_tag_is_answered_with_those_there_are() {
    let server = Server::builder("shapes", "1.0.0").tools(tools![area]).build();
    let refused = call(&server, "area", json!({"shape": {"kind": "cube", "side": 1.0}})).await.unwrap_err();
    let told = r#"argument `shape.kind`: expected one of "circle", "square", not the string "cube""#;
    assert!(refused.ends_with(told), "{refused}");
    assert_eq!(call(&server, "area", json!({"shape": {"kind": "square", "side": 2.0}})).await, Ok("4".to_owned()));
    assert_eq!(call(&server, "area", json!({"shape": {"kind": "circle", "radius": 1.0}})).await, Ok("3".to_owned()));
}

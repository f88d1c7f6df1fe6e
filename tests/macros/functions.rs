//! `#[tool]` on functions.

use mcp_server::{Context, Json, ServerTool, ToolError, model::ToolAnnotations, tool, tools};
use serde_json::json;

use crate::input_schema;

/// Adds two numbers.
///
/// Overflow is an error.
#[tool]
async fn add(
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
) -> i64 {
    a + b
}

#[tokio::test]
async fn the_function_stays_a_function() {
    assert_eq!(add(1, 2).await, 3);
    assert_eq!(subtract_now(3, 2), 1);
}

#[test]
fn doc_comments_are_descriptions() {
    let tool = add::tool();
    assert_eq!(tool.definition().name, "add");
    assert_eq!(tool.definition().description.as_deref(), Some("Adds two numbers.\n\nOverflow is an error."));
    assert_eq!(
        input_schema(&tool),
        r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","description":"First addend."},"b":{"type":"integer","description":"Second addend."}},"required":["a","b"]}"#
    );
    assert_eq!(tool.definition().output_schema, None);
    assert_eq!(tool.definition().annotations, None);
}

#[tool(name = "math.subtract", title = "Subtract", read_only, destructive = false, idempotent, open_world = false)]
fn subtract_now(a: i64, b: i64) -> i64 {
    a - b
}

#[test]
fn options_reach_the_definition() {
    let tool = subtract_now::tool();
    let mut annotations = ToolAnnotations::default();
    annotations.read_only_hint = Some(true);
    annotations.destructive_hint = Some(false);
    annotations.idempotent_hint = Some(true);
    annotations.open_world_hint = Some(false);
    assert_eq!(tool.definition().name, "math.subtract");
    assert_eq!(tool.definition().title.as_deref(), Some("Subtract"));
    assert_eq!(tool.definition().description, None);
    assert_eq!(tool.definition().annotations, Some(annotations));
}

mod inner {
    #[mcp_server::tool]
    pub(crate) async fn public(#[allow(unused)] text: String) {}

    pub(crate) mod deeper {
        #[mcp_server::tool]
        pub(in crate::functions) async fn restricted() {}
    }
}

#[test]
fn tools_are_named_as_functions_are() {
    let names: Vec<_> = tools![add, inner::public, inner::deeper::restricted,]
        .iter()
        .map(|tool| tool.definition().name.clone())
        .collect();
    assert_eq!(names, ["add", "public", "restricted"]);
    let none: Vec<ServerTool> = tools![];
    assert!(none.is_empty());
}

#[tokio::test]
async fn a_tool_may_stand_in_a_function() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Point {
        x: f64,
    }

    #[tool]
    async fn local(point: Point) -> Result<f64, ToolError> {
        Ok(point.x)
    }

    assert_eq!(local(Point { x: 1.0 }).await.unwrap(), 1.0);
    assert_eq!(
        input_schema(&local::tool()),
        r#"{"type":"object","additionalProperties":false,"properties":{"point":{"type":"object","properties":{"x":{"type":"number"}},"required":["x"]}},"required":["point"]}"#
    );
}

#[test]
fn raw_identifiers_and_unused_parameters_have_plain_names() {
    #[tool]
    async fn r#match(r#type: String, _unused: bool, mut count: u8) -> u8 {
        count += r#type.len() as u8;
        count
    }

    let tool = r#match::tool();
    assert_eq!(tool.definition().name, "match");
    assert_eq!(
        input_schema(&tool),
        r#"{"type":"object","additionalProperties":false,"properties":{"type":{"type":"string"},"unused":{"type":"boolean"},"count":{"type":"integer","minimum":0,"maximum":255}},"required":["type","unused","count"]}"#
    );
}

#[test]
fn the_context_is_no_argument_wherever_it_stands() {
    #[tool]
    async fn first(ctx: Context, a: u8) -> u8 {
        ctx.progress(1.0, None, "").await;
        a
    }

    #[tool]
    async fn last(a: u8, _: mcp_server::Context) -> u8 {
        a
    }

    #[tool]
    async fn only(_ctx: Context) {}

    let expected = r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","minimum":0,"maximum":255}},"required":["a"]}"#;
    assert_eq!(input_schema(&first::tool()), expected);
    assert_eq!(input_schema(&last::tool()), expected);
    assert_eq!(input_schema(&only::tool()), r#"{"type":"object","additionalProperties":false}"#);
}

#[test]
fn names_of_the_macro_do_not_hide_those_of_the_user() {
    #[tool]
    async fn arguments(arguments: String, context: u8, this: bool) -> String {
        format!("{arguments}{context}{this}")
    }

    #[tool]
    fn context(#[arg(default = default_text())] text: String, _ctx: Context) -> String {
        text
    }

    fn default_text() -> String {
        "text".into()
    }

    assert_eq!(tools![arguments, context].len(), 2);
    let schema = &context::tool().definition().input_schema.clone();
    assert_eq!(schema.get("properties").unwrap(), &json!({"text": {"type": "string", "default": "text"}}));
}

#[test]
fn conditions_go_with_the_function() {
    #[tool]
    #[cfg(any())]
    async fn never(missing: Missing) {}

    #[tool]
    #[cfg(not(any()))]
    async fn always() {}

    assert_eq!(always::tool().definition().name, "always");
}

#[test]
fn results_of_every_kind() {
    use mcp_server::model::{CallToolResult, Content};

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Report {
        /// In Celsius.
        degrees: f64,
        wind: Option<u8>,
    }

    #[tool]
    async fn structured() -> Result<Json<Report>, ToolError> {
        Ok(Json(Report { degrees: "20".parse()?, wind: None }))
    }

    #[tool]
    fn list() -> Json<Vec<u8>> {
        Json(vec![1])
    }

    #[tool]
    fn anything() -> Json<serde_json::Value> {
        Json(json!(1))
    }

    #[tool]
    fn blocks() -> Vec<Content> {
        vec![Content::text("a")]
    }

    #[tool]
    fn whole() -> Result<CallToolResult, std::io::Error> {
        Ok(CallToolResult::text("a"))
    }

    #[tool]
    fn text() -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
        Ok("a".into())
    }

    #[tool]
    fn hidden() -> impl mcp_server::IntoToolResult {
        "a"
    }

    let output = |tool: ServerTool| serde_json::to_string(&tool.definition().output_schema).unwrap();
    assert_eq!(
        output(structured::tool()),
        r#"{"type":"object","properties":{"degrees":{"type":"number","description":"In Celsius."},"wind":{"type":["integer","null"],"minimum":0,"maximum":255}},"required":["degrees","wind"]}"#
    );
    assert_eq!(output(list::tool()), r#"{"type":"array","items":{"type":"integer","minimum":0,"maximum":255}}"#);
    assert_eq!(output(anything::tool()), "null");
    for tool in tools![blocks, whole, text, hidden] {
        assert_eq!(output(tool), "null");
    }
}

/// Adds many numbers.
#[tool]
#[rustfmt::skip]
fn many(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, #[allow(unused_variables)] h: String) -> u8 {
    a + b + c + d + e + f + g
}

#[test]
fn lints_about_parameters_do_not_apply() {
    assert_eq!(many(1, 1, 1, 1, 1, 1, 1, String::new()), 7);
    assert_eq!(many::tool().definition().name, "many");
}

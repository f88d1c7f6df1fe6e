//! Calls of tools whose schemas say more than their types.

use std::{panic::catch_unwind, sync::Arc};

use mcp_core::{
    ErrorKind, ProtocolVersion,
    call::{CallMetadata, Caller},
    json::RawJson,
    model::{CallToolResult, ClientCapabilities},
    schema::Schema,
};
use serde_json::{Value, json};

use crate::{
    Context, Json, ServerTool,
    context::CallScope,
    handler::{CallFailure, schema::Implied},
    logging::LogTo,
    tool,
};

async fn call(tool: &ServerTool, arguments: Value) -> Result<CallToolResult, CallFailure> {
    let scope = CallScope {
        caller: Arc::new(Caller::new(ProtocolVersion::ALL[0], ClientCapabilities::default())),
        late_check: None,
        client: None,
        rounds: None,
        resume: None,
        progress_rate: 64,
        masks_errors: false,
        clock: None,
        metadata: CallMetadata::default(),
        notifications: None,
        log: LogTo::Nobody,
        server: Arc::new(()),
    };
    tool.call(RawJson::from_value(&arguments).unwrap(), scope).await
}

async fn text(tool: &ServerTool, arguments: Value) -> String {
    call(tool, arguments).await.unwrap().joined_text()
}

/// The problems alone, one per line.
async fn problems(tool: &ServerTool, arguments: Value) -> String {
    match call(tool, arguments).await {
        Err(CallFailure::Arguments(text)) => text.split_once("do not fit:").unwrap().1.trim().to_owned(),
        other => panic!("{other:?}"),
    }
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

fn written(value: Value) -> ServerTool {
    ServerTool::from_schema(
        "written",
        schema(value),
        |arguments: Value, _: Context| async move { arguments.to_string() },
    )
}

fn refused(value: Value) -> String {
    let made = ServerTool::try_from_schema("written", schema(value), |_: Value, _: Context| async {});
    made.unwrap_err().to_string()
}

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Shape {
    Circle { radius: u32 },
    Square { side: u32 },
}

#[tool]
fn draw(
    #[schemars(range(min = 1, max = 10), extend("multipleOf" = 2))] size: u8,
    #[schemars(regex(pattern = "^#[0-9a-f]{6}$"))] color: Option<String>,
    #[schemars(length(min = 1))] shapes: Vec<Shape>,
) -> String {
    format!("{size} {color:?} {shapes:?}")
}

/// Held to 2026-07-28, basic, "Schema Dialect"; 2026-07-28, server/tools, "Security Considerations".
#[tokio::test]
async fn what_a_schema_says_beyond_its_type_is_enforced_and_every_problem_told() {
    let tool = draw::tool();
    assert_eq!(tool.definition.input.implied, Implied::Not);
    let circle = json!({"kind": "circle", "radius": 3});
    let good = json!({"size": 4.0, "color": "#00ff00", "shapes": [circle]});
    assert_eq!(text(&tool, good).await, "4 Some(\"#00ff00\") [Circle { radius: 3 }]");
    let bad = json!({"size": 13, "colour": "red", "color": "red", "shapes": []});
    assert_eq!(
        problems(&tool, bad)
            .await
            .lines()
            .map(|line| line.trim_start_matches("- "))
            .collect::<std::collections::BTreeSet<_>>(),
        std::collections::BTreeSet::from([
            "argument `size`: 13 is greater than the maximum of 10",
            "argument `size`: 13 is not a multiple of 2",
            "unknown argument `colour`; did you mean `color`?",
            "argument `color`: the string \"red\" does not match the pattern `^#[0-9a-f]{6}$`",
            "argument `shapes`: the array has fewer than 1 items",
        ])
    );
}

#[tokio::test]
async fn of_alternatives_the_one_that_was_meant_is_explained() {
    let with = |shape: Value| json!({"size": 2, "shapes": [shape]});
    let tool = draw::tool();
    assert_eq!(
        problems(&tool, with(json!({"kind": "circle", "radius": "x"}))).await,
        "argument `shapes[0].radius`: expected an integer, not the string \"x\""
    );
    assert_eq!(
        problems(&tool, with(json!({"kind": "circle", "raduis": 1, "radius": 1}))).await,
        "argument `shapes[0]`: unknown field `raduis`; did you mean `radius`?"
    );
    assert_eq!(
        problems(&tool, with(json!({"kind": "oval"}))).await,
        "argument `shapes[0].kind`: expected one of \"circle\", \"square\", not the string \"oval\""
    );
}

/// Held to 2026-07-28, basic, "Schema Dialect"; SEP-2106: Loosen inputSchema; SEP-1613.
#[tokio::test]
async fn a_written_schema_is_shown_as_it_is_and_enforced_by_its_dialect() {
    let two = json!({"type": "object", "properties": {
        "n": {"$ref": "#/$defs/n"}, "when": {"type": "string", "format": "date-time"}, "pair": {"prefixItems": [{"type": "integer"}]},
    }, "$defs": {"n": {"type": "integer", "minimum": 0}}, "if": {"required": ["n"]}, "then": {"required": ["when"]}});
    let tool = written(two.clone());
    assert_eq!(serde_json::to_value(&tool.definition().input_schema).unwrap(), two);
    assert_eq!(
        text(&tool, json!({"n": 1, "when": "2026-07-28T00:00:00Z"})).await,
        "{\"n\":1,\"when\":\"2026-07-28T00:00:00Z\"}"
    );
    assert_eq!(
        problems(&tool, json!({"n": -1, "when": "2026-07-28T00:00:00Z"})).await,
        "argument `n`: -1 is less than the minimum of 0"
    );
    assert_eq!(problems(&tool, json!({"n": 1})).await, "missing argument `when`");
    assert_eq!(
        problems(&tool, json!({"when": "today"})).await,
        "argument `when`: the string \"today\" is not of the format `date-time`"
    );
    assert_eq!(
        problems(&tool, json!({"pair": ["x"]})).await,
        "argument `pair[0]`: expected an integer, not the string \"x\""
    );

    let seven = json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {
        "pair": {"items": [{"type": "integer"}], "additionalItems": false},
    }});
    assert_eq!(
        problems(&written(seven), json!({"pair": ["x"]})).await,
        "argument `pair[0]`: expected an integer, not the string \"x\""
    );
}

/// Held to 2026-07-28, basic, "Implementation Requirements", "`$ref` Resolution", "Composition-Keyword Resource Use".
#[test]
fn schemas_that_cannot_be_used_are_refused_with_a_reason() {
    let with = |property: Value| json!({"type": "object", "properties": {"a": property}});
    assert!(refused(json!({"type": "array"})).contains("at its root"));
    assert!(refused(with(json!({"$ref": "http://127.0.0.1:1/x.json"}))).contains("nothing is ever fetched"));
    assert!(refused(json!({"$schema": "urn:x", "type": "object"})).contains("dialect"));
    assert!(refused(with(json!({"type": "strin"}))).contains("/properties/a/type"));
    let look_ahead = refused(with(json!({"pattern": "^(?=x)y"})));
    assert!(look_ahead.contains("linear time"), "{look_ahead}");
    let huge = refused(with(json!({"pattern": "(((a{1000}){1000}){1000})"})));
    assert!(huge.contains("/properties/a/pattern"), "{huge}");
}

#[test]
fn a_wrong_schema_panics_at_the_line_of_the_caller() {
    let line = Arc::new(std::sync::Mutex::new(None));
    let seen = line.clone();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        *seen.lock().unwrap() = info.location().map(|location| (location.file().to_owned(), location.line()));
    }));
    let here = line!() + 1;
    let panicked = catch_unwind(|| ServerTool::from_schema("a", schema(json!({})), |_: Value, _: Context| async {}));
    std::panic::set_hook(before);
    assert!(panicked.is_err());
    assert_eq!(line.lock().unwrap().take(), Some((file!().to_owned(), here)));
}

#[tokio::test]
async fn a_hostile_pattern_and_a_deep_value_cost_little() {
    let tool = written(json!({"type": "object", "properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}));
    let started = std::time::Instant::now();
    problems(&tool, json!({"a": format!("{}!", "a".repeat(100_000))})).await;
    let part = json!({"properties": {"x": {"$ref": "#/$defs/t"}}, "required": ["no"]});
    let tree = written(json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/t"}},
        "$defs": {"t": {"anyOf": [part, part, part, part]}}}));
    let deep = (0..60).fold(json!({}), |inner, _| json!({"x": inner}));
    assert_eq!(problems(&tree, deep).await, "it is nested too deeply");
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Share {
    #[schemars(range(max = 1.0))]
    part: f64,
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct Ratio {
    part: f64,
}

fn is_internal(answer: Result<CallToolResult, CallFailure>) -> bool {
    match answer {
        Err(CallFailure::Protocol(error)) => {
            error.kind() == ErrorKind::Internal && error.message() == "the tool's result does not fit its output schema"
        }
        _ => false,
    }
}

/// Held to 2026-07-28, server/tools, "Output Schema".
#[tokio::test]
async fn results_that_do_not_fit_are_internal_errors() {
    let share =
        ServerTool::new("share", |of: Value| async move { Json(Share { part: 1.0 / of["n"].as_f64().unwrap() }) });
    assert!(call(&share, json!({"n": 2})).await.is_ok());
    assert!(is_internal(call(&share, json!({"n": 0.5})).await));

    let ratio =
        ServerTool::new("ratio", |of: Value| async move { Json(Ratio { part: 1.0 / of["n"].as_f64().unwrap() }) });
    assert!(call(&ratio, json!({"n": 0.5})).await.is_ok());
    assert!(is_internal(call(&ratio, json!({"n": 0})).await));

    let output = schema(json!({"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}));
    let by_hand = ServerTool::new("by_hand", |result: Value| async move {
        let mut made = CallToolResult::default();
        made.is_error = result["isError"] == true;
        made.structured_content = result.get("structured").map(|value| RawJson::from_value(value).unwrap());
        made
    })
    .output_schema(output);
    assert!(call(&by_hand, json!({"structured": {"a": 1}})).await.is_ok());
    assert!(call(&by_hand, json!({"isError": true})).await.is_ok());
    assert!(is_internal(call(&by_hand, json!({"structured": {"a": 2}})).await));
    assert!(is_internal(call(&by_hand, json!({"structured": null})).await));
    assert!(is_internal(call(&by_hand, json!({})).await));
}

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[schemars(extend("required" = ["region", "zone"]))]
struct Place {
    #[schemars(extend("enum" = ["eu", "us"]))]
    region: String,
    #[schemars(extend("const" = 1))]
    level: Option<u8>,
    zone: Option<String>,
}

#[tool]
fn settle(place: Place) -> String {
    format!("{place:?}")
}

/// Held to 2026-07-28, server/tools, "Security Considerations".
#[tokio::test]
async fn what_was_written_beside_a_type_is_validated() {
    let tool = settle::tool();
    let fits = json!({"place": {"region": "eu", "level": 1, "zone": "a"}});
    assert!(text(&tool, fits).await.contains("eu"));
    for (place, told) in [
        (json!({"region": "zz", "zone": "a"}), "argument `place.region`: expected one of \"eu\", \"us\""),
        (json!({"region": "eu", "level": 2, "zone": "a"}), "argument `place.level`: expected 1"),
        (json!({"region": "eu"}), "argument `place`: missing field `zone`"),
    ] {
        let problems = problems(&tool, json!({"place": place})).await;
        assert!(problems.contains(told), "{problems}");
    }
}

/// Held to 2026-07-28, server/tools, "Output Schema".
#[tokio::test]
async fn values_that_were_written_beside_a_field_are_validated_in_results() {
    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct At {
        #[schemars(extend("enum" = ["eu", "us"]))]
        region: String,
    }
    let locate = ServerTool::new("locate", |of: Value| async move {
        Json(At { region: of["region"].as_str().unwrap_or_default().to_owned() })
    });
    assert!(call(&locate, json!({"region": "eu"})).await.is_ok());
    assert!(is_internal(call(&locate, json!({"region": "zz"})).await));
}

/// Held to 2026-07-28, server/tools, "x-mcp-header"; 2026-07-28, basic/transports/streamable-http, "Schema Extension".
#[test]
fn annotations_are_checked_when_the_tool_is_made() {
    let number = json!({"type": "object", "properties": {"a": {"type": "number", "x-mcp-header": "A"}}});
    let told = "`x-mcp-header` in the schema of tool `written` is not allowed: it stands on something else";
    assert!(refused(number).contains(told));
    #[tool]
    fn route(#[arg(header = "Region", name = "region")] _region: Option<String>) {}
    let arguments = RawJson::from_value(&json!({"region": "eu"})).unwrap();
    assert_eq!(route::tool().mirror().unwrap().headers(&arguments)[0].header, "mcp-param-region");
    assert_eq!(route::tool().definition.input.implied, Implied::Whole);
}

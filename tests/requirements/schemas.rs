//! JSCH: the schemas of tools.

use std::{collections::BTreeMap, time::Duration};

use mcp_server::{Context, Json, Schema, SchemaProfile, Server, ServerTool, tool, tools};
use mcp_tests::{
    clients::{self, Client},
    covers,
    messages::{call, stateless},
    peer::Peer,
    raw_http::Connection,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const DRAFT_7: &str = "http://json-schema.org/draft-07/schema#";
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

fn schema(value: &Value) -> Schema {
    Schema::try_from(value.clone()).unwrap()
}

fn tool(name: &str, input: &Value) -> Result<ServerTool, mcp_server::InvalidSchema> {
    ServerTool::try_from_schema(name, schema(input), |_: Value, _: Context| async { "fits" })
}

/// The clients of the revisions that say what a dialect is.
async fn since_dialects(server: &Server) -> Vec<Client> {
    clients::each_revision(server).await.into_iter().filter(|client| client.revision() >= "2025-11-25").collect()
}

async fn fits(client: &mut Client, tool: &str, arguments: &Value) -> bool {
    let result = client.result("tools/call", call(tool, arguments.clone())).await;
    result.get("isError").is_none_or(|is_error| *is_error == false)
}

/// JSCH-001, JSCH-002: a schema means what its dialect says, and without a word about it that is draft 2020-12.
#[tokio::test]
async fn a_schema_means_what_its_dialect_says() {
    covers!("JSCH-001", "JSCH-002");
    // The same keywords mean something else in each: what an array of `items` says, and whether there are
    // `prefixItems`.
    let of = |dialect: Option<&str>, items: &str| {
        let mut schema = json!({"type": "object", "properties": {"list": {"type": "array"}}});
        schema["properties"]["list"][items] = json!([{"type": "integer"}]);
        if let Some(dialect) = dialect {
            schema["$schema"] = json!(dialect);
        }
        schema
    };
    let server = Server::builder("dialects", "1.0.0")
        .tools([
            tool("unsaid", &of(None, "prefixItems")).unwrap(),
            tool("newest", &of(Some(DRAFT_2020), "prefixItems")).unwrap(),
            tool("older", &of(Some(DRAFT_7), "items")).unwrap(),
            tool("unknown_keyword", &of(Some(DRAFT_7), "prefixItems")).unwrap(),
        ])
        .build();
    for mut client in since_dialects(&server).await {
        for (tool, takes_text) in [("unsaid", false), ("newest", false), ("older", false), ("unknown_keyword", true)] {
            assert!(fits(&mut client, tool, &json!({"list": [7, "x"]})).await, "{tool}");
            assert_eq!(fits(&mut client, tool, &json!({"list": ["x"]})).await, takes_text, "{tool}");
        }
    }
}

/// JSCH-002: a dialect that is not known is refused by name when the tool is made.
#[test]
fn a_dialect_that_is_not_known_is_refused() {
    covers!("JSCH-002");
    for dialect in
        ["https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-04/schema#", "urn:mine"]
    {
        let told = tool("tool", &json!({"type": "object", "$schema": dialect})).unwrap_err().to_string();
        assert!(told.contains("dialect") && told.contains(dialect), "{told}");
        let output = schema(&json!({"type": "object", "$schema": dialect}));
        let made = tool("tool", &json!({"type": "object"})).unwrap().try_output_schema(output);
        assert!(made.unwrap_err().to_string().contains("dialect"), "{dialect}");
    }
}

/// JSCH-003, JSCH-004: what a schema refers to outside itself is never fetched, and such a schema makes no tool.
#[tokio::test]
async fn nothing_is_ever_fetched() {
    covers!("JSCH-003", "JSCH-004");
    let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/schema.json", elsewhere.local_addr().unwrap());
    for keyword in ["$ref", "$dynamicRef"] {
        for target in [url.clone(), format!("{url}#/$defs/a"), "//other/a.json".to_owned(), "a.json".to_owned()] {
            let wrong = json!({"type": "object", "properties": {"a": {keyword: target}}});
            let told = tool("tool", &wrong).unwrap_err().to_string();
            assert!(told.contains(&target) && told.contains("fetched"), "{told}");
            let made = tool("tool", &json!({"type": "object"})).unwrap().try_output_schema(schema(&wrong));
            assert!(made.is_err(), "{target}");
        }
    }
    let based = json!({"type": "object", "$id": url, "properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "integer"}}});
    if let Ok(tool) = tool("based", &based) {
        let mut peer = Peer::in_process(&Server::builder("based", "1.0.0").tools([tool]).build());
        let answer = peer.ask(&stateless(1, "tools/call", call("based", json!({"a": "x"})))).await;
        assert_eq!(answer["result"]["isError"], true, "{answer}");
    }
    let asked = tokio::time::timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(asked.is_err(), "the schema was asked for");
}

/// JSCH-006: every keyword of draft 2020-12 may stand in an input schema, and holds.
#[tokio::test]
async fn every_keyword_holds() {
    covers!("JSCH-006");
    let cases = [
        ("enum", json!({"properties": {"a": {"enum": [1, "b", null]}}}), json!({"a": "b"}), json!({"a": "c"})),
        ("const", json!({"properties": {"a": {"const": {"b": 1}}}}), json!({"a": {"b": 1}}), json!({"a": {"b": 2}})),
        ("multipleOf", json!({"properties": {"a": {"multipleOf": 5}}}), json!({"a": 10}), json!({"a": 11})),
        ("exclusiveMaximum", json!({"properties": {"a": {"exclusiveMaximum": 5}}}), json!({"a": 4}), json!({"a": 5})),
        ("pattern", json!({"properties": {"a": {"pattern": "^b+$"}}}), json!({"a": "bb"}), json!({"a": "bc"})),
        (
            "contains",
            json!({"properties": {"a": {"contains": {"const": 7}, "maxContains": 1}}}),
            json!({"a": [7]}),
            json!({"a": [7, 7]}),
        ),
        (
            "uniqueItems",
            json!({"properties": {"a": {"uniqueItems": true}}}),
            json!({"a": [1, 2]}),
            json!({"a": [1, 1]}),
        ),
        (
            "prefixItems",
            json!({"properties": {"a": {"prefixItems": [{"type": "string"}], "items": false}}}),
            json!({"a": ["x"]}),
            json!({"a": ["x", 1]}),
        ),
        (
            "patternProperties",
            json!({"patternProperties": {"^n_": {"type": "integer"}}}),
            json!({"n_a": 1}),
            json!({"n_a": "x"}),
        ),
        ("propertyNames", json!({"propertyNames": {"maxLength": 2}}), json!({"ab": 1}), json!({"abc": 1})),
        ("dependentRequired", json!({"dependentRequired": {"a": ["b"]}}), json!({"a": 1, "b": 1}), json!({"a": 1})),
        ("dependentSchemas", json!({"dependentSchemas": {"a": {"required": ["b"]}}}), json!({"b": 1}), json!({"a": 1})),
        (
            "if",
            json!({"if": {"required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!({"c": 1}),
            json!({"a": 1}),
        ),
        (
            "allOf",
            json!({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"a": 1, "b": 1}),
            json!({"a": 1}),
        ),
        ("anyOf", json!({"anyOf": [{"required": ["a"]}, {"required": ["b"]}]}), json!({"b": 1}), json!({"c": 1})),
        (
            "oneOf",
            json!({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}),
            json!({"b": 1}),
            json!({"a": 1, "b": 1}),
        ),
        ("not", json!({"not": {"required": ["a"]}}), json!({"b": 1}), json!({"a": 1})),
        (
            "unevaluatedProperties",
            json!({"allOf": [{"properties": {"a": true}}], "unevaluatedProperties": false}),
            json!({"a": 1}),
            json!({"b": 1}),
        ),
        ("minProperties", json!({"minProperties": 1}), json!({"a": 1}), json!({})),
        (
            "anchor",
            json!({"properties": {"a": {"$ref": "#here"}}, "$defs": {"x": {"$anchor": "here", "type": "integer"}}}),
            json!({"a": 1}),
            json!({"a": "x"}),
        ),
    ];
    let tools = cases.iter().map(|(name, part, ..)| {
        let mut input = json!({"type": "object"});
        input.as_object_mut().unwrap().extend(part.as_object().unwrap().clone());
        tool(name, &input).unwrap()
    });
    let server = Server::builder("keywords", "1.0.0").tools(tools).build();
    for mut client in since_dialects(&server).await {
        for (name, _, good, bad) in &cases {
            assert!(fits(&mut client, name, good).await, "{name} {good}");
            assert!(!fits(&mut client, name, bad).await, "{name} {bad}");
        }
    }
    // An output schema need not be one of an object.
    for output in
        [json!({"type": "array"}), json!({"type": ["string", "null"]}), json!({"oneOf": [{"const": 1}]}), json!({})]
    {
        tool("output", &json!({"type": "object"})).unwrap().try_output_schema(schema(&output)).unwrap();
    }
}

/// JSCH-008, JSCH-007: a schema arrives as it was written, to the order of its members and with what nobody knows.
#[tokio::test]
async fn a_schema_arrives_as_it_was_written() {
    covers!("JSCH-008");
    let input = json!({
        "$schema": DRAFT_2020, "type": "object", "title": "T", "x-vendor": {"b": 1, "a": [null, 1.50, "\u{e4}"]},
        "$defs": {"z": {"$anchor": "z", "type": "string"}, "y": {}},
        "properties": {"z": {"$ref": "#z"}, "a": {"anyOf": [{"type": "null"}, {"const": 7}], "default": null}},
        "if": {"required": ["a"]}, "then": {"minProperties": 2}, "else": {}, "additionalProperties": false,
        "$comment": "kept",
    });
    let output = json!({"type": "object", "readOnly": true, "examples": [{}], "x-order": {"2": 0, "1": 0}});
    let tool = tool("written", &input).unwrap().output_schema(schema(&output));
    let server = Server::builder("written", "1.0.0").tools([tool]).build();
    for mut client in since_dialects(&server).await {
        let listed = client.result("tools/list", json!({})).await["tools"][0].clone();
        assert_eq!(listed["inputSchema"].to_string(), input.to_string(), "{}", client.revision());
        assert_eq!(listed["outputSchema"].to_string(), output.to_string(), "{}", client.revision());
    }
    let mut connection = Connection::open(clients::serve(&server).await).await;
    let body = connection.post(&stateless(1, "tools/list", json!({}))).await.body;
    assert!(body.contains(&format!("\"inputSchema\":{input}")), "{body}");
}

/// Any JSON, inside and outside.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Any {
    v: Value,
    list: Vec<Value>,
    named: BTreeMap<String, Value>,
    maybe: Option<Value>,
}

#[tool]
async fn any(v: Value, list: Vec<Value>, named: BTreeMap<String, Value>, maybe: Option<Value>) -> Json<Any> {
    Json(Any { v, list, named, maybe })
}

#[tool]
async fn nothing() -> &'static str {
    "nothing"
}

/// Where a boolean stands as a schema.
fn booleans(schema: &Value, at: &str, found: &mut Vec<String>) {
    match schema {
        Value::Bool(_) => found.push(at.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| booleans(item, at, found)),
        Value::Object(members) => {
            // Everybody knows it there, and nothing else says that there may be no more.
            let members = members.iter().filter(|(key, _)| *key != "additionalProperties");
            members.for_each(|(key, value)| booleans(value, &format!("{at}/{key}"), found));
        }
        _ => {}
    }
}

/// Some clients throw away a whole list for one schema that is no object, and some models refuse a tool without
/// `properties`.
#[tokio::test]
async fn every_client_can_read_the_list_of_tools_that_take_any_json_or_nothing() {
    let all = json!({"v": 1, "list": [true, null], "named": {"a": "b"}, "maybe": {"c": [2]}});
    for profile in [SchemaProfile::default(), SchemaProfile::Inline] {
        let server = Server::builder("any", "1.0.0").schema_profile(profile).tools(tools![any, nothing]).build();
        for mut client in clients::each_revision(&server).await {
            let tools = client.result("tools/list", json!({})).await["tools"].take();
            for tool in tools.as_array().unwrap() {
                for schema in ["inputSchema", "outputSchema"] {
                    let mut found = Vec::new();
                    booleans(&tool[schema], schema, &mut found);
                    assert!(found.is_empty(), "{}: {found:?} of {tool}", client.revision());
                }
                assert!(tool["inputSchema"]["properties"].is_object(), "{}: {tool}", client.revision());
            }
            assert_eq!(tools[0]["inputSchema"]["properties"]["v"], json!({}), "{}", client.revision());
            let result = client.result("tools/call", call("any", all.clone())).await;
            let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
            assert_eq!(text, all, "{}", client.revision());
        }
    }
}

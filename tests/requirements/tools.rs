//! TOOL: `tools/list` and `tools/call`.

use std::sync::Arc;

use mcp_server::{
    Context, Error, Json, RawJson, Schema, Server, ServerTool,
    middleware::{Call, Next, from_fn},
    model::{
        AudioContent, CallToolResult, Content, EmbeddedResource, Icon, ImageContent, Meta, ResourceContents,
        ResourceLink, ToolAnnotations,
    },
    tool, tools,
};
use mcp_tests::{
    clients, covers,
    fixture::Counter,
    messages::{call, request, stateless},
    peer::Peer,
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::{called, keys, same_for_everyone};

/// Does nothing.
#[tool]
fn nothing() {}

/// Says again what it was told.
#[tool]
fn echo(text: String) -> String {
    text
}

#[derive(serde::Serialize, schemars::JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Report {
    degrees: i32,
}

/// Asks the station.
#[tool]
fn report() -> Json<Report> {
    Json(Report { degrees: -3 })
}

/// Asks all stations.
#[tool]
fn reports() -> Json<Vec<i32>> {
    Json(vec![1, 2])
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

fn server() -> Server {
    Server::builder("tools", "1.0.0").tools(tools![nothing, echo, report, reports]).build()
}

/// TOOL-001: a server with tools says so, and its list answers as long as it runs, also when no tool is left.
#[tokio::test]
async fn tools_are_declared_and_listed_also_when_there_are_none() {
    covers!("TOOL-001");
    let empty = Server::builder("empty", "1.0.0").tools(tools![]).build();
    let emptied = server();
    emptied.tools().replace_all([]);
    for (server, count) in [(server(), 4), (empty, 0), (emptied, 0)] {
        for mut client in clients::each_revision(&server).await {
            assert!(client.capabilities().await["tools"].is_object(), "{}", client.revision());
            assert_eq!(client.result("tools/list", json!({})).await["tools"].as_array().unwrap().len(), count);
        }
    }
}

/// TOOL-002, TOOL-003: who asks, and what was asked before, changes neither the list nor its order.
#[tokio::test]
async fn the_list_is_the_same_for_everyone() {
    covers!("TOOL-002", "TOOL-003");
    let list =
        same_for_everyone(&server(), "tools/list", "tools", ("tools/call", call("echo", json!({"text": "x"})))).await;
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["nothing", "echo", "report", "reports"]);
}

/// TOOL-004: a tool has a name and a schema of an object; without arguments it takes no members.
#[tokio::test]
async fn every_tool_has_a_name_and_a_schema_of_an_object() {
    covers!("TOOL-004");
    for mut client in clients::each_revision(&server()).await {
        let list = client.result("tools/list", json!({})).await;
        for tool in list["tools"].as_array().unwrap() {
            assert!(tool["name"].is_string() && tool["inputSchema"]["type"] == "object", "{tool}");
        }
        assert_eq!(
            list["tools"][0]["inputSchema"],
            json!({"type": "object", "additionalProperties": false, "properties": {}})
        );
    }
    // What is no schema of an object makes no tool.
    for wrong in [json!({}), json!({"type": "string"}), json!({"type": ["object", "null"]})] {
        let made = ServerTool::try_from_schema("wrong", schema(wrong.clone()), |_: Value, _: Context| async {});
        assert!(made.unwrap_err().to_string().contains("\"type\": \"object\""), "{wrong}");
    }
}

/// TOOL-007: each revision sees the members that it knows, and what a newer peer says more is ignored.
#[tokio::test]
async fn a_tool_has_the_members_of_its_revision() {
    covers!("TOOL-007");
    let mut annotations = ToolAnnotations::default();
    annotations.read_only_hint = Some(true);
    let mut meta = Meta::new();
    meta.insert("example.com/note".into(), json!(1));
    let tool = report::tool().title("Report").annotations(annotations).icons([Icon::new("https://e.com/i.png")]);
    let server = Server::builder("tools", "1.0.0").tools([tool.meta(meta)]).build();
    for mut client in clients::each_revision(&server).await {
        let list = client.result("tools/list", json!({"execution": {"taskSupport": "optional"}, "newer": [1]})).await;
        let mut expected = vec!["description", "inputSchema", "name"];
        for (since, member) in [
            ("2025-03-26", "annotations"),
            ("2025-06-18", "title"),
            ("2025-06-18", "outputSchema"),
            ("2025-06-18", "_meta"),
            ("2025-11-25", "icons"),
        ] {
            if client.revision() >= since {
                expected.push(member);
            }
        }
        expected.sort_unstable();
        assert_eq!(keys(&list["tools"][0]), expected, "{}", client.revision());
    }
}

/// TOOL-011: a result always has content, if only an empty array, and is no error unless it says so.
#[tokio::test]
async fn a_result_has_content() {
    covers!("TOOL-011");
    for mut client in clients::each_revision(&server()).await {
        let result = called(&mut client, "nothing", json!({})).await;
        assert_eq!((&result["content"], result.get("isError")), (&json!([]), None), "{result}");
        let result = called(&mut client, "echo", json!({"text": "x"})).await;
        assert_eq!(
            (&result["content"], result.get("isError")),
            (&json!([{"type": "text", "text": "x"}]), None),
            "{result}"
        );
    }
}

/// One block of each kind.
#[tool]
fn blocks() -> Vec<Content> {
    vec![
        "words".into(),
        ImageContent::from_base64("iVBORw==", "image/png").into(),
        AudioContent::from_base64("UklGRg==", "audio/wav").into(),
        ResourceLink::new("note://1", "first").into(),
        EmbeddedResource::new(ResourceContents::Text {
            uri: "note://2".into(),
            mime_type: Some("text/plain".into()),
            text: "second".into(),
            meta: None,
        })
        .into(),
    ]
}

/// TOOL-012, TOOL-013: each revision gets the kinds of content that it knows; what it does not know comes as something
/// that it knows.
#[tokio::test]
async fn content_is_of_kinds_that_the_revision_knows() {
    covers!("TOOL-012", "TOOL-013");
    let server = Server::builder("blocks", "1.0.0").tools(tools![blocks]).build();
    for mut client in clients::each_revision(&server).await {
        let content = called(&mut client, "blocks", json!({})).await["content"].clone();
        assert_eq!(content[0], json!({"type": "text", "text": "words"}));
        assert_eq!(content[1], json!({"type": "image", "data": "iVBORw==", "mimeType": "image/png"}));
        let audio = match client.revision() >= "2025-03-26" {
            true => json!({"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"}),
            false => json!({"type": "resource", "resource": {
                "uri": "audio://result", "mimeType": "audio/wav", "blob": "UklGRg==",
            }}),
        };
        assert_eq!(content[2], audio, "{}", client.revision());
        let link = match client.revision() >= "2025-06-18" {
            true => json!({"type": "resource_link", "uri": "note://1", "name": "first"}),
            false => json!({"type": "text", "text": "first: note://1"}),
        };
        assert_eq!(content[3], link, "{}", client.revision());
        let embedded = json!({"uri": "note://2", "mimeType": "text/plain", "text": "second"});
        assert_eq!(content[4], json!({"type": "resource", "resource": embedded}));
    }
}

/// What a tool with an output schema answers, as it is told.
fn thermometer() -> ServerTool {
    let input = schema(json!({"type": "object", "properties": {"say": true}}));
    let output = schema(json!({
        "type": "object", "properties": {"degrees": {"type": "integer", "minimum": -273}}, "required": ["degrees"],
    }));
    ServerTool::from_schema("thermometer", input, |arguments: Value, _: Context| async move {
        if arguments["say"] == "error" {
            return CallToolResult::error("broken");
        }
        let mut result = CallToolResult::text(arguments["say"].to_string());
        if arguments["say"] != "nothing" {
            result.structured_content = Some(RawJson::from_value(&arguments["say"]).unwrap());
        }
        result
    })
    .output_schema(output)
}

/// TOOL-015: what a tool with an output schema returns fits that schema, or is an error.
#[tokio::test]
async fn structured_content_fits_the_output_schema() {
    covers!("TOOL-015");
    let server = Server::builder("thermometer", "1.0.0").tools([thermometer()]).build();
    for mut client in
        clients::each_revision(&server).await.into_iter().filter(|client| client.revision() >= "2025-06-18")
    {
        let degrees = json!({"degrees": -3});
        let result = called(&mut client, "thermometer", json!({"say": degrees})).await;
        assert_eq!(result["structuredContent"], degrees, "{}", client.revision());
        for misfit in [json!({"degrees": -300}), json!({"degrees": "cold"}), json!({}), json!("nothing")] {
            let (code, error) = client.error("tools/call", call("thermometer", json!({"say": misfit}))).await;
            assert_eq!(code, -32603, "{misfit}: {error}");
        }
        let failed = called(&mut client, "thermometer", json!({"say": "error"})).await;
        assert_eq!((&failed["isError"], failed.get("structuredContent")), (&json!(true), None), "{failed}");
    }
}

/// TOOL-018, TOOL-017: where only objects may be structured, anything else stays text, and the schema of it is not
/// shown.
#[tokio::test]
async fn where_only_objects_may_be_structured_the_rest_is_text() {
    covers!("TOOL-018", "TOOL-017");
    for mut client in clients::each_revision(&server()).await {
        if !["2025-06-18", "2025-11-25"].contains(&client.revision()) {
            continue;
        }
        let tools = client.result("tools/list", json!({})).await["tools"].clone();
        assert_eq!((&tools[2]["outputSchema"]["type"], tools[3].get("outputSchema")), (&json!("object"), None));
        let object = called(&mut client, "report", json!({})).await;
        assert_eq!(object["structuredContent"], json!({"degrees": -3}));
        assert_eq!(object["content"][0]["text"], "{\"degrees\":-3}");
        let array = called(&mut client, "reports", json!({})).await;
        assert_eq!((array.get("structuredContent"), &array["content"][0]["text"]), (None, &json!("[1,2]")));
    }
}

/// Returns its argument, structured.
#[tool]
fn structured(value: Value) -> Json<Value> {
    Json(value)
}

/// TOOL-019, TOOL-017: since 2026-07-28 anything may be structured; `null` is something, and absence is not `null`.
#[tokio::test]
async fn anything_may_be_structured() {
    covers!("TOOL-019", "TOOL-017");
    let server = Server::builder("any", "1.0.0").tools(tools![structured, reports, nothing]).build();
    for mut client in clients::each_revision(&server).await.into_iter().filter(|client| !client.has_session()) {
        let tools = client.result("tools/list", json!({})).await["tools"].clone();
        assert_eq!(tools[1]["outputSchema"]["type"], "array");
        for value in [json!(null), json!([1, "a", null]), json!("text"), json!(7), json!(false), json!({"a": null})] {
            let result = called(&mut client, "structured", json!({"value": value})).await;
            assert_eq!(result.get("structuredContent"), Some(&value), "{result}");
            assert_eq!(result["content"][0]["text"], value.to_string());
        }
        assert_eq!(called(&mut client, "reports", json!({})).await["structuredContent"], json!([1, 2]));
        assert_eq!(called(&mut client, "nothing", json!({})).await.get("structuredContent"), None);
    }
}

/// TOOL-020, TOOL-021: a tool that is not there and a request that is no call are errors of the protocol.
#[tokio::test]
async fn a_request_that_is_no_call_of_a_tool_is_an_error() {
    covers!("TOOL-020", "TOOL-021");
    for mut client in clients::each_revision(&server()).await {
        for params in [
            call("none", json!({})),
            call("ECHO", json!({"text": "x"})),
            call("echo", json!(["x"])),
            call("echo", json!("x")),
            call("echo", json!(1)),
        ] {
            let (code, error) = client.error("tools/call", params.clone()).await;
            assert_eq!(code, -32602, "{} {params}: {error}", client.revision());
        }
    }
    // Over HTTP a name that is no string could not be mirrored; a pipe has no headers.
    let mut peer = Peer::in_process(&server());
    peer.handshake("2025-03-26").await;
    for params in [json!({"arguments": {}}), json!({"name": 7}), json!({"name": null, "arguments": {}})] {
        for message in [request(1, "tools/call", params.clone()), stateless(1, "tools/call", params.clone())] {
            assert_eq!(peer.ask(&message).await["error"]["code"], -32602, "{message}");
        }
    }
}

/// Fails.
#[tool]
fn failing() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("out of paper"))
}

/// TOOL-022, TOOL-023: arguments that do not fit are told to the model since 2025-11-25, to the client before; a
/// failure of the tool is always told to the model.
#[tokio::test]
async fn arguments_that_do_not_fit_are_told_to_who_can_mend_them() {
    covers!("TOOL-022", "TOOL-023");
    let server = Server::builder("fitting", "1.0.0").tools(tools![echo, failing]).build();
    for mut client in clients::each_revision(&server).await {
        for arguments in [json!({}), json!({"text": 7}), json!({"text": "x", "volume": 11})] {
            let answer = client.ask("tools/call", call("echo", arguments.clone())).await;
            if client.revision() >= "2025-11-25" {
                assert_eq!(answer["result"]["isError"], true, "{} {answer}", client.revision());
            } else {
                assert_eq!(answer["error"]["code"], -32602, "{} {answer}", client.revision());
            }
        }
        let failed = called(&mut client, "failing", json!({})).await;
        assert_eq!((&failed["isError"], &failed["content"][0]["text"]), (&json!(true), &json!("out of paper")));
    }
}

/// TOOL-028: arguments that do not fit never reach a tool, and the text of a panic never leaves it.
#[tokio::test]
async fn a_tool_sees_only_arguments_that_fit_and_its_panics_stay_inside() {
    covers!("TOOL-028");
    let runs = Arc::new(Counter::default());
    let counted = runs.clone();
    let input = schema(json!({
        "type": "object", "properties": {"path": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5}},
        "required": ["path"], "additionalProperties": false,
    }));
    let delete = ServerTool::from_schema("delete", input, move |_: Value, _: Context| {
        counted.add();
        async { panic!("the password is s3cret") as CallToolResult }
    });
    let server = Server::builder("safe", "1.0.0").tools([delete]).build();
    for (turn, mut client) in clients::each_revision(&server).await.into_iter().enumerate() {
        for arguments in
            [json!({}), json!({"path": "../etc"}), json!({"path": "toolong"}), json!({"path": "a", "b": 1})]
        {
            client.ask("tools/call", call("delete", arguments)).await;
            assert_eq!(runs.get(), turn, "{}", client.revision());
        }
        let (code, error) = client.error("tools/call", call("delete", json!({"path": "a"}))).await;
        assert!(code == -32603 && !error.to_string().contains("s3cret"), "{error}");
    }
}

/// TOOL-028: a program says in one place who may call what and how often, and it holds in every revision, before the
/// tool runs.
#[tokio::test]
async fn a_layer_decides_who_may_call_what_and_how_often() {
    covers!("TOOL-028");
    const ALLOWED: usize = 2;
    for turn in 0..10 {
        let calls = Counter::default();
        let policy = Arc::new(move |call: &Call| match call.name() {
            Some("nothing") => Err(Error::invalid_params("nobody may do nothing")),
            Some("echo") if calls.get() == ALLOWED => Err(Error::invalid_params("too often")),
            Some("echo") => {
                calls.add();
                Ok(())
            }
            _ => Ok(()),
        });
        let layer = from_fn(move |call: Call, next: Next| {
            let policy = policy.clone();
            async move {
                policy(&call)?;
                next.run(call).await
            }
        });
        let server = Server::builder("guarded", "1.0.0").tools(tools![nothing, echo]).layer(layer).build();
        let mut client = clients::each_revision(&server).await.swap_remove(turn);
        let (_, refused) = client.error("tools/call", call("nothing", json!({}))).await;
        assert_eq!(refused["message"], "nobody may do nothing", "{}", client.revision());
        for _ in 0..ALLOWED {
            assert_eq!(called(&mut client, "echo", json!({"text": "x"})).await["content"][0]["text"], "x");
        }
        let (_, refused) = client.error("tools/call", call("echo", json!({"text": "x"}))).await;
        assert_eq!(refused["message"], "too often", "{}", client.revision());
    }
}

/// Says its arguments again, byte for byte.
fn repeat() -> ServerTool {
    let input = schema(json!({"type": "object"}));
    ServerTool::from_schema("repeat", input, |arguments: RawJson, _: Context| async move {
        let mut result = CallToolResult::text(arguments.as_str());
        result.structured_content = Some(arguments);
        result
    })
}

/// TOOL-030: what passes through the server comes out as it went in: numbers beyond any type, escapes, deep nesting.
#[tokio::test]
async fn arguments_pass_unchanged() {
    covers!("TOOL-030");
    let server = Server::builder("repeat", "1.0.0").tools([repeat()]).build();
    let deep = format!("{}7{}", "[".repeat(50), "]".repeat(50));
    let arguments = format!(
        r#"{{"big":123456789012345678901234567890,"small":-0.10000000000000000000000000001e-300,"text":"é\u00e9\ud83d\ude00\\\n","":{{"a":null}},"deep":{deep}}}"#
    );
    let spell = |message: Value| message.to_string().replace("\"@\"", &arguments);
    let mut peer = Peer::in_process(&server);
    peer.handshake("2025-11-25").await;
    let alone = stateless(1, "tools/call", call("repeat", json!("@")));
    for message in [request(1, "tools/call", call("repeat", json!("@"))), alone.clone()] {
        peer.send_line(spell(message)).await;
        let answer = peer.receive().await.unwrap();
        assert_eq!(answer["result"]["content"][0]["text"], arguments);
    }
    let mut connection = Connection::open(clients::serve(&server).await).await;
    let mut headers = mirror(&alone);
    headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    headers.push(("Accept".to_owned(), "application/json".to_owned()));
    connection.send_request("POST", &headers, &spell(alone)).await;
    let body = connection.answer().await.body;
    assert!(body.contains(&format!("\"structuredContent\":{arguments}")), "{body}");
}

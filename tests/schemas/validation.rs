//! Arguments and results against the schemas that lists show.

use mcp_client::McpClient;
use mcp_server::{ProtocolVersion, SchemaProfile};
use mcp_tests::{
    messages::{call, request, stateless, text_of},
    peer::Peer,
    raw_http::Connection,
};
use serde_json::{Value, json};

use crate::{builder, start};

const STANDALONE: &str = "standalone";

/// Calls a tool in process in a session of each revision, and as a request that stands alone.
async fn in_each_revision(tool: &str, arguments: Value) -> Vec<(String, Value)> {
    let server = builder().build();
    let mut answers = Vec::new();
    for version in mcp_tests::messages::WITH_SESSIONS {
        let mut peer = Peer::in_process(&server);
        peer.handshake(version).await;
        let answer = peer.ask(&request(1, "tools/call", call(tool, arguments.clone()))).await;
        answers.push((version.to_owned(), answer));
    }
    let mut peer = Peer::in_process(&server);
    let answer = peer.ask(&stateless(1, "tools/call", call(tool, arguments))).await;
    answers.push((STANDALONE.to_owned(), answer));
    answers
}

/// TOOL-022.
#[tokio::test]
async fn every_problem_reaches_the_model() {
    mcp_tests::covers!("TOOL-022");
    let expected = "the arguments of tool `wait` do not fit:\n\
                    - unknown argument `reson`; did you mean `reason`?\n\
                    - argument `seconds`: 300 is greater than the maximum of 60";
    for (version, answer) in in_each_revision("wait", json!({"reson": "tea", "seconds": 300})).await {
        let is_new = version == "2025-11-25" || version == STANDALONE;
        let told = match is_new {
            true => {
                assert_eq!(answer["result"]["isError"], true, "{version} {answer}");
                text_of(&answer)
            }
            false => {
                assert_eq!(answer["error"]["code"], -32602, "{version} {answer}");
                answer["error"]["message"].as_str().unwrap()
            }
        };
        // The message of an error is one line.
        let break_of_lines = if is_new { "\n- " } else { " - " };
        let mut lines: Vec<&str> = told.split(break_of_lines).collect();
        lines[1..].sort_unstable_by_key(|line| std::cmp::Reverse(*line));
        assert_eq!(lines.join("\n- "), expected, "{version}");
    }
}

#[tokio::test]
async fn an_integer_may_be_written_as_a_float() {
    for (version, answer) in in_each_revision("wait", json!({"seconds": 3.0})).await {
        assert_eq!(text_of(&answer), "3 None", "{version}");
    }
}

/// TOOL-015.
#[tokio::test]
async fn a_result_that_does_not_fit_is_an_internal_error_that_tells_nothing() {
    mcp_tests::covers!("TOOL-015");
    for (tool, arguments) in [("share", json!({"of": 0.5})), ("louder", json!({})), ("louder", json!({"level": null}))]
    {
        for (version, answer) in in_each_revision(tool, arguments).await {
            let expected = json!({"code": -32603, "message": "the tool's result does not fit its output schema"});
            assert_eq!(answer["error"], expected, "{version} {tool}");
        }
    }
    for (version, answer) in in_each_revision("louder", json!({"level": 11})).await {
        assert_eq!(text_of(&answer), "{\"level\":11}", "{version}");
    }
}

/// JSCH-007, JSCH-008.
#[tokio::test]
async fn schemas_reach_the_wire_as_they_were_written() {
    mcp_tests::covers!("JSCH-008");
    let mut connection = Connection::open(start(&builder().build()).await).await;
    let list = connection.post(&stateless(1, "tools/list", json!({}))).await.json();
    let tool = list["result"]["tools"].as_array().unwrap().iter().find(|tool| tool["name"] == "louder").unwrap();
    let written = serde_json::to_value(&crate::written().definition().input_schema).unwrap();
    assert_eq!(tool["inputSchema"].to_string(), written.to_string());
}

#[tokio::test]
async fn a_profile_changes_what_is_shown_and_not_what_is_allowed() {
    let server = builder().schema_profile(SchemaProfile::Inline).build();
    for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
        let client = McpClient::builder("test", "1.0.0").versions([version]).connect_in_process(&server).await.unwrap();
        let tools = client.list_tools().await.unwrap();
        let shown = tools.iter().find(|tool| tool.name == "louder").unwrap();
        let level = json!({"anyOf": [{"type": "integer", "maximum": 11}, {"type": "null"}]});
        let expected = json!({"type": "object", "properties": {"level": level}, "x-vendor": {"kept": true}});
        assert_eq!(serde_json::to_value(&shown.input_schema).unwrap(), expected);
        let failed = client.call_tool("louder", json!({"level": 12})).await.unwrap();
        assert!(failed.joined_text().contains("12 is greater than the maximum of 11"), "{}", failed.joined_text());
    }
}

//! Structured results and the output schemas of their tools.

use mcp_client::{ErrorKind, Limits, McpClient};
use mcp_tests::covers;
use serde_json::{Value, json};

use crate::support::{
    pipe::{Peer, Script},
    reply, soon,
};

/// Lists the tools with this output schema each, and answers every call with its own arguments as structured content.
fn script(modern: bool, tools: &'static [(&'static str, &'static str)]) -> Script {
    let play = move |mut peer: Peer| async move {
        while let Some(request) = peer.next().await {
            let result = match request["method"].as_str() {
                Some("tools/list") => {
                    let tool = |(name, schema): &(&str, &str)| {
                        let schema: Value = serde_json::from_str(schema).unwrap();
                        json!({"name": name, "inputSchema": {"type": "object"}, "outputSchema": schema})
                    };
                    json!({"tools": tools.iter().map(tool).collect::<Vec<_>>()})
                }
                Some("tools/call") => {
                    let arguments = &request["params"]["arguments"];
                    match arguments.get("bare") {
                        Some(_) => json!({"content": []}),
                        None => {
                            json!({"content": [], "structuredContent": arguments, "isError": arguments["failed"] == true})
                        }
                    }
                }
                _ => continue,
            };
            peer.send(reply(&request, result)).await;
        }
    };
    if modern { Script::modern(play) } else { Script::legacy(play) }
}

const SUM: (&str, &str) = (
    "sum",
    r#"{"type":"object","properties":{"sum":{"type":"integer"},"parts":{"type":"array","items":{"minimum":0}}},"required":["sum"]}"#,
);

#[tokio::test]
async fn a_structured_result_is_held_to_what_its_tool_was_listed_with() {
    covers!("TOOL-015", "TOOL-016");
    for modern in [true, false] {
        let script = script(modern, &[SUM]);
        let client = McpClient::connect_in_process(&script).await.unwrap();
        let call = |arguments: Value| client.call_tool("sum", arguments);

        // A tool that was not listed is called as it is.
        call(json!({"sum": "many"})).await.unwrap();
        client.list_tools().await.unwrap();

        assert_eq!(call(json!({"sum": 3})).await.unwrap().parse::<Value>().unwrap(), json!({"sum": 3}));
        let error = call(json!({"sum": "many"})).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("tool `sum`") && error.to_string().contains("`/sum`"), "{error}");
        let error = call(json!({"sum": 1, "parts": [1, 2, -3]})).await.unwrap_err();
        assert!(error.to_string().contains("`/parts/2`"), "{error}");
        let error = call(json!({"bare": 1})).await.unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains("no structured content"), "{error}");

        // What a tool says of its failure is free, and so is what a caller does not want checked.
        assert!(call(json!({"failed": true})).await.unwrap().is_error);
        call(json!({"sum": "many"})).validate_output(false).await.unwrap();
    }
}

/// A page and a stream teach as a whole list does; what is listed anew counts.
#[tokio::test]
async fn every_way_to_list_teaches_what_results_have_to_fit() {
    let script = script(true, &[SUM]);
    let wrong = json!({"sum": "many"});
    let client = McpClient::connect_in_process(&script).await.unwrap();
    client.list_tools_page(None).await.unwrap();
    assert!(client.call_tool("sum", &wrong).await.unwrap_err().is_invalid());
    let client = McpClient::connect_in_process(&script).await.unwrap();
    client.list_tools().into_stream().next().await.unwrap().unwrap();
    assert!(client.call_tool("sum", &wrong).await.unwrap_err().is_invalid());

    let mut limits = Limits::default();
    limits.output_schemas = 0;
    let client = McpClient::builder("agent", "1.0.0").limits(limits).connect_in_process(&script).await.unwrap();
    client.list_tools().await.unwrap();
    client.call_tool("sum", &wrong).await.unwrap();
}

/// Nothing is fetched, and no tool is called only to lose its result.
#[tokio::test]
async fn a_schema_that_cannot_be_used_stops_the_call_before_it_is_made() {
    covers!("JSCH-002", "JSCH-003", "JSCH-004");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/schema.json", listener.local_addr().unwrap());
    let schema: &'static str = Box::leak(json!({"$ref": url}).to_string().into_boxed_str());
    let tools: &'static [(&str, &str)] = Box::leak(Box::new([
        ("elsewhere", schema),
        ("strange", r#"{"$schema":"https://example.com/dialect"}"#),
        ("none", r#"{"type":"nothing"}"#),
    ]));
    let script = script(true, tools);
    let client = McpClient::connect_in_process(&script).await.unwrap();
    client.list_tools().await.unwrap();
    for (tool, why) in [("elsewhere", "leads out of it"), ("strange", "dialect"), ("none", "`/type`")] {
        let error = soon(client.call_tool(tool, ()).into_future()).await.unwrap_err();
        assert!(error.is_invalid() && error.to_string().contains(why), "{tool}: {error}");
        assert!(error.to_string().contains("validate_output(false)"), "{error}");
        client.call_tool(tool, ()).validate_output(false).await.unwrap();
    }
    assert!(listener.accept().is_err(), "something was fetched");
}

//! What the attribute macros write, and what they refuse.

mod asks;
mod forms;
mod functions;
mod groups;
mod methods;
mod names;
mod prompts_and_resources;
mod schemas;
mod state;
mod written_by_macros;

/// Each wrong use has an error that names the remedy, at the user's token.
#[test]
fn wrong_uses_do_not_compile() {
    trybuild::TestCases::new().compile_fail("macros/fail/*.rs");
}

/// The input schema as text, so that the order of its members is compared too.
fn input_schema(tool: &mcp_server::ServerTool) -> String {
    serde_json::to_string(&tool.definition().input_schema).unwrap()
}

/// What a tool answers to a client, or with what text it refuses or fails.
async fn call(server: &mcp_server::Server, tool: &str, arguments: serde_json::Value) -> Result<String, String> {
    let client = mcp_client::McpClient::connect_in_process(server).await.unwrap();
    let result = client.call_tool(tool, arguments).await.map_err(|error| error.to_string())?;
    if result.is_error { Err(result.joined_text()) } else { Ok(result.joined_text()) }
}

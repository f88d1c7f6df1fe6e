//! `agent [MCP_JSON]` uses the servers of an `mcp.json` as an agent does: their tools become functions of a model's API, calls of
//! functions become calls of tools, and one of the servers is started again in the middle. Without a file it uses two
//! example servers, the programs `calculator-stdio` and `weather` beside its own.

use std::error::Error;

use mcp_client::{FunctionApi, Functions, McpClient, ServerNews, ServerState, Servers, ServersConfig, function_result};
use serde_json::{Value, json};

/// Two of the example servers, whose programs stand where this one does.
const EXAMPLES: &str = r#"{
  "mcpServers": {
    "calculator": {"command": "${PROGRAMS}/calculator-stdio"},
    "weather": {"command": "${PROGRAMS}/weather", "env": {"RUST_LOG": "${env:RUST_LOG:-warn}"}}
  }
}"#;

fn config() -> Result<ServersConfig, Box<dyn Error>> {
    if let Some(path) = std::env::args().nth(1) {
        return Ok(ServersConfig::read(path)?);
    }
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("a program stands in a folder")?.display().to_string();
    let lookup = |name: &str| if name == "PROGRAMS" { Some(folder.clone()) } else { std::env::var(name).ok() };
    Ok(ServersConfig::parse_with(EXAMPLES, lookup)?)
}

/// What a model answers with: the name of a function, and arguments for it.
async fn called_by_model(
    servers: &Servers,
    functions: &Functions,
    function: &str,
    arguments: Value,
) -> Result<Value, Box<dyn Error>> {
    let tool = functions.tool_name(function).ok_or("the model made a function up")?;
    let arguments = functions.arguments(function, arguments);
    println!("call {tool} {arguments}");
    let result = servers.call_tool(tool, arguments).await?;
    Ok(function_result(FunctionApi::OpenAiResponses, "call_1", &result).value)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let servers = Servers::connect(&config()?, McpClient::builder("agent", "1.0.0")).await?;
    let mut changes = servers.changes();

    // The tools of all servers, as functions of one API.
    let listed = servers.list_tools().await;
    assert!(listed.failed.is_empty(), "{:?}", listed.failed);
    let mut functions = Functions::new(FunctionApi::OpenAiResponses).strict();
    for tool in &listed.tools {
        functions.add_as(&tool.name, &tool.tool);
    }
    println!("{}", serde_json::to_string_pretty(&functions.declarations())?);
    for function in functions.iter() {
        function.notes.iter().for_each(|note| println!("note on {}: {note}", function.tool));
    }

    // Calls, as a model writes them. Strict mode has it write null for what it leaves out.
    let sum = called_by_model(&servers, &functions, "calculator__add", json!({"a": 1, "b": 2})).await?;
    assert_eq!(sum["output"], "3");
    let slow = json!({"steps": 2, "delay_ms": null});
    let slow = called_by_model(&servers, &functions, "calculator__slow", slow).await?;
    assert_eq!(slow["output"], "2 steps done");
    let oslo = called_by_model(&servers, &functions, "weather__current", json!({"city": "Oslo"})).await?;
    assert!(oslo["output"].as_str().is_some_and(|text| text.contains("snow")), "{oslo}");
    let nowhere = called_by_model(&servers, &functions, "weather__current", json!({"city": "Atlantis"})).await?;
    assert!(nowhere["output"].as_str().is_some_and(|text| text.starts_with("Error: ")), "{nowhere}");

    // One server is started again; the other does not notice.
    let before = servers.client("calculator").ok_or("the calculator is up")?;
    servers.reconnect("weather").await?;
    let change = changes.next().await.ok_or("the set is open")?;
    println!("{}: {:?}", change.server, change.news);
    assert_eq!((change.server.as_str(), &change.news), ("weather", &ServerNews::State));
    assert!(matches!(servers.state("weather"), Some(ServerState::Up)));
    let sum: i64 = before.call_tool("add", json!({"a": 2, "b": 2})).await?.parse()?;
    assert_eq!(sum, 4);
    let lagos = called_by_model(&servers, &functions, "weather__current", json!({"city": "Lagos"})).await?;
    assert!(lagos["output"].as_str().is_some_and(|text| text.contains("clear")), "{lagos}");

    servers.close().await;
    while changes.next().await.is_some() {}
    println!("All as expected.");
    Ok(())
}

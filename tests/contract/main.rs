//! The programs that the documentation promises, as a user would write them: against both eras, in process and over
//! real transports.

use std::time::Duration;

use mcp_client::{Changes, McpClient};
use mcp_server::{Context, Json, ProtocolVersion, Server, ToolError, tool, tools};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The revisions that stand for the eras.
const ERAS: [ProtocolVersion; 2] = [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28];

/// Adds two numbers.
#[tool]
async fn add(
    /// First addend.
    a: i64,
    /// Second addend.
    b: i64,
) -> i64 {
    a + b
}

/// Subtracts the second number from the first.
#[tool]
fn subtract(a: i64, b: i64) -> i64 {
    a - b
}

struct Stations;

impl Stations {
    async fn lookup(&self, city: &str) -> Result<Report, std::io::Error> {
        match city {
            "Oslo" => Ok(Report { city: city.to_owned(), degrees: -3 }),
            _ => Err(std::io::Error::other(format!("no station in {city}: try Oslo"))),
        }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Report {
    city: String,
    degrees: i32,
}

struct Weather {
    api: Stations,
}

#[mcp_server::handlers]
impl Weather {
    /// Current weather in a city.
    #[tool(title = "Weather", read_only, open_world)]
    async fn current(&self, city: String, ctx: Context) -> Result<Json<Report>, ToolError> {
        ctx.progress(0.5, 1.0, "asking the station").await;
        Ok(Json(self.api.lookup(&city).await?))
    }
}

fn calculator() -> Server {
    Server::builder("calculator", "1.0.0").tools(tools![add]).build()
}

fn weather() -> Server {
    Server::builder("weather", "1.0.0").handlers(Weather { api: Stations }).build()
}

async fn serve(server: &Server) -> String {
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let url = listener.url();
    tokio::spawn(listener.serve());
    url
}

/// One client per era and way to connect.
async fn clients(server: &Server) -> Vec<McpClient> {
    let url = serve(server).await;
    let mut clients =
        vec![McpClient::connect_http(&url).await.unwrap(), McpClient::connect_in_process(server).await.unwrap()];
    for version in ERAS {
        clients.push(McpClient::builder("test", "1.0.0").version(version).connect_http(&url).await.unwrap());
        clients.push(McpClient::builder("test", "1.0.0").version(version).connect_in_process(server).await.unwrap());
    }
    clients
}

#[tokio::test]
async fn a_client_lists_and_calls() {
    let server = calculator();
    for client in clients(&server).await {
        let tools = client.list_tools().await.unwrap();
        assert_eq!(tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["add"]);
        let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await.unwrap().parse().unwrap();
        assert_eq!(sum, 3);
        client.close().await;
    }
    assert_eq!(add(1, 2).await, 3);
}

#[tokio::test]
async fn a_client_hears_of_changes() {
    let server = calculator();
    for client in clients(&server).await {
        let mut changes = client.listen(Changes::all()).await.unwrap();
        server.tools().insert(subtract::tool());
        changes.next().await.expect("the tool came");
        let difference: i64 = client.call_tool("subtract", json!({"a": 5, "b": 3})).await.unwrap().parse().unwrap();
        assert_eq!(difference, 2);
        server.tools().remove("subtract");
        changes.next().await.expect("the tool went");
        server.notify_tools_list_changed();
        changes.next().await.expect("it was said");
        drop(changes);
        client.close().await;
    }
}

#[tokio::test]
async fn a_method_is_a_tool_with_progress_and_a_structured_result() {
    let server = weather();
    for client in clients(&server).await {
        let tools = client.list_tools().await.unwrap();
        assert_eq!(tools[0].title.as_deref(), Some("Weather"));
        let schema = tools[0].output_schema.as_ref().unwrap();
        assert_eq!(schema.get("required"), Some(&json!(["city", "degrees"])));
        let (send, mut reports) = tokio::sync::mpsc::channel(8);
        let call = client.call_tool("current", json!({"city": "Oslo"})).on_progress(move |progress| {
            send.try_send(progress.message.clone()).unwrap();
        });
        let result = call.await.unwrap();
        assert_eq!(result.parse::<Report>().unwrap(), Report { city: "Oslo".to_owned(), degrees: -3 });
        assert_eq!(reports.recv().await.unwrap().as_deref(), Some("asking the station"));
        let failed = client.call_tool("current", json!({"city": "Atlantis"})).await.unwrap();
        assert_eq!(failed.parse::<Report>().unwrap_err().to_string(), "no station in Atlantis: try Oslo");
        client.close().await;
    }
}

/// The client that finds the era by itself picks the newest, and one that was told keeps to it.
#[tokio::test]
async fn the_era_is_found() {
    let server = calculator();
    let versions: Vec<ProtocolVersion> = clients(&server).await.iter().map(McpClient::version).collect();
    let newest = ProtocolVersion::V2026_07_28;
    assert_eq!(versions, [newest, newest, ERAS[0], ERAS[0], ERAS[1], ERAS[1]]);
    let (old, _) =
        (Server::builder("old", "1.0.0").versions([ProtocolVersion::V2025_03_26]).tools(tools![add]).build(), ());
    let url = serve(&old).await;
    for client in [McpClient::connect_http(&url).await.unwrap(), McpClient::connect_in_process(&old).await.unwrap()] {
        assert_eq!(client.version(), ProtocolVersion::V2025_03_26);
        let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await.unwrap().parse().unwrap();
        assert_eq!(sum, 3);
    }
}

/// Dropping the call cancels it, in each era and over each transport.
#[tokio::test]
async fn a_dropped_call_is_cancelled() {
    let (server, marks) = mcp_tests::fixture::server();
    for (turn, client) in clients(&server).await.into_iter().enumerate() {
        let call = client.call_tool("hang", json!({}));
        let dropped = tokio::time::timeout(Duration::from_millis(200), call.into_future()).await;
        assert!(dropped.is_err());
        marks.dropped.reach(turn + 1).await;
        client.close().await;
    }
}

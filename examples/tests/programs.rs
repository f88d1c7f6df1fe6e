//! Every example program is run as its user would run it.

#[path = "support/program.rs"]
mod program;

use mcp_client::McpClient;
use mcp_examples::weather::Report;
use serde_json::json;
use tokio::{process::Command, time::timeout};

use program::{DEADLINE, listening};

async fn output(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).kill_on_drop(true).output();
    let output = timeout(DEADLINE, run).await.expect("it ends in time").expect("it starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{program}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

#[tokio::test]
async fn quickstart_finds_all_as_expected() {
    let said = output(env!("CARGO_BIN_EXE_quickstart"), &[]).await;
    assert!(said.contains("All as expected."), "{said}");
}

#[tokio::test]
async fn the_agent_uses_two_servers_and_starts_one_again() {
    // Its servers stand beside it: naming them has them built.
    let _servers = [env!("CARGO_BIN_EXE_calculator-stdio"), env!("CARGO_BIN_EXE_weather")];
    let said = output(env!("CARGO_BIN_EXE_agent"), &[]).await;
    for part in
        ["\"name\": \"weather__current\"", "call calculator__slow {\"steps\":2}", "weather: State", "All as expected."]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[tokio::test]
async fn the_client_adds_on_the_http_server() {
    let (_server, url) = listening(env!("CARGO_BIN_EXE_calculator-http")).await;
    let said = output(env!("CARGO_BIN_EXE_calculator-client"), &[&url]).await;
    assert!(said.contains("add: Adds two numbers."), "{said}");
    assert!(said.contains("1 + 2 = 3"), "{said}");
}

#[tokio::test]
async fn a_mounted_server_answers() {
    let (_server, url) = listening(env!("CARGO_BIN_EXE_mount")).await;
    let said = output(env!("CARGO_BIN_EXE_calculator-client"), &[&url]).await;
    assert!(said.contains("1 + 2 = 3"), "{said}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_is_listened_on() {
    let said = output(env!("CARGO_BIN_EXE_unix-socket"), &[]).await;
    assert!(said.contains("1 + 2 = 3") && said.contains("the socket is gone"), "{said}");
}

#[tokio::test]
async fn the_weather_is_a_structured_report() {
    let connect = McpClient::connect_stdio(Command::new(env!("CARGO_BIN_EXE_weather")));
    let client = timeout(DEADLINE, connect).await.expect("in time").expect("connected");

    let call = async { client.call_tool("current", json!({"city": "Oslo"})).await };
    let answer = timeout(DEADLINE, call).await.expect("in time").expect("an answer");
    let report: Report = answer.parse().expect("a report");
    assert_eq!(report, Report { temperature: -3.5, sky: "snow".to_owned() });

    let call = async { client.call_tool("current", json!({"city": "Atlantis"})).await };
    let answer = timeout(DEADLINE, call).await.expect("in time").expect("an answer");
    let error = answer.parse::<Report>().expect_err("a tool's failure");
    assert!(error.to_string().contains("there is no station in Atlantis"), "{error}");

    timeout(DEADLINE, client.close()).await.expect("closed in time");
}

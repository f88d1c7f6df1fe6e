//! `fixture-client` does what its command line says and prints what comes of it: the counterpart for black-box tests and
//! for servers of other makers. `fixture-client --help` lists its options and operations.

mod answers;
mod connect;
mod operation;
mod options;
mod report;
mod run;

use std::process::ExitCode;

use clap::Parser;
use mcp_client::{McpClient, ProtocolVersion, RequestHeaders};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use options::{Options, stands_alone};
use run::Run;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Standard output has the results.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    let operations = match options.refuse_missing_features().and_then(|()| options.operations()) {
        Ok(operations) => operations,
        Err(sentence) => {
            eprintln!("fixture-client: {sentence}");
            return ExitCode::FAILURE;
        }
    };
    let headers = RequestHeaders::default();
    let client = match connect::connect(&options, &headers).await {
        Ok(client) => client,
        Err(error) => {
            report::print(&json!({"op": "connect", "ok": false, "error": report::described(&error)}));
            return ExitCode::FAILURE;
        }
    };
    report::print(&connected(&client));
    if run::all(Run { client, headers, traceparent: options.traceparent }, &operations).await {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn connected(client: &McpClient) -> serde_json::Value {
    let version: ProtocolVersion = client.version();
    let era = if stands_alone(version) { "modern" } else { "legacy" };
    let server = client.server_info().map(|server| json!({"name": server.name, "version": server.version}));
    json!({"op": "connected", "era": era, "version": version.as_str(), "server": server})
}

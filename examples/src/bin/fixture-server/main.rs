//! `fixture-server` offers one of everything, under names that do not change: the counterpart for black-box tests and
//! for clients of other makers. `fixture-server --help` lists its options.

mod asking;
mod options;
mod prompts;
mod resources;
mod scratch;
mod server;
mod tools;

use std::{error::Error, io::Write, process::ExitCode};

use clap::Parser;
use mcp_server::{HttpListener, Server};
use tempfile::TempDir;
use tokio::net::lookup_host;
use tracing_subscriber::EnvFilter;

use options::{Options, Transport};
use scratch::Scratch;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Standard output belongs to the protocol.
    tracing_subscriber::fmt().with_env_filter(EnvFilter::from_default_env()).with_writer(std::io::stderr).init();
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("fixture-server: {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    options.refuse_missing_features()?;
    if let Some(path) = &options.scratch {
        return serve(options, &Scratch::at(path)?).await;
    }
    // Held here and not by the tools: a call that is still running when the program ends must not keep it.
    let temporary = TempDir::with_prefix("fixture-server-")?;
    let served = serve(options, &Scratch::at(temporary.path())?).await;
    temporary.close()?;
    served
}

async fn serve(options: &Options, scratch: &Scratch) -> Result<(), Box<dyn Error>> {
    let server = server::build(options, scratch)?;
    match options.transport() {
        Transport::Stdio => server.serve_stdio().await?,
        Transport::Http(address) => {
            let listener = listen(&server, address).await?;
            say(&format!("listening on {}", listener.url()));
            listener.serve().await?;
        }
    }
    Ok(())
}

/// Listens for this machine alone, or for whoever reaches an address that others reach.
async fn listen(server: &Server, address: &str) -> Result<HttpListener, Box<dyn Error>> {
    let mut service = server.http_service();
    if !lookup_host(address).await?.all(|address| address.ip().is_loopback()) {
        service = service.allow_any_host();
    }
    Ok(service.bind(address).await?)
}

/// Writes a line to standard error, which may be closed.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

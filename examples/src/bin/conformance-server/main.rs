//! `conformance-server --http ADDR` offers what the official conformance suite calls by name. Port 0 picks a free one.
//!
//! `tests/conformance/run server` starts it and judges it.

mod asking;
mod prompts;
mod resources;
mod schemas;
mod tools;

use mcp_server::Server;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [flag, address] = arguments.as_slice() else {
        return Err("usage: conformance-server --http ADDR".into());
    };
    if flag != "--http" {
        return Err(format!("no option {flag}; usage: conformance-server --http ADDR").into());
    }
    let server = Server::builder("conformance-server", "1.0.0")
        .tools(tools::all())
        .tools(asking::tools())
        .prompts(prompts::all())
        .prompts(asking::prompts())
        .resources(resources::all())
        .logging()
        .build();
    let listener = server.bind_http(address).await?;
    eprintln!("listening on {}", listener.url());
    Ok(listener.serve().await?)
}

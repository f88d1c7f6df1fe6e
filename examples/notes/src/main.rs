//! `notes FILE` serves the notes of a file on the standard streams, `notes FILE ADDR` over HTTP, to who says the token in
//! the variable `NOTES_TOKEN`.

use std::path::Path;

use anyhow::{Context, Result};
use mcp_notes::{app, server, store::Store};

/// Where pages may come from that call the endpoint.
const ORIGIN: &str = "http://localhost:6274";

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("usage: notes FILE [ADDR]")?;
    let server = server(Store::open(Path::new(&file))?);
    let Some(address) = arguments.next() else { return Ok(server.serve_stdio().await?) };
    let token = std::env::var("NOTES_TOKEN").context("say in NOTES_TOKEN which token lets clients in")?;
    let endpoint = server.http_service();
    let listener = endpoint.clone().bind(address).await?;
    eprintln!("listening on {}", listener.url());
    Ok(listener.serve_with(app(endpoint, &token, ORIGIN)).await?)
}

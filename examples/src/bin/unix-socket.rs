//! A server on a Unix socket, and a client that connects to it: two programs in one, so that it can be run.
//!
//! ```sh
//! cargo run -p mcp-examples --bin unix-socket
//! ```

#[cfg(unix)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    use mcp_client::McpClient;
    use serde_json::json;
    use tokio::net::UnixStream;

    // A directory that only this user may enter. A daemon would take the one that `XDG_RUNTIME_DIR` names.
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("calculator.sock");

    // In a `main` that only serves, this is `server.serve_unix(path).await`.
    let server = mcp_examples::calculator::server();
    let listener = server.bind_unix(&path).await?;
    println!("listening on {}", listener.path().display());
    let serving = tokio::spawn(listener.serve());

    let (reader, writer) = UnixStream::connect(&path).await?.into_split();
    let client = McpClient::builder("unix-socket", "1.0.0").connect_io(reader, writer).await?;
    let sum: i64 = client.call_tool("add", json!({"a": 1, "b": 2})).await?.parse()?;
    println!("1 + 2 = {sum}");
    client.close().await;

    server.shutdown().await;
    serving.await??;
    println!("the socket is {}", if path.exists() { "still there" } else { "gone" });
    Ok(())
}

#[cfg(not(unix))]
fn main() {
    println!("there are no Unix sockets on this system");
}

use mcp_server::{Server, prompt, resource, tool};

#[tool]
async fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[prompt]
fn plan() -> String {
    String::new()
}

#[resource("x://y")]
fn read() -> String {
    String::new()
}

fn main() {
    let _ = Server::builder("a", "1").tools([add]);
    let _ = Server::builder("a", "1").prompts([plan]);
    let _ = Server::builder("a", "1").resources([read]);
}

use mcp_server::tool;

#[derive(Clone)]
struct State<T>(T);

#[tool]
async fn add(state: State<u8>) {
    drop(state.0);
}

fn main() {}

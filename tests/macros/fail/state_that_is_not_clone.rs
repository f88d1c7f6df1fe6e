use mcp_server::{State, tool};

struct Db;

#[tool]
async fn add(State(db): State<Db>) {
    drop(db);
}

fn main() {}

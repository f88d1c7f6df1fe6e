#![allow(unused)]

use mcp_server::tool;

struct Oops;

#[tool]
async fn current(city: String) -> Result<String, Oops> {
    if city.is_empty() { Err(Oops) } else { Ok(city) }
}

fn main() {}

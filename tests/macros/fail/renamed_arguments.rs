use mcp_server::{resource, tool};

#[tool]
fn look(#[serde(rename(deserialize = "place"))] city: String) -> String {
    city
}

#[tool]
fn find(#[schemars(rename = "place")] city: String) -> String {
    city
}

#[resource("place://{city}")]
fn read(#[serde(default, rename = "place")] city: String) -> String {
    city
}

fn main() {}

use std::collections::HashMap;

use mcp_server::prompt;

#[prompt]
fn list(tags: Vec<String>) -> String {
    tags.join(" ")
}

#[prompt]
fn optional(tags: Option<Vec<String>>) -> String {
    tags.unwrap_or_default().join(" ")
}

#[prompt]
fn map(pairs: HashMap<String, String>) -> String {
    pairs.len().to_string()
}

#[prompt]
fn pair(pair: (u8, u8)) -> String {
    pair.0.to_string()
}

fn main() {}

#![allow(unused)]

use mcp_server::{handlers, prompt, resource, tool};

#[tool(asks(confirmation))]
async fn unknown() {}

#[tool(asks)]
async fn bare() {}

#[tool(asks = "elicitation")]
async fn text() {}

#[tool(asks())]
async fn empty() {}

#[tool(asks(roots, sampling, roots))]
async fn twice() {}

#[tool(asks(roots), asks(sampling))]
async fn said_twice() {}

#[prompt(once)]
async fn prompt_once() -> String {
    String::new()
}

#[resource("a://b", once)]
async fn resource_once() -> String {
    String::new()
}

#[tool(once = "yes")]
async fn wrong_once() {}

#[prompt(asks(elicit))]
async fn prompt_asks() -> String {
    String::new()
}

#[resource("a://c", asks(elicitations))]
async fn resource_asks() -> String {
    String::new()
}

struct Shop;

#[handlers]
impl Shop {
    #[tool(asks(user))]
    async fn sell(&self) {}
}

fn main() {}

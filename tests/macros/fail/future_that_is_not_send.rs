#![allow(unused)]

use std::rc::Rc;

use mcp_server::tool;

#[tool]
async fn wait(name: String) -> String {
    let name = Rc::new(name);
    std::future::ready(()).await;
    name.to_string()
}

fn main() {}

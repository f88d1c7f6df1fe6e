#![deny(dead_code)]

use mcp_server::{Server, handlers};

struct Notes;

#[handlers]
impl Notes {
    #[tool]
    fn read(&self) {}
}

#[handlers(group = search)]
impl Notes {
    #[tool]
    fn find(&self) {}
}

fn main() {
    drop(Server::builder("notes", "1.0.0").handlers(Notes).build());
}

use std::cell::RefCell;

use mcp_server::handlers;

struct Notes {
    text: RefCell<String>,
}

#[handlers]
impl Notes {
    #[tool]
    fn read(&self) -> String {
        self.text.borrow().clone()
    }
}

fn main() {}

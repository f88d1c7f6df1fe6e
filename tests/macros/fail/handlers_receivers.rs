#![allow(unused)]

use mcp_server::{handlers, tool};

struct Weather;

#[handlers]
impl Weather {
    #[tool]
    async fn change(&mut self, city: String) {}

    #[tool]
    async fn take(self, city: String) {}

    #[tool]
    fn borrow(&self, city: &str) {}
}

fn main() {
    let _ = Weather;
}

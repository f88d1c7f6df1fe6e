#![allow(unused)]

use mcp_server::handlers;

struct Weather;

#[handlers]
impl Weather {
    fn current(&self) {}
}

#[handlers]
impl Clone for Weather {
    fn clone(&self) -> Self {
        Self
    }
}

#[handlers(all)]
impl Weather {
    #[tool]
    fn now(&self) {}
}

fn main() {}

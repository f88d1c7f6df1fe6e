#![allow(unused)]

use std::sync::Arc;

use mcp_server::{Handlers, ServerTool};

struct Weather;

fn tools_of<H: Handlers>(handlers: Arc<H>) -> Vec<ServerTool> {
    handlers.tools()
}

fn main() {
    tools_of(Arc::new(Weather));
}

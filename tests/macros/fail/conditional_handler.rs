use mcp_server::handlers;

struct Notes;

#[handlers]
impl Notes {
    #[cfg_attr(all(), tool(name = "look"))]
    fn read(&self) {}

    #[tool]
    #[cfg_attr(any(), must_use, prompt)]
    fn write(&self) {}
}

fn main() {}

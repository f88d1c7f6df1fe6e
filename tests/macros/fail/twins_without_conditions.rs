use mcp_server::handlers;

struct Notes;

#[handlers]
impl Notes {
    #[cfg(all())]
    #[tool(name = "read")]
    fn first(&self) {}

    #[tool(name = "read")]
    fn second(&self) {}
}

fn main() {}

use mcp_server::handlers;

struct Notes;

#[handlers]
impl Notes {
    #[tool]
    fn read(&self) {}
}

#[handlers]
impl Notes {
    #[tool]
    fn write(&self) {}
}

fn main() {}

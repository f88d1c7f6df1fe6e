use mcp_server::handlers;

struct Notes;

#[handlers]
impl Notes {
    #[tool]
    fn read<T: ToString>(&self, id: T) -> String {
        id.to_string()
    }
}

fn main() {}

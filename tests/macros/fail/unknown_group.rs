use mcp_server::handlers;

struct Notes;

#[handlers(groups(serch))]
impl Notes {
    #[tool]
    fn read(&self) {}
}

#[handlers(group = search)]
impl Notes {
    #[tool]
    fn find(&self) {}
}

fn main() {}

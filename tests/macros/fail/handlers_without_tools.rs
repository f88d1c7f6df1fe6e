use mcp_server::Server;

struct Notes;

impl Notes {
    fn read(&self) {}
}

fn main() {
    Notes.read();
    let _ = Server::builder("notes", "1.0.0").handlers(Notes);
}

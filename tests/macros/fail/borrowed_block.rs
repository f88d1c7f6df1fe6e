use mcp_server::handlers;

struct Notes<'a>(&'a str);

#[handlers]
impl<'a> Notes<'a> {
    #[tool]
    fn read(&self) -> String {
        self.0.to_owned()
    }
}

struct Others<'a>(&'a str);

#[handlers]
impl Others<'_> {
    #[tool]
    fn read(&self) -> String {
        self.0.to_owned()
    }
}

fn main() {}

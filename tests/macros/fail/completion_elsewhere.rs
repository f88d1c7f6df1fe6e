use mcp_server::{CompletionRequest, handlers};

struct Notes;

#[handlers]
impl Notes {
    #[prompt]
    fn elsewhere(&self, #[arg(complete = Self::tags)] tag: String) -> String {
        tag
    }

    #[prompt]
    fn mutable(&self, #[arg(complete = Self::change)] tag: String) -> String {
        tag
    }

    fn change(&mut self, _request: CompletionRequest) -> Vec<String> {
        Vec::new()
    }
}

impl Notes {
    fn tags(&self, _request: CompletionRequest) -> Vec<String> {
        Vec::new()
    }
}

fn main() {}

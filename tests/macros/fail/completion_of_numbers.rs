use mcp_server::{CompletionRequest, prompt};

async fn later(_request: CompletionRequest) -> Vec<u32> {
    vec![1]
}

fn at_once() -> Vec<u32> {
    vec![1]
}

fn borrowing(_request: &CompletionRequest) -> Vec<String> {
    Vec::new()
}

#[prompt]
fn plan(
    #[arg(complete = later)] a: String,
    #[arg(complete = at_once)] b: String,
    #[arg(complete = borrowing)] c: String,
) -> String {
    a + &b + &c
}

fn main() {}

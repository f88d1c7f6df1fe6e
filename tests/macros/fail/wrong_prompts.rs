use mcp_server::prompt;

#[prompt]
fn returns_what_is_no_message() -> u64 {
    1
}

#[prompt(read_only)]
fn has_hints() -> String {
    String::new()
}

#[prompt]
fn borrows(city: &str) -> String {
    city.to_owned()
}

#[prompt]
fn has_a_header(#[arg(header = "City")] city: String) -> String {
    city
}

#[prompt]
struct NotAFunction;

fn main() {}

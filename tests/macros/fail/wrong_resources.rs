use mcp_server::resource;

#[resource]
fn has_no_uri() -> String {
    String::new()
}

#[resource("x://{id}/{part}")]
fn takes_too_little(id: u32) -> String {
    id.to_string()
}

#[resource("x://{id}")]
fn takes_too_much(id: u32, other: u32) -> String {
    (id + other).to_string()
}

#[resource("x://{id}")]
fn has_a_default(#[arg(default = 1)] id: u32) -> String {
    id.to_string()
}

#[resource("x://{id}", colour = "red")]
fn has_no_such_option(id: u32) -> String {
    id.to_string()
}

#[resource("x://count")]
fn returns_what_is_no_contents() -> u64 {
    1
}

#[resource("x://{?id}")]
fn has_an_operator(id: u32) -> String {
    id.to_string()
}

struct State;

#[mcp_server::handlers]
impl State {
    #[resource("x://twice")]
    fn first(&self) -> String {
        String::new()
    }

    #[resource("x://twice")]
    fn second(&self) -> String {
        String::new()
    }
}

fn main() {}

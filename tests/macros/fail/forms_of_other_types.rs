#![allow(unused)]

use std::collections::HashMap;

use mcp_server::Form;

#[derive(Form)]
struct Address {
    street: String,
}

#[derive(Form)]
struct Nested {
    address: Address,
}

#[derive(Form)]
struct Texts {
    tags: Vec<String>,
}

#[derive(Form)]
struct Map {
    labels: HashMap<String, String>,
}

#[derive(Form)]
struct Borrowed {
    name: &'static str,
}

#[derive(Form)]
struct Pair {
    range: (u8, u8),
}

fn asked<T: Form>() {}

fn main() {
    asked::<Address>();
    asked::<String>();
}

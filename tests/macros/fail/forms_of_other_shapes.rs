#![allow(unused)]

use mcp_server::Form;

#[derive(Form)]
struct Tuple(String, bool);

#[derive(Form)]
struct Generic<T> {
    value: T,
}

#[derive(Form)]
struct Borrowed<'a> {
    name: &'a str,
}

#[derive(Form)]
enum WithData {
    Card { number: String },
    Cash,
    Other(u8),
}

#[derive(Form)]
enum Empty {}

#[derive(Form)]
union Either {
    a: u8,
    b: u8,
}

fn main() {}

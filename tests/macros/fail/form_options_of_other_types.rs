#![allow(unused)]

use mcp_server::Form;

#[derive(Form)]
enum Size {
    Small,
    Large,
}

#[derive(Form)]
struct Lengths {
    #[form(min_length = 1)]
    count: u8,
    #[form(format = "email")]
    sure: bool,
    #[form(max_length = 3)]
    size: Size,
}

#[derive(Form)]
struct Bounds {
    #[form(min = 1)]
    name: String,
    #[form(max = 1)]
    sizes: Vec<Size>,
}

#[derive(Form)]
struct Items {
    #[form(min_items = 1)]
    size: Size,
    #[form(max_items = 1)]
    name: Option<String>,
}

#[derive(Form)]
struct Defaults {
    #[form(default = "small")]
    size: Size,
    #[form(default)]
    other: Size,
}

fn main() {}

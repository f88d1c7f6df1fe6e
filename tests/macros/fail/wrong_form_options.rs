#![allow(unused)]

use mcp_server::Form;

#[derive(Form)]
struct Unknown {
    #[form(minimum = 1)]
    count: u8,
    #[form(skip)]
    hidden: bool,
    #[form(name = "other")]
    renamed: bool,
    #[form]
    bare: bool,
    #[form(title)]
    untitled: bool,
    #[form(title = "a", title = "b")]
    twice: bool,
    #[form(rename = "")]
    nameless: bool,
    #[form(crate = mcp_server)]
    misplaced: bool,
}

#[derive(Form)]
#[form(title = "A form")]
struct Titled {
    sure: bool,
}

#[derive(Form)]
struct Formats {
    #[form(format = "phone")]
    phone: String,
}

#[derive(Form)]
struct SameName {
    one: bool,
    #[form(rename = "one")]
    other: bool,
}

#[derive(Form)]
enum SameValue {
    One,
    #[form(rename = "One")]
    Other,
}

#[derive(Form)]
enum Variants {
    #[form(default)]
    One,
    #[form(description = "The second.")]
    Two,
    #[form(min = 1)]
    Three,
}

#[derive(Form)]
struct Contradictions {
    #[form(min = 5, max = 4)]
    crossed: u8,
    #[form(min_length = 5, max_length = 4)]
    text: String,
    #[form(min = 5, default = 4)]
    low: u8,
    #[form(max = 0.5, default = 0.75)]
    high: f64,
    #[form(min = -5, default = -6)]
    negative: i8,
    #[form(min_length = 3, default = "ab")]
    short: String,
    #[form(max_length = 1, default = "ab")]
    long: Option<String>,
}

fn main() {}

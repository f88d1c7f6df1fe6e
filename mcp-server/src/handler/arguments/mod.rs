//! From what a client sends to the type that a handler takes.

mod aliases;
mod decode;
mod integers;
mod none;
#[cfg(test)]
mod number_tests;
mod probe;
mod problems;
mod strings;

pub(super) use decode::{decode, decodes};
pub use decode::{is_argument, is_prompt_argument};
pub(super) use none::{NoArguments, is_unit};
pub(super) use probe::takes_no_string;
pub(crate) use strings::Variables;
pub(super) use strings::decode as decode_strings;
pub use strings::{from_str, is_variable};

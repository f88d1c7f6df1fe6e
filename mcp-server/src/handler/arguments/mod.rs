//! From what a client sends to the type that a handler takes.

mod decode;
mod integers;
#[cfg(test)]
mod number_tests;
mod problems;
mod strings;

pub(super) use decode::{decode, decodes};
pub use decode::{is_argument, is_prompt_argument};
pub(crate) use strings::Variables;
pub(super) use strings::decode as decode_strings;
pub use strings::{from_str, is_variable};

//! The one room that names the JSON parser: cheap slices of text and of JSON, and how they become types.

mod bounded;
mod error;
mod member;
mod object;
mod raw;
mod read;
mod strict;
mod text;
mod tolerant;
mod write;

pub(crate) use bounded::{list_within, strings_within};
pub use error::JsonError;
pub(crate) use member::{Repeated, member};
pub use object::RawObject;
pub use raw::{RawJson, read_valid};
#[cfg(test)]
pub(crate) use read::unescaped_count;
pub(crate) use read::{elements, is_literal_of, present, unescape, whole_number};
pub use text::Text;
pub(crate) use tolerant::tolerant;
pub(crate) use write::{special, write, write_str};

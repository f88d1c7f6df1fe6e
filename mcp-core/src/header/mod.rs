//! HTTP headers that mirror the body, and the encoding of their values.
//!
//! Source: "Request Metadata" of the Streamable HTTP transport, revision 2026-07-28.

mod argument;
mod value;

pub use argument::{ARGUMENT_ANNOTATION, MirroredArgument, mirrored_arguments};
pub use value::{METHOD, MalformedValue, NAME, PROTOCOL_VERSION, decode_value, encode_value, name_source};

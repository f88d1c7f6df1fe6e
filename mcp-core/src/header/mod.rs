//! HTTP headers that mirror the body, and the encoding of their values.
//!
//! Source: "Request Metadata" of the Streamable HTTP transport, revision 2026-07-28.

mod mirror;
mod names;
mod value;

pub use mirror::{Mirror, Mirrored};
pub use names::{METHOD, NAME, PROTOCOL_VERSION};
pub use value::{MalformedValue, decode_value, encode_value, survives};

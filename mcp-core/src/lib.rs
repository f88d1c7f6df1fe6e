//! The words of the Model Context Protocol, with no runtime and no I/O.
//!
//! Servers and clients share what stands here: the JSON-RPC envelope, the framing of byte streams, the
//! model types that users touch, the era-neutral [`call`]s and the two protocol eras that translate them.
//! Programs depend on `mcp-server` or `mcp-client`, which re-export what their users need.
//!
//! # Layout
//!
//! One noun per layer: bytes become a [`framing`] frame, a frame becomes a [`jsonrpc::Message`], a message
//! becomes a [`call::Call`], a call is answered with a [`call::Outcome`], and the way back is the same.
//! The modules stand in one line, ground floor first, and each imports only what stands before it:
//! [`sync`] [`error`] [`version`] [`json`] [`decimal`] [`canonical`] [`uri`] [`uri_template`] [`schema`] [`jsonrpc`] [`framing`] [`model`] [`header`] [`sink`] [`call`]
//! [`transport`] [`peer`] [`era`].
//!
//! Everything that differs between revisions of the protocol lives in [`era`] and nowhere else.

#![deny(missing_docs)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)
)]

pub mod sync;

pub mod error;
pub mod version;

pub mod json;

pub mod decimal;

pub mod canonical;

pub mod uri;

pub mod uri_template;

pub mod schema;

pub mod jsonrpc;

pub mod framing;

pub mod model;

pub mod header;

pub mod sink;

pub mod call;

pub mod transport;

pub mod peer;

pub mod era;

pub use error::{Error, ErrorKind};
pub use version::ProtocolVersion;

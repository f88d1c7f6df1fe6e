//! Between bytes and frames, with no I/O: the callers push what they read, in whatever pieces it came.
//!
//! [`lines`] frames the stdio transport, [`sse`] the event streams of Streamable HTTP. What comes out does not
//! depend on how the bytes were split, and both hold a cap on what they buffer.

pub mod lines;
pub mod sse;

//! The names of the headers, in lower case: names compare without case (2026-07-28, basic/transports/streamable-http,
//! "Case Sensitivity").

/// Names the protocol version of a request.
pub const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// Mirrors `method`.
pub const METHOD: &str = "mcp-method";
/// Mirrors `params.name` or `params.uri`.
pub const NAME: &str = "mcp-name";

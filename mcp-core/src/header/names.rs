//! The names of the headers, in lower case: names compare without case (2026-07-28, basic/transports/streamable-http,
//! "Case Sensitivity").

/// Names the protocol version of a request.
pub const PROTOCOL_VERSION: &str = "mcp-protocol-version";
/// Mirrors `method`.
pub const METHOD: &str = "mcp-method";
/// Mirrors `params.name` or `params.uri`.
pub const NAME: &str = "mcp-name";

/// The member of `params` that `Mcp-Name` mirrors for a method, if it must be sent (2026-07-28,
/// basic/transports/streamable-http, "Standard Request Headers").
pub fn name_source(method: &str) -> Option<&'static str> {
    match method {
        "tools/call" | "prompts/get" => Some("name"),
        "resources/read" => Some("uri"),
        _ => None,
    }
}

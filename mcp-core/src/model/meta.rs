//! What any party may attach.

/// The open `_meta` object that most types carry. Keys with a prefix whose second label is `mcp` or
/// `modelcontextprotocol` belong to the protocol (META-009).
pub type Meta = serde_json::Map<String, serde_json::Value>;

//! The beginning of a conversation, told honestly: whoever is refused there says so, and nothing else would be tried.

use serde_json::{Value, json};

/// A revision with a handshake and one without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revision {
    WithSession,
    StandingAlone,
}

impl Revision {
    /// The answer to what a client asks before its first call, if this is that.
    pub(crate) fn opening(self, request: &Value) -> Option<Value> {
        let result = match (request["method"].as_str()?, self) {
            ("server/discover", Self::StandingAlone) => json!({
                "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
                "ttlMs": 0, "cacheScope": "private",
            }),
            ("server/discover", Self::WithSession) => {
                let error = json!({"code": -32601, "message": "no such method"});
                return Some(json!({"jsonrpc": "2.0", "id": request["id"], "error": error}));
            }
            ("initialize", Self::WithSession) => json!({
                "protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                "serverInfo": {"name": "hostile", "version": "0"},
            }),
            _ => return None,
        };
        Some(json!({"jsonrpc": "2.0", "id": request["id"], "result": result}))
    }
}

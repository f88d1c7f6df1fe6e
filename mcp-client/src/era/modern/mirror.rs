//! Arguments that a tool wants mirrored into headers, so that proxies can route by them (Streamable HTTP, *Custom
//! Headers from Tool Parameters*).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use mcp_core::{
    header::{Mirror, Mirrored},
    json::RawJson,
    model::Tool,
    sync::lock,
};

use crate::http::{HeaderMap, HeaderName, HeaderValue};

/// How many tools are remembered; beyond it calls go without such headers.
const TOOLS: usize = 10_000;

/// What is mirrored, for the tools that were listed.
#[derive(Debug, Default)]
pub(super) struct Mirrors(Mutex<HashMap<String, Arc<Mirror>>>);

impl Mirrors {
    /// Learns from a list of tools, and takes out those whose annotations are not allowed (tools,
    /// *x-mcp-header*).
    pub(super) fn learn(&self, tools: &mut Vec<Tool>) {
        let mut known = lock(&self.0);
        tools.retain(|tool| {
            match Mirror::of(&tool.input_schema) {
                Ok(mirror) if mirror.is_empty() => {
                    known.remove(&tool.name);
                }
                Ok(mirror) if known.len() < TOOLS => {
                    known.insert(tool.name.clone(), Arc::new(mirror));
                }
                Ok(_) => {}
                Err(reason) => {
                    tracing::warn!(tool = tool.name, reason, "a tool's x-mcp-header is not allowed: it is left out");
                    return false;
                }
            }
            true
        });
    }

    /// What the tool `name` wants mirrored, if that is known.
    pub(super) fn of(&self, name: &str) -> Option<Arc<Mirror>> {
        lock(&self.0).get(name).cloned()
    }
}

/// Adds the headers of a call.
pub(super) fn write(mirror: &Mirror, arguments: &RawJson, headers: &mut HeaderMap) {
    for Mirrored { header, value } in mirror.headers(arguments) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(header.as_bytes()), HeaderValue::from_str(&value)) {
            headers.insert(name, value);
        }
    }
}

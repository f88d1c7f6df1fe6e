//! Which requests may be made once more when nobody knows whether the server has carried them out.

use std::{collections::HashSet, sync::Mutex};

use mcp_core::{
    era::Method,
    model::{Request, Tool},
    sync::lock,
};

use super::restart::Restart;
use crate::limits::REPEATABLE_TOOLS;

/// Requests that may be made twice.
pub(super) struct Repeatable {
    restart: Restart,
    /// Those that were last listed as tools that may be called twice.
    tools: Mutex<HashSet<String>>,
}

impl Repeatable {
    pub(super) fn new(restart: Option<Restart>) -> Self {
        Self { restart: restart.unwrap_or_default(), tools: Mutex::default() }
    }

    /// Learns from a list of tools what the server says of them.
    pub(super) fn learn(&self, tools: &[Tool]) {
        if !self.restart.retries_tools {
            return;
        }
        let mut known = lock(&self.tools);
        for tool in tools {
            if !is_harmless(tool) {
                known.remove(&*tool.name);
            } else if known.len() < REPEATABLE_TOOLS {
                known.insert(tool.name.to_string());
            }
        }
    }

    /// Whether a request may be made once more. Reading changes nothing; of anything else only its author can know.
    pub(super) fn allows(&self, request: &Request) -> bool {
        if self.restart == Restart::never() {
            return false;
        }
        match request {
            Request::ListTools { .. }
            | Request::ListPrompts { .. }
            | Request::ListResources { .. }
            | Request::ListResourceTemplates { .. }
            | Request::GetPrompt { .. }
            | Request::ReadResource { .. }
            | Request::Complete { .. } => true,
            Request::CallTool { name, .. } => self.restart.retries_tools && lock(&self.tools).contains(&**name),
            request => matches!(Method::named(request.method()), Some(Method::Ping | Method::Discover)),
        }
    }
}

fn is_harmless(tool: &Tool) -> bool {
    let hints = tool.annotations.as_ref();
    hints.is_some_and(|hints| hints.read_only_hint == Some(true) || hints.idempotent_hint == Some(true))
}

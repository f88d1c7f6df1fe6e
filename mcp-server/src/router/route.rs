//! One match on what is asked.

use mcp_core::{
    call::Outcome,
    error::Error,
    json::{RawJson, Text},
    model::{CallToolResult, Request, ServerResult},
};

use crate::{context::CallScope, handler::CallFailure, registry::ToolRegistry};

/// Answers a request from the registry it belongs to. A capability that is not declared has no methods
/// (JRPC-015).
pub(crate) async fn route(tools: &ToolRegistry, request: Request, scope: CallScope) -> Result<Outcome, Error> {
    match request {
        Request::ListTools { cursor } if tools.is_declared() => {
            Ok(Outcome::Complete(ServerResult::ListTools(tools.page(cursor.as_deref())?)))
        }
        Request::CallTool { name, arguments } if tools.is_declared() => call_tool(tools, name, arguments, scope).await,
        other => Err(Error::method_not_found(other.method())),
    }
}

async fn call_tool(tools: &ToolRegistry, name: Text, arguments: RawJson, scope: CallScope) -> Result<Outcome, Error> {
    let Some(tool) = tools.get(&name) else {
        let shown: String = name.chars().take(128).collect();
        return Err(Error::invalid_params(format!("unknown tool `{shown}`: tools/list names those there are")));
    };
    let result = match tool.call(arguments, scope).await {
        Ok(result) => result,
        Err(CallFailure::Tool(text)) => CallToolResult::error(text),
        Err(CallFailure::Arguments(text)) => return Err(Error::invalid_arguments(text)),
        Err(CallFailure::Protocol(error)) => return Err(error),
    };
    Ok(Outcome::Complete(ServerResult::CallTool(result)))
}

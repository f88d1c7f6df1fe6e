//! One match on what is asked.

use std::collections::BTreeMap;

use mcp_core::{
    call::Outcome,
    error::Error,
    json::{RawJson, Text},
    model::{CallToolResult, Request, ServerResult},
};

use super::complete::complete;
use crate::{
    context::CallScope,
    extension::Extensions,
    handler::{CallFailure, CompletionRequest, Viewer},
    registry::{PromptRegistry, Registries, ResourceRegistry, ToolRegistry},
};

/// Answers a request from the registry it belongs to. A capability that is not declared has no methods
/// (JRPC-015).
pub(crate) async fn route(
    registries: &Registries,
    extensions: &Extensions,
    request: Request,
    scope: CallScope,
) -> Result<Outcome, Error> {
    let Registries { tools, prompts, resources, .. } = registries;
    let result = match request {
        Request::CallTool { name, arguments } if tools.is_declared() => {
            call_tool(tools, name, arguments, scope).await?
        }
        Request::ListTools { cursor } if tools.is_declared() => {
            ServerResult::ListTools(tools.page(cursor.as_deref(), &Viewer::of(&scope))?)
        }
        Request::GetPrompt { name, arguments } if prompts.is_declared() => {
            get_prompt(prompts, &name, arguments, scope).await?
        }
        Request::ListPrompts { cursor } if prompts.is_declared() => {
            ServerResult::ListPrompts(prompts.page(cursor.as_deref(), &Viewer::of(&scope))?)
        }
        Request::ReadResource { uri } if resources.is_declared() => read_resource(resources, uri, scope).await?,
        Request::ListResources { cursor } if resources.is_declared() => {
            ServerResult::ListResources(resources.page(cursor.as_deref(), &Viewer::of(&scope))?)
        }
        Request::ListResourceTemplates { cursor } if resources.is_declared() => {
            ServerResult::ListResourceTemplates(resources.page_of_templates(cursor.as_deref(), &Viewer::of(&scope))?)
        }
        Request::Complete { reference, argument, value, context } if registries.complete() => ServerResult::Complete(
            complete(registries, scope, &reference, &argument, CompletionRequest::new(&*value, context)).await?,
        ),
        Request::Custom { method, params } => ServerResult::Custom(extensions.call(&method, params, scope)?.await?),
        other => return Err(Error::method_not_found(other.method())),
    };
    Ok(Outcome::Complete(result))
}

async fn call_tool(
    tools: &ToolRegistry,
    name: Text,
    arguments: RawJson,
    scope: CallScope,
) -> Result<ServerResult, Error> {
    let Some(tool) = tools.seen(&name, &Viewer::of(&scope)) else {
        let name = shown(&name);
        return Err(Error::invalid_params(format!("unknown tool `{name}`: tools/list names those there are")));
    };
    #[cfg(feature = "http")]
    if let Some(check) = scope.late_check
        && let Some(mirror) = tool.mirror()
    {
        check(scope.metadata.headers(), mirror, &arguments)?;
    }
    let result = match tool.call(arguments, scope).await {
        Ok(result) => result,
        Err(CallFailure::Tool(text)) => CallToolResult::error(text),
        Err(CallFailure::Arguments(text)) => return Err(Error::invalid_arguments(text)),
        Err(CallFailure::Protocol(error)) => return Err(error),
    };
    Ok(ServerResult::CallTool(result))
}

async fn get_prompt(
    prompts: &PromptRegistry,
    name: &str,
    arguments: BTreeMap<String, String>,
    scope: CallScope,
) -> Result<ServerResult, Error> {
    let prompt = prompts.seen(name, &Viewer::of(&scope)).ok_or_else(|| unknown_prompt(name))?;
    let mut result = prompt.call(arguments, scope).await?;
    if result.description.is_none() {
        result.description.clone_from(&prompt.definition().description);
    }
    Ok(ServerResult::GetPrompt(result))
}

async fn read_resource(resources: &ResourceRegistry, uri: Text, scope: CallScope) -> Result<ServerResult, Error> {
    let Some((resource, variables)) = resources.resolve(&uri, &Viewer::of(&scope)) else {
        return Err(Error::resource_not_found(&uri));
    };
    let mut result = resource.read(uri, variables, scope).await?;
    result.cache = Some(resources.cache_hint(&resource, result.cache));
    Ok(ServerResult::ReadResource(result))
}

/// PROM-006.
pub(super) fn unknown_prompt(name: &str) -> Error {
    Error::invalid_params(format!("unknown prompt `{}`: prompts/list names those there are", shown(name)))
}

/// So much of a peer's text as a sentence may hold.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(128).collect()
}

//! One match on what is asked.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use mcp_core::{
    call::Outcome,
    error::{Error, shown},
    json::{RawJson, Text},
    model::{CompleteParams, Request, ServerResult},
};

use super::{Way, complete::complete, unknown::unknown_prompt};
use crate::{
    context::CallScope,
    extension::Extensions,
    handler::{CompletionRequest, Viewer},
    registry::{PromptRegistry, Registries, ResourceRegistry, ToolRegistry},
};

/// Finds who answers a request, in the registry it belongs to. A capability that is not declared has no methods.
///
/// A plain function, and not async: nothing is awaited on the way to a handler, and so nothing on it is kept.
pub(crate) fn route(
    registries: &Registries,
    extensions: &Extensions,
    request: Request,
    scope: CallScope,
) -> Result<Way, Error> {
    match request {
        Request::CallTool { name, arguments } if registries.tools.is_declared() => {
            call_tool(&registries.tools, &name, arguments, scope)
        }
        other => route_other(registries, extensions, other, scope),
    }
}

/// As [`route`], for all but the calls of tools: out of their way.
#[inline(never)]
fn route_other(
    registries: &Registries,
    extensions: &Extensions,
    request: Request,
    scope: CallScope,
) -> Result<Way, Error> {
    let Registries { tools, prompts, resources, .. } = registries;
    let viewer = Viewer::of(&scope);
    let result = match request {
        Request::ListTools { cursor } if tools.is_declared() => {
            ServerResult::ListTools(tools.page(cursor.as_deref(), &viewer)?)
        }
        Request::GetPrompt { name, arguments } if prompts.is_declared() => {
            return get_prompt(prompts, &name, arguments, scope);
        }
        Request::ListPrompts { cursor } if prompts.is_declared() => {
            ServerResult::ListPrompts(prompts.page(cursor.as_deref(), &viewer)?)
        }
        Request::ReadResource { uri } if resources.is_declared() => return read_resource(resources, uri, scope),
        Request::ListResources { cursor } if resources.is_declared() => {
            ServerResult::ListResources(resources.page(cursor.as_deref(), &viewer)?)
        }
        Request::ListResourceTemplates { cursor } if resources.is_declared() => {
            ServerResult::ListResourceTemplates(resources.page_of_templates(cursor.as_deref(), &viewer)?)
        }
        Request::Complete(params) if registries.complete() => {
            let CompleteParams { reference, argument, value, context, .. } = *params;
            let request = CompletionRequest::new(&*value, context);
            let completing = complete(registries, &viewer, &reference, &argument, request)?;
            return Ok(result_of(async move { completing.await.map(ServerResult::Complete) }));
        }
        Request::Custom { method, params } => {
            let running = extensions.call(&method, params, scope)?;
            return Ok(result_of(async move { running.await.map(ServerResult::Custom) }));
        }
        other => return Err(Error::method_not_found(other.method())),
    };
    Ok(result.into())
}

fn result_of(running: impl Future<Output = Result<ServerResult, Error>> + Send + 'static) -> Way {
    Way::Other(Box::pin(async move { running.await.map(Outcome::Complete) }))
}

fn call_tool(tools: &ToolRegistry, name: &str, arguments: RawJson, scope: CallScope) -> Result<Way, Error> {
    let Some(tool) = tools.visible(name, &Viewer::of(&scope)) else { return Err(unknown_tool(name)) };
    #[cfg(feature = "http")]
    if let Some(check) = scope.late_check
        && let Some(mirror) = tool.mirror()
    {
        check(scope.metadata.headers(), mirror, &arguments)?;
    }
    Ok(Way::Tool(tool.call(arguments, scope)))
}

fn get_prompt(
    prompts: &PromptRegistry,
    name: &str,
    arguments: BTreeMap<String, String>,
    scope: CallScope,
) -> Result<Way, Error> {
    let prompt = prompts.visible(name, &Viewer::of(&scope)).ok_or_else(|| unknown_prompt(name))?;
    let running = prompt.call(arguments, scope);
    Ok(result_of(async move {
        let mut result = running.await?;
        if result.description.is_none() {
            result.description.clone_from(&prompt.definition().description);
        }
        Ok(ServerResult::GetPrompt(result))
    }))
}

fn read_resource(resources: &Arc<ResourceRegistry>, uri: Text, scope: CallScope) -> Result<Way, Error> {
    let Some((resource, variables)) = resources.resolve(&uri, &Viewer::of(&scope)) else {
        return Err(Error::resource_not_found(&uri));
    };
    let resources = resources.clone();
    let running = resource.read(uri, variables, scope);
    Ok(result_of(async move {
        let mut result = running.await?;
        result.cache = Some(resources.cache_hint(&resource, result.cache));
        Ok(ServerResult::ReadResource(result))
    }))
}

#[cold]
fn unknown_tool(name: &str) -> Error {
    let name = shown(name);
    Error::invalid_params(format!("unknown tool `{name}`: tools/list names those there are"))
}

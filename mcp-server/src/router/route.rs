//! One match on what is asked.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use mcp_core::{
    call::Outcome,
    error::{Error, shown},
    json::{RawJson, Text},
    model::{CompleteParams, Rendered, Request, ServerResult},
};

use super::{Way, complete::complete, shorten::shorten, unknown::unknown_prompt};
use crate::{
    context::CallScope,
    extension::Extensions,
    handler::{
        CallFailure, CompletionRequest, ServerPrompt, ServerResource, ServerTool, ToolFuture, Variables, Viewer,
    },
    registry::{Elsewhere, Paged, PromptRegistry, Registries, ResourceRegistry, ToolRegistry},
    rounds::Stopped,
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
    match request {
        Request::ListTools { cursor } if tools.is_declared() => {
            Ok(listed(tools.page(cursor.as_deref(), &scope)?, ServerResult::ListTools))
        }
        Request::GetPrompt { name, arguments } if prompts.is_declared() => get_prompt(prompts, &name, arguments, scope),
        Request::ListPrompts { cursor } if prompts.is_declared() => {
            Ok(listed(prompts.page(cursor.as_deref(), &scope)?, ServerResult::ListPrompts))
        }
        Request::ReadResource { uri } if resources.is_declared() => read_resource(resources, uri, scope),
        Request::ListResources { cursor } if resources.is_declared() => {
            Ok(listed(resources.page(cursor.as_deref(), &scope)?, ServerResult::ListResources))
        }
        Request::ListResourceTemplates { cursor } if resources.is_declared() => {
            let page = resources.page_of_templates(cursor.as_deref(), &scope)?;
            Ok(listed(page, ServerResult::ListResourceTemplates))
        }
        Request::Complete(params) if registries.complete() => {
            let CompleteParams { reference, argument, value, context, .. } = *params;
            let request = CompletionRequest::new(&*value, context);
            let completing = complete(registries, scope, reference, argument, request)?;
            Ok(result_of::<Error>(async move { completing.await.map(ServerResult::Complete) }))
        }
        Request::Custom { method, params } => {
            let running = extensions.call(&method, params, scope)?;
            Ok(result_of::<Error>(async move { running.await.map(ServerResult::Custom) }))
        }
        other => Err(Error::method_not_found(other.method())),
    }
}

/// A list is there already, or its sources are asked.
fn listed<P: Send + Sync + 'static>(page: Paged<P>, result: fn(Arc<Rendered<P>>) -> ServerResult) -> Way {
    match page {
        Paged::Ready(page) => result(page).into(),
        Paged::Later(page) => result_of::<Error>(async move { page.await.map(result) }),
    }
}

fn result_of<E>(running: impl Future<Output = Result<ServerResult, E>> + Send + 'static) -> Way
where
    E: Into<Stopped>,
{
    Way::Other(Box::pin(async move {
        match running.await {
            Ok(result) => Ok(Outcome::Complete(result)),
            Err(stopped) => match stopped.into() {
                Stopped::Asking(asked) => Ok(Outcome::InputRequired(asked)),
                Stopped::Failed(error) => Err(error),
            },
        }
    }))
}

fn call_tool(tools: &ToolRegistry, name: &str, arguments: RawJson, scope: CallScope) -> Result<Way, Error> {
    let Some(tool) = tools.visible(name, &Viewer::of(&scope)) else {
        return call_elsewhere(tools, name, arguments, scope);
    };
    check_headers(&tool, &arguments, &scope)?;
    Ok(Way::Tool(within(tools, tool.call(arguments, scope))))
}

/// Holds the result of a tool to its bound, if there is one.
#[inline]
fn within(tools: &ToolRegistry, running: ToolFuture) -> ToolFuture {
    match tools.result_text_bytes() {
        None => running,
        Some(most) => Box::pin(async move { running.await.map(|result| shorten(result, most)) }),
    }
}

#[inline]
fn check_headers(tool: &ServerTool, arguments: &RawJson, scope: &CallScope) -> Result<(), Error> {
    #[cfg(feature = "http")]
    if let Some(check) = scope.late_check
        && let Some(mirror) = tool.mirror()
    {
        check(scope.metadata.headers(), mirror, arguments)?;
    }
    #[cfg(not(feature = "http"))]
    let _ = (tool, arguments, scope);
    Ok(())
}

/// Calls a tool that is not registered. A name that is, also if it is hidden, is none of a source.
#[cold]
fn call_elsewhere(tools: &ToolRegistry, name: &str, arguments: RawJson, scope: CallScope) -> Result<Way, Error> {
    let Some(elsewhere) = tools.elsewhere().filter(|_| tools.get(name).is_none()).cloned() else {
        return Err(unknown_tool(name));
    };
    let name: Box<str> = name.into();
    Ok(Way::Tool(within(
        tools,
        Box::pin(async move {
            let found = elsewhere.get(&name, &scope).await.map_err(CallFailure::Protocol)?;
            let tool = found.ok_or_else(|| CallFailure::Protocol(unknown_tool(&name)))?;
            check_headers(&tool, &arguments, &scope).map_err(CallFailure::Protocol)?;
            tool.call(arguments, scope).await
        }),
    )))
}

fn get_prompt(
    prompts: &PromptRegistry,
    name: &str,
    arguments: BTreeMap<String, String>,
    scope: CallScope,
) -> Result<Way, Error> {
    if let Some(prompt) = prompts.visible(name, &Viewer::of(&scope)) {
        return Ok(result_of(of_prompt(prompt, arguments, scope)));
    }
    let elsewhere = prompts.elsewhere().filter(|_| prompts.get(name).is_none());
    let elsewhere = elsewhere.cloned().ok_or_else(|| unknown_prompt(name))?;
    let name: Box<str> = name.into();
    Ok(result_of::<Stopped>(async move {
        let prompt = elsewhere.get(&name, &scope).await?.ok_or_else(|| unknown_prompt(&name))?;
        of_prompt(Arc::new(prompt), arguments, scope).await
    }))
}

/// Runs a prompt. It does nothing before it is polled.
fn of_prompt(
    prompt: Arc<ServerPrompt>,
    arguments: BTreeMap<String, String>,
    scope: CallScope,
) -> impl Future<Output = Result<ServerResult, Stopped>> + Send + 'static {
    let running = prompt.call(arguments, scope);
    async move {
        let mut result = running.await?;
        if result.description.is_none() {
            result.description.clone_from(&prompt.definition().description);
        }
        Ok(ServerResult::GetPrompt(result))
    }
}

fn read_resource(resources: &Arc<ResourceRegistry>, uri: Text, scope: CallScope) -> Result<Way, Error> {
    let resources = resources.clone();
    let Some((resource, variables)) = resources.resolve(&uri, &Viewer::of(&scope)) else {
        let elsewhere = resources.elsewhere().filter(|_| resources.get(&uri).is_none());
        let elsewhere = elsewhere.cloned().ok_or_else(|| Error::resource_not_found(&uri))?;
        return Ok(result_of(read_elsewhere(resources, elsewhere, uri, scope)));
    };
    let running = resource.read(uri, variables, scope);
    Ok(result_of::<Stopped>(async move {
        let mut result = running.await?;
        result.cache = Some(resources.cache_hint(&resource, result.cache));
        Ok(ServerResult::ReadResource(result))
    }))
}

async fn read_elsewhere(
    resources: Arc<ResourceRegistry>,
    elsewhere: Elsewhere<ServerResource>,
    uri: Text,
    scope: CallScope,
) -> Result<ServerResult, Stopped> {
    let resource = elsewhere.get(&uri, &scope).await?.ok_or_else(|| Error::resource_not_found(&uri))?;
    let variables = resource.matches(&uri).unwrap_or_else(Variables::new);
    let mut result = resource.read(uri, variables, scope).await?;
    // What depends on who asks is kept by nobody else (2026-07-28, server/utilities/caching, "Cache Scope Field").
    result.cache = Some(resources.cache_hint(&resource, result.cache).kept_private());
    Ok(ServerResult::ReadResource(result))
}

#[cold]
fn unknown_tool(name: &str) -> Error {
    let name = shown(name);
    Error::invalid_params(format!("unknown tool `{name}`: tools/list names those there are"))
}

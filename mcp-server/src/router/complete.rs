//! Completing the arguments of prompts and the variables of templates.

use mcp_core::{
    error::{Error, shown},
    json::Text,
    model::{Completion, CompletionReference},
};

use super::unknown::unknown_prompt;
use crate::{
    context::CallScope,
    handler::{CompletionFuture, CompletionRequest, ServerPrompt, ServerResource, Viewer},
    registry::Registries,
};

/// What an argument might be. Nothing, if it is known and nothing completes it (2026-07-28, schema, "CompleteResult";
/// 2026-07-28, server/utilities/completion, "Error Handling").
pub(super) fn complete(
    registries: &Registries,
    scope: CallScope,
    reference: CompletionReference,
    argument: Text,
    request: CompletionRequest,
) -> Result<CompletionFuture, Error> {
    let Registries { prompts, resources, .. } = registries;
    let viewer = Viewer::of(&scope);
    match reference {
        CompletionReference::Prompt { name } => {
            if let Some(prompt) = prompts.visible(&name, &viewer) {
                return of_prompt(&prompt, &argument, request, scope);
            }
            let elsewhere = prompts.elsewhere().filter(|_| prompts.get(&name).is_none()).cloned();
            let elsewhere = elsewhere.ok_or_else(|| unknown_prompt(&name))?;
            Ok(Box::pin(async move {
                let prompt = elsewhere.get(&name, &scope).await?.ok_or_else(|| unknown_prompt(&name))?;
                of_prompt(&prompt, &argument, request, scope)?.await
            }))
        }
        CompletionReference::Resource { uri } => {
            if let Some(resource) = resources.visible(&uri, &viewer) {
                return of_resource(&resource, &argument, request, scope);
            }
            let elsewhere = resources.templates_elsewhere().filter(|_| resources.get(&uri).is_none()).cloned();
            let elsewhere = elsewhere.ok_or_else(|| unknown_template(&uri))?;
            Ok(Box::pin(async move {
                let resource = elsewhere.get(&uri, &scope).await?.ok_or_else(|| unknown_template(&uri))?;
                of_resource(&resource, &argument, request, scope)?.await
            }))
        }
        _ => Ok(nothing()),
    }
}

fn of_prompt(
    prompt: &ServerPrompt,
    argument: &str,
    request: CompletionRequest,
    scope: CallScope,
) -> Result<CompletionFuture, Error> {
    if !prompt.has_argument(argument) {
        return Err(unknown_argument(&format!("prompt `{}`", shown(&prompt.definition().name)), argument));
    }
    let completions = prompt.completions();
    Ok(completions.map_or_else(nothing, |completions| completions.complete(argument, request, scope)))
}

fn of_resource(
    resource: &ServerResource,
    argument: &str,
    request: CompletionRequest,
    scope: CallScope,
) -> Result<CompletionFuture, Error> {
    // A resource without variables has nothing to complete.
    if resource.is_template() && !resource.has_variable(argument) {
        return Err(unknown_argument(&format!("template `{}`", shown(resource.uri())), argument));
    }
    let completions = resource.completions();
    Ok(completions.map_or_else(nothing, |completions| completions.complete(argument, request, scope)))
}

fn nothing() -> CompletionFuture {
    Box::pin(std::future::ready(Ok(Completion::default())))
}

fn unknown_template(uri: &str) -> Error {
    let uri = shown(uri);
    Error::invalid_params(format!("unknown template `{uri}`: resources/templates/list names those there are"))
}

fn unknown_argument(of: &str, argument: &str) -> Error {
    Error::invalid_params(format!("{of} has no argument `{}`", shown(argument)))
}

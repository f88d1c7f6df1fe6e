//! Completing the arguments of prompts and the variables of templates.

use std::sync::Arc;

use mcp_core::{
    error::{Error, shown},
    model::{Completion, CompletionReference},
};

use super::unknown::unknown_prompt;
use crate::{
    handler::{CompletionFuture, CompletionRequest, ServerPrompt, ServerResource, Viewer},
    registry::Registries,
};

/// What an argument might be. Nothing, if it is known and nothing completes it (2026-07-28, schema, "CompleteResult";
/// 2026-07-28, server/utilities/completion, "Error Handling").
pub(super) fn complete(
    registries: &Registries,
    viewer: &Viewer<'_>,
    reference: &CompletionReference,
    argument: &str,
    request: CompletionRequest,
) -> Result<CompletionFuture, Error> {
    let completing = match reference {
        CompletionReference::Prompt { name } => {
            let prompt: Arc<ServerPrompt> =
                registries.prompts.visible(name, viewer).ok_or_else(|| unknown_prompt(name))?;
            if !prompt.has_argument(argument) {
                return Err(unknown_argument(&format!("prompt `{}`", shown(name)), argument));
            }
            prompt.completions().map(|completions| completions.complete(argument, request))
        }
        CompletionReference::Resource { uri } => {
            let resource = registries.resources.visible(uri, viewer);
            let resource: Arc<ServerResource> = resource.ok_or_else(|| {
                let uri = shown(uri);
                Error::invalid_params(format!(
                    "unknown template `{uri}`: resources/templates/list names those there are"
                ))
            })?;
            // A resource without variables has nothing to complete.
            if resource.is_template() && !resource.has_variable(argument) {
                return Err(unknown_argument(&format!("template `{}`", shown(uri)), argument));
            }
            resource.completions().map(|completions| completions.complete(argument, request))
        }
        _ => None,
    };
    Ok(completing.unwrap_or_else(|| Box::pin(std::future::ready(Ok(Completion::default())))))
}

fn unknown_argument(of: &str, argument: &str) -> Error {
    Error::invalid_params(format!("{of} has no argument `{}`", shown(argument)))
}

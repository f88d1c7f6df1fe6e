//! The suite's prompts that need no asking. Their texts are the suite's.

use mcp_server::{
    CompletionRequest, ServerPrompt,
    model::{EmbeddedResource, ImageContent, PromptMessage, ResourceContents},
    prompt, prompts,
};

use crate::tools::PNG;

pub(crate) fn all() -> Vec<ServerPrompt> {
    prompts![test_simple_prompt, test_prompt_with_arguments, test_prompt_with_embedded_resource, test_prompt_with_image,]
}

/// Comes and goes.
#[prompt]
pub(crate) fn blinker() -> &'static str {
    "Here I am."
}

/// Says one thing.
#[prompt]
fn test_simple_prompt() -> &'static str {
    "This is a simple prompt for testing."
}

/// Says its arguments.
#[prompt]
fn test_prompt_with_arguments(
    /// The first one.
    #[arg(complete = words)]
    arg1: String,
    /// The second one.
    arg2: String,
) -> String {
    format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
}

async fn words(request: CompletionRequest) -> Vec<&'static str> {
    ["paris", "park", "party"].into_iter().filter(|word| word.starts_with(&request.value)).collect()
}

/// Shows a resource.
#[prompt]
fn test_prompt_with_embedded_resource(
    /// The resource's URI.
    #[arg(name = "resourceUri")]
    resource_uri: String,
) -> Vec<PromptMessage> {
    let contents = ResourceContents::Text {
        uri: resource_uri,
        mime_type: Some("text/plain".to_owned()),
        text: "Embedded resource content for testing.".to_owned(),
        meta: None,
    };
    vec![
        PromptMessage::user(EmbeddedResource::new(contents)),
        PromptMessage::user("Please process the embedded resource above."),
    ]
}

/// Shows a picture.
#[prompt]
fn test_prompt_with_image() -> Vec<PromptMessage> {
    vec![
        PromptMessage::user(ImageContent::from_base64(PNG, "image/png")),
        PromptMessage::user("Please analyze the image above."),
    ]
}

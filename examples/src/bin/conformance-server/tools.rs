//! The suite's tools that need nothing but tools. Their texts are the suite's.

use std::time::Duration;

use mcp_server::{
    Context, ServerTool, ToolError,
    model::{AudioContent, Content, EmbeddedResource, ImageContent, LogLevel, ResourceContents},
    tool, tools,
};

use crate::{
    prompts,
    schemas::{InRegion, Person},
};

/// A red pixel.
pub(crate) const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// No samples.
const WAV: &str = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

pub(crate) fn all() -> Vec<ServerTool> {
    let mut all = tools![
        test_simple_text,
        test_image_content,
        test_audio_content,
        test_embedded_resource,
        test_multiple_content_types,
        test_tool_with_progress,
        test_tool_with_logging,
        test_logging_tool,
        test_error_handling,
        test_trigger_tool_change,
        test_trigger_prompt_change,
    ];
    all.push(
        ServerTool::new(
            "json_schema_2020_12_tool",
            |person: Person| async move { format!("Hello, {}!", person.name()) },
        )
        .description("Takes arguments whose schema says more than a type can."),
    );
    all.push(
        ServerTool::new("test_region", |args: InRegion| async move { format!("{} in {}", args.query, args.region) })
            .description("Takes an argument that a client also sends as a header."),
    );
    all
}

/// Returns a text.
#[tool]
async fn test_simple_text() -> &'static str {
    "This is a simple text response for testing."
}

/// Returns a picture.
#[tool]
async fn test_image_content() -> Content {
    image()
}

/// Returns a sound.
#[tool]
async fn test_audio_content() -> Content {
    Content::Audio(AudioContent::from_base64(WAV, "audio/wav"))
}

/// Returns a resource with its contents.
#[tool]
async fn test_embedded_resource() -> Content {
    resource("test://embedded-resource", "text/plain", "This is an embedded resource content.")
}

/// Returns a text, a picture and a resource.
#[tool]
async fn test_multiple_content_types() -> Vec<Content> {
    vec![
        Content::text("Multiple content types test:"),
        image(),
        resource("test://mixed-content-resource", "application/json", r#"{"test":"data","value":123}"#),
    ]
}

/// Reports progress three times.
#[tool]
async fn test_tool_with_progress(ctx: Context) -> &'static str {
    for (done, pause) in [(0.0, 50), (50.0, 50), (100.0, 0)] {
        ctx.progress(done, 100.0, format!("{done} of 100")).await;
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    "done"
}

/// Logs three times.
#[tool]
async fn test_tool_with_logging(ctx: Context) -> &'static str {
    for (text, pause) in [("Tool execution started", 50), ("Tool processing data", 50), ("Tool execution completed", 0)]
    {
        ctx.log(LogLevel::Info, text);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    "done"
}

/// Logs once, for clients that want to hear it.
#[tool]
async fn test_logging_tool(ctx: Context) -> &'static str {
    ctx.log(LogLevel::Info, "called");
    "done"
}

/// Always fails.
#[tool]
async fn test_error_handling() -> Result<(), ToolError> {
    Err(ToolError::new("This tool intentionally returns an error for testing"))
}

/// Comes and goes.
#[tool]
async fn blinker() -> &'static str {
    "on"
}

/// Adds a tool, or takes it away again.
#[tool]
async fn test_trigger_tool_change(ctx: Context) -> &'static str {
    let server = ctx.server();
    if server.tools().remove("blinker").is_none() {
        server.tools().insert(blinker::tool());
    }
    "Mutation triggered"
}

/// Adds a prompt, or takes it away again.
#[tool]
async fn test_trigger_prompt_change(ctx: Context) -> &'static str {
    let server = ctx.server();
    if server.prompts().remove("blinker").is_none() {
        server.prompts().insert(prompts::blinker::prompt());
    }
    "Mutation triggered"
}

fn image() -> Content {
    Content::Image(ImageContent::from_base64(PNG, "image/png"))
}

fn resource(uri: &str, mime_type: &str, text: &str) -> Content {
    Content::Resource(EmbeddedResource::new(ResourceContents::Text {
        uri: uri.to_owned(),
        mime_type: Some(mime_type.to_owned()),
        text: text.to_owned(),
        meta: None,
    }))
}

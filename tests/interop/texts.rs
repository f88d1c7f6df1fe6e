//! Prompts, resources and completions, as our client asks for them.

use mcp_client::{
    McpClient,
    model::{CompletionReference, ResourceContents},
};
use serde_json::json;

use crate::{
    case::{Checked, Context, ensure, expect},
    heard::COUNT,
    our_client::Lacks,
};

pub(crate) async fn read(client: &McpClient, lacks: Lacks) -> Checked {
    prompts(client).await?;
    completions(client).await?;
    resources(client, lacks).await
}

async fn prompts(client: &McpClient) -> Checked {
    let prompts = client.list_prompts().await.at("prompts/list")?;
    let [greet] = &prompts[..] else { return Err(format!("there is not one prompt: {prompts:?}")) };
    expect("the prompt", &greet.name.as_str(), &"greet")?;
    let arguments: Vec<_> =
        greet.arguments.iter().map(|argument| (argument.name.as_str(), argument.required)).collect();
    expect("the arguments of the prompt", &arguments, &vec![("name", true)])?;
    let greeting = client.get_prompt("greet", json!({"name": "Zoë \u{1f980}"})).await.at("prompts/get")?;
    let said: Vec<_> = greeting.messages.iter().filter_map(|message| message.content.as_text()).collect();
    expect("the greeting", &said, &vec!["Hello, Zoë \u{1f980}!"])?;
    let missing = client.get_prompt("no-such-prompt", ()).await.err().at("an unknown prompt: an error")?;
    ensure(format!("an unknown prompt: {missing}"), missing.rejection().is_some())
}

async fn completions(client: &McpClient) -> Checked {
    let found = client.complete(CompletionReference::prompt("greet"), "name", "Ad").await.at("completion")?;
    expect("the completions", &found.values, &vec!["Ada".to_owned(), "Adele".to_owned()])
}

async fn resources(client: &McpClient, lacks: Lacks) -> Checked {
    let resources = client.list_resources().await.at("resources/list")?;
    let uris: Vec<_> = resources.iter().map(|resource| resource.uri.as_str()).collect();
    expect("the resources", &uris, &vec![COUNT])?;
    let templates = client.list_resource_templates().await.at("resources/templates/list")?;
    let templates: Vec<_> = templates.iter().map(|template| template.uri_template.as_str()).collect();
    expect("the templates", &templates, &vec!["test://letters/{name}"])?;
    // What a tool has changed is read as it is now.
    let before: u32 = text(client, COUNT).await?.parse().at(COUNT)?;
    let touched = client.call_tool("touch", ()).await.at("touch")?;
    ensure(format!("touch: {touched:?}"), !touched.is_error)?;
    expect("the changed resource", &text(client, COUNT).await?, &(before + 1).to_string())?;
    expect("a resource of the template", &text(client, "test://letters/Ada").await?.as_str(), &"Dear Ada")?;
    let missing = client.read_resource("test://no-such-resource").await.err().at("an unknown resource: an error")?;
    ensure(format!("an unknown resource: {missing}"), missing.rejection().is_some())?;
    expect(format!("whether it is not found: {missing}"), &missing.is_not_found(), &!lacks.not_found)
}

async fn text(client: &McpClient, uri: &str) -> Checked<String> {
    let read = client.read_resource(uri).await.at(uri)?;
    match &read.contents[..] {
        [ResourceContents::Text { text, .. }] => Ok(text.clone()),
        _ => Err(format!("{uri}: {read:?}")),
    }
}

//! Everything that a server offers, as one value.

use mcp_core::model::{Prompt, Resource, ResourceTemplate, ServerCapabilities, Tool};
use serde::Serialize;

use crate::server::Server;

/// Everything that a server offers; see [`snapshot`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// How a model should use the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// What the server declares.
    pub capabilities: ServerCapabilities,
    /// The tools with their schemas, by name.
    pub tools: Vec<Tool>,
    /// The prompts, by name.
    pub prompts: Vec<Prompt>,
    /// The resources, by URI.
    pub resources: Vec<Resource>,
    /// The families of resources, by template.
    pub resource_templates: Vec<ResourceTemplate>,
}

/// Everything that a server has registered at this moment, whoever may see it: for a test that fails when a name, a description
/// or a schema changes, because clients and models depend on them.
///
/// It is `Serialize`, and its order is that of the names, so that neither moving code nor the order of registration
/// changes it. The server's own name and version are not in it, so that a release does not either. Definitions are as
/// handlers have them, before [`SchemaProfile`](crate::SchemaProfile). What [sources](crate::ToolSource) and templates list
/// is not in it: it depends on who asks, and there may be no end of it.
///
/// ```
/// use mcp_server::{Server, testing, tool, tools};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// let server = Server::builder("calculator", "1.0.0").tools(tools![add]).build();
/// // With the crate `insta`: insta::assert_json_snapshot!(serde_json::to_value(testing::snapshot(&server)).unwrap());
/// let json = serde_json::to_value(testing::snapshot(&server)).unwrap();
/// assert_eq!(json["tools"][0]["inputSchema"]["required"], serde_json::json!(["a", "b"]));
/// ```
pub fn snapshot(server: &Server) -> Snapshot {
    let engine = &server.inner.engine;
    let registries = &engine.registries;
    let mut tools: Vec<Tool> = registries.tools.all().iter().map(|tool| tool.definition().clone()).collect();
    let mut prompts: Vec<Prompt> = registries.prompts.all().iter().map(|prompt| prompt.definition().clone()).collect();
    let all = registries.resources.all();
    let mut resources: Vec<Resource> = all.iter().filter_map(|resource| resource.resource().cloned()).collect();
    let mut resource_templates: Vec<ResourceTemplate> =
        all.iter().filter_map(|resource| resource.resource_template().cloned()).collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    prompts.sort_by(|a, b| a.name.cmp(&b.name));
    resources.sort_by(|a, b| a.uri.cmp(&b.uri));
    resource_templates.sort_by(|a, b| a.uri_template.cmp(&b.uri_template));
    Snapshot {
        instructions: engine.instructions.clone(),
        capabilities: engine.capabilities(),
        tools,
        prompts,
        resources,
        resource_templates,
    }
}

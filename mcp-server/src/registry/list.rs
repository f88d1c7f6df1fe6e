//! The four lists of a server: what stands in each, and what a page of it is.

use mcp_core::{
    model::{
        CacheHint, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, Prompt,
        Resource, ResourceTemplate, ServerNotification, Tool,
    },
    uri,
};
use serde::Serialize;

use super::item::{Key, Named, as_written};
use crate::{
    handler::{Listed, SchemaProfile, ServerPrompt, ServerResource, ServerTool, StateMap, Visibility},
    limits::CacheHints,
};

/// Something that a list has, and that may be hidden.
pub(crate) trait Item: Named + Clone + Send + Sync + 'static {
    /// The same item with the shared state that it takes.
    ///
    /// # Errors
    ///
    /// With a sentence that says what is missing.
    fn bound(self, states: &StateMap) -> Result<Self, String>;
    fn visibility(&self) -> &Visibility;
    fn listed(&self) -> Listed<'_>;
}

/// One of the lists. Its value holds what it needs to show its items.
pub(super) trait List: Copy + Send + Sync + 'static {
    type Item: Item;
    /// What the list shows of an item.
    type Definition: Clone + Serialize + Send + Sync + 'static;
    /// A page, as it is answered.
    type Page: Send + Sync + 'static;

    /// Which list a cursor belongs to: part of the cursors, below 128.
    const MARK: u8;

    /// What names are compared by.
    fn key(self) -> Key {
        as_written
    }

    /// What is said when the list changes.
    fn event() -> ServerNotification;
    fn hint(hints: &CacheHints) -> CacheHint;
    fn definition(self, item: &Self::Item) -> Option<Self::Definition>;
    fn page(definitions: Vec<Self::Definition>, next: Option<String>, cache: CacheHint) -> Self::Page;
    /// What a page was made of.
    fn parts(page: &Self::Page) -> (&[Self::Definition], Option<&str>);

    /// What an item takes on a page, in bytes.
    fn size(item: &Self::Item) -> usize;
}

/// What a definition takes as JSON, and the comma behind it.
fn bytes(definition: Option<&impl Serialize>) -> usize {
    definition.and_then(|definition| serde_json::to_vec(definition).ok()).map_or(0, |json| json.len() + 1)
}

/// The tools, as clients of a profile read them.
#[derive(Clone, Copy)]
pub(super) struct Tools(pub(super) SchemaProfile);

#[derive(Clone, Copy)]
pub(super) struct Prompts;

/// Resources with a URI of their own.
#[derive(Clone, Copy)]
pub(super) struct Resources;

#[derive(Clone, Copy)]
pub(super) struct Templates;

impl List for Tools {
    type Item = ServerTool;
    type Definition = Tool;
    type Page = ListToolsResult;

    const MARK: u8 = 1;

    fn event() -> ServerNotification {
        ServerNotification::ToolsListChanged
    }

    fn hint(hints: &CacheHints) -> CacheHint {
        hints.tools
    }

    fn definition(self, tool: &ServerTool) -> Option<Tool> {
        Some(self.0.show(tool.definition()))
    }

    fn page(tools: Vec<Tool>, next: Option<String>, cache: CacheHint) -> ListToolsResult {
        ListToolsResult::new(tools, next, cache)
    }

    fn parts(page: &ListToolsResult) -> (&[Tool], Option<&str>) {
        (&page.tools, page.next_cursor.as_deref())
    }

    fn size(tool: &ServerTool) -> usize {
        bytes(Some(tool.definition()))
    }
}

impl List for Prompts {
    type Item = ServerPrompt;
    type Definition = Prompt;
    type Page = ListPromptsResult;

    const MARK: u8 = 2;

    fn event() -> ServerNotification {
        ServerNotification::PromptsListChanged
    }

    fn hint(hints: &CacheHints) -> CacheHint {
        hints.prompts
    }

    fn definition(self, prompt: &ServerPrompt) -> Option<Prompt> {
        Some(prompt.definition().clone())
    }

    fn page(prompts: Vec<Prompt>, next: Option<String>, cache: CacheHint) -> ListPromptsResult {
        ListPromptsResult::new(prompts, next, cache)
    }

    fn parts(page: &ListPromptsResult) -> (&[Prompt], Option<&str>) {
        (&page.prompts, page.next_cursor.as_deref())
    }

    fn size(prompt: &ServerPrompt) -> usize {
        bytes(Some(prompt.definition()))
    }
}

impl List for Resources {
    type Item = ServerResource;
    type Definition = Resource;
    type Page = ListResourcesResult;

    const MARK: u8 = 3;

    /// Resources are one whose URIs are (RFC 3986, section 6.2.2).
    fn key(self) -> Key {
        uri::normal
    }

    fn event() -> ServerNotification {
        ServerNotification::ResourcesListChanged
    }

    fn hint(hints: &CacheHints) -> CacheHint {
        hints.resources
    }

    fn definition(self, resource: &ServerResource) -> Option<Resource> {
        resource.resource().cloned()
    }

    fn page(resources: Vec<Resource>, next: Option<String>, cache: CacheHint) -> ListResourcesResult {
        ListResourcesResult::new(resources, next, cache)
    }

    fn parts(page: &ListResourcesResult) -> (&[Resource], Option<&str>) {
        (&page.resources, page.next_cursor.as_deref())
    }

    fn size(resource: &ServerResource) -> usize {
        bytes(resource.resource())
    }
}

impl List for Templates {
    type Item = ServerResource;
    type Definition = ResourceTemplate;
    type Page = ListResourceTemplatesResult;

    const MARK: u8 = 4;

    fn event() -> ServerNotification {
        ServerNotification::ResourcesListChanged
    }

    fn hint(hints: &CacheHints) -> CacheHint {
        hints.resource_templates
    }

    fn definition(self, resource: &ServerResource) -> Option<ResourceTemplate> {
        resource.resource_template().cloned()
    }

    fn page(templates: Vec<ResourceTemplate>, next: Option<String>, cache: CacheHint) -> ListResourceTemplatesResult {
        ListResourceTemplatesResult::new(templates, next, cache)
    }

    fn parts(page: &ListResourceTemplatesResult) -> (&[ResourceTemplate], Option<&str>) {
        (&page.resource_templates, page.next_cursor.as_deref())
    }

    fn size(resource: &ServerResource) -> usize {
        bytes(resource.resource_template())
    }
}

macro_rules! item {
    ($item:ident, $this:ident => $name:expr) => {
        impl Item for $item {
            fn bound(self, states: &StateMap) -> Result<Self, String> {
                self.bound(states)
            }

            fn visibility(&self) -> &Visibility {
                self.visibility()
            }

            fn listed(&self) -> Listed<'_> {
                self.into()
            }
        }

        impl Named for $item {
            fn name(&self) -> &str {
                let $this = self;
                $name
            }
        }
    };
}

item!(ServerTool, tool => &tool.definition().name);
item!(ServerPrompt, prompt => &prompt.definition().name);
item!(ServerResource, resource => resource.uri());

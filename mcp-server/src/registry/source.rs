//! Items that come from elsewhere: they are asked for when somebody lists or calls them, and inserted nowhere.

use std::sync::Arc;

use async_trait::async_trait;
use mcp_core::error::Error;

use crate::{
    context::Context,
    handler::{Page, ServerPrompt, ServerResource, ServerTool},
};

/// Tools from elsewhere, such as a database that replicas share, or another server.
///
/// Give it to [`ServerBuilder::tool_source`](crate::ServerBuilder::tool_source). It is asked after what is registered:
/// `tools/list` has the registered tools first, then those of each source, in the order in which sources were added. A
/// registered name wins, also if it is hidden from the caller; of two sources that have a name, the one that was added
/// first answers, and a list that goes over several pages may show both: give their names a prefix.
///
/// Whatever a source does is part of the request: it has its deadline and may be cancelled, a panic is an internal
/// error, and an error fails the request, so that no list lacks items without a word. A source that would rather be left
/// out while its back end is away returns an empty page, and says so in its log. Conditions of visibility
/// ([`ServerBuilder::visible_if`](crate::ServerBuilder::visible_if), [`ServerTool::visible_if`]) hold for its items too,
/// and what it lists is kept by nobody but the caller.
///
/// The server cannot see when a source changes: say so with
/// [`Server::notify_tools_list_changed`](crate::Server::notify_tools_list_changed).
///
/// ```
/// use mcp_server::{Context, Error, Page, Server, ServerTool, ToolSource, async_trait};
/// use serde_json::{Map, Value};
///
/// /// One tool for each city there is a station in.
/// struct Stations(Vec<&'static str>);
///
/// fn tool(city: &'static str) -> ServerTool {
///     ServerTool::new(format!("weather_{city}"), move |_: Map<String, Value>| async move { format!("sunny in {city}") })
/// }
///
/// #[async_trait]
/// impl ToolSource for Stations {
///     async fn list(&self, cursor: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
///         let start = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
///         let page = Page::new(self.0.iter().skip(start).take(100).map(|&city| tool(city)));
///         Ok(if start + 100 < self.0.len() { page.next((start + 100).to_string()) } else { page })
///     }
///
///     async fn get(&self, name: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
///         let city = name.strip_prefix("weather_");
///         Ok(self.0.iter().find(|known| Some(**known) == city).map(|&city| tool(city)))
///     }
/// }
///
/// let server = Server::builder("weather", "1.0.0").tool_source(Stations(vec!["oslo", "rome"])).build();
/// # drop(server);
/// ```
#[async_trait]
pub trait ToolSource: Send + Sync + 'static {
    /// One page of the tools that the caller of `context` may know of. `cursor` is what the page before said; `None`
    /// asks for the first one. How long a page is, the source decides.
    ///
    /// # Errors
    ///
    /// What fails the request; an [`Error`] goes out as it is.
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerTool>, Error>;

    /// The tool of that name; `None` if there is none for this caller. Asked with every call of a name that is not
    /// registered.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    async fn get(&self, name: &str, context: &Context) -> Result<Option<ServerTool>, Error>;
}

/// Prompts from elsewhere; as a [`ToolSource`].
///
/// [`ServerBuilder::prompt_source`](crate::ServerBuilder::prompt_source) takes it.
#[async_trait]
pub trait PromptSource: Send + Sync + 'static {
    /// One page of the prompts, as [`ToolSource::list`].
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerPrompt>, Error>;

    /// The prompt of that name, as [`ToolSource::get`]: to be got, or to have an argument completed.
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn get(&self, name: &str, context: &Context) -> Result<Option<ServerPrompt>, Error>;
}

/// Resources and templates from elsewhere; as a [`ToolSource`].
///
/// [`ServerBuilder::resource_source`](crate::ServerBuilder::resource_source) takes it. For the rows of one template there
/// is [`ServerResource::list_with`]. A URI is read from what is registered first, templates included. Whoever knows the
/// URI of a resource of a source may watch it.
#[async_trait]
pub trait ResourceSource: Send + Sync + 'static {
    /// One page of the resources, as [`ToolSource::list`]; templates in it are left out.
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerResource>, Error>;

    /// The resource of that URI, to be read, however clients spell it. It may be one that no list has, such as one of a
    /// family: return [`ServerResource::new`] with the URI that was asked for.
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn get(&self, uri: &str, context: &Context) -> Result<Option<ServerResource>, Error>;

    /// One page of the templates. None by default.
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn list_templates(&self, _cursor: Option<&str>, _: &Context) -> Result<Page<ServerResource>, Error> {
        Ok(Page::default())
    }

    /// The template written so, to have a variable completed. None by default.
    ///
    /// # Errors
    ///
    /// What fails the request.
    async fn get_template(&self, _template: &str, _: &Context) -> Result<Option<ServerResource>, Error> {
        Ok(None)
    }
}

/// What all sources have in common.
#[async_trait]
pub(crate) trait Source<T>: Send + Sync {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<T>, Error>;
    async fn get(&self, name: &str, context: &Context) -> Result<Option<T>, Error>;
}

/// The sources of one list, in order.
pub(crate) type SourceList<T> = Vec<Arc<dyn Source<T>>>;

/// The sources of a server.
#[derive(Default, Clone)]
pub(crate) struct Sources {
    pub(crate) tools: SourceList<ServerTool>,
    pub(crate) prompts: SourceList<ServerPrompt>,
    pub(crate) resources: SourceList<ServerResource>,
    pub(crate) templates: SourceList<ServerResource>,
}

impl Sources {
    pub(crate) fn add_tools(&mut self, source: impl ToolSource) {
        self.tools.push(Arc::new(OfTools(source)));
    }

    pub(crate) fn add_prompts(&mut self, source: impl PromptSource) {
        self.prompts.push(Arc::new(OfPrompts(source)));
    }

    pub(crate) fn add_resources(&mut self, source: impl ResourceSource) {
        let source = Arc::new(source);
        self.resources.push(Arc::new(OfResources(source.clone())));
        self.templates.push(Arc::new(OfTemplates(source)));
    }
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { tools, prompts, resources, .. } = self;
        f.debug_tuple("Sources").field(&[tools.len(), prompts.len(), resources.len()]).finish()
    }
}

struct OfTools<S>(S);
struct OfPrompts<S>(S);
struct OfResources<S>(Arc<S>);
struct OfTemplates<S>(Arc<S>);

#[async_trait]
impl<S: ToolSource> Source<ServerTool> for OfTools<S> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerTool>, Error> {
        self.0.list(cursor, context).await
    }

    async fn get(&self, name: &str, context: &Context) -> Result<Option<ServerTool>, Error> {
        self.0.get(name, context).await
    }
}

#[async_trait]
impl<S: PromptSource> Source<ServerPrompt> for OfPrompts<S> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerPrompt>, Error> {
        self.0.list(cursor, context).await
    }

    async fn get(&self, name: &str, context: &Context) -> Result<Option<ServerPrompt>, Error> {
        self.0.get(name, context).await
    }
}

#[async_trait]
impl<S: ResourceSource> Source<ServerResource> for OfResources<S> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerResource>, Error> {
        self.0.list(cursor, context).await
    }

    async fn get(&self, uri: &str, context: &Context) -> Result<Option<ServerResource>, Error> {
        self.0.get(uri, context).await
    }
}

#[async_trait]
impl<S: ResourceSource> Source<ServerResource> for OfTemplates<S> {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerResource>, Error> {
        self.0.list_templates(cursor, context).await
    }

    async fn get(&self, template: &str, context: &Context) -> Result<Option<ServerResource>, Error> {
        self.0.get_template(template, context).await
    }
}

/// The resources that a template lists.
pub(super) struct OfTemplate(pub(super) Arc<ServerResource>);

#[async_trait]
impl Source<ServerResource> for OfTemplate {
    async fn list(&self, cursor: Option<&str>, context: &Context) -> Result<Page<ServerResource>, Error> {
        self.0.list(cursor, context).await
    }

    /// They are read from their template.
    async fn get(&self, _: &str, _: &Context) -> Result<Option<ServerResource>, Error> {
        Ok(None)
    }
}

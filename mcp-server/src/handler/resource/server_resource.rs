//! A resource, or a family of resources with one template: the definition and the handler.

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use mcp_core::{
    era::Method,
    error::{Error, ErrorKind},
    json::Text,
    model::{Annotations, Ask, CacheHint, Icon, ReadResourceResult, Resource, ResourceTemplate},
    uri::normal,
    uri_template::UriTemplate,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    annotations,
    contents::{IntoResourceContents, ResourceTarget},
    lister::Lister,
};
use crate::{
    context::{CallScope, Context},
    handler::{
        arguments::{Variables, decode_strings, takes_no_string},
        asks::Asks,
        completions::Completions,
        state::Binder,
        visibility::{Listed, Visibility, visible_if},
    },
    rounds::{Arguments, Stopped, Subject},
};

/// A resource that clients read by its URI, or a family of them that share a template.
///
/// `#[resource("..")]` makes one from a function. By hand:
///
/// ```
/// use mcp_server::{Json, ServerResource};
///
/// #[derive(serde::Deserialize)]
/// struct Item {
///     id: u32,
/// }
///
/// let motto = ServerResource::text("shop://motto", "motto", "Everything must go").mime_type("text/plain");
/// let hours = ServerResource::new("shop://hours", "hours", || async { Json([9, 17]) });
/// let item = ServerResource::template("shop://items/{id}", "item", |item: Item| async move {
///     (item.id < 100).then(|| format!("item {}", item.id)) // none: there is no such resource
/// });
/// assert!(item.is_template());
/// assert_eq!(motto.uri(), "shop://motto");
/// # drop(hours);
/// ```
///
/// Cheap to clone: clones share the definition and the handler.
#[derive(Clone)]
pub struct ServerResource {
    pub(super) kind: Arc<ResourceKind>,
    pub(super) completions: Arc<Completions>,
    cache: Option<CacheHint>,
    pub(super) handler: Arc<Handler>,
    pub(super) lister: Option<Arc<Lister>>,
    asks: Asks,
    pub(in crate::handler) visibility: Visibility,
    /// What makes the handler, if it takes shared state and has none yet.
    pub(super) unbound: Option<Arc<Binder<Handler>>>,
}

/// What lists show of a resource.
#[derive(Debug, Clone)]
pub(crate) enum ResourceKind {
    Fixed(Resource),
    Template(ResourceTemplate, UriTemplate),
}

/// Starts nothing before it is polled, so that a panic anywhere in a handler is a panic of the future.
pub(super) type Handler = dyn Fn(Reading) -> ReadFuture + Send + Sync;

/// A call under way. Dropping it cancels the handler.
pub(crate) type ReadFuture = Pin<Box<dyn Future<Output = Result<ReadResourceResult, Stopped>> + Send>>;

/// What a handler needs to know of one call.
pub(super) struct Reading {
    kind: Arc<ResourceKind>,
    uri: Text,
    variables: Variables,
    scope: CallScope,
}

macro_rules! edit {
    ($($(#[$doc:meta])* $field:ident($value:ident: $type:ty) = $stored:expr;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $field(mut self, $value: $type) -> Self {
            match Arc::make_mut(&mut self.kind) {
                ResourceKind::Fixed(definition) => definition.$field = $stored,
                ResourceKind::Template(definition, _) => definition.$field = $stored,
            }
            self
        }
    )*};
}

impl ServerResource {
    /// A resource that a function reads, anew each time.
    ///
    /// # Panics
    ///
    /// If `uri` is no absolute URI.
    #[track_caller]
    pub fn new<F, Fut>(uri: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::fixed(uri.into(), name.into(), plain(move |()| handler()))
    }

    /// A resource whose function also takes a [`Context`].
    ///
    /// # Panics
    ///
    /// As [`ServerResource::new`].
    #[track_caller]
    pub fn with_context<F, Fut>(uri: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        F: Fn(Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::fixed(uri.into(), name.into(), contextual(move |(), context| handler(context)))
    }

    /// A text that does not change.
    ///
    /// # Panics
    ///
    /// As [`ServerResource::new`].
    #[track_caller]
    pub fn text(uri: impl Into<String>, name: impl Into<String>, text: impl Into<String>) -> Self {
        let text: Arc<str> = text.into().into();
        Self::fixed(uri.into(), name.into(), plain(move |()| std::future::ready(text.to_string())))
    }

    /// Bytes that do not change.
    ///
    /// # Panics
    ///
    /// As [`ServerResource::new`].
    #[track_caller]
    pub fn bytes(uri: impl Into<String>, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let bytes: Arc<[u8]> = bytes.into().into();
        Self::fixed(uri.into(), name.into(), plain(move |()| std::future::ready(bytes.to_vec())))
    }

    /// A family of resources whose URIs follow a template; its variables are the fields of `A`, or a map.
    ///
    /// `{name}` is one segment, `{+name}` a whole path. A value is percent-decoded once, and one with `..` or NUL in
    /// it matches nothing. A value that does not fit its field's type names no resource.
    ///
    /// # Panics
    ///
    /// If the template has no variables, cannot be matched, or does not begin as an absolute URI does; or if no text can
    /// become one of the variables.
    #[track_caller]
    pub fn template<A, F, Fut>(template: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + 'static,
        F: Fn(A) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::templated::<A>(template.into(), name.into(), plain(handler))
    }

    /// A family of resources whose function also takes a [`Context`].
    ///
    /// # Panics
    ///
    /// As [`ServerResource::template`].
    #[track_caller]
    pub fn template_with_context<A, F, Fut>(template: impl Into<String>, name: impl Into<String>, handler: F) -> Self
    where
        A: DeserializeOwned + 'static,
        F: Fn(A, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoResourceContents> + Send + 'static,
    {
        Self::templated::<A>(template.into(), name.into(), contextual(handler))
    }

    #[track_caller]
    pub(super) fn fixed(uri: String, name: String, handler: Arc<Handler>) -> Self {
        check_uri(&uri);
        Self::make(ResourceKind::Fixed(Resource::new(uri, name)), handler)
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a wrong template is a mistake in the program, told at the caller's line")]
    pub(super) fn templated<A: DeserializeOwned>(text: String, name: String, handler: Arc<Handler>) -> Self {
        check_uri(&text);
        let template = match UriTemplate::parse(&text) {
            Ok(template) => template,
            Err(problem) => panic!("`{text}`: {problem}"),
        };
        let variables = template.variables().count();
        assert!(variables > 0, "`{text}` has no variables: make it with `ServerResource::new`");
        if let Some(variable) = template.variables().find(|variable| takes_no_string::<A>(variable)) {
            panic!(
                "no text can become the variable `{variable}` of `{text}`: let it be a `String`, a number, a `bool`, an \
                 enum without contents, or an `Option` of one of these"
            );
        }
        Self::make(ResourceKind::Template(ResourceTemplate::new(text, name), template), handler)
    }

    fn make(kind: ResourceKind, handler: Arc<Handler>) -> Self {
        Self {
            kind: Arc::new(kind),
            completions: Arc::default(),
            cache: None,
            handler,
            lister: None,
            asks: Asks::default(),
            visibility: Visibility::default(),
            unbound: None,
        }
    }

    edit! {
        /// The name to show to a human.
        title(title: impl Into<String>) = Some(title.into());
        /// What it is, for models and people.
        description(description: impl Into<String>) = Some(description.into());
        /// The media type of its contents.
        mime_type(mime_type: impl Into<String>) = Some(mime_type.into());
        /// Hints for the client.
        ///
        /// # Panics
        ///
        /// If the priority is not from 0 to 1, or the time is not written as ISO 8601 has it (2026-07-28,
        /// server/resources, "Annotations").
        #[track_caller]
        annotations(annotations: Annotations) = Some(annotations::checked(annotations));
        /// Pictures to show.
        icons(icons: impl IntoIterator<Item = Icon>) = Some(icons.into_iter().collect());
        /// Open metadata of the definition: `[("com.example/owner", "shop")]`, or a whole
        /// [`Meta`](mcp_core::model::Meta). A key is the reversed name of a domain of yours, a slash and a name
        /// (2026-07-28, basic, "`_meta`").
        meta(meta: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) =
            Some(Box::new(meta.into_iter().map(|(key, value)| (key.into(), value.into())).collect()));
    }

    /// For how long, and by whom, what is read may be kept. A handler that returns a [`ReadResourceResult`] with a
    /// hint of its own has the last word; without either, [`CacheHints::contents`](crate::CacheHints) counts.
    ///
    /// [`CacheHint::public`] is only for contents that are the same whoever asks (2026-07-28, server/utilities/caching,
    /// "Cache Scope Field").
    #[must_use]
    pub fn cache(mut self, hint: CacheHint) -> Self {
        self.cache = Some(hint);
        self
    }

    /// The size in bytes, if it is known; a template has none.
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        if let ResourceKind::Fixed(definition) = Arc::make_mut(&mut self.kind) {
            definition.size = Some(size);
        }
        self
    }

    /// Takes the values of variables as they are, with `..`, NUL and encoded slashes. Only for values that never
    /// become a path.
    #[must_use]
    pub fn unchecked_variables(mut self) -> Self {
        if let ResourceKind::Template(_, template) = Arc::make_mut(&mut self.kind) {
            *template = template.clone().unchecked();
        }
        self
    }

    /// The URI, or the template of the URIs.
    pub fn uri(&self) -> &str {
        match &*self.kind {
            ResourceKind::Fixed(definition) => &definition.uri,
            ResourceKind::Template(definition, _) => &definition.uri_template,
        }
    }

    /// Whether this is a family of resources.
    pub fn is_template(&self) -> bool {
        matches!(&*self.kind, ResourceKind::Template(..))
    }

    /// What lists show, if this is one resource.
    pub fn resource(&self) -> Option<&Resource> {
        match &*self.kind {
            ResourceKind::Fixed(definition) => Some(definition),
            ResourceKind::Template(..) => None,
        }
    }

    /// What lists show, if this is a family of resources.
    pub fn resource_template(&self) -> Option<&ResourceTemplate> {
        match &*self.kind {
            ResourceKind::Fixed(_) => None,
            ResourceKind::Template(definition, _) => Some(definition),
        }
    }

    pub(crate) fn cache_hint(&self) -> Option<CacheHint> {
        self.cache
    }

    pub(crate) fn kind(&self) -> &ResourceKind {
        &self.kind
    }

    pub(crate) fn has_variable(&self, name: &str) -> bool {
        match &*self.kind {
            ResourceKind::Fixed(_) => false,
            ResourceKind::Template(_, template) => template.variables().any(|variable| variable == name),
        }
    }

    /// The values of the variables, if this is a template and the URI follows it.
    pub(crate) fn matches(&self, uri: &str) -> Option<Variables> {
        match &*self.kind {
            ResourceKind::Fixed(_) => None,
            ResourceKind::Template(_, template) => Some(template.matches(uri)?.into_iter().collect()),
        }
    }

    /// Whether the other is this one: resources have URIs of one normal form, templates one text.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (&*self.kind, &*other.kind) {
            (ResourceKind::Fixed(this), ResourceKind::Fixed(other)) => normal(&this.uri) == normal(&other.uri),
            (ResourceKind::Template(_, this), ResourceKind::Template(_, other)) => this.as_str() == other.as_str(),
            _ => false,
        }
    }

    /// Whether this template takes every URI that another would take.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        match (&*self.kind, &*other.kind) {
            (ResourceKind::Template(_, this), ResourceKind::Template(_, other)) => this.covers(other),
            _ => false,
        }
    }

    /// What the resource asks its clients. One that cannot answer it is refused before the handler runs, and knows what it
    /// would have to declare; as [`ServerTool::asks`](crate::ServerTool::asks).
    #[must_use]
    pub fn asks(mut self, asks: impl IntoIterator<Item = Ask>) -> Self {
        self.asks.extend(asks);
        self
    }

    /// Reads the resource. The future does nothing until it is polled.
    pub(crate) fn read(&self, uri: Text, variables: Variables, scope: CallScope) -> ReadFuture {
        if let Some(missing) = self.asks.missing(&scope) {
            return Box::pin(std::future::ready(Err(missing.of_request().into())));
        }
        (self.handler)(Reading { kind: self.kind.clone(), uri, variables, scope })
    }

    /// The same resource with another handler.
    pub(in crate::handler) fn with_handler(
        &self,
        handler: impl Fn(Text, Variables, CallScope) -> ReadFuture + Send + Sync + 'static,
    ) -> Self {
        let handler = move |Reading { uri, variables, scope, .. }: Reading| handler(uri, variables, scope);
        Self { handler: Arc::new(handler), unbound: None, ..self.clone() }
    }
}

fn plain<A, F, Fut>(handler: F) -> Arc<Handler>
where
    A: DeserializeOwned + 'static,
    F: Fn(A) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoResourceContents> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |reading: Reading| {
        let handler = handler.clone();
        Box::pin(async move {
            let Reading { kind, uri, variables, scope } = reading;
            if scope.brings_state() {
                return Err(scope.foreign_state().into());
            }
            let variables = read::<A>(&uri, variables)?;
            Ok(finish(&kind, &uri, handler(variables).await)?)
        })
    })
}

pub(super) fn contextual<A, F, Fut>(handler: F) -> Arc<Handler>
where
    A: DeserializeOwned + 'static,
    F: Fn(A, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoResourceContents> + Send + 'static,
{
    let handler = Arc::new(handler);
    Arc::new(move |reading: Reading| {
        let handler = handler.clone();
        Box::pin(async move {
            let Reading { kind, uri, variables, mut scope } = reading;
            let variables = read::<A>(&uri, variables)?;
            let method = Method::ReadResource.name();
            let arguments = &Arguments::None;
            let subject = Subject { method, name: &uri, arguments, takes_answers_ahead: false };
            let resumed = scope.resume(&subject)?;
            let (context, guard) = Context::open_resumed(scope, resumed);
            let returned = guard.run(&subject, handler(variables, context)).await?;
            Ok(finish(&kind, &uri, returned)?)
        })
    })
}

/// A URI whose values are of another kind names no resource.
fn read<A: DeserializeOwned>(uri: &str, variables: Variables) -> Result<A, Error> {
    decode_strings(variables).map_err(|problem| {
        let error = Error::resource_not_found(uri);
        let text = format!("{}: {problem}", error.message());
        error.with_message(text)
    })
}

fn finish(kind: &ResourceKind, uri: &str, returned: impl IntoResourceContents) -> Result<ReadResourceResult, Error> {
    let mime_type = match kind {
        ResourceKind::Fixed(definition) => definition.mime_type.as_deref(),
        ResourceKind::Template(definition, _) => definition.mime_type.as_deref(),
    };
    returned.into_resource_contents(ResourceTarget { uri, mime_type }).map_err(|error| {
        // The handler need not say which one was not found (2026-07-28, server/resources, "Error Handling").
        let is_bare = error.kind() == ErrorKind::ResourceNotFound && error.data().is_none();
        if is_bare { Error::resource_not_found(uri).with_message(error.message().to_owned()) } else { error }
    })
}

/// A scheme, and something behind it that can stand in a line (2026-07-28, server/resources, "Custom URI Schemes",
/// "Security Considerations").
#[track_caller]
fn check_uri(uri: &str) {
    let (scheme, rest) = uri.split_once(':').unwrap_or(("", uri));
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let is_uri = is_scheme && !rest.is_empty() && !uri.contains(|c: char| c.is_whitespace() || c.is_control());
    assert!(is_uri, "{uri:?} is no URI: it needs a scheme, such as `note://first`, and no spaces");
}

visible_if!(ServerResource);

impl<'a> From<&'a ServerResource> for Listed<'a> {
    fn from(resource: &'a ServerResource) -> Self {
        match resource.kind() {
            ResourceKind::Fixed(definition) => Self::Resource(definition),
            ResourceKind::Template(definition, _) => Self::ResourceTemplate(definition),
        }
    }
}

impl fmt::Debug for ServerResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerResource").field("definition", &self.kind).finish_non_exhaustive()
    }
}

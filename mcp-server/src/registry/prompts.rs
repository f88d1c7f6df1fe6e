//! The prompts of a server.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use mcp_core::{error::Error, model::ListPromptsResult};

use super::{
    list::Prompts,
    listing::{Listing, Terms},
    merge::{Elsewhere, Paged},
    source::SourceList,
};
use crate::{
    context::CallScope,
    handler::{ListOf, ServerPrompt, Viewer},
};

/// The prompts of a server, in the order of their arrival.
///
/// Prompts may come and go while the server runs; whoever listens is told, as it is of tools.
///
/// ```
/// use mcp_server::{Server, prompt, prompts};
///
/// /// Reviews a piece of code.
/// #[prompt]
/// fn review(code: String) -> String {
///     format!("Please review this code:\n{code}")
/// }
///
/// let server = Server::builder("reviewer", "1.0.0").prompts(prompts![]).build();
/// server.prompts().insert(review::prompt());
/// assert_eq!(server.prompts().names(), ["review"]);
/// ```
pub struct PromptRegistry {
    listing: Listing<Prompts>,
    /// Whether any prompt has ever had completions.
    completes: AtomicBool,
}

impl PromptRegistry {
    pub(super) fn new(terms: &Terms, sources: &SourceList<ServerPrompt>) -> Self {
        let listing = Listing::new(terms, Prompts, sources);
        // What the prompts of a source complete is not known before they are asked for.
        Self { listing, completes: AtomicBool::new(!sources.is_empty()) }
    }

    #[track_caller]
    pub(crate) fn fill(&self, prompts: impl IntoIterator<Item = ServerPrompt>) {
        self.listing.fill(prompts.into_iter().inspect(|prompt| self.note(prompt)));
    }

    pub(crate) fn is_declared(&self) -> bool {
        self.listing.is_declared()
    }

    /// Whether arguments are completed; for good, as a capability does not go away.
    pub(crate) fn completes(&self) -> bool {
        self.completes.load(Ordering::Relaxed)
    }

    fn note(&self, prompt: &ServerPrompt) {
        if prompt.completions().is_some() {
            self.completes.store(true, Ordering::Relaxed);
        }
    }

    /// Adds a prompt. One of the same name is replaced, keeps its place in the list, and is returned.
    ///
    /// # Panics
    ///
    /// If the prompt takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn insert(&self, prompt: ServerPrompt) -> Option<ServerPrompt> {
        self.note(&prompt);
        self.listing.insert(prompt)
    }

    /// Removes the prompt of that name and returns it. If there is none, nobody is told. A mounted one is removed from the
    /// server that it belongs to.
    pub fn remove(&self, name: &str) -> Option<ServerPrompt> {
        self.listing.remove(name)
    }

    /// Replaces all prompts at once, but for mounted ones.
    ///
    /// # Panics
    ///
    /// If one of them takes [`State`](crate::State) that the server does not have.
    #[track_caller]
    pub fn replace_all(&self, prompts: impl ListOf<ServerPrompt>) {
        self.listing.replace_all(prompts.into_iter().inspect(|prompt| self.note(prompt)));
    }

    /// The prompt of that name.
    pub fn get(&self, name: &str) -> Option<Arc<ServerPrompt>> {
        self.listing.get(name)
    }

    /// The prompt of that name, if the viewer may know of it.
    pub(crate) fn visible(&self, name: &str, viewer: &Viewer<'_>) -> Option<Arc<ServerPrompt>> {
        self.listing.visible(name, viewer)
    }

    /// All prompts, in order.
    pub(crate) fn all(&self) -> Vec<Arc<ServerPrompt>> {
        self.listing.all()
    }

    /// Puts the prompts of a mounted server in its place, before this server runs.
    pub(crate) fn fill_mounted(&self, place: usize, prompts: impl FnOnce() -> Vec<ServerPrompt>) {
        self.listing.fill_mounted(place, || prompts().into_iter().inspect(|prompt| self.note(prompt)).collect());
    }

    /// As [`fill_mounted`](Self::fill_mounted), while it runs.
    pub(crate) fn replace_mounted(&self, place: usize, prompts: impl FnOnce() -> Vec<ServerPrompt>) {
        self.fill_mounted(place, prompts);
        self.changed();
    }

    /// Calls `hook` whenever the list has changed, until it returns `false`.
    pub(crate) fn on_change(&self, hook: impl Fn() -> bool + Send + Sync + 'static) {
        self.listing.on_change(Arc::new(hook));
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<String> {
        self.listing.names()
    }

    /// Whether there are no prompts.
    pub fn is_empty(&self) -> bool {
        self.listing.is_empty()
    }

    pub(crate) fn changed(&self) {
        self.listing.changed();
    }

    /// What else there is, and is not registered.
    pub(crate) fn elsewhere(&self) -> Option<&Elsewhere<ServerPrompt>> {
        self.listing.elsewhere()
    }

    /// One page of the list.
    pub(crate) fn page(&self, cursor: Option<&str>, scope: &CallScope) -> Result<Paged<ListPromptsResult>, Error> {
        self.listing.page(cursor, scope, Vec::new)
    }
}

impl fmt::Debug for PromptRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PromptRegistry").field(&self.names()).finish()
    }
}

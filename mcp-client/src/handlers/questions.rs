//! Who answers what a server asks, and what the client therefore says that it can do.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use futures_core::future::BoxFuture;
use mcp_core::{
    json::RawObject,
    model::{ClientCapabilities, CreateMessage, CreateMessageResult, ElicitAction, FormQuestion, Root},
};

use super::{FormAnswer, Roots, SamplingError, UrlQuestion};

/// Hears of something, where messages are read.
type Hears = Arc<dyn Fn(&str) + Send + Sync>;

/// Changes what is declared.
type Declares = Arc<dyn Fn(&mut ClientCapabilities) + Send + Sync>;

type Handler<Q, A> = Arc<dyn Fn(Q) -> BoxFuture<'static, A> + Send + Sync>;

/// The program's own handlers. Whatever is not set is not declared, and refused if a server asks for it all the same.
#[derive(Clone, Default)]
pub(crate) struct Handlers {
    pub(crate) form: Option<Handler<FormQuestion, FormAnswer>>,
    pub(crate) page: Option<Handler<UrlQuestion, ElicitAction>>,
    pub(crate) page_done: Option<Hears>,
    pub(crate) sample: Option<Handler<CreateMessage, Result<CreateMessageResult, SamplingError>>>,
    pub(crate) takes_tools: bool,
    pub(crate) roots: Option<Roots>,
    /// Goes before `roots`.
    pub(crate) asks_roots: Option<Handler<(), Vec<Root>>>,
    /// Changes what is declared, last of all.
    pub(crate) declare: Option<Declares>,
}

/// A handler that can be kept.
pub(crate) fn boxed<Q, A, F>(handler: impl Fn(Q) -> F + Send + Sync + 'static) -> Handler<Q, A>
where
    F: Future<Output = A> + Send + 'static,
{
    Arc::new(move |question| Box::pin(handler(question)))
}

impl Handlers {
    /// What the client says that it can do: what there is somebody for.
    pub(crate) fn capabilities(&self, others: &ClientCapabilities) -> ClientCapabilities {
        let mut all = others.clone();
        let object = |is_set: bool| is_set.then_some(RawObject::EMPTY);
        if self.form.is_some() || self.page.is_some() {
            let elicitation = all.elicitation.get_or_insert_default();
            elicitation.form = object(self.form.is_some());
            elicitation.url = object(self.page.is_some());
        }
        if self.sample.is_some() {
            all.sampling.get_or_insert_default().tools = object(self.takes_tools);
        }
        if self.has_roots() {
            all.roots.get_or_insert_default();
        }
        if let Some(declare) = &self.declare {
            declare(&mut all);
        }
        all
    }

    /// Whether a server may have something to ask.
    pub(crate) fn may_be_asked(&self) -> bool {
        self.form.is_some() || self.page.is_some() || self.sample.is_some() || self.has_roots()
    }

    fn has_roots(&self) -> bool {
        self.roots.is_some() || self.asks_roots.is_some()
    }

    /// The user has finished on a page. It is called where messages are read, which its panic must not end.
    pub(crate) fn hear_page_done(&self, id: &str) {
        let Some(handler) = &self.page_done else { return };
        if catch_unwind(AssertUnwindSafe(|| handler(id))).is_err() {
            tracing::error!("the handler of `on_elicitation_complete` panicked");
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handlers")
            .field("form", &self.form.is_some())
            .field("page", &self.page.is_some())
            .field("sample", &self.sample.is_some())
            .field("roots", &self.has_roots())
            .finish_non_exhaustive()
    }
}

//! Who answers what servers ask of this program: its user, its model, its folders.

use std::sync::Arc;

use mcp_core::model::{ClientCapabilities, CreateMessage, CreateMessageResult, ElicitAction, FormQuestion, Root};

use super::ClientBuilder;
use crate::{
    client::McpClient,
    error::{Error, Result},
    handlers::{FormAnswer, Roots, SamplingError, UrlQuestion, boxed},
};

/// # Answering servers
///
/// A server may ask in the middle of a call. Whatever has a handler here is declared as a capability, and whatever has none
/// is refused; [`declare`](ClientBuilder::declare) says less. Handlers run in tasks of their own, at most
/// [`Limits::answers`](crate::Limits::answers) at a time and each at most
/// [`Limits::answer_timeout`](crate::Limits::answer_timeout); they are dropped when the server takes the question back,
/// when the call for which it is asked is dropped, and when the connection ends. The clock of the call stands still
/// meanwhile. A handler that panics fails its question only.
///
/// The same handlers serve all revisions of the protocol, in which questions come as requests of the server or as answers to
/// calls (2026-07-28, *Multi Round-Trip Requests*).
///
/// ```no_run
/// # async fn doc() -> mcp_client::Result<()> {
/// use mcp_client::{FormAnswer, McpClient, model::{CreateMessageResult, ElicitAction, Root}};
/// use serde_json::json;
///
/// let client = McpClient::builder("agent", "1.0.0")
///     .on_elicit(async |form| {
///         println!("{}", form.message);
///         FormAnswer::accept(json!({"name": "Oslo"}))
///     })
///     .on_elicit_url(async |page| {
///         println!("{} (at {})", page.url, page.host);
///         ElicitAction::Decline
///     })
///     .on_sample(async |question| Ok(CreateMessageResult::new("a-model", ["Hello!"])))
///     .roots([Root::new("file:///home/ada/project")])
///     .connect_http("http://127.0.0.1:8080/mcp")
///     .await?;
/// # Ok(())
/// # }
/// ```
impl ClientBuilder {
    /// Answers the forms that servers ask the user to fill in, and declares `elicitation.form`.
    ///
    /// The answer is completed with the form's defaults and held to it before it is sent; one that does not fit is not sent:
    /// it is told in the log as an error, and the question fails.
    pub fn on_elicit<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(FormQuestion) -> A + Send + Sync + 'static,
        A: Future<Output = FormAnswer> + Send + 'static,
    {
        self.identity.handlers.form = Some(boxed(handler));
        self
    }

    /// Asks the user whether to open a page, and declares `elicitation.url`. [`ElicitAction::Accept`] says that the user has
    /// agreed to open it, and nothing about what happened there. See [`UrlQuestion`] for what to look after.
    pub fn on_elicit_url<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(UrlQuestion) -> A + Send + Sync + 'static,
        A: Future<Output = ElicitAction> + Send + 'static,
    {
        self.identity.handlers.page = Some(boxed(handler));
        self
    }

    /// Hears that the user has finished on a page, by its [`UrlQuestion::elicitation_id`]: then a call that it was needed for
    /// may be made again (2025-11-25, client/elicitation, "Completion Notifications for URL Mode Elicitation"). Ids that
    /// this program does not know are to be passed over. It runs where messages are read, and must not block.
    pub fn on_elicitation_complete(mut self, handler: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.identity.handlers.page_done = Some(Arc::new(handler));
        self
    }

    /// Asks a model for servers, and declares `sampling`. Questions that offer tools are refused: see
    /// [`on_sample_with_tools`](Self::on_sample_with_tools).
    ///
    /// Let the user see and change question and answer, and refuse either: [`SamplingError::rejected`]. Sample no more than
    /// [`CreateMessage::max_tokens`] (2026-07-28, client/sampling, "User Interaction Model"). Deprecated since 2026-07-28.
    pub fn on_sample<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(CreateMessage) -> A + Send + Sync + 'static,
        A: Future<Output = Result<CreateMessageResult, SamplingError>> + Send + 'static,
    {
        self.identity.handlers.sample = Some(boxed(handler));
        self.identity.handlers.takes_tools = false;
        self
    }

    /// As [`on_sample`](Self::on_sample), also for questions that offer the model tools, and declares `sampling.tools`. The
    /// server calls them: the answer says which the model wants, and may want none that was not offered.
    pub fn on_sample_with_tools<F, A>(mut self, handler: F) -> Self
    where
        F: Fn(CreateMessage) -> A + Send + Sync + 'static,
        A: Future<Output = Result<CreateMessageResult, SamplingError>> + Send + 'static,
    {
        self = self.on_sample(handler);
        self.identity.handlers.takes_tools = true;
        self
    }

    /// Tells servers of the folders in which this program works, and declares `roots`; none at first is fine too. Each is a
    /// URI that begins with `file://`: connecting fails otherwise. [`McpClient::set_roots`](crate::McpClient::set_roots)
    /// replaces them.
    pub fn roots(mut self, roots: impl IntoIterator<Item = Root>) -> Self {
        self.identity.handlers.roots = Some(Roots::of(roots));
        self
    }

    /// Is asked for the folders whenever a server asks for them, and declares `roots`. What it says goes before what
    /// [`roots`](Self::roots) says. Each is a URI that begins with `file://`; what has another is not sent, told in the log as
    /// an error, and the question fails.
    pub fn on_roots<F, A>(mut self, handler: F) -> Self
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Vec<Root>> + Send + 'static,
    {
        self.identity.handlers.asks_roots = Some(boxed(move |()| handler()));
        self
    }

    /// Changes what is declared, last of all: to declare less than there are handlers for, or `experimental` features. A
    /// question that is not declared is refused.
    ///
    /// ```no_run
    /// # use mcp_client::{McpClient, model::Root};
    /// let builder = McpClient::builder("agent", "1.0.0")
    ///     .roots([Root::new("file:///home/ada")])
    ///     .declare(|capabilities| capabilities.roots = None);
    /// ```
    pub fn declare(mut self, change: impl Fn(&mut ClientCapabilities) + Send + Sync + 'static) -> Self {
        self.identity.handlers.declare = Some(Arc::new(change));
        self
    }
}

impl McpClient {
    /// Replaces the folders that servers are told of, for all clients of the same builder, and tells this one's server where
    /// the revision has a word for that (2025-11-25, client/roots, "Root List Changes"); a newer server asks whenever it
    /// needs them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Input`](crate::ErrorKind::Input) if a root is no URI that begins with `file://`, or if the client has not
    /// declared that it has roots: call [`ClientBuilder::roots`] before it connects, with none if there are none yet.
    pub fn set_roots(&self, roots: impl IntoIterator<Item = Root>) -> Result<()> {
        let answers = self.inner.link.answers();
        let Some(kept) = answers.handlers().roots.as_ref().filter(|_| answers.declares_roots()) else {
            return Err(Error::input(
                "the client has not declared roots: call `roots` on its builder, with none if there are none yet",
            ));
        };
        kept.set(roots)?;
        if answers.declares_roots_changes() {
            self.inner.link.tell_roots_changed();
        }
        Ok(())
    }
}

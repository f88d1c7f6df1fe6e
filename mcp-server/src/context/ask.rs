//! What a handler may ask its client.

use mcp_core::{
    era::{
        Method, asking, read_create_message, read_elicit_form, read_elicit_url, read_list_roots, write_create_message,
        write_elicit_form, write_elicit_url, write_list_roots,
    },
    error::excerpt,
    json::{RawJson, RawObject},
    model::{Ask, CreateMessage, CreateMessageResult, ElicitAction, ElicitForm, ElicitResult, ElicitUrl, Form, Root},
};

use super::{Answer, Context, NotAnswered};
use crate::rounds::{Kind, Question, Unanswered};

impl Context {
    /// Asks the client whether it is still there, and waits for its answer (2025-11-25, basic/utilities/ping).
    ///
    /// Only clients with a session can be asked, and over HTTP only if they take events; others are
    /// [`is_unsupported`](NotAnswered::is_unsupported), because each of their requests stands alone. The clock of the call
    /// stands still meanwhile, and another call may run in its place.
    ///
    /// # Errors
    ///
    /// If the client cannot be asked, is gone, refuses, or does not answer within
    /// [`Limits::ask_timeout`](crate::Limits::ask_timeout).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question; the client is told.
    pub async fn ping_client(&self) -> Result<(), NotAnswered> {
        self.ask_now("", Method::Ping.name(), None).await.map(drop)
    }

    /// Asks the user to fill in a form, and waits for the answer (2026-07-28, client/elicitation, "Form Mode Elicitation
    /// Requests").
    ///
    /// The form is that of a type which derives [`Form`](crate::Form). `key` names the question within the call: no two
    /// may share one, so in a loop it is made of what the loop is about, `format!("file-{name}")`. `message` says to the user
    /// why it is asked. Secrets, such as passwords, must not be asked for: see [`elicit_url`](Self::elicit_url).
    ///
    /// # What happens while the user thinks
    ///
    /// A client with a session is asked at once, and the handler waits; the clock of the call stands still, and another call
    /// may run in its place. A client of 2026-07-28 is asked by the answer to its call, and makes the call again with the
    /// user's answer: the handler is dropped, and runs again **from its beginning** up to here, where it goes on with the
    /// answer. What must not happen twice, or not come out differently, is a [`step`](Self::step). Questions that are asked
    /// together (`tokio::join!`) reach the user together.
    ///
    /// If the handler asks something else under the same key when it runs again, because what it depends on has changed, an
    /// answer to the former question does not count: the new one is asked.
    ///
    /// ```
    /// use mcp_server::{Answer, Context, Form, ToolError, tool};
    ///
    /// #[derive(Form)]
    /// struct Confirm {
    ///     /// Really?
    ///     yes: bool,
    /// }
    ///
    /// /// Deploys to an environment.
    /// #[tool(destructive, asks(elicitation))]
    /// async fn deploy(env: String, ctx: Context) -> Result<String, ToolError> {
    ///     match ctx.elicit::<Confirm>("confirm", format!("Deploy to {env}?")).await? {
    ///         Answer::Accept(confirm) if confirm.yes => Ok(format!("deployed to {env}")),
    ///         _ => Ok("nothing deployed".into()),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// If the client cannot be asked, or has not [declared](Ask::Elicitation) that it takes such questions; if it is gone,
    /// refuses, or does not answer within [`Limits::ask_timeout`](crate::Limits::ask_timeout). A malformed answer of a client
    /// that makes its call again fails that call. With `?` a missing capability is told in the words of the client's
    /// revision.
    ///
    /// A key that comes twice ends the call with an error that names it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question.
    pub async fn elicit<T: Form>(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
    ) -> Result<Answer<T>, NotAnswered> {
        let answer = self.elicit_form(key, ElicitForm::new(message, T::form())).await?;
        answer.try_map(|content| {
            T::from_content(&content).map_err(|problems| NotAnswered::malformed(problems.join("; ")))
        })
    }

    /// As [`elicit`](Self::elicit), of a form that is made while the program runs. What is accepted has passed
    /// [`FormSchema::check`](mcp_core::model::FormSchema::check).
    #[expect(clippy::missing_errors_doc, reason = "as that of `elicit`")]
    pub async fn elicit_form(
        &self,
        key: impl AsRef<str>,
        question: ElicitForm,
    ) -> Result<Answer<RawObject>, NotAnswered> {
        let key = key.as_ref();
        self.check_declared(&[Ask::Elicitation])?;
        let version = self.caller().version();
        let params = write_elicit_form(&question, version);
        let read = |answer: &RawJson| read_elicit_form(&question, answer, version);
        Ok(answered(self.ask(Kind::Form, key, Method::Elicit, params, read).await?))
    }

    /// Asks the user to open a page, where something happens that the client must not see: a sign-in, a payment (2026-07-28,
    /// client/elicitation, "URL Mode Elicitation Requests").
    ///
    /// [`Answer::Accept`] means that the user agreed to open it, not that anything happened there: find that out, or ask
    /// again. The page must find out that who opens it is the user who was asked.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit); and if the URL is none.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question.
    pub async fn elicit_url(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
        url: impl Into<String>,
    ) -> Result<Answer<()>, NotAnswered> {
        let key = key.as_ref();
        self.check_declared(&[Ask::ElicitationUrl])?;
        let question = ElicitUrl::new(message, url, uuid::Uuid::new_v4().to_string());
        let version = self.caller().version();
        let params = write_elicit_url(&question, version);
        let read = |answer: &RawJson| read_elicit_url(answer, version);
        Ok(answered(self.ask(Kind::Url, key, Method::Elicit, params, read).await?).map(drop))
    }

    /// Asks the client's model (2026-07-28, client/sampling). A client may let its user look at the question and at the
    /// answer, and change both.
    ///
    /// ```
    /// use mcp_server::{Context, ToolError, model::CreateMessage, tool};
    ///
    /// /// Says it in one sentence.
    /// #[tool(asks(sampling))]
    /// async fn summarize(text: String, ctx: Context) -> Result<String, ToolError> {
    ///     let question = CreateMessage::new(200).system("Answer with one sentence.").user(text);
    ///     Ok(ctx.sample("summary", question).await?.text())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit); and if the conversation is one that no model takes ([`CreateMessage::check`]).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question.
    pub async fn sample(
        &self,
        key: impl AsRef<str>,
        question: CreateMessage,
    ) -> Result<CreateMessageResult, NotAnswered> {
        let key = key.as_ref();
        self.check_declared(&question.asks())?;
        let version = self.caller().version();
        let params = write_create_message(&question, version);
        let params = params.map_err(|error| NotAnswered::unasked(error.message().to_owned()))?;
        let read = |answer: &RawJson| read_create_message(answer, version);
        self.ask(Kind::Sample, key, Method::CreateMessage, params, read).await
    }

    /// Asks for the folders in which the client works (2026-07-28, client/roots). They are hints, and no permission.
    ///
    /// Has no key: asked again in the same call it gives the same answer where the client answers by making the call again,
    /// and is asked again where it is asked at once.
    ///
    /// # Errors
    ///
    /// As [`elicit`](Self::elicit).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future withdraws the question.
    pub async fn roots(&self) -> Result<Vec<Root>, NotAnswered> {
        self.check_declared(&[Ask::Roots])?;
        let version = self.caller().version();
        let read = |answer: &RawJson| read_list_roots(answer, version);
        Ok(self.ask(Kind::Roots, "", Method::ListRoots, write_list_roots(version), read).await?.roots)
    }

    /// Whether the client takes such questions.
    ///
    /// ```
    /// use mcp_server::{Ask, Context};
    ///
    /// async fn name(ctx: &Context) -> String {
    ///     if !ctx.can_ask(Ask::Elicitation) {
    ///         return "Alice".to_owned();
    ///     }
    ///     let answer = ctx.ask_text("name", "What is your name?").await;
    ///     answer.ok().and_then(|answer| answer.accepted()).unwrap_or_default()
    /// }
    /// ```
    pub fn can_ask(&self, ask: Ask) -> bool {
        let scope = &self.inner().scope;
        (scope.client.is_some() || scope.rounds.is_some()) && self.check_declared(&[ask]).is_ok()
    }

    fn check_declared(&self, asks: &[Ask]) -> Result<(), NotAnswered> {
        asking(self.caller().version(), self.caller().capabilities(), asks).map_err(NotAnswered::undeclared)
    }

    async fn ask<T>(
        &self,
        kind: Kind,
        key: &str,
        method: Method,
        params: RawJson,
        read: impl Fn(&RawJson) -> Result<T, Vec<String>> + Unpin,
    ) -> Result<T, NotAnswered> {
        let inner = self.inner();
        let question = Question::new(kind.key(key), method.name(), params);
        if kind != Kind::Roots
            && let Err(error) = inner.round.use_key(&question.key, key)
        {
            inner.fail(error).await;
            return Err(NotAnswered::gone());
        }
        // All of them: there are no more than the form has fields.
        let told =
            |problems: Vec<String>| problems.iter().map(|problem| excerpt(problem)).collect::<Vec<_>>().join("; ");
        let read = |answer: &RawJson| read(answer).map_err(told);
        if inner.scope.client.is_some() {
            let answer = self.ask_now(&question.key, question.method, Some(question.params)).await?;
            return read(&answer).map_err(NotAnswered::malformed);
        }
        if inner.scope.rounds.is_none() {
            return Err(NotAnswered::no_line());
        }
        let answer = inner.round.ask(question, |answer| read(answer).map(drop)).await;
        read(&answer.map_err(|Unanswered| NotAnswered::gone())?).map_err(NotAnswered::malformed)
    }

    /// Asks a client that can be asked at once.
    async fn ask_now(&self, key: &str, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered> {
        let scope = &self.inner().scope;
        let link = scope.client.as_ref().ok_or_else(NotAnswered::no_line)?;
        let _standing = scope.clock.as_ref().map(|clock| clock.stop());
        link.ask(key, method, params).await
    }
}

fn answered(result: ElicitResult) -> Answer<RawObject> {
    match result.action {
        ElicitAction::Accept => Answer::Accept(result.content.unwrap_or_default()),
        ElicitAction::Decline => Answer::Decline,
        ElicitAction::Cancel => Answer::Cancel,
    }
}

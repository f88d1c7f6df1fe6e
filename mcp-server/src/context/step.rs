//! What a handler does once in a call, however many rounds that takes.

use std::{future::Future, panic::resume_unwind};

use mcp_core::{
    error::{Error, excerpt},
    json::RawJson,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{Context, handle::Inner};
use crate::rounds::{Begun, Claim, Claimed, InStep, RoundTerms};

impl Context {
    /// Does something that is not done again in this call, and gives what came of it.
    ///
    /// A handler that [asks](Self::elicit) may run more than once: from its beginning, whenever its client comes back with
    /// answers. What it does before it asks is done each time, unless it is a step: **a completed step is not run again in
    /// this call.** Its value is kept with the call, sealed, and is there at once when the handler comes by again. So is what
    /// could come out differently, such as the time or a random number: put it in a step, or what depends on it may change
    /// under the user's answer.
    ///
    /// `key` names the step within the call, as questions are named; steps and questions may share one. The value is JSON, and
    /// small, because the client carries it ([`Limits::state_bytes`](crate::Limits::state_bytes)): keep what is large
    /// elsewhere, and give a name for it. A failure is not kept: the step runs again when the handler does.
    ///
    /// ```
    /// use mcp_server::{Answer, Context, ToolError, tool};
    ///
    /// # async fn build_image(env: &str) -> Result<String, std::io::Error> { Ok(format!("image-of-{env}")) }
    /// #[tool(destructive, asks(elicitation))]
    /// async fn deploy(env: String, ctx: Context) -> Result<String, ToolError> {
    ///     let image = ctx.step("build", || build_image(&env)).await?;
    ///     match ctx.confirm("confirm", format!("Deploy {image} to {env}?")).await? {
    ///         Answer::Accept(true) => Ok(format!("deployed {image}")),
    ///         _ => Ok("nothing deployed".into()),
    ///     }
    /// }
    /// ```
    ///
    /// # What is promised, and what not
    ///
    /// - A step that has begun is awaited before the handler is dropped to ask.
    /// - If the client sends the same answers twice, the step runs once, and the other call waits for its value. That
    ///   holds within one process.
    /// - A step that is cut, because the call is cancelled or the process ends, may have done its work without having been
    ///   completed. It runs again.
    /// - A client that is asked at once needs no second run: there this only runs the function.
    ///
    /// A step asks nothing. A key that comes twice, a question within a step, and a value that is no JSON end the call with an
    /// error that names the key. In a task beside the handler they end that task as well.
    ///
    /// # Errors
    ///
    /// What the function returns.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the function's; it is not completed then.
    pub async fn step<T, E, F, Fut>(&self, key: impl Into<String>, run: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (key, inner) = (key.into(), &**self.inner());
        let is_repeatable = match inner.round.begin_step(&key) {
            Ok(Begun::Done(value)) => return Ok(inner.value_of(&key, &value).await),
            Ok(Begun::Runs(is_repeatable)) => is_repeatable,
            Err(error) => inner.never(error).await,
        };
        let _runs = inner.round.step_runs();
        let claim = match inner.scope.rounds.as_ref().filter(|_| is_repeatable) {
            Some(terms) => match inner.claim(terms, &key).await {
                Claimed::Ours(claim) => Some(claim),
                Claimed::Done(left) => {
                    let value = inner.left(&key, left.as_deref()).await;
                    inner.round.end_step(key.clone(), value.clone());
                    return Ok(inner.value_of(&key, &value).await);
                }
            },
            None => None,
        };
        let value = InStep::new(run(), &inner.round).await?;
        let json = match RawJson::from_value(&value) {
            Ok(json) => json,
            Err(error) => inner.never(unwritable(&key, &error)).await,
        };
        inner.round.end_step(key, json.clone());
        if let Some(claim) = claim
            && let Err(error) = claim.done(json.as_bytes()).await
        {
            inner.never::<()>(error).await;
        }
        Ok(value)
    }
}

impl Inner {
    /// Ends the call with this error. The handler is dropped where it waits for this; a task beside it goes on when the call
    /// has ended.
    pub(super) async fn fail(&self, error: Error) {
        #[expect(clippy::panic, reason = "a unit test has nobody who would end the call")]
        if self.is_test {
            panic!("{error}");
        }
        self.round.fail(error);
        self.ended().await;
    }

    /// As [`fail`](Self::fail), where there is nothing that could be returned. A task beside the handler must not wait for ever,
    /// as a client may make any number of such calls: it ends, without a message of a panic.
    async fn never<T>(&self, error: Error) -> T {
        self.fail(error).await;
        resume_unwind(Box::new("the call of this step has failed"))
    }

    async fn value_of<T: DeserializeOwned>(&self, key: &str, value: &RawJson) -> T {
        match value.parse() {
            Ok(value) => value,
            Err(error) => {
                let text = format!("what the step `{}` gave before is no value of its type: {error}", excerpt(key));
                self.never(Error::internal(text)).await
            }
        }
    }

    async fn claim(&self, terms: &RoundTerms, key: &str) -> Claimed {
        let name = format!("step/{}/{key}", self.round.call_id());
        match Claim::take(&terms.store, name, terms.marked).await {
            Ok(claimed) => claimed,
            Err(error) => self.never(error).await,
        }
    }

    /// What another run of the same step has left.
    async fn left(&self, key: &str, left: Option<&[u8]>) -> RawJson {
        match left.and_then(|left| serde_json::from_slice(left).ok()) {
            Some(value) => value,
            None => {
                let text = format!(
                    "the step `{}` was completed by another call with the same answers, and its value is not kept",
                    excerpt(key)
                );
                self.never(Error::internal(text)).await
            }
        }
    }
}

#[cold]
fn unwritable(key: &str, error: &mcp_core::json::JsonError) -> Error {
    Error::internal(format!("what the step `{}` gives cannot be written as JSON: {error}", excerpt(key)))
}

//! Runs a handler again after each question, though its client could be asked at once: for tests that ask for it.

use std::sync::Arc;

use mcp_core::{
    call::{Call, InputRequest, InputRequired, Outcome, Resume},
    error::Error,
};
use tokio::task::JoinSet;

use super::{Engine, Support};
use crate::{
    context::ClientLink,
    rounds::{ROUNDS, Rounds, endless},
    router::{Answering, Way},
};

impl Engine {
    /// The way of a call whose client can be asked, as if it answered by making the call again.
    #[cold]
    pub(super) fn replay(self: &Arc<Self>, call: Call, support: Support, client: Arc<dyn ClientLink>) -> Way {
        let engine = self.clone();
        Way::Other(Box::pin(async move {
            let Call { request, caller, notifications, metadata, .. } = call;
            let Support { clock, log, late_check, masks_errors, .. } = support;
            let mut resume = None;
            let mut round = 0;
            loop {
                round += 1;
                let call = Call::new(request.clone(), caller.clone()).with_notifications(notifications.clone());
                let call = call.with_metadata(metadata.clone()).with_resume(resume);
                let (clock, log, rounds) = (clock.clone(), log.clone(), Some(Rounds::of(&engine.rounds)));
                let support = Support { clock, log, client: None, rounds, late_check, masks_errors };
                match Answering::new(engine.route(call, support), None).await? {
                    Outcome::InputRequired(asked) if round > ROUNDS => return Err(endless(&asked)),
                    Outcome::InputRequired(asked) => resume = Some(Box::new(answers(*asked, &client).await?)),
                    outcome => return Ok(outcome),
                }
            }
        }))
    }
}

/// Asks everything at once, as a handler would.
async fn answers(asked: InputRequired, client: &Arc<dyn ClientLink>) -> Result<Resume, Error> {
    let InputRequired { requests, state, .. } = asked;
    let mut asking = JoinSet::new();
    for InputRequest { key, method, params, .. } in requests {
        let client = client.clone();
        asking.spawn(async move {
            let answer = client.ask(&key, method, Some(params)).await;
            (key, answer)
        });
    }
    let mut responses = Vec::new();
    while let Some(answered) = asking.join_next().await {
        let (key, answer) = answered.map_err(|error| Error::internal(error.to_string()))?;
        responses.push((key, answer.map_err(|error| Error::internal(error.to_string()))?));
    }
    Ok(Resume::new(state.map(Into::into), responses.into_iter().collect()))
}

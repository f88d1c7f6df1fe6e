//! A call whose last round counts once, and whose answer is there again for a client that lost it.

use std::{sync::Arc, time::Duration};

use mcp_core::{error::Error, model::CallToolResult};

use super::{
    claim::{Claim, Claimed, no_mark},
    seal::Resumed,
    terms::RoundTerms,
};

/// How long the answer is kept.
const KEPT: Duration = Duration::from_secs(60);

/// The right to the last round of a call. Dropped before [`Once::complete`], the round may be tried again: the handler
/// asked once more, or failed.
pub(crate) struct Once {
    claim: Claim,
    terms: Arc<RoundTerms>,
    id: String,
    identity: [u8; 32],
}

/// Begins a round that may be the last one of its call: the answer, if the very same round had one already.
///
/// # Errors
///
/// If the call was completed by another round.
pub(crate) async fn begin_once(
    terms: &Arc<RoundTerms>,
    resumed: &mut Resumed,
) -> Result<Result<Once, CallToolResult>, Error> {
    let id = resumed.journal.id();
    let identity = resumed.identity()?;
    match Claim::take(&terms.store, format!("once/{id}"), terms.marked).await? {
        Claimed::Ours(claim) => Ok(Ok(Once { claim, terms: terms.clone(), id, identity })),
        Claimed::Done(Some(by)) if *by == identity => {
            let kept = terms.store.get(&answer_of(&id)).await.map_err(no_mark)?;
            let answer = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
            answer.map(Err).ok_or_else(|| terms.refuse(&"its answer was given, and is not kept any more"))
        }
        Claimed::Done(_) => Err(terms.refuse(&"its call was completed")),
    }
}

impl Once {
    /// The call has its answer. A failure that the model reads is none: it may try again.
    pub(crate) async fn complete(self, result: &CallToolResult) -> Result<(), Error> {
        if result.is_error {
            return Ok(());
        }
        let Self { mut claim, terms, id, identity } = self;
        // From here on it counts, also if nobody waits for the end of this.
        claim.keep();
        let kept = serde_json::to_vec(result).map_err(|error| {
            tracing::error!(%error, "an answer cannot be kept");
            Error::internal("the answer cannot be kept")
        })?;
        // First the answer: who finds the mark finds it too. It counts without being kept as well: the handler has run.
        if let Err(error) = terms.store.put(&answer_of(&id), kept.into(), KEPT).await {
            tracing::warn!(%error, "an answer is not kept for a client that loses it");
        }
        claim.done(&identity).await
    }
}

fn answer_of(id: &str) -> String {
    format!("answer/{id}")
}

#[cfg(all(test, feature = "seal"))]
mod tests {
    use mcp_core::{json::RawObject, model::Content};

    use super::*;
    use crate::{
        lifecycle::Lifecycle,
        limits::Limits,
        refusal_log::RefusalLog,
        request_state::Sealer,
        rounds::journal::{Bytes, Journal},
    };

    fn round(state: &str) -> Resumed {
        let journal = Journal { id: Bytes([1; 16]), ..Journal::default() };
        Resumed { journal, responses: RawObject::EMPTY, state: state.to_owned().into(), is_ahead: false }
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_there_again_for_a_minute_and_the_call_stays_completed_for_as_long_as_a_state_is_good() {
        let (limits, refusals) = (Limits::default(), RefusalLog::new(&Lifecycle::default()));
        let terms = Arc::new(RoundTerms::new(&limits, Arc::new(Sealer::new(Vec::new())), "test", refusals));
        let Ok(once) = begin_once(&terms, &mut round("a")).await.unwrap() else { panic!("nothing was done before") };
        let result = CallToolResult::new(vec![Content::text("done")]);
        once.complete(&result).await.unwrap();
        tokio::time::advance(KEPT - Duration::from_millis(1)).await;
        assert_eq!(begin_once(&terms, &mut round("a")).await.unwrap().err(), Some(result));
        assert!(begin_once(&terms, &mut round("b")).await.is_err());
        tokio::time::advance(Duration::from_millis(1)).await;
        assert!(begin_once(&terms, &mut round("a")).await.is_err());
        tokio::time::advance(limits.state_expiry - KEPT).await;
        assert!(begin_once(&terms, &mut round("a")).await.is_err());
    }
}

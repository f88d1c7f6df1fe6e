//! Answers from what is kept, and keeping what may be (2026-07-28, server/utilities/caching).

use std::time::SystemTime;

use mcp_core::model::Request;
use tokio::time::timeout_at;

use super::mcp_client::{Inner, McpClient};
use crate::{
    cache::{Cache, Question, Turn},
    era::Replied,
    error::{Error, Result},
    handlers::RequestOptions,
};

impl Inner {
    /// Gives what is kept and fresh. Otherwise the server is asked, by one of those who ask the same at the same time.
    pub(super) async fn ask_unless_kept(
        &self,
        cache: &Cache,
        question: &Question,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<Replied> {
        let mut has_waited = false;
        let turn = loop {
            if let Some(result) = cache.get(question).await {
                return Ok(Replied::kept(self.link.era(), result, options.what));
            }
            match cache.turn(question) {
                // What could not be kept is of no use to the others: then each asks for itself.
                Turn::Waits(wait) if !has_waited => {
                    let clock = options.clock();
                    let over = timeout_at(clock.deadline(), wait.over()).await;
                    over.map_err(|_| Error::timeout(options.what, clock.elapsed()))?;
                    has_waited = true;
                }
                turn => break turn,
            }
        };
        let asked = SystemTime::now();
        let reply = self.link.ask(request, options).await;
        match &reply {
            // What came of answers of this side is for this once (the same page, "Cacheable Results").
            Ok(_) if options.given.is_some() => {}
            Ok(reply) => {
                let (result, hint) = reply.to_keep();
                cache.keep(question, result, hint, asked).await;
            }
            // A cursor of a list that is no more: its other pages are of no use either.
            Err(error) if error.rejection().is_some() && question.is_later_page() => cache.forget_list(question),
            Err(_) => {}
        }
        drop(turn);
        reply
    }
}

impl McpClient {
    /// Forgets all answers that are kept: the next questions are asked of the server again. Of those in a store that is
    /// shared, this client takes none that was asked for before.
    pub fn forget_kept_answers(&self) {
        if let Some(cache) = &self.inner.cache {
            cache.forget_all();
        }
    }
}

//! A call that the server answers with questions: they are answered, and the call is made again with the answers.

use std::time::Duration;

use mcp_core::{
    era::{InputGiven, InputWanted, WantedInput},
    error::shown,
    json::{RawJson, RawObject},
};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    answer::Answers,
    error::{Error, Result},
    timing::Clock,
};

/// The rounds of one call.
pub(super) struct Rounds<'a> {
    answers: &'a Answers,
    done: u8,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(answers: &'a Answers) -> Self {
        Self { answers, done: 0 }
    }

    /// Answers everything that the server wants to know, all at once, for the next round (2026-07-28, basic/patterns/mrtr,
    /// *Client Requirements (Basic Workflow)*). The clock of the call stands still meanwhile.
    ///
    /// # Errors
    ///
    /// If something cannot be answered: then the call is not made again.
    pub(super) async fn next(&mut self, wanted: InputWanted, what: &str, clock: &Clock) -> Result<InputGiven> {
        let InputWanted { requests, state, .. } = wanted;
        let rounds = self.answers.limits().rounds;
        if self.done >= rounds {
            return Err(Error::invalid(format!(
                "the server has answered {what} with questions {rounds} times, and asks again: raise `Limits::rounds` if \
                 that is right"
            )));
        }
        self.done += 1;
        if requests.is_empty() {
            // A server that only wants to be asked again is busy; the more often it says so, the longer it is left alone.
            let wait = async {
                sleep(pause(self.done)).await;
                Ok(())
            };
            clock.within(what, wait).await?;
            return Ok(InputGiven::new(None, state));
        }
        let pause = clock.pause();
        let responses = tokio::select! {
            biased;
            () = self.answers.closed() => return Err(Error::cancelled()),
            responses = answer_all(self.answers, requests) => responses?,
        };
        drop(pause);
        Ok(InputGiven::new(Some(responses), state))
    }
}

fn pause(round: u8) -> Duration {
    Duration::from_millis(50 << round.min(6))
}

/// All questions are read before one is shown to anybody; the answers stand in the order of the questions. Dropped before
/// its end, it ends the handlers.
async fn answer_all(answers: &Answers, requests: Vec<WantedInput>) -> Result<RawObject> {
    let max = answers.limits().answers;
    if requests.len() > max {
        let count = requests.len();
        return Err(Error::invalid(format!("the server asks {count} things at once: `Limits::answers` allows {max}")));
    }
    let mut tasks = JoinSet::new();
    let mut questions = Vec::with_capacity(requests.len());
    for WantedInput { key, method, params, .. } in requests {
        let asked = answers.read(&method, &params).map_err(|error| {
            let (key, method) = (shown(&key), shown(&method));
            Error::invalid(format!("the server asks `{method}` under `{key}`, which it may not: {}", error.message()))
        })?;
        questions.push((key, asked));
    }
    let mut responses: Vec<(String, Option<RawJson>)> = Vec::with_capacity(questions.len());
    for (index, (key, asked)) in questions.into_iter().enumerate() {
        responses.push((key, None));
        let answers = answers.clone();
        tasks.spawn(async move { (index, answers.answer(asked).await) });
    }
    while let Some(done) = tasks.join_next().await {
        let Ok((index, outcome)) = done else { return Err(Error::unanswered("the client failed while it answered")) };
        let answer = outcome.map_err(|error| {
            Error::unanswered(format!("what the server wants to know has no answer: {}", error.message()))
        })?;
        if let Some((_, response)) = responses.get_mut(index) {
            *response = Some(answer);
        }
    }
    Ok(responses.into_iter().filter_map(|(key, response)| Some((key, response?))).collect())
}

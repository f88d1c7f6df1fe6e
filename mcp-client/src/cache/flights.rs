//! Of those who ask the same question at the same time one asks the server.

use std::{collections::HashMap, sync::Mutex};

use mcp_core::sync::lock;
use tokio::sync::watch;

use super::Question;

#[derive(Debug, Default)]
pub(super) struct Flights {
    /// Who waits for the answer to each question that is being asked.
    running: Mutex<HashMap<Question, watch::Sender<()>>>,
    /// Whether the last answer of each method could be kept: there is no use in waiting for one that cannot.
    keeps: Mutex<HashMap<&'static str, bool>>,
}

/// Whose turn it is.
#[derive(Debug)]
pub(crate) enum Turn<'a> {
    /// This one asks. The others go on when it is dropped.
    Asks(#[expect(dead_code, reason = "it is held, and not looked at")] Option<Flight<'a>>),
    /// Somebody else is asking.
    Waits(Wait),
}

/// A question that is being asked.
#[derive(Debug)]
pub(crate) struct Flight<'a> {
    flights: &'a Flights,
    question: Question,
}

/// A question that somebody else is asking.
#[derive(Debug)]
pub(crate) struct Wait(watch::Receiver<()>);

impl Flights {
    pub(super) fn turn(&self, question: &Question) -> Turn<'_> {
        if lock(&self.keeps).get(question.method) == Some(&false) {
            return Turn::Asks(None);
        }
        let mut running = lock(&self.running);
        if let Some(flight) = running.get(question) {
            return Turn::Waits(Wait(flight.subscribe()));
        }
        running.insert(question.clone(), watch::Sender::new(()));
        Turn::Asks(Some(Flight { flights: self, question: question.clone() }))
    }

    pub(super) fn learn(&self, question: &Question, keeps: bool) {
        lock(&self.keeps).insert(question.method, keeps);
    }
}

impl Wait {
    /// Waits until the other one has been answered, or has given up.
    pub(crate) async fn over(mut self) {
        // Nothing is ever sent: it ends with its sender.
        while self.0.changed().await.is_ok() {}
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let ended = lock(&self.flights.running).remove(&self.question);
        drop(ended);
    }
}

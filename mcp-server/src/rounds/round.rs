//! One run of a handler: what it has read of the journal, and what it waits for.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
};

use mcp_core::{
    call::{InputRequest, InputRequired},
    error::{Error, excerpt},
    json::RawJson,
    sync::lock,
};

use super::{
    inside::{is_in_step, is_inside},
    journal::{Answer, Bytes, Journal},
    question::Question,
    seal::Resumed,
};

/// One run of a handler. Most never ask anything, and then this is empty.
#[derive(Default)]
pub(crate) struct Round {
    notes: Mutex<Option<Box<Notes>>>,
    /// Whether what is done now was done in a round before; of a round that follows others.
    repeats: Option<Arc<AtomicBool>>,
    /// The run has ended: who still asks is not answered.
    is_over: AtomicBool,
    /// Who polls the handler: told when a task of the handler's asks.
    driver: Mutex<Option<Waker>>,
}

/// What is known of a run that asks or takes steps.
#[derive(Default)]
struct Notes {
    journal: Journal,
    /// What came for the questions that were asked in the round before, each with the digest of its question; with none if
    /// it came before anything was asked.
    brought: BTreeMap<String, (Option<Bytes<32>>, RawJson)>,
    unread: Unread,
    /// The keys of this run: none comes twice.
    used: BTreeSet<String>,
    waiting: BTreeMap<u64, Waiting>,
    asked: u64,
    steps: usize,
    is_resumed: bool,
    /// Why the call ends at once, whatever the handler makes of it.
    failed: Option<Error>,
}

/// What a run has not read yet of what the rounds before left. While there is any, it repeats them.
#[derive(Default)]
struct Unread {
    keys: BTreeSet<String>,
    repeats: Arc<AtomicBool>,
}

impl Unread {
    fn of(keys: BTreeSet<String>) -> Self {
        Self { repeats: Arc::new(AtomicBool::new(!keys.is_empty())), keys }
    }

    fn read(&mut self, key: &str) {
        self.keys.remove(key);
        self.repeats.store(!self.keys.is_empty(), Ordering::Relaxed);
    }

    /// From here on the call has not been before.
    fn end(&mut self) {
        self.keys.clear();
        self.repeats.store(false, Ordering::Relaxed);
    }
}

/// A question that waits for a client.
struct Waiting {
    question: Question,
    /// Of a task beside the handler. The handler itself is woken by nobody: it is dropped.
    waker: Option<Waker>,
}

/// The run has ended before a question had its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unanswered;

/// What becomes of a step.
pub(crate) enum Begun {
    /// It was completed in a round before: its value.
    Done(RawJson),
    /// It runs; with `true` in a round that others may repeat.
    Runs(bool),
}

/// What a handler waits for that is pending.
pub(super) enum Waits {
    /// Whatever it is, not for its client.
    Elsewhere,
    ForAnswers,
    /// A step runs besides, and is not to be cut.
    ForSteps,
    Failed(Error),
}

const STEP: &str = "step:";

impl Round {
    /// A round that follows others.
    pub(crate) fn resumed(resumed: Resumed) -> Self {
        let Resumed { mut journal, responses, is_ahead, .. } = resumed;
        if is_ahead {
            // Nothing has been before, so that nothing is repeated.
            let ahead = responses.members().into_iter().map(|(key, answer)| (key, (None, answer)));
            let notes = Notes { brought: ahead.collect(), ..Notes::default() };
            return Self { notes: Mutex::new(Some(Box::new(notes))), ..Self::default() };
        }
        let asked = std::mem::take(&mut journal.asked);
        // Once over what was brought, which a client may make long.
        let known = |(key, response)| asked.get(&key).map(|digest| (key, (Some(*digest), response)));
        let brought: BTreeMap<_, _> = responses.members().into_iter().filter_map(known).collect();
        let steps = journal.steps.keys().map(|key| format!("{STEP}{key}"));
        let unread = steps.chain(journal.answers.keys().cloned()).chain(brought.keys().cloned()).collect();
        let unread = Unread::of(unread);
        let repeats = Some(unread.repeats.clone());
        let notes = Notes { journal, brought, unread, is_resumed: true, ..Notes::default() };
        Self { notes: Mutex::new(Some(Box::new(notes))), repeats, ..Self::default() }
    }

    /// Asks a question. `check` says what is wrong with an answer.
    pub(crate) fn ask<C>(&self, question: Question, check: C) -> Ask<'_, C>
    where
        C: Fn(&RawJson) -> Result<(), String>,
    {
        Ask { round: self, question: Some(question), check, place: None }
    }

    /// Whether what is done now was done in a round before, so that nobody need hear of it again.
    pub(crate) fn is_repeating(&self) -> bool {
        self.repeats.as_ref().is_some_and(|repeats| repeats.load(Ordering::Relaxed))
    }

    /// Why the call has failed, whatever its handler makes of it.
    #[inline]
    pub(super) fn failure(&self) -> Option<Error> {
        lock(&self.notes).as_mut()?.failed.take()
    }

    /// Says so to others, as long as it lasts.
    pub(crate) fn repeats(&self) -> Option<&Arc<AtomicBool>> {
        self.repeats.as_ref()
    }

    /// Uses a key of a question, which no other may have in this run.
    pub(crate) fn use_key(&self, key: &str, shown: &str) -> Result<(), Error> {
        let mut guard = lock(&self.notes);
        let notes = guard.get_or_insert_default();
        if is_in_step(self) {
            return Err(Error::internal(format!(
                "the question `{}` is asked inside of a step: ask outside of it, and hand the answer in",
                excerpt(shown)
            )));
        }
        if notes.used.insert(key.to_owned()) { Ok(()) } else { Err(twice("question", shown)) }
    }

    /// Begins a step.
    ///
    /// # Errors
    ///
    /// If this run had one of that key already.
    pub(crate) fn begin_step(&self, key: &str) -> Result<Begun, Error> {
        let mut guard = lock(&self.notes);
        let notes = guard.get_or_insert_default();
        let used = format!("{STEP}{key}");
        if !notes.used.insert(used.clone()) {
            return Err(twice("step", key));
        }
        Ok(match notes.journal.steps.get(key).cloned() {
            Some(value) => {
                notes.unread.read(&used);
                Begun::Done(value)
            }
            None => {
                notes.unread.end();
                Begun::Runs(notes.is_resumed)
            }
        })
    }

    /// Holds the round open while a step runs.
    pub(crate) fn step_runs(&self) -> StepRuns<'_> {
        lock(&self.notes).get_or_insert_default().steps += 1;
        StepRuns(self)
    }

    /// Remembers what a step gave.
    pub(crate) fn end_step(&self, key: String, value: RawJson) {
        lock(&self.notes).get_or_insert_default().journal.steps.insert(key, value);
    }

    /// The name of the call among the marks of the store.
    pub(crate) fn call_id(&self) -> String {
        lock(&self.notes).get_or_insert_default().journal.id()
    }

    /// Ends the call with this error, whatever its handler does.
    pub(crate) fn fail(&self, error: Error) {
        lock(&self.notes).get_or_insert_default().failed.get_or_insert(error);
        self.wake_driver();
    }

    /// The run has ended, in whichever way. Who still holds the round holds nothing else of the call.
    pub(crate) fn end(&self) {
        // Before the look at who waits: who asks later looks here, with the notes in its hands.
        self.is_over.store(true, Ordering::Release);
        let driver = lock(&self.driver).take();
        let mut guard = lock(&self.notes);
        let Some(notes) = guard.as_mut() else { return };
        // What a task of the handler's does from now on is known to later rounds by the name of the call.
        let journal = Journal { id: notes.journal.id, ..Journal::default() };
        let (is_resumed, steps) = (notes.is_resumed, notes.steps);
        let over = Notes { journal, is_resumed, steps, ..Notes::default() };
        let ended = std::mem::replace(&mut **notes, over);
        // Wakers run, and are dropped, where no lock is held: what they do is not known here.
        drop(guard);
        drop(driver);
        for waker in ended.waiting.into_values().filter_map(|waiting| waiting.waker) {
            waker.wake();
        }
    }

    /// The questions that wait, and what is to be remembered until their answers come.
    pub(super) fn suspend(&self) -> (Journal, InputRequired) {
        let mut guard = lock(&self.notes);
        let notes = guard.get_or_insert_default();
        notes.journal.id();
        notes.is_resumed = true;
        let mut journal = notes.journal.clone();
        let mut asked = InputRequired::default();
        for Waiting { question, .. } in notes.waiting.values() {
            // The roots have one key, and may be asked for twice at once.
            if journal.asked.insert(question.key.clone(), Bytes(question.digest())).is_some() {
                continue;
            }
            asked.requests.push(InputRequest::new(&question.key, question.method, question.params.clone()));
        }
        (journal, asked)
    }

    pub(super) fn waits(&self) -> Waits {
        let mut guard = lock(&self.notes);
        let Some(notes) = guard.as_mut() else { return Waits::Elsewhere };
        match notes.failed.take() {
            Some(error) => Waits::Failed(error),
            None if notes.waiting.is_empty() => Waits::Elsewhere,
            None if notes.steps > 0 => Waits::ForSteps,
            None => Waits::ForAnswers,
        }
    }

    /// Remembers who polls the handler.
    pub(super) fn driven_by(&self, waker: &Waker) {
        if lock(&self.driver).as_ref().is_some_and(|known| known.will_wake(waker)) {
            return;
        }
        // Cloned, and the one before dropped, where no lock is held.
        let waker = waker.clone();
        let before = lock(&self.driver).replace(waker);
        drop(before);
    }

    fn wake_driver(&self) {
        let driver = lock(&self.driver).take();
        if let Some(driver) = driver {
            driver.wake();
        }
    }

    fn notes(&self) -> MutexGuard<'_, Option<Box<Notes>>> {
        lock(&self.notes)
    }
}

impl Notes {
    /// The answer to a question, if the client has given it already.
    fn answer(&mut self, question: &Question, check: impl Fn(&RawJson) -> Result<(), String>) -> Found {
        let digest = Bytes(question.digest());
        let key = &question.key;
        self.unread.read(key);
        if let Some(known) = self.journal.answers.get(key) {
            if known.question == digest {
                return Found::Answer(known.answer.clone());
            }
            // Consent to one thing is none to another.
            self.journal.answers.remove(key);
        }
        let Some((_, response)) = self.brought.remove(key).filter(|(of, _)| of.is_none_or(|of| of == digest)) else {
            self.unread.end();
            return Found::Nothing;
        };
        if let Err(problem) = check(&response) {
            let text = format!("`params.inputResponses`: the answer to `{}` does not fit: {problem}", excerpt(key));
            return Found::Malformed(Error::invalid_params(text));
        }
        self.journal.answers.insert(key.clone(), Answer { question: digest, answer: response.clone() });
        Found::Answer(response)
    }
}

enum Found {
    Answer(RawJson),
    Nothing,
    Malformed(Error),
}

/// A step that runs.
#[must_use = "the step has ended when it is dropped"]
pub(crate) struct StepRuns<'a>(&'a Round);

impl Drop for StepRuns<'_> {
    fn drop(&mut self) {
        let Self(round) = *self;
        let is_awaited = {
            let mut guard = lock(&round.notes);
            let notes = guard.get_or_insert_default();
            notes.steps -= 1;
            notes.steps == 0 && !notes.waiting.is_empty()
        };
        // The handler itself looks again by itself; nobody tells it of the end of a step in a task.
        if is_awaited && !is_inside(round) {
            round.wake_driver();
        }
    }
}

/// A question that waits for its answer: until the handler is dropped, if that has not come yet.
pub(crate) struct Ask<'a, C> {
    round: &'a Round,
    /// Until it is first polled.
    question: Option<Question>,
    check: C,
    /// Among those that wait.
    place: Option<u64>,
}

impl<C: Fn(&RawJson) -> Result<(), String> + Unpin> Future for Ask<'_, C> {
    type Output = Result<RawJson, Unanswered>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let round = self.round;
        let waker = (!is_inside(round)).then(|| cx.waker().clone());
        let is_foreign = waker.is_some();
        let mut guard = round.notes();
        let notes = guard.get_or_insert_default();
        if round.is_over.load(Ordering::Acquire) {
            return Poll::Ready(Err(Unanswered));
        }
        let Some(question) = self.question.take() else {
            let before = self
                .place
                .and_then(|place| notes.waiting.get_mut(&place))
                .and_then(|waiting| std::mem::replace(&mut waiting.waker, waker));
            // A waker that is dropped may take a task along, and questions of it.
            drop(guard);
            drop(before);
            return Poll::Pending;
        };
        match notes.answer(&question, &self.check) {
            Found::Answer(answer) => return Poll::Ready(Ok(answer)),
            Found::Malformed(error) => {
                notes.failed.get_or_insert(error);
            }
            Found::Nothing => {}
        }
        // Also where the call fails: a task beside the handler is told when it has.
        let place = notes.asked;
        notes.asked += 1;
        notes.waiting.insert(place, Waiting { question, waker });
        self.place = Some(place);
        drop(guard);
        if is_foreign {
            round.wake_driver();
        }
        Poll::Pending
    }
}

impl<C> Drop for Ask<'_, C> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let withdrawn = lock(&self.round.notes).as_mut().and_then(|notes| notes.waiting.remove(&place));
        // Where no lock is held: with its waker a task may go, and questions of it.
        drop(withdrawn);
    }
}

#[cold]
fn twice(what: &str, key: &str) -> Error {
    let text = format!("the {what} `{}` comes twice in one call: give each a key of its own", excerpt(key));
    tracing::error!(key, "a key comes twice in one call");
    Error::internal(text)
}

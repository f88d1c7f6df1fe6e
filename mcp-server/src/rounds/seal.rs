//! What a client carries from one round to the next, and what it is held against when it comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mcp_core::{
    call::{Caller, InputRequired, Resume},
    canonical,
    error::{Error, excerpt},
    json::{RawJson, RawObject, Text},
};

use super::{journal::Journal, stopped::Stopped, terms::Rounds};
use crate::request_state::digest;

/// What is sealed for this does not open as a cursor, and what is sealed as one does not open here.
const PURPOSE: &str = "call";

/// The most bytes of arguments that are kept as they are, for a digest that few calls need. Of more it is made at once, so
/// that what was decoded does not stay in memory twice.
const KEPT: usize = 4 << 10;

/// About as many bytes as a question takes in a journal.
const QUESTION: usize = 64;

/// What a state belongs to.
pub(crate) struct Subject<'a> {
    pub(crate) method: &'static str,
    /// The tool, the prompt, the URI.
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a Arguments,
    /// Whether answers count that come without a state.
    pub(crate) takes_answers_ahead: bool,
}

/// The arguments of a call, as far as its rounds need them.
pub(crate) enum Arguments {
    /// No round follows, or there are none.
    None,
    Text(RawJson),
    /// Of large ones, as they are bound.
    Written(Vec<u8>),
    /// They have no digest: why.
    Ambiguous(Error),
}

impl Arguments {
    /// Takes what a handler has decoded. `may_ask` if a client may be asked in rounds.
    #[inline]
    pub(crate) fn keep(json: RawJson, may_ask: bool) -> Self {
        if !may_ask {
            return Self::None;
        }
        if json.as_str().len() <= KEPT { Self::Text(json) } else { Self::of_large(&json) }
    }

    #[cold]
    fn of_large(json: &RawJson) -> Self {
        written(json).map_or_else(Self::Ambiguous, Self::Written)
    }

    /// # Errors
    ///
    /// If a key stands in them twice: readers differ in what that means, and consent is to one meaning.
    fn written(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::None => Ok(Vec::new()),
            Self::Text(json) => written(json),
            Self::Written(written) => Ok(written.clone()),
            Self::Ambiguous(error) => Err(error.clone()),
        }
    }
}

/// The one text of arguments, however they are spelt, or its digest if it is long.
fn written(json: &RawJson) -> Result<Vec<u8>, Error> {
    let text = canonical::of(json).map_err(|problem| {
        let text = problem.to_string();
        Error::invalid_params(format!("`params.arguments` cannot be held to consent: {}", excerpt(&text)))
    })?;
    Ok(if text.len() <= KEPT { text } else { digest(&[&text]).to_vec() })
}

/// What a client brought, opened.
pub(crate) struct Resumed {
    pub(crate) journal: Journal,
    /// The answers, each under the key of its question.
    pub(crate) responses: RawObject,
    pub(super) state: Text,
    /// The answers came before anything was asked, and count all the same.
    pub(super) is_ahead: bool,
}

impl Resumed {
    /// Tells this state, with these answers, from all others.
    ///
    /// # Errors
    ///
    /// If the answers are ambiguous.
    pub(super) fn identity(&self) -> Result<[u8; 32], Error> {
        let responses = canonical::of(self.responses.as_raw()).map_err(|problem| {
            let text = problem.to_string();
            Error::invalid_params(format!("`params.inputResponses` is ambiguous: {}", excerpt(&text)))
        })?;
        Ok(digest(&[self.state.as_bytes(), &responses]))
    }
}

impl Rounds {
    /// What becomes of a run whose handler waits for its client.
    pub(crate) fn suspend(
        &self,
        (journal, mut asked): (Journal, InputRequired),
        caller: &Caller,
        subject: &Subject<'_>,
    ) -> Stopped {
        match self.seal(&journal, caller, subject) {
            Ok(state) => {
                asked.state = Some(state);
                Stopped::Asking(Box::new(asked))
            }
            Err(error) => Stopped::Failed(error),
        }
    }

    /// Seals what the client is to carry.
    ///
    /// # Errors
    ///
    /// If it is too large, or cannot be bound to the call.
    pub(super) fn seal(&self, journal: &Journal, caller: &Caller, subject: &Subject<'_>) -> Result<String, Error> {
        let binding = self.binding(caller, subject)?;
        let end = now().saturating_add(self.expiry);
        let mut text = u64::try_from(end.as_millis()).unwrap_or(u64::MAX).to_be_bytes().to_vec();
        serde_json::to_writer(&mut text, journal).map_err(|error| unwritable(&error))?;
        let sealed = self.sealer.seal_to(PURPOSE, &binding, &text);
        let sealed = sealed.ok_or_else(|| Error::internal("the system has no randomness: nothing can be sealed"))?;
        if sealed.len() > self.state_bytes {
            return Err(self.too_large(journal, sealed.len()));
        }
        Ok(sealed)
    }

    fn too_large(&self, journal: &Journal, size: usize) -> Error {
        let (bytes, largest) = journal.largest().unwrap_or_default();
        let asked = journal.asked.len();
        let most = if bytes > asked * QUESTION {
            let largest = excerpt(largest);
            format!(
                "most of it stands under the key `{largest}`: keep it elsewhere, and return a name for it from the step"
            )
        } else {
            format!("{asked} questions are asked at once: ask fewer together")
        };
        let allowed = self.state_bytes;
        tracing::error!(largest, asked, size, "the state of a call is too large");
        Error::internal(format!(
            "what this call remembers for its next round has {size} bytes, and Limits::state_bytes allows {allowed}; {most}"
        ))
    }

    /// Opens what a client brings, and holds it against the call that it comes with.
    ///
    /// # Errors
    ///
    /// If it is expired, changed, or another call's: always the same one.
    pub(crate) fn open(&self, resume: &Resume, caller: &Caller, subject: &Subject<'_>) -> Result<Resumed, Error> {
        let Some(state) = &resume.state else {
            // Answers without a state are answers to nothing, but where the handler says otherwise.
            let is_ahead = subject.takes_answers_ahead;
            let responses = if is_ahead { resume.responses.clone() } else { RawObject::EMPTY };
            one_answer_each(&responses)?;
            return Ok(Resumed { journal: Journal::default(), responses, state: Text::default(), is_ahead });
        };
        let binding = self.binding(caller, subject)?;
        if state.len() > self.state_bytes {
            return Err(self.refuse(&"it is larger than any"));
        }
        let text = self.sealer.open_to(PURPOSE, &binding, state).map_err(|reason| self.refuse(&reason))?;
        let (end, journal) = text.split_first_chunk().ok_or_else(|| self.refuse(&"it has another form"))?;
        if Duration::from_millis(u64::from_be_bytes(*end)) <= now() {
            return Err(self.refuse(&"it has expired"));
        }
        let journal = serde_json::from_slice(journal).map_err(|error| self.refuse(&error))?;
        one_answer_each(&resume.responses)?;
        Ok(Resumed { journal, responses: resume.responses.clone(), state: state.clone(), is_ahead: false })
    }

    /// What a state is bound to: it opens for the same principal, method, name, arguments, revision and server only.
    fn binding(&self, caller: &Caller, subject: &Subject<'_>) -> Result<Vec<u8>, Error> {
        let principal = caller.principal().map(|principal| principal.as_str().as_bytes());
        let arguments = subject.arguments.written()?;
        let parts = [
            // A principal without a name is not nobody.
            &[u8::from(principal.is_some())],
            principal.unwrap_or_default(),
            subject.method.as_bytes(),
            subject.name.as_bytes(),
            &arguments,
            caller.version().as_str().as_bytes(),
            self.audience.as_bytes(),
            self.part.as_deref().unwrap_or_default().as_bytes(),
        ];
        // Each with its length: no other parts have the same bytes.
        let mut binding = Vec::with_capacity(parts.iter().map(|part| size_of::<u64>() + part.len()).sum());
        for part in parts {
            binding.extend_from_slice(&(part.len() as u64).to_be_bytes());
            binding.extend_from_slice(part);
        }
        Ok(binding)
    }
}

/// Refuses answers of which two stand under one key: readers differ in which of them counts.
fn one_answer_each(responses: &RawObject) -> Result<(), Error> {
    let members = responses.members();
    let mut keys: Vec<&str> = members.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| matches!(pair, [one, other] if one == other)) {
        Some([key, _]) => {
            let key = excerpt(key);
            Err(Error::invalid_params(format!("`params.inputResponses` is ambiguous: `{key}` stands twice in it")))
        }
        _ => Ok(()),
    }
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn unwritable(error: &serde_json::Error) -> Error {
    tracing::error!(%error, "the state of a call cannot be written");
    Error::internal("the state of the call cannot be written")
}

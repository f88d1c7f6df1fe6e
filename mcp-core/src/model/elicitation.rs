//! Elicitation: a server asks its client's user.

use serde::{Deserialize, Deserializer, de};

use super::{FormSchema, Meta};
use crate::json::{RawJson, RawObject};

/// A question that the user answers in a form (2026-07-28, client/elicitation, "Form Mode Elicitation Requests").
///
/// Passwords, keys, tokens and payment data must not be asked for in a form: the client sees what is entered. Ask for
/// them on a page of your own, with an [`ElicitUrl`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ElicitForm {
    /// Why it is asked, for the user.
    pub message: String,
    /// What is asked.
    pub form: FormSchema,
}

impl ElicitForm {
    /// Asks for the fields of that form.
    pub fn new(message: impl Into<String>, form: FormSchema) -> Self {
        Self { message: message.into(), form }
    }
}

/// A page that the user is asked to open (2026-07-28, client/elicitation, "URL Mode Elicitation Requests"). What happens
/// there the client does not see, and "accept" means only that the user agreed to open it.
///
/// The URL must not hold what is private to the user, nor open something that is already unlocked; whoever opens it has
/// to be proved the same user ("URL Mode Security Considerations" there).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ElicitUrl {
    /// Why it should be opened, for the user.
    pub message: String,
    /// The page.
    pub url: String,
    /// What the server calls this question, one that nobody can guess. Only 2025-11-25 sends it.
    pub elicitation_id: String,
}

impl ElicitUrl {
    /// Asks to open that page.
    pub fn new(message: impl Into<String>, url: impl Into<String>, elicitation_id: impl Into<String>) -> Self {
        Self { message: message.into(), url: url.into(), elicitation_id: elicitation_id.into() }
    }
}

/// What the user did. Closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ElicitAction {
    /// Answered, or agreed to open the page.
    Accept,
    /// Said no.
    Decline,
    /// Closed the question without a choice.
    Cancel,
}

/// What came back from the user (2026-07-28, client/elicitation, "Response Actions").
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ElicitResult {
    /// What the user did.
    pub action: ElicitAction,
    /// What was entered, if the action is to accept and the question was a form. Hold it to the form with
    /// [`FormSchema::check`].
    pub content: Option<RawObject>,
    /// Open metadata.
    pub meta: Option<Box<Meta>>,
}

impl ElicitResult {
    /// The user entered this.
    pub fn accept(content: RawObject) -> Self {
        Self { action: ElicitAction::Accept, content: Some(content), meta: None }
    }

    /// The user said no.
    pub fn decline() -> Self {
        Self { action: ElicitAction::Decline, content: None, meta: None }
    }

    /// The user closed the question.
    pub fn cancel() -> Self {
        Self { action: ElicitAction::Cancel, content: None, meta: None }
    }
}

/// Only what is accepted has contents: what else a client sends there is not looked at. `null` is none, and metadata of
/// another shape costs itself alone.
impl<'de> Deserialize<'de> for ElicitResult {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            action: ElicitAction,
            content: Option<RawJson>,
            #[serde(rename = "_meta")]
            meta: Option<RawJson>,
        }
        let Wire { action, content, meta } = Wire::deserialize(deserializer)?;
        let content = content.filter(|content| action == ElicitAction::Accept && !content.is_null());
        let content = content.map(|content| RawObject::from_raw(content).ok_or("`content` must be an object"));
        let meta = meta.and_then(|meta| meta.parse().ok()).flatten();
        Ok(Self { action, content: content.transpose().map_err(de::Error::custom)?, meta })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ElicitResult, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn contents_count_where_something_was_accepted() {
        let accepted = read(r#"{"action":"accept","content":{"a":1},"_meta":{"k":1},"more":[]}"#).unwrap();
        assert_eq!((accepted.action, accepted.content.unwrap().as_raw().as_str()), (ElicitAction::Accept, "{\"a\":1}"));
        assert_eq!(accepted.meta.unwrap()["k"], 1);
        assert_eq!(read(r#"{"action":"accept"}"#).unwrap().content, None);
        assert_eq!(read(r#"{"action":"accept","content":null,"_meta":3}"#).unwrap().content, None);
        for action in ["decline", "cancel"] {
            let result = read(&format!(r#"{{"action":"{action}","content":"whatever"}}"#)).unwrap();
            assert_eq!((result.content, result.meta), (None, None));
        }
    }

    #[test]
    fn what_says_no_action_is_no_answer() {
        for json in
            [r#"{}"#, r#"{"action":"Accept"}"#, r#"{"action":null}"#, r#"{"action":"accept","content":"a"}"#, "[]"]
        {
            assert!(read(json).is_err(), "{json}");
        }
        assert!(read(r#"{"action":"accept","content":[1]}"#).unwrap_err().to_string().contains("must be an object"));
    }
}

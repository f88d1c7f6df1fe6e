//! One question of a handler, as it is known in every round.

use std::cell::OnceCell;

use mcp_core::json::RawJson;

use crate::request_state::digest;

/// What is asked. A key belongs to a kind: a form and a sample may have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Form,
    Url,
    Sample,
    Roots,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Form, Self::Url, Self::Sample, Self::Roots];

    const fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Url => "url",
            Self::Sample => "sample",
            Self::Roots => "roots",
        }
    }

    /// The key of a question of this kind among all questions of a call. That of a form, which is asked most, is the
    /// handler's own, so that whoever reads a frame finds it there, unless it looks like that of another kind.
    pub(crate) fn key(self, key: &str) -> String {
        if self == Self::Form && !Self::ALL.iter().any(|kind| kind.without_mark(key).is_some()) {
            return key.to_owned();
        }
        format!("{}:{key}", self.name())
    }

    /// The handler's own key of a question that is known by this one.
    pub(crate) fn own_key(known: &str) -> &str {
        Self::ALL.into_iter().find_map(|kind| kind.without_mark(known)).unwrap_or(known)
    }

    fn without_mark(self, key: &str) -> Option<&str> {
        key.strip_prefix(self.name())?.strip_prefix(':')
    }
}

/// A question: what goes to the client, and the key under which the answer comes.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) key: String,
    pub(crate) method: &'static str,
    pub(crate) params: RawJson,
    /// Made when it is needed: never where the client is asked at once.
    digest: OnceCell<[u8; 32]>,
}

impl Question {
    pub(crate) fn new(key: String, method: &'static str, params: RawJson) -> Self {
        Self { key, method, params, digest: OnceCell::new() }
    }

    /// What an answer belongs to: consent to one thing is none to another.
    pub(super) fn digest(&self) -> [u8; 32] {
        *self.digest.get_or_init(|| digest(&[self.method.as_bytes(), self.params.as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_form_is_asked_under_its_own_key_and_no_two_questions_share_one() {
        assert_eq!(Kind::Form.key("user_name"), "user_name");
        assert_eq!(Kind::Sample.key("user_name"), "sample:user_name");
        let keys =
            ["", "a", "a:", "form", "form:", "form:a", "form:form:a", "url:a", "sample:a", "roots:", "roots", ":"];
        let all: BTreeSet<_> = keys.iter().flat_map(|key| Kind::ALL.map(|kind| kind.key(key))).collect();
        assert_eq!(all.len(), keys.len() * Kind::ALL.len());
        for key in keys {
            assert_eq!(Kind::ALL.map(|kind| Kind::own_key(&kind.key(key)) == key), [true; 4], "{key}");
        }
    }
}

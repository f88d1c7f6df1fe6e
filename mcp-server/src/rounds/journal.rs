//! What is remembered of a call between its rounds.

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use mcp_core::json::RawJson;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The steps that were completed, the answers that were given, and what is asked now. The keys of questions name their
/// kind. The names of members are short, because the client carries them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Journal {
    /// Chosen at random in the first round; the name of the call among the marks of the store.
    #[serde(rename = "i")]
    pub(super) id: Bytes<16>,
    #[serde(rename = "s", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) steps: BTreeMap<String, RawJson>,
    #[serde(rename = "a", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) answers: BTreeMap<String, Answer>,
    /// The digests of the questions that are asked now. Only for these is an answer taken.
    #[serde(rename = "q", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) asked: BTreeMap<String, Bytes<32>>,
}

/// An answer, and the digest of the question that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    #[serde(rename = "q")]
    pub(super) question: Bytes<32>,
    #[serde(rename = "a")]
    pub(super) answer: RawJson,
}

/// So many bytes, written as base64url.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes<const N: usize>(pub(super) [u8; N]);

impl Journal {
    /// The name of the call. The same in every round; nobody who is not given its state can guess it.
    pub(super) fn id(&mut self) -> String {
        if self.id.0 == [0; 16] {
            self.id = Bytes(uuid::Uuid::new_v4().into_bytes());
        }
        self.id.to_string()
    }

    /// The entry that takes most room, and how much.
    pub(super) fn largest(&self) -> Option<(usize, &str)> {
        let steps = self.steps.iter().map(|(key, value)| (value.as_str().len() + key.len(), key.as_str()));
        let answers = self.answers.iter();
        let answers = answers.map(|(key, value)| (value.answer.as_str().len() + key.len(), key.as_str()));
        steps.chain(answers).max()
    }
}

impl<const N: usize> Default for Bytes<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl<const N: usize> fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| D::Error::custom("bytes of another length"))
    }
}

//! Completions: what an argument's value might be.

use serde::{Deserialize, Serialize};

use crate::json::{Text, whole_number};

/// What an argument belongs to (2026-07-28, server/utilities/completion, "Reference Types").
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CompletionReference {
    /// A prompt.
    Prompt {
        /// Its name.
        name: Text,
    },
    /// A resource template, or a resource.
    Resource {
        /// The template, or the URI.
        uri: Text,
    },
}

impl CompletionReference {
    /// The prompt of that name.
    pub fn prompt(name: impl Into<String>) -> Self {
        Self::Prompt { name: Text::from(name.into()) }
    }

    /// The resource template, or the resource.
    pub fn resource(uri: impl Into<String>) -> Self {
        Self::Resource { uri: Text::from(uri.into()) }
    }
}

/// Values that an argument might have, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Completion {
    /// At most [`Completion::MAX`] values (2026-07-28, schema, "CompleteResult").
    #[serde(default)]
    pub values: Vec<String>,
    /// How many there are in all, if known.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Whether there are more than these.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_more: bool,
}

impl Completion {
    /// The most values that one answer may hold.
    pub const MAX: usize = 100;

    /// The first [`Completion::MAX`] of these values; says how many there were and whether some were left out.
    pub fn new(values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut all = values.into_iter();
        // The rest is counted, and takes no memory.
        let values: Vec<String> = all.by_ref().take(Self::MAX).map(Into::into).collect();
        let left_out = all.count();
        Self { has_more: left_out > 0, total: u64::try_from(values.len() + left_out).ok(), values }
    }
}

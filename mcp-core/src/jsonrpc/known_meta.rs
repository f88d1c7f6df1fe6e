//! A `_meta` object that was read before: a client sends the same one with every request.

use super::{
    Limits,
    member::Member,
    scan::{Scanned, scan_meta},
};

/// The longest `_meta` that is kept, in bytes.
const MAX_LEN: usize = 1024;

/// A `params._meta` that was accepted before, so that the very same bytes need not be walked and checked again.
///
/// Holds at most a kibibyte of text. It is known under the limits that it was accepted with, and under no others.
#[derive(Debug)]
pub struct KnownMeta {
    text: Box<str>,
    members: Box<[Member]>,
    keys: usize,
    limits: Limits,
}

impl KnownMeta {
    /// Keeps a `_meta` that stood in a message which was accepted with these limits; `None` if it is too long.
    pub(super) fn keep(text: &str, limits: &Limits) -> Option<Self> {
        if text.len() > MAX_LEN || !text.starts_with('{') {
            return None;
        }
        let Scanned { members, keys, .. } = scan_meta(text, limits).ok()?;
        Some(Self { text: text.into(), members: members.into(), keys, limits: *limits })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where its members stand, counted from its own beginning.
    pub(super) fn members(&self) -> &[Member] {
        &self.members
    }

    /// How many members it has, at all depths.
    pub(super) fn keys(&self) -> usize {
        self.keys
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }
}

//! What a scan remembers: where the members of three objects stand.

use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
};

use smallvec::SmallVec;

use crate::json::{is_literal_of, unescape};

/// Which object a remembered member belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    Root,
    Params,
    Meta,
}

impl Scope {
    /// The scope of the value under `key`, if its members are remembered too.
    pub(super) fn child(self, key: &[u8]) -> Option<Self> {
        match (self, key) {
            (Self::Root, b"params") => Some(Self::Params),
            (Self::Params, b"_meta") => Some(Self::Meta),
            _ => None,
        }
    }
}

/// A range of the scanned text. Frames are bounded far below 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        Self { start: u32::try_from(start).unwrap_or(u32::MAX), end: u32::try_from(end).unwrap_or(u32::MAX) }
    }

    pub(super) fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Out of line, because much of a message is looked at in this way.
    #[inline(never)]
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// What stands between the quotes of a string literal: for what is only compared, because it asks nobody where the
    /// characters begin.
    pub(super) fn inside(self, text: &str) -> &[u8] {
        text.as_bytes().get(self.start as usize + 1..(self.end as usize).saturating_sub(1)).unwrap_or_default()
    }
}

/// One member of a remembered object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) scope: Scope,
    pub(super) escaped: bool,
    /// The key's literal, quotes included.
    pub(super) key: Span,
    pub(super) value: Span,
}

/// Members, with room for those of most messages: so what is kept of a message stands in one piece of memory.
pub(super) type Members = SmallVec<[Member; 12]>;

impl Member {
    /// The same member where its key and value stand elsewhere.
    pub(super) fn moved(&self, mut place: impl FnMut(Span) -> Span) -> Self {
        Self { scope: self.scope, escaped: self.escaped, key: place(self.key), value: place(self.value) }
    }

    pub(super) fn is(&self, text: &str, key: &str) -> bool {
        // Most keys are told apart by their length alone.
        if self.escaped { is_literal_of(self.key.of(text), key) } else { self.key.inside(text) == key.as_bytes() }
    }

    /// One of 64 bits, the same for members of one object with the same key; all bits for a key with escapes.
    fn mark(&self, text: &str) -> u64 {
        if self.escaped {
            return u64::MAX;
        }
        let key = self.key.inside(text);
        let middle = key.get(key.len() / 2).copied().unwrap_or_default();
        let last = key.last().copied().unwrap_or_default();
        1 << ((key.len() ^ usize::from(middle) ^ (usize::from(last) << 2) ^ ((self.scope as usize) << 4)) & 63)
    }

    fn hash(&self, text: &str, seed: &RandomState) -> u64 {
        seed.hash_one((self.scope as usize, self.name(text)))
    }

    /// Whether two members of one object have the same key.
    fn repeats(&self, other: &Self, text: &str) -> bool {
        if self.scope != other.scope {
            return false;
        }
        if self.escaped || other.escaped {
            return self.name(text) == other.name(text);
        }
        self.key.inside(text) == other.key.inside(text)
    }

    /// The key as text, escapes resolved.
    pub(super) fn name<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let literal = self.key.of(text);
        if self.escaped { unescape(literal) } else { Cow::Borrowed(inside(literal)) }
    }
}

/// A string literal without its quotes.
fn inside(literal: &str) -> &str {
    literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default()
}

/// Whether a key stands twice in one of the remembered objects.
pub(super) fn has_duplicates(members: &[Member], text: &str) -> bool {
    if members.len() <= 24 {
        // Members with different marks have different keys, so most are compared with none.
        let mut marks = 0u64;
        return members.iter().enumerate().any(|(index, member)| {
            let mark = member.mark(text);
            let may_repeat = marks & mark != 0;
            marks |= mark;
            may_repeat && members.iter().take(index).any(|earlier| earlier.repeats(member, text))
        });
    }
    // Each key is read once. The seed is random, so a peer cannot make different keys look alike.
    let seed = RandomState::new();
    let mut hashes: Vec<u64> = members.iter().map(|member| member.hash(text, &seed)).collect();
    hashes.sort_unstable();
    let twins = hashes.windows(2).filter(|pair| pair.first() == pair.last()).filter_map(|pair| pair.first());
    twins.take(MOST_TWINS).any(|twin| {
        let alike: Vec<&Member> = members.iter().filter(|member| member.hash(text, &seed) == *twin).collect();
        alike
            .iter()
            .enumerate()
            .any(|(index, member)| alike.iter().skip(index + 1).any(|other| member.repeats(other, text)))
    })
}

/// How many pairs that look alike are compared. That a single one is no pair of twins is as good as impossible.
const MOST_TWINS: usize = 2;

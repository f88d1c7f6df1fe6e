//! JSON text with the places of its values: what is validated, without a tree of values.
//!
//! A value costs twelve bytes, whatever a peer made it of. Numbers keep their text, and so their exact value.

use std::{borrow::Cow, cmp::Ordering, collections::HashMap, ops::Range};

use mcp_core::decimal::Decimal;
use serde_json::{Map, Number, Value};

#[cfg(feature = "json-schema")]
use super::json_path::{Step, path_at};
use super::json_text::{end_of_number, end_of_string};

/// From how many members on an object is searched by their order and not one by one.
const WIDE: usize = 16;

/// One JSON value and where everything in it stands.
#[derive(Debug)]
pub(in crate::handler) struct Document<'a> {
    text: &'a str,
    /// Each value before what is in it; the key of a member before its value.
    entries: Vec<Entry>,
    /// The keys of objects with many members in their order, by the entry of the object.
    wide: HashMap<u32, Box<[u32]>>,
    depth: usize,
    longest_key: usize,
}

/// A value, or a key.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    /// Behind the text of a scalar or key; of a container, how many entries stand in it directly.
    end_or_count: u32,
    /// The entry behind this one and all that is in it.
    next: u32,
}

/// A key stands twice in one object: readers differ in which of the values they take.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::handler) struct Repeated {
    /// Behind the second key.
    pub(in crate::handler) at: usize,
}

impl<'a> Document<'a> {
    /// Reads a text that is known to be one JSON value.
    ///
    /// # Errors
    ///
    /// If a key stands twice in an object.
    pub(in crate::handler) fn read(text: &'a str) -> Result<Self, Repeated> {
        let mut document = Self { text, entries: Vec::new(), wide: HashMap::new(), depth: 0, longest_key: 0 };
        let bytes = text.as_bytes();
        let mut open: Vec<u32> = Vec::new();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let end = match byte {
                b'{' | b'[' => at + 1,
                b'"' => end_of_string(bytes, at),
                b'-' | b'0'..=b'9' => end_of_number(bytes, at),
                b't' | b'n' => at + 4,
                b'f' => at + 5,
                b'}' | b']' => {
                    if let Some(container) = open.pop() {
                        document.close(container)?;
                    }
                    at += 1;
                    continue;
                }
                _ => {
                    at += 1;
                    continue;
                }
            };
            let entry = index(document.entries.len());
            if let Some(parent) = open.last() {
                document.entries[*parent as usize].end_or_count += 1;
            }
            let is_container = matches!(byte, b'{' | b'[');
            let end_or_count = if is_container { 0 } else { index(end) };
            document.entries.push(Entry { start: index(at), end_or_count, next: entry + 1 });
            if is_container {
                open.push(entry);
                document.depth = document.depth.max(open.len());
            }
            at = end;
        }
        Ok(document)
    }

    /// Notes where a container ends, and how its members are found.
    fn close(&mut self, container: u32) -> Result<(), Repeated> {
        self.entries[container as usize].next = index(self.entries.len());
        let node = At { document: self, entry: container };
        if !node.is_object() {
            return Ok(());
        }
        let mut keys: Vec<(Cow<'_, str>, u32)> = node.members().map(|(key, value)| (key, value.entry - 1)).collect();
        keys.sort_unstable();
        let longest = keys.iter().map(|(key, _)| key.len()).max().unwrap_or_default();
        let repeated = keys.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| pair[1].1);
        if let Some(key) = repeated {
            return Err(Repeated { at: self.entries[key as usize].end_or_count as usize });
        }
        let in_order = (keys.len() >= WIDE).then(|| keys.into_iter().map(|(_, key)| key).collect());
        self.wide.extend(in_order.map(|in_order| (container, in_order)));
        self.longest_key = self.longest_key.max(longest);
        Ok(())
    }

    /// The whole value.
    pub(in crate::handler) fn root(&self) -> At<'_> {
        At { document: self, entry: 0 }
    }
}

/// Texts are smaller than 4 GiB: the scanner of messages sees to that.
fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// A value of a document.
#[derive(Debug, Clone, Copy)]
pub(in crate::handler) struct At<'d> {
    document: &'d Document<'d>,
    entry: u32,
}

impl<'d> At<'d> {
    fn entry(self) -> Entry {
        self.document.entries[self.entry as usize]
    }

    fn first_byte(self) -> u8 {
        self.document.text.as_bytes()[self.entry().start as usize]
    }

    pub(in crate::handler) fn is_object(self) -> bool {
        self.first_byte() == b'{'
    }

    pub(in crate::handler) fn is_array(self) -> bool {
        self.first_byte() == b'['
    }

    pub(in crate::handler) fn is_string(self) -> bool {
        self.first_byte() == b'"'
    }

    pub(in crate::handler) fn is_null(self) -> bool {
        self.first_byte() == b'n'
    }

    pub(in crate::handler) fn boolean(self) -> Option<bool> {
        match self.first_byte() {
            b't' => Some(true),
            b'f' => Some(false),
            _ => None,
        }
    }

    /// The text of a number.
    pub(in crate::handler) fn number(self) -> Option<&'d str> {
        matches!(self.first_byte(), b'-' | b'0'..=b'9').then(|| self.scalar())
    }

    /// Whether the value is a number without a fraction, however it is spelt.
    pub(in crate::handler) fn is_integer(self) -> bool {
        self.number().and_then(Decimal::parse).is_some_and(|number| number.is_integer())
    }

    pub(in crate::handler) fn string(self) -> Option<Cow<'d, str>> {
        self.is_string().then(|| unescaped(self.scalar()))
    }

    /// The text of what is no container.
    fn scalar(self) -> &'d str {
        let Entry { start, end_or_count, .. } = self.entry();
        let place: Range<usize> = start as usize..end_or_count as usize;
        self.document.text.get(place).unwrap_or_default()
    }

    /// The values of an array, in order.
    pub(in crate::handler) fn elements(self) -> impl Iterator<Item = Self> + use<'d> {
        self.inside().filter(move |_| self.is_array())
    }

    /// The members of an object, in order.
    pub(in crate::handler) fn members(self) -> impl Iterator<Item = (Cow<'d, str>, Self)> + use<'d> {
        let mut inside = self.inside();
        std::iter::from_fn(move || {
            let key = inside.next().filter(|_| self.is_object())?;
            Some((unescaped(key.scalar()), inside.next()?))
        })
    }

    /// The entries that stand in this one directly: elements, or keys and values in turn.
    fn inside(self) -> impl Iterator<Item = Self> + use<'d> {
        let Self { document, entry } = self;
        let end = self.entry().next;
        let mut at = entry + 1;
        std::iter::from_fn(move || {
            let entry = at;
            (entry < end).then(|| {
                at = document.entries[entry as usize].next;
                Self { document, entry }
            })
        })
    }

    /// The member of an object with that name.
    pub(in crate::handler) fn get(self, name: &str) -> Option<Self> {
        let key = |entry: u32| Self { entry, ..self };
        let found = match self.document.wide.get(&self.entry) {
            Some(in_order) => {
                let place = in_order.binary_search_by(|entry| (*unescaped(key(*entry).scalar())).cmp(name));
                key(in_order[place.ok()?])
            }
            None => self.inside().step_by(2).filter(|_| self.is_object()).find(|key| is_key(key.scalar(), name))?,
        };
        Some(key(found.entry + 1))
    }

    /// As much of the value as a sentence about it may say: its kind, and what it begins with.
    pub(in crate::handler) fn to_short_value(self) -> Value {
        const MOST_ENTRIES: u32 = 16;
        const LONGEST: usize = 256;
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let is_long = self.entry().next - self.entry > MOST_ENTRIES;
        match self.first_byte() {
            b'{' if is_long => Map::new().into(),
            b'[' if is_long => Vec::<Value>::new().into(),
            b'"' => cut(&self.string().unwrap_or_default()).into(),
            b'{' => self.members().map(|(key, value)| (cut(&key), value.to_short_value())).collect(),
            b'[' => self.elements().map(Self::to_short_value).collect(),
            b't' | b'f' => self.boolean().into(),
            b'n' => Value::Null,
            _ => Value::Number(to_number(self.scalar())),
        }
    }
}

/// What only the validator asks for.
#[cfg(feature = "json-schema")]
impl Document<'_> {
    /// The value at the end of a path.
    pub(super) fn find(&self, path: &[Step]) -> Option<At<'_>> {
        path.iter().try_fold(self.root(), |at, step| match step {
            Step::Key(key) => at.get(key),
            Step::Index(index) => at.elements().nth(*index),
        })
    }

    /// The path to a scalar.
    pub(super) fn path(&self, scalar: At<'_>) -> Vec<Step> {
        path_at(self.text, scalar.entry().end_or_count as usize)
    }

    /// How many values and keys there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes the longest name of a member has.
    pub(super) fn longest_key(&self) -> usize {
        self.longest_key
    }

    /// How deeply arrays and objects are nested.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

/// What only the validator asks for.
#[cfg(feature = "json-schema")]
impl<'d> At<'d> {
    /// What tells this value from all others of its document.
    pub(super) fn place(self) -> u32 {
        self.entry
    }

    /// How many members or elements there are; none in a scalar.
    pub(in crate::handler) fn len(self) -> usize {
        match self.first_byte() {
            b'[' => self.entry().end_or_count as usize,
            b'{' => self.entry().end_or_count as usize / 2,
            _ => 0,
        }
    }

    /// Whether this is that value. Numbers are compared as numbers, members without regard to their order.
    pub(super) fn equals(self, value: &Value) -> bool {
        match value {
            Value::Null => self.is_null(),
            Value::Bool(truth) => self.boolean() == Some(*truth),
            Value::Number(number) => {
                let (this, that) = (self.number(), number.to_string());
                this.is_some() && this.and_then(Decimal::parse) == Decimal::parse(&that)
            }
            Value::String(text) => self.is_string() && self.string().is_some_and(|this| this == **text),
            Value::Array(values) => {
                let is_same = |(this, value): (Self, &Value)| this.equals(value);
                self.is_array() && self.len() == values.len() && self.elements().zip(values).all(is_same)
            }
            Value::Object(members) => {
                let has = |(name, value): (&String, &Value)| self.get(name).is_some_and(|this| this.equals(value));
                self.is_object() && self.len() == members.len() && members.iter().all(has)
            }
        }
    }

    /// A text that only equal values share.
    pub(super) fn canonical(self) -> Cow<'d, str> {
        if self.is_string() {
            return Cow::Owned(format!("{:?}", self.string().unwrap_or_default()));
        }
        if self.is_array() {
            let elements: Vec<_> = self.elements().map(Self::canonical).collect();
            return Cow::Owned(format!("[{}]", elements.join(",")));
        }
        if self.is_object() {
            let mut members: Vec<_> =
                self.members().map(|(key, value)| format!("{key:?}:{}", value.canonical())).collect();
            members.sort_unstable();
            return Cow::Owned(format!("{{{}}}", members.join(",")));
        }
        match self.number().and_then(Decimal::parse) {
            Some(number) => Cow::Owned(number.canonical()),
            None => Cow::Borrowed(self.scalar()),
        }
    }
}

/// The number, or the finite float that is nearest to it.
pub(super) fn to_number(text: &str) -> Number {
    let float = || Number::from_f64(text.parse::<f64>().unwrap_or_default().clamp(f64::MIN, f64::MAX));
    text.parse().ok().or_else(float).unwrap_or_else(|| 0.into())
}

/// The text of a string literal.
fn unescaped(literal: &str) -> Cow<'_, str> {
    let inside = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    match inside.contains('\\') {
        true => serde_json::from_str(literal).map_or(Cow::Borrowed(inside), Cow::Owned),
        false => Cow::Borrowed(inside),
    }
}

fn is_key(literal: &str, name: &str) -> bool {
    let inside = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
    // An escape is longer than what it stands for.
    match inside.len().cmp(&name.len()) {
        Ordering::Less => false,
        Ordering::Equal => inside == name && !inside.contains('\\'),
        Ordering::Greater => inside.contains('\\') && unescaped(literal) == name,
    }
}

/// Any JSON, with names and numbers that come again.
#[cfg(all(test, feature = "json-schema"))]
pub(super) fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;

    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9_f64..1e9).prop_map(Value::from),
        "\\PC{0,4}|[\"\\\\{}\\[\\]:, ]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 24, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..24).prop_map(Value::from),
            proptest::collection::vec(("[a-f\"\\\\é]{0,3}", inner), 0..24)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

#[cfg(all(test, feature = "json-schema"))]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn tree(at: At<'_>) -> Value {
        match at.first_byte() {
            b'{' => at.members().map(|(key, value)| (key.into_owned(), tree(value))).collect(),
            b'[' => at.elements().map(tree).collect(),
            _ => serde_json::from_str(at.scalar()).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn a_document_holds_what_its_text_says(value in any_json(), other in any_json()) {
            for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let document = Document::read(&text).unwrap();
                let root = document.root();
                prop_assert_eq!(tree(root), value.clone());
                prop_assert!(root.equals(&value));
                prop_assert_eq!(root.equals(&other), value == other);
                for (name, member) in value.as_object().into_iter().flatten() {
                    prop_assert_eq!(tree(root.get(name).unwrap()), member.clone());
                }
                prop_assert!(root.get("absent").is_none());
            }
            let (text, other_text) = (value.to_string(), other.to_string());
            let (this, that) = (Document::read(&text).unwrap(), Document::read(&other_text).unwrap());
            prop_assert_eq!(this.root().canonical() == that.root().canonical(), value == other);
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_found_by_its_place() {
        for (text, behind) in
            [(r#"{"a":1,"b":{"c":1,"\u0063":2}}"#, r#""\u0063""#), (r#"[{"a":1},{"a":1,"b":2,"a":3}]"#, r#""b":2,"a""#)]
        {
            let at = text.find(behind).unwrap() + behind.len();
            assert_eq!(Document::read(text).unwrap_err(), Repeated { at });
        }
        let many: Vec<String> = (0..100).map(|n| format!("\"{}\":{n}", n % 99)).collect();
        assert!(Document::read(&format!("{{{}}}", many.join(","))).is_err());
        assert!(Document::read(&format!("{{{}}}", many[1..].join(","))).is_ok());
    }

    #[test]
    fn numbers_and_members_are_compared_by_what_they_mean() {
        let same = |text: &str, value: Value| Document::read(text).unwrap().root().equals(&value);
        assert!(
            same("1.0", json!(1)) && same("1e2", json!(100)) && !same("9007199254740993", json!(9007199254740992.0))
        );
        assert!(same(r#"{"b":[1],"a":"\u0061"}"#, json!({"a": "a", "b": [1.0]})) && !same("{}", json!([])));
    }

    #[test]
    fn descriptions_are_short() {
        let long = format!("[\"{}\"]", "x".repeat(10_000));
        assert!(Document::read(&long).unwrap().root().to_short_value().to_string().len() < 300);
        let many = format!("{{\"a\":[{}1]}}", "1,".repeat(10_000));
        assert_eq!(Document::read(&many).unwrap().root().to_short_value(), json!({}));
    }
}

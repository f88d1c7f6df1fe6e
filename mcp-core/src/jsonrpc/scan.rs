//! A validating walk over JSON text that builds no values and remembers the members of three objects.

use super::member::{Member, Members, Scope, Span};
use crate::json::{special, unescape};

/// Bounds that the scan holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Deepest nesting of objects and arrays, the message itself included. Default 64, at most 128.
    pub depth: usize,
    /// Most object members in one message, at any depth. Default 100 000.
    pub keys: usize,
}

impl Limits {
    const DEEPEST: usize = 128;
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 64, keys: 100_000 }
    }
}

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Syntax { what: &'static str, at: usize },
    TooDeep(usize),
    TooManyKeys(usize),
}

/// Whether a text is on one line. Inside of strings a line break must be escaped, so that only those between the tokens
/// count.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    #[default]
    One,
    Many,
}

/// Walks the whole of `text`, which must be one JSON value, and adds the remembered members to `members`.
pub(super) fn scan(text: &str, limits: &Limits, members: &mut Members) -> Result<Lines, Fault> {
    // A span counts in 32 bits.
    if u32::try_from(text.len()).is_err() {
        return Err(Fault::Syntax { what: "text beyond 4 GiB", at: 0 });
    }
    let depth = limits.depth.min(Limits::DEEPEST);
    let bytes = text.as_bytes();
    let mut scanner = Scanner { text, bytes, at: 0, keys: limits.keys, depth, limits, lines: Lines::One, members };
    scanner.space();
    scanner.value(Some(Scope::Root))?;
    scanner.space();
    if scanner.at < scanner.bytes.len() {
        return Err(scanner.fault("text after the end of the message"));
    }
    Ok(scanner.lines)
}

struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// How many more keys and levels are allowed.
    keys: usize,
    depth: usize,
    limits: &'a Limits,
    lines: Lines,
    members: &'a mut Members,
}

impl Scanner<'_> {
    fn fault(&self, what: &'static str) -> Fault {
        Fault::Syntax { what, at: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => {}
                Some(b'\n' | b'\r') => self.lines = Lines::Many,
                _ => return,
            }
            self.at += 1;
        }
    }

    fn value(&mut self, scope: Option<Scope>) -> Result<Span, Fault> {
        let start = self.at;
        match self.peek() {
            Some(b'"') => {
                self.string()?;
            }
            Some(b'{') => self.nested(|scanner| scanner.object(scope))?,
            Some(b'[') => self.nested(Self::array)?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.literal("true")?,
            Some(b'f') => self.literal("false")?,
            Some(b'n') => self.literal("null")?,
            Some(_) => return Err(self.fault("a character that starts no value")),
            None => return Err(self.fault("the text ends where a value was expected")),
        }
        Ok(Span::new(start, self.at))
    }

    fn nested(&mut self, walk: impl FnOnce(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        self.depth = self.depth.checked_sub(1).ok_or(Fault::TooDeep(self.limits.depth))?;
        self.at += 1;
        walk(self)?;
        self.depth += 1;
        Ok(())
    }

    fn object(&mut self, scope: Option<Scope>) -> Result<(), Fault> {
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.keys = self.keys.checked_sub(1).ok_or(Fault::TooManyKeys(self.limits.keys))?;
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("a key must be a string"));
            }
            let escaped = self.string()?;
            let key = Span::new(start, self.at);
            self.space();
            self.expect(b':', "a colon is missing after a key")?;
            self.space();
            match scope {
                None => {
                    self.value(None)?;
                }
                Some(scope) => self.member(scope, key, escaped)?,
            }
            self.space();
            if self.end_of_item(b'}')? {
                return Ok(());
            }
        }
    }

    fn member(&mut self, scope: Scope, key: Span, escaped: bool) -> Result<(), Fault> {
        let child = if escaped {
            scope.child(unescape(key.of(self.text)).as_bytes())
        } else {
            scope.child(key.inside(self.text))
        };
        let value = self.value(child)?;
        self.members.push(Member { scope, escaped, key, value });
        Ok(())
    }

    fn array(&mut self) -> Result<(), Fault> {
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.value(None)?;
            self.space();
            if self.end_of_item(b']')? {
                return Ok(());
            }
        }
    }

    /// After an item: `true` at the end of its container, `false` where another item follows.
    fn end_of_item(&mut self, close: u8) -> Result<bool, Fault> {
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.space();
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.fault("a comma or a closing bracket is missing")),
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Fault> {
        if self.peek() != Some(byte) {
            return Err(self.fault(what));
        }
        self.at += 1;
        Ok(())
    }

    fn literal(&mut self, word: &'static str) -> Result<(), Fault> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.fault("a word that is neither true, false nor null"));
        }
        self.at += word.len();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("a digit is missing in a number")) } else { Ok(()) }
    }

    /// Walks a string literal and says whether it holds escapes.
    fn string(&mut self) -> Result<bool, Fault> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.plain_run();
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.at += 1;
                    self.escape()?;
                }
                Some(0..=0x1f) => return Err(self.fault("a control character must be escaped in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.fault("the text ends inside a string")),
            }
        }
    }

    /// Skips eight characters at a time while none of them is a quote, a backslash or a control character.
    fn plain_run(&mut self) {
        while let Some(chunk) = self.bytes[self.at..].first_chunk::<8>() {
            let found = special(u64::from_le_bytes(*chunk));
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                match self.code_unit()? {
                    0xd800..=0xdbff => {
                        let low = self.bytes[self.at..].starts_with(b"\\u");
                        self.at += if low { 2 } else { 0 };
                        match low.then(|| self.code_unit()).transpose()? {
                            Some(0xdc00..=0xdfff) => Ok(()),
                            _ => Err(self.fault("half of a surrogate pair in a string")),
                        }
                    }
                    0xdc00..=0xdfff => Err(self.fault("half of a surrogate pair in a string")),
                    _ => Ok(()),
                }
            }
            _ => Err(self.fault("an unknown escape in a string")),
        }
    }

    fn code_unit(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let unit = unit.ok_or_else(|| self.fault("four hexadecimal digits must follow \\u"))?;
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn accepts(text: &str) -> bool {
        scan(text, &Limits::default(), &mut Members::new()).is_ok()
    }

    #[test]
    fn depth_and_keys_are_held_exactly() {
        let nest = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(accepts(&nest(64)));
        assert_eq!(scan(&nest(65), &Limits::default(), &mut Members::new()).unwrap_err(), Fault::TooDeep(64));
        assert_eq!(
            scan(&"[".repeat(1_000_000), &Limits::default(), &mut Members::new()).unwrap_err(),
            Fault::TooDeep(64)
        );
        let limits = Limits { keys: 2, ..Limits::default() };
        assert!(scan(r#"{"a":{"b":1}}"#, &limits, &mut Members::new()).is_ok());
        assert_eq!(scan(r#"{"a":{"b":1},"c":2}"#, &limits, &mut Members::new()).unwrap_err(), Fault::TooManyKeys(2));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{'a':1}",
            "{a:1}",
            "// c\n1",
            "NaN",
            "Infinity",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "tru",
            "\"\u{1}\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\ud83d\"",
            "\"\\ude00\\ud83d\"",
            "\"abc",
            "1 2",
            "{\"a\" 1}",
            "[1 2]",
            "\u{feff}1",
            "\0",
        ] {
            assert!(!accepts(text), "{text:?}");
        }
    }

    proptest! {
        /// The scan accepts exactly what the reference parser accepts, within its own depth limit.
        #[test]
        fn agrees_with_the_reference_parser(text in r#"([\[\]{}:,"\\ ]|[a-z0-9.eE+-]|true|null|"[a-z]{0,12}"|\\u[dD][89aA-fF][0-9]{2}|\t|é|"a":){0,24}"#) {
            prop_assert_eq!(accepts(&text), serde_json::from_str::<Value>(&text).is_ok() || float_overflow(&text), "{}", text);
        }

        #[test]
        fn accepts_whatever_the_reference_writes(text in ".{0,80}", number in any::<i64>(), float in any::<f64>()) {
            let value = serde_json::json!({"text": text, "list": [number, float, null, true], &text: {}});
            prop_assert!(accepts(&value.to_string()));
            prop_assert!(accepts(&serde_json::to_string_pretty(&value).unwrap()));
        }
    }

    /// `1e999` is JSON by its grammar; the reference parser refuses it because it has no such number.
    fn float_overflow(text: &str) -> bool {
        serde_json::from_str::<Value>(text).is_err_and(|error| error.to_string().contains("number out of range"))
            && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    }
}

//! URI templates: the part of RFC 6570 that resources need, matched in linear time.
//!
//! `{name}` stands for one segment, `{+name}` for a whole path. A value is percent-decoded once, and refused if it
//! could lead out of where the template points.

use crate::uri;

/// A template of URIs.
///
/// ```
/// use mcp_core::uri_template::UriTemplate;
///
/// let template = UriTemplate::parse("weather://{city}/yesterday").unwrap();
/// let values = template.matches("weather://S%C3%A3o%20Paulo/yesterday").unwrap();
/// assert_eq!(values, [("city".to_owned(), "São Paulo".to_owned())]);
/// assert_eq!(template.matches("weather://a/b/yesterday"), None);
/// assert_eq!(template.matches("weather://..%2F..%2Fetc/yesterday"), None);
/// ```
///
/// At most one variable may be `{+name}`, and no two variables stand next to each other: so the only match is found
/// without trying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UriTemplate {
    text: String,
    parts: Vec<Part>,
    /// The parts of its normal form, if that is another text.
    normal: Option<Vec<Part>>,
    unchecked: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Variable { name: String, reserved: bool },
}

/// Why a text is no template that can be matched. The sentence says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidTemplate(String);

impl UriTemplate {
    /// Reads a template. A text without variables is one, and matches itself.
    ///
    /// # Errors
    ///
    /// For operators other than `+`, for two variables without text between them or of one name, for a second
    /// `{+name}`, and for braces that do not match.
    pub fn parse(template: &str) -> Result<Self, InvalidTemplate> {
        let mut parts: Vec<Part> = Vec::new();
        let mut rest = template;
        while !rest.is_empty() {
            let (literal, expression) = rest.split_once('{').unwrap_or((rest, ""));
            if literal.contains('}') {
                return Err(InvalidTemplate("a `}` has no `{` before it".to_owned()));
            }
            if !literal.is_empty() {
                parts.push(Part::Literal(literal.to_owned()));
            }
            if literal.len() == rest.len() {
                break;
            }
            let Some((expression, after)) = expression.split_once('}') else {
                return Err(InvalidTemplate("a `{` has no `}` behind it".to_owned()));
            };
            let variable = read_variable(expression)?;
            refuse_ambiguity(&parts, &variable)?;
            parts.push(variable);
            rest = after;
        }
        let normal = normal_parts(&parts);
        Ok(Self { text: template.to_owned(), normal: (normal != parts).then_some(normal), parts, unchecked: false })
    }

    /// Takes values as they are: `..`, NUL, and what starts a path anew. For templates whose values never become a
    /// path.
    #[must_use]
    pub fn unchecked(mut self) -> Self {
        self.unchecked = true;
        self
    }

    /// The template as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The names of the variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Variable { name, .. } => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The values of the variables, in order, if the URI follows the template.
    ///
    /// A simple variable is one or more characters other than `/ ? #`. Values are percent-decoded once, so `a%2Fb` is the
    /// value `a/b` (RFC 6570, section 3.2.2). What is not UTF-8 then, holds NUL or a segment `..`, or starts a path anew
    /// (with a slash, or with a drive as `C:`) does not match.
    ///
    /// What stands between the variables may be spelt otherwise, as in [`uri::normal`]; values keep their case.
    pub fn matches(&self, uri: &str) -> Option<Vec<(String, String)>> {
        if let Some(raw) = split(&self.parts, uri) {
            return self.values(raw);
        }
        if uri::is_malformed(uri) {
            return None;
        }
        let spelt = uri::encoded(uri);
        let normal = uri::normal(&spelt);
        if self.normal.is_none() && *normal == *uri {
            return None;
        }
        let parts = self.normal();
        let mut raw = split(parts, &normal)?;
        restore_case(parts, &mut raw, &spelt)?;
        self.values(raw)
    }

    fn normal(&self) -> &[Part] {
        self.normal.as_ref().unwrap_or(&self.parts)
    }

    fn values(&self, raw: Vec<(usize, &str)>) -> Option<Vec<(String, String)>> {
        let mut values = Vec::new();
        for (place, raw) in raw {
            let Part::Variable { name, reserved } = &self.parts[place] else { continue };
            let value = decode(raw)?;
            let follows_slash = match place.checked_sub(1).map(|before| &self.parts[before]) {
                // Behind `://` a slash begins the path.
                Some(Part::Literal(literal)) => literal.ends_with('/') && !literal.ends_with("://"),
                _ => false,
            };
            if !self.unchecked && !is_safe(&value, *reserved, follows_slash) {
                return None;
            }
            values.push((name.clone(), value));
        }
        Some(values)
    }

    /// Whether every URI that `other` matches, however it is spelt, is matched by this template too.
    pub fn covers(&self, other: &Self) -> bool {
        // Characters that no template holds stand for every value: only a variable takes them.
        let sample: String = other
            .normal()
            .iter()
            .map(|part| match part {
                Part::Literal(literal) => literal.as_str(),
                Part::Variable { reserved: false, .. } => "\u{1}",
                Part::Variable { reserved: true, .. } => "\u{1}/\u{1}?\u{1}#\u{1}",
            })
            .collect();
        split(self.normal(), &sample).is_some()
    }
}

/// The raw values with the places of their variables, in order.
///
/// Simple variables before the `{+name}` are as short as they can be, from the left; those behind it from the
/// right. Since the class of a simple variable leaves out only single characters, this finds a match if there is
/// one.
fn split<'a>(parts: &[Part], uri: &'a str) -> Option<Vec<(usize, &'a str)>> {
    let is_reserved = |part: &Part| matches!(part, Part::Variable { reserved: true, .. });
    let middle = parts.iter().position(is_reserved);
    let (left, right) = parts.split_at(middle.unwrap_or(parts.len()));
    let mut values = Vec::new();
    let mut rest = take_from_left(left, uri, middle.is_none(), &mut values)?;
    if let Some(place) = middle {
        let mut behind = Vec::new();
        rest = take_from_right(right.get(1..)?, rest, place + 1, &mut behind)?;
        if rest.is_empty() {
            return None;
        }
        values.push((place, rest));
        values.extend(behind.into_iter().rev());
    } else if !rest.is_empty() {
        return None;
    }
    Some(values)
}

/// The parts of the normal form of the URIs that follow a template.
fn normal_parts(parts: &[Part]) -> Vec<Part> {
    let spelt: Vec<_> = parts.iter().map(|part| uri::encoded(part.sample())).collect();
    let whole = uri::normal(&spelt.concat()).into_owned();
    let mut rest = whole.as_str();
    let normal = parts.iter().zip(&spelt).map(|(part, spelt)| {
        let (text, behind) = rest.split_at(spelt.len());
        rest = behind;
        match part {
            Part::Literal(_) => Part::Literal(text.to_owned()),
            Part::Variable { .. } => part.clone(),
        }
    });
    normal.collect()
}

/// Cuts the values that were found in the normal form of a URI out of `spelt`, which differs from it by the case of
/// letters alone.
fn restore_case<'a>(parts: &[Part], values: &mut [(usize, &'a str)], spelt: &'a str) -> Option<()> {
    let mut values = values.iter_mut();
    let mut rest = spelt;
    for part in parts {
        match part {
            Part::Literal(literal) => rest = rest.get(literal.len()..)?,
            Part::Variable { .. } => {
                let (_, value) = values.next()?;
                let behind = rest.get(value.len()..)?;
                *value = rest.get(..value.len())?;
                rest = behind;
            }
        }
    }
    Some(())
}

impl Part {
    /// What may stand in its place in a URI.
    fn sample(&self) -> &str {
        match self {
            Self::Literal(literal) => literal,
            // No hexadecimal digit, which might complete an encoding.
            Self::Variable { .. } => "x",
        }
    }
}

/// Matches literals and simple variables from the left and gives what remains. `whole`: nothing may remain.
fn take_from_left<'a>(
    parts: &[Part],
    uri: &'a str,
    whole: bool,
    values: &mut Vec<(usize, &'a str)>,
) -> Option<&'a str> {
    let mut rest = uri;
    let mut open = None;
    for (place, part) in parts.iter().enumerate() {
        match (part, open) {
            (Part::Variable { .. }, _) => open = Some(place),
            (Part::Literal(literal), None) => rest = rest.strip_prefix(literal.as_str())?,
            (Part::Literal(literal), Some(variable)) => {
                // The last literal of all is where the URI ends.
                let is_last = whole && place + 1 == parts.len();
                let end = if is_last { rest.strip_suffix(literal.as_str())?.len() } else { find(rest, literal)? };
                values.push((variable, simple(rest.get(..end)?)?));
                rest = rest.get(end + literal.len()..)?;
                open = None;
            }
        }
    }
    let Some(variable) = open else { return Some(rest) };
    values.push((variable, simple(rest)?));
    Some("")
}

/// The mirror of [`take_from_left`]: values come from right to left.
fn take_from_right<'a>(
    parts: &[Part],
    uri: &'a str,
    first: usize,
    values: &mut Vec<(usize, &'a str)>,
) -> Option<&'a str> {
    let mut rest = uri;
    let mut open = None;
    for (place, part) in parts.iter().enumerate().rev() {
        match (part, open) {
            (Part::Variable { .. }, _) => open = Some(place + first),
            (Part::Literal(literal), None) => rest = rest.strip_suffix(literal.as_str())?,
            (Part::Literal(literal), Some(variable)) => {
                let last = rest.char_indices().next_back()?.0;
                let start = rest.get(..last)?.rfind(literal.as_str())?;
                values.push((variable, simple(rest.get(start + literal.len()..)?)?));
                rest = rest.get(..start)?;
                open = None;
            }
        }
    }
    Some(rest)
}

/// Where the literal stands behind at least one character.
fn find(text: &str, literal: &str) -> Option<usize> {
    let first = text.chars().next()?.len_utf8();
    text.get(first..)?.find(literal).map(|place| place + first)
}

fn simple(value: &str) -> Option<&str> {
    (!value.is_empty() && !value.contains(['/', '?', '#'])).then_some(value)
}

/// Whether a value stays below the place where the template puts it.
fn is_safe(value: &str, reserved: bool, follows_slash: bool) -> bool {
    let separators = ['/', '\\'];
    // `C:x` starts anew too, from wherever that drive stands. Looked for on every system: what is stored on one is read
    // on another.
    let names_drive = matches!(value.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    let starts_anew = names_drive || ((follows_slash || !reserved) && value.starts_with(separators));
    let climbs = value.split(separators).any(|segment| segment == "..");
    !(starts_anew || climbs || value.contains('\0'))
}

/// Decodes `%41` once; `None` if that is malformed or no UTF-8.
fn decode(raw: &str) -> Option<String> {
    if !raw.contains('%') {
        return Some(raw.to_owned());
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        decoded.push(if byte == b'%' { u8::try_from(digit()? * 16 + digit()?).ok()? } else { byte });
    }
    String::from_utf8(decoded).ok()
}

fn read_variable(expression: &str) -> Result<Part, InvalidTemplate> {
    let (name, reserved) = match expression.strip_prefix('+') {
        Some(name) => (name, true),
        None => (expression, false),
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return Err(InvalidTemplate(format!(
            "`{{{expression}}}` is no variable that can be matched: write `{{name}}` for one segment or `{{+name}}` \
             for a whole path"
        )));
    }
    Ok(Part::Variable { name: name.to_owned(), reserved })
}

fn refuse_ambiguity(before: &[Part], variable: &Part) -> Result<(), InvalidTemplate> {
    let Part::Variable { name, reserved } = variable else { return Ok(()) };
    if let Some(Part::Variable { name: other, .. }) = before.last() {
        return Err(InvalidTemplate(format!("nothing tells `{other}` from `{name}`: put text between the variables")));
    }
    for part in before {
        match part {
            Part::Variable { name: other, .. } if other == name => {
                return Err(InvalidTemplate(format!("two variables are called `{name}`: rename one")));
            }
            Part::Variable { reserved: true, .. } if *reserved => {
                return Err(InvalidTemplate("only one variable may be a whole path: write `{name}`".to_owned()));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn values(template: &str, uri: &str) -> Option<Vec<String>> {
        let values = UriTemplate::parse(template).unwrap().matches(uri)?;
        Some(values.into_iter().map(|(_, value)| value).collect())
    }

    fn found(template: &str, uri: &str, expected: &[&str]) {
        assert_eq!(values(template, uri).unwrap_or_else(|| panic!("{template} {uri}")), expected);
    }

    /// Held to 2026-07-28, server/resources, "Resource Templates"; RFC 6570: Expression Expansion.
    #[test]
    fn variables_take_what_stands_in_their_place() {
        found("test://item/{id}", "test://item/7", &["7"]);
        found("test://{a}.{b}", "test://x.y.z", &["x", "y.z"]);
        // A slash that is encoded is part of the value, as in any expansion of it.
        found("test://item/{id}", "test://item/a%2Fb", &["a/b"]);
        found("test://item/{id}", "test://item/urn:x", &["urn:x"]);
        found("test://{a}/b/{c}", "test://1/b/2", &["1", "2"]);
        found("test://{a}aa/{b}", "test://aaaa/x", &["aa", "x"]);
        found("file:///root/{+path}", "file:///root/a/b%20c.txt", &["a/b c.txt"]);
        found("x://{+path}/raw", "x://a/raw/b/raw", &["a/raw/b"]);
        found("x://{+path}/x/{id}", "x://a/x/b/x/c", &["a/x/b", "c"]);
        found("x://{v}/{+path}/{a}.{b}", "x://1/p/q/r.s.t", &["1", "p/q", "r.s", "t"]);
        found("file://{+path}", "file:///etc/hosts", &["/etc/hosts"]);
        found("x://plain", "x://plain", &[]);
        for (template, uri) in [
            ("test://item/{id}", "test://item/"),
            ("test://item/{id}", "test://item/1/2"),
            ("test://item/{id}", "test://item/1?x"),
            ("test://item/{id}", "test://other/1"),
            ("test://{a}.{b}", "test://.b"),
            ("test://{a}/end", "test://a/end/end"),
            ("x://{+path}/raw", "x:///raw"),
            ("x://plain", "x://plain2"),
        ] {
            assert_eq!(values(template, uri), None, "{template} {uri}");
        }
    }

    /// Held to 2026-07-28, server/resources, "Security Considerations".
    #[test]
    fn no_value_leads_out_of_its_place() {
        for uri in [
            "f:///r/../x",
            "f:///r/a/..",
            "f:///r/%2e%2e/x",
            "f:///r/a%2F..%2Fx",
            "f:///r/a%5C..%5Cx",
            "f:///r//etc",
            "f:///r/%2Fetc",
            "f:///r/a%00b",
            "f:///r/a%ff",
            "f:///r/a%2",
            "f:///r/a%zz",
        ] {
            assert_eq!(values("f:///r/{+path}", uri), None, "{uri}");
        }
        found("f:///r/{+path}", "f:///r/a..b/...", &["a..b/..."]);
        // Once: what is encoded twice stays a text.
        found("f:///r/{+path}", "f:///r/%252e%252e/x", &["%2e%2e/x"]);
        for uri in ["f:///r/..", "f:///r/a%2F..%2Fb", "f:///r/%2Fetc", "f:///r/%5Cetc", "f:///r/C:", "f:///r/c:x"] {
            assert_eq!(values("f:///r/{name}", uri), None, "{uri}");
        }
        for uri in ["f:///r/C:/x", "f:///r/c:%5Cx", "f:///r/C:x"] {
            assert_eq!(values("f:///r/{+path}", uri), None, "{uri}");
        }
        let unchecked = UriTemplate::parse("f:///r/{name}").unwrap().unchecked();
        assert_eq!(unchecked.matches("f:///r/a%2F..").unwrap()[0].1, "a/..");
    }

    /// Held to RFC 3986, section 6.2.2, and RFC 3987, section 3.1.
    #[test]
    fn what_stands_between_the_variables_may_be_spelt_otherwise() {
        for (template, uri, value) in [
            ("test://ü/{id}", "test://%C3%BC/Aa", "Aa"),
            ("test://%c3%bc/{id}", "TEST://ü/Aa", "Aa"),
            ("https://Host.{tld}/A", "HTTPS://host.Com/%41", "Com"),
            ("weather://{city}/%7Enow", "Weather://São Paulo/~now", "São Paulo"),
            ("f:///r/{+path}", "F:///%72/A/%c3%bc", "A/ü"),
            ("x://100%/{a}", "x://100%25/b", "b"),
        ] {
            found(template, uri, &[value]);
        }
        for (template, uri) in [
            ("x://h/A/{id}", "x://h/a/1"),
            ("f:///r/{+path}", "F:///r/%2e%2E/x"),
            ("f:///r/{+path}", "F:///r/a%00"),
            ("f:///r/{+path}", "F:///r/a%f"),
            ("f:///r/{name}", "F:///r/C:"),
        ] {
            assert_eq!(values(template, uri), None, "{template} {uri}");
        }
    }

    #[test]
    fn what_cannot_be_matched_is_refused() {
        for template in ["{a", "a}", "{}", "{a}{b}", "{a}/{a}", "{?q}", "{/p}", "{a,b}", "{a*}", "{a:3}", "{+a}/{+b}"] {
            let problem = UriTemplate::parse(template).unwrap_err().to_string();
            assert!(problem.len() > 20, "{template}: {problem}");
        }
    }

    #[test]
    fn a_template_covers_those_that_match_less() {
        let covers = |a: &str, b: &str| UriTemplate::parse(a).unwrap().covers(&UriTemplate::parse(b).unwrap());
        assert!(covers("x://{a}", "x://{b}"));
        assert!(covers("x://{+p}", "x://{b}/c"));
        assert!(covers("x://{a}", "x://lit"));
        assert!(covers("x://ü/{a}", "X://%C3%BC/{b}"));
        assert!(!covers("x://{a}", "x://{+p}"));
        assert!(!covers("x://{a}/{b}", "x://{+p}"));
        assert!(!covers("x://{a}/c", "x://{a}/{b}"));
    }

    #[test]
    fn long_uris_take_linear_time() {
        let template = UriTemplate::parse("x://{a}a{b}a{c}a{d}b").unwrap();
        let started = Instant::now();
        assert_eq!(template.matches(&format!("x://{}", "a".repeat(4_000_000))), None);
        assert!(started.elapsed().as_secs() < 5);
    }
}

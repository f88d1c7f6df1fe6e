//! JSON as peers write it: valid text with any white space between its tokens.

use proptest::{collection::vec, prelude::*};

/// White space that JSON allows, line breaks among it.
fn space() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(String::new()), 3 => "[ \t\r\n]{1,3}", 1 => Just("\r\n\r\n".to_owned())]
}

/// A string literal, with escapes, and with text that looks like the frame of a transport.
pub(crate) fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => ".{0,8}".prop_map(|text| serde_json::to_string(&text).unwrap()),
        1 => Just(r#""\n\ndata: {\"id\":1}\r\n""#.to_owned()),
        1 => Just("\"\u{2028}\u{85}\\u000a\\ud83d\\ude00\"".to_owned()),
    ]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        literal(),
        Just("null".to_owned()),
        Just("true".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        Just("1e400".to_owned()),
        Just("-0.0".to_owned()),
        Just(r#"{"jsonrpc":"2.0","id":9,"method":"tools/call"}"#.to_owned()),
    ]
}

fn member() -> impl Strategy<Value = String> {
    (literal(), space(), space()).prop_map(|(key, before, after)| format!("{before}{key}{after}:"))
}

/// One JSON value of any kind.
pub(crate) fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let spaced =
            (space(), inner, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}")).boxed();
        prop_oneof![
            vec(spaced.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            members(spaced).prop_map(|members| format!("{{{members}}}")),
        ]
    })
}

/// One JSON object.
pub(crate) fn object() -> impl Strategy<Value = String> {
    let spaced = (space(), value(), space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
    members(spaced).prop_map(|members| format!("{{{members}}}"))
}

/// The members of an object, no key twice.
fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec((member(), value), 0..4).prop_map(|members| {
        let mut seen = std::collections::HashSet::new();
        let name = |key: &str| serde_json::from_str::<String>(key.trim().trim_end_matches(':').trim()).unwrap();
        let kept = members.into_iter().filter(|(key, _)| seen.insert(name(key)));
        kept.map(|(key, value)| key + &value).collect::<Vec<_>>().join(",")
    })
}

//! The properties with generated input, and with the inputs that are kept in `corpus`.

use std::{fs, path::Path};

use proptest::{collection::vec, prelude::*};

use crate::{
    json_text::{literal, object, value},
    properties::{arguments, conversation, reading, resuming},
};

/// Calls a property with every input of its folder.
fn replay(name: &str, hold: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut count = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        hold(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", folder.display());
}

#[test]
fn what_was_kept_for_reading_is_read() {
    replay("reading", reading::hold);
}

#[test]
fn what_was_kept_for_arguments_is_validated() {
    replay("arguments", arguments::hold);
}

#[test]
fn what_was_kept_of_conversations_is_answered() {
    replay("conversation", conversation::hold);
}

#[test]
fn what_was_kept_of_states_and_answers_resumes_its_own_call_or_none() {
    replay("resuming", resuming::hold);
}

fn id() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[1-9]", 2 => literal(), 1 => "-?[0-9]{1,25}(\\.0)?", 1 => value()]
}

/// A message of any kind, whole.
fn message() -> impl Strategy<Value = String> {
    let method = prop_oneof![
        Just("ping".to_owned()),
        Just("tools/call".to_owned()),
        Just("prompts/get".to_owned()),
        Just("resources/read".to_owned()),
        Just("resources/subscribe".to_owned()),
        Just("completion/complete".to_owned()),
        Just("subscriptions/listen".to_owned()),
        Just("initialize".to_owned()),
        Just("com.example/echo".to_owned()),
        Just("notifications/cancelled".to_owned()),
    ];
    let method = prop_oneof![4 => method.prop_map(|method| format!("\"{method}\"")), 1 => literal()];
    let name = prop_oneof![3 => Just("\"repeat\"".to_owned()), 1 => Just("\"list\"".to_owned()), 1 => literal()];
    let meta = prop_oneof![
        Just(r#","_meta":{"progressToken":1}"#.to_owned()),
        Just(
            r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"debug","progressToken":"\n"}"#
                .to_owned()
        ),
        object().prop_map(|object| format!(",\"_meta\":{object}")),
        Just(String::new()),
    ];
    let request = (id(), method, name, object(), literal(), meta).prop_map(|(id, method, name, object, text, meta)| {
        format!(
            "{{\"jsonrpc\":\"2.0\",\n\"id\":{id},\"method\":{method},\"params\":{{\"name\":{name},\"arguments\":{object},\"uri\":{text}{meta}}}\r}}"
        )
    });
    let reply = (id(), value()).prop_map(|(id, value)| format!(r#"{{"jsonrpc":"2.0","result":{value},"id":{id}}}"#));
    let error = (id(), value()).prop_map(|(id, value)| {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"error":{{"code":1,"message":"x","data":{value}}}}}"#)
    });
    prop_oneof![6 => request, 1 => reply, 1 => error]
}

/// A text with a part that is missing, doubled, or another byte.
fn damaged(text: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<u8>> {
    (text, any::<prop::sample::Index>(), 0usize..8, 0u8..4, any::<u8>()).prop_map(|(text, at, length, how, byte)| {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        let end = bytes.len().min(at + length);
        match how {
            0 => drop(bytes.drain(at..end)),
            1 => bytes.truncate(at),
            2 => bytes[at] = byte,
            _ => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
        }
        bytes
    })
}

fn whole_or_damaged(text: impl Strategy<Value = String> + Clone + 'static) -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![3 => text.clone().prop_map(String::into_bytes), 1 => damaged(text)]
}

/// Arguments as somebody writes them who knows the schema and means harm.
fn arguments() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        prop::sample::select(vec![
            "level",
            "share",
            "name",
            "region",
            "tags",
            "deep",
            "l\\u0065vel",
            "t\\u0061gs",
            "other"
        ])
        .prop_map(|name| format!("\"{name}\"")),
        literal(),
    ];
    let number = prop_oneof![
        "-?(0|[1-9][0-9]{0,2})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        Just("1e400".to_owned()),
        Just("10.000000000000000000001".to_owned()),
        Just("0.99999999999999999999".to_owned()),
    ];
    let deep = prop_oneof![
        number.clone().prop_map(|number| format!("{{\"level\":{number}}}")),
        number.clone().prop_map(|number| format!("{{\"level\":1,\"level\":{number}}}")),
    ];
    let word =
        prop_oneof![Just("\"eu\"".to_owned()), Just("\"\\u0065u\"".to_owned()), Just("\"EU\"".to_owned()), literal()];
    let words = vec(word.clone(), 0..5).prop_map(|words| format!("[{}]", words.join(",")));
    let value = prop_oneof![3 => number, 1 => deep, 2 => word, 1 => words, 1 => value()];
    vec((name, value), 0..5).prop_map(|members| {
        let members: Vec<String> = members.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{{{}}}", members.join(",\n"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn what_is_read_is_what_was_written(input in whole_or_damaged(message().boxed())) {
        reading::hold(&input);
    }

    #[test]
    fn what_validation_sees_is_what_the_handler_gets(input in whole_or_damaged(arguments().boxed())) {
        arguments::hold(&input);
    }
}

/// A state, and answers, as somebody brings them who wants the call to go on with something else.
fn brought() -> impl Strategy<Value = String> {
    let state = prop_oneof![3 => Just(String::new()), 1 => "~[A-Za-z0-9_-]{1,8}", 1 => "[A-Za-z0-9_=-]{1,80}"];
    let action = prop_oneof![Just("accept"), Just("decline"), Just("cancel"), Just("perhaps")];
    let answer = (action, value())
        .prop_map(|(action, value)| format!(r#"{{"action":"{action}","content":{{"answer":{value}}}}}"#));
    let key = prop_oneof![3 => Just("\"name\"".to_owned()), 1 => Just("\"n\\u0061me\"".to_owned()), 1 => literal()];
    let members = vec((key, prop_oneof![3 => answer, 1 => value()]), 0..3);
    (state, members).prop_map(|(state, members)| {
        let members: Vec<String> = members.into_iter().map(|(key, value)| format!("{key}:{value}")).collect();
        format!("{state}\n{{{}}}", members.join(","))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_call_goes_on_with_its_own_state_and_the_answers_to_its_questions(input in whole_or_damaged(brought().boxed())) {
        resuming::hold(&input);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_answer_of_a_server_is_one_line_and_one_json_value(
        frames in vec(whole_or_damaged(message().boxed()), 1..6),
    ) {
        conversation::hold(&frames.join(&b"\n\n"[..]));
    }
}

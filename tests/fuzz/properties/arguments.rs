//! What validation sees is what a handler gets: whatever arguments are written, those that reach a handler fit its
//! schema as a reader of the text itself would judge it.

use std::cell::RefCell;

use bytes::Bytes;
use mcp_core::{
    decimal::Decimal,
    transport::{Accept, Pipe},
};
use mcp_server::{Context, RawJson, Schema, Server, ServerTool};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::pairs::Pairs;

/// Longer answers would let a peer decide how much is written for it.
const LONGEST_ANSWER: usize = 64 << 10;

#[derive(Debug, Clone)]
enum Got {
    Raw(String),
    Tree(Value),
    Typed(Typed),
}

#[derive(Debug, Clone, Deserialize)]
struct Typed {
    level: Option<i64>,
    share: Option<f64>,
    name: Option<String>,
    region: Option<String>,
    tags: Option<Vec<String>>,
    deep: Option<Deep>,
}

#[derive(Debug, Clone, Deserialize)]
struct Deep {
    level: Option<i64>,
}

fn schema() -> Schema {
    Schema::try_from(json!({
        "type": "object",
        "properties": {
            "level": {"type": "integer", "minimum": -10, "maximum": 10},
            "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
            "name": {"type": "string", "maxLength": 5},
            "region": {"enum": ["eu", "us"]},
            "tags": {"type": "array", "maxItems": 3, "items": {"type": "string", "maxLength": 3}},
            "deep": {"type": "object", "properties": {"level": {"type": "integer", "maximum": 10}},
                "additionalProperties": false},
        },
        "additionalProperties": false,
    }))
    .unwrap()
}

thread_local! {
    static GOT: RefCell<Option<Got>> = const { RefCell::new(None) };
    static SERVER: (Runtime, Server) = (Builder::new_current_thread().enable_all().build().unwrap(), server());
}

fn got(value: Got) -> &'static str {
    GOT.set(Some(value));
    "done"
}

fn server() -> Server {
    let raw = |arguments: RawJson, _: Context| async move { got(Got::Raw(arguments.as_str().to_owned())) };
    let tree = |arguments: Value, _: Context| async move { got(Got::Tree(arguments)) };
    let typed = |arguments: Typed, _: Context| async move { got(Got::Typed(arguments)) };
    let tools = [
        ServerTool::from_schema("raw", schema(), raw),
        ServerTool::from_schema("tree", schema(), tree),
        ServerTool::from_schema("typed", schema(), typed),
    ];
    Server::builder("arguments", "1.0.0").tools(tools).build()
}

/// Calls each tool with the text, if it is JSON, and judges what it got.
pub(crate) fn hold(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // What is no JSON is no message, which is another property.
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_err() {
        return;
    }
    let text = text.trim();
    let [raw, tree, typed] = ["raw", "tree", "typed"].map(|tool| call(tool, text));
    if let Some(Got::Raw(raw)) = &raw {
        assert_eq!(*raw, text.replace(['\n', '\r'], " "));
        fits(raw);
    }
    if let Some(Got::Tree(tree)) = &tree {
        fits(&tree.to_string());
    }
    if let Some(Got::Typed(typed)) = typed {
        let Some(Got::Raw(raw)) = raw else { panic!("{text}: one handler got {typed:?}, another nothing") };
        says(&Pairs::of(&raw).unwrap(), &typed);
    }
}

fn call(tool: &str, arguments: &str) -> Option<Got> {
    let envelope = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1.0.0"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let message = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{envelope}}}}}"#
    );
    SERVER.with(|(runtime, server)| {
        runtime.block_on(async {
            let (mut ours, theirs) = Pipe::pair();
            server.accept(theirs);
            ours.outgoing.send(Bytes::from(message)).await.unwrap();
            let answer = ours.incoming.recv().await.expect("every call is answered");
            assert!(answer.len() < LONGEST_ANSWER, "{} bytes answer {} bytes", answer.len(), arguments.len());
            let answer: Value = serde_json::from_slice(&answer).unwrap();
            let got = GOT.take();
            let is_refused = !answer["error"].is_null() || answer["result"]["isError"] == true;
            assert_eq!(got.is_none(), is_refused, "{answer}");
            got
        })
    })
}

/// Judges the text of arguments, without any of the code that validated them.
#[track_caller]
fn fits(text: &str) {
    let members = Pairs::of(text).unwrap_or_else(|| panic!("{text} is no object"));
    assert!(!members.has_twins(), "{text}");
    for (name, value) in &members.0 {
        let value = value.get();
        let is_fit = match name.as_str() {
            "level" => is_integer(value, Some("-10"), "10"),
            "share" => number(value).is_some_and(|share| share > decimal("0") && share <= decimal("1")),
            "name" => is_string(value, 5),
            "region" => serde_json::from_str::<String>(value).is_ok_and(|region| region == "eu" || region == "us"),
            "tags" => {
                let tags: Vec<Box<serde_json::value::RawValue>> = serde_json::from_str(value).unwrap_or_default();
                value.starts_with('[') && tags.len() <= 3 && tags.iter().all(|tag| is_string(tag.get(), 3))
            }
            "deep" => Pairs::of(value).is_some_and(|deep| {
                !deep.has_twins()
                    && deep.0.iter().all(|(key, value)| key == "level" && is_integer(value.get(), None, "10"))
            }),
            _ => false,
        };
        assert!(is_fit, "`{name}` of {text}");
    }
}

fn decimal(text: &str) -> Decimal<'_> {
    Decimal::parse(text).unwrap()
}

fn number(text: &str) -> Option<Decimal<'_>> {
    Decimal::parse(text)
}

fn is_integer(text: &str, least: Option<&str>, most: &str) -> bool {
    number(text).is_some_and(|value| {
        value.is_integer() && value <= decimal(most) && least.is_none_or(|least| value >= decimal(least))
    })
}

fn is_string(text: &str, most: usize) -> bool {
    serde_json::from_str::<String>(text).is_ok_and(|text| text.chars().count() <= most)
}

/// Whether a handler's own type holds what the text says.
fn says(members: &Pairs, typed: &Typed) {
    let value = |name: &str| members.get(name).filter(|value| *value != "null");
    let integer = |value: Option<&str>| value.map(|value| decimal(value).to_integer(20).unwrap());
    assert_eq!(typed.level.map(|level| level.to_string()), integer(value("level")));
    assert_eq!(typed.share, value("share").map(|share| share.parse().unwrap()));
    assert_eq!(typed.name, value("name").map(|name| serde_json::from_str(name).unwrap()));
    assert_eq!(typed.region, value("region").map(|region| serde_json::from_str(region).unwrap()));
    assert_eq!(typed.tags, value("tags").map(|tags| serde_json::from_str(tags).unwrap()));
    let deep = value("deep").map(|deep| Pairs::of(deep).unwrap());
    let deep = deep.as_ref().map(|deep| deep.get("level"));
    assert_eq!(typed.deep.as_ref().map(|deep| deep.level.map(|level| level.to_string())), deep.map(integer));
}

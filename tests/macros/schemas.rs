//! Schemas that models read.

use std::collections::BTreeMap;

use mcp_server::{ServerTool, tool};

use crate::input_schema;

#[derive(Debug, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Newest,
    Oldest,
}

/// Not for models.
#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Node {
    children: Vec<Node>,
}

#[test]
fn optional_arguments_and_defaults() {
    /// Searches.
    #[tool]
    async fn search(
        query: String,
        #[arg(default = 10)] limit: u32,
        #[arg(default = "en")] language: String,
        #[arg(default)] order: Order,
        /** Only these. */
        tags: Option<Vec<String>>,
        #[arg(name = "tokenBudget", default = None)] token_budget: Option<u64>,
    ) -> String {
        format!("{query} {limit} {language} {order:?} {tags:?} {token_budget:?}")
    }

    assert_eq!(
        input_schema(&search::tool()),
        r#"{"type":"object","additionalProperties":false,"properties":{"query":{"type":"string"},"limit":{"type":"integer","minimum":0,"default":10},"language":{"type":"string","default":"en"},"order":{"type":"string","enum":["newest","oldest"],"default":"newest"},"tags":{"type":["array","null"],"items":{"type":"string"},"description":"Only these."},"tokenBudget":{"type":["integer","null"],"minimum":0,"default":null}},"required":["query"]}"#
    );
}

#[test]
fn attributes_of_serde_and_schemars_go_to_the_field() {
    #[tool]
    fn pick(
        #[serde(rename = "from")]
        #[schemars(example = &"oslo")]
        start: String,
    ) -> String {
        start
    }

    assert_eq!(
        input_schema(&pick::tool()),
        r#"{"type":"object","additionalProperties":false,"properties":{"from":{"type":"string","examples":["oslo"]}},"required":["from"]}"#
    );
}

#[test]
fn a_recursive_type_refers_to_itself() {
    #[tool]
    fn walk(root: Node) -> usize {
        root.children.len()
    }

    let schema = input_schema(&walk::tool());
    assert!(schema.contains(r##""$ref":"#/$defs/Node""##), "{schema}");
    assert!(schema.contains(r#""$defs":{"Node":{"#), "{schema}");
    assert!(!schema.contains("$schema") && !schema.contains("title"), "{schema}");
}

#[test]
fn argument_types_without_a_macro() {
    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Nothing {}

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    #[serde(tag = "shape", rename_all = "lowercase")]
    #[allow(dead_code)]
    enum Shape {
        Circle { radius: f32 },
        Square { side: f32 },
    }

    let nothing = ServerTool::new("nothing", |_: Nothing| async {});
    assert_eq!(input_schema(&nothing), r#"{"type":"object","additionalProperties":false}"#);

    let shape = ServerTool::new("shape", |_: Shape| async {});
    assert!(input_schema(&shape).starts_with(r#"{"type":"object","oneOf":["#), "{}", input_schema(&shape));

    let map = ServerTool::new("map", |_: BTreeMap<String, i64>| async {});
    assert_eq!(input_schema(&map), r#"{"type":"object","additionalProperties":{"type":"integer"}}"#);
}

#[test]
fn the_builder_edits_the_definition_of_one_clone() {
    use mcp_server::model::{Icon, Meta, ToolAnnotations};

    let plain = ServerTool::new("plain", |_: BTreeMap<String, i64>| async {});
    let edited = plain
        .clone()
        .title("Title")
        .description("What it does.")
        .annotations(ToolAnnotations::default())
        .icons([Icon::new("https://example.com/icon.png")])
        .meta(Meta::from_iter([("example.com/kind".to_owned(), 1.into())]));
    let definition = edited.definition();
    assert_eq!(definition.display_name(), "Title");
    assert_eq!(definition.description.as_deref(), Some("What it does."));
    assert_eq!(definition.icons.as_ref().map(Vec::len), Some(1));
    assert_eq!(definition.meta.as_deref().map(Meta::len), Some(1));
    assert_eq!(plain.definition().title, None);
}

#[test]
fn a_wrong_definition_fails_at_the_callers_line() {
    fn panics(make: impl FnOnce() -> ServerTool + std::panic::UnwindSafe) -> String {
        let panic = std::panic::catch_unwind(make).unwrap_err();
        *panic.downcast::<String>().unwrap()
    }
    assert_eq!(
        panics(|| ServerTool::new("add numbers", |_: BTreeMap<String, i64>| async {})),
        "\"add numbers\" cannot name a tool: it contains ' '; use 1 to 128 of A-Z a-z 0-9 `_` `-` `.`"
    );
    assert!(panics(|| ServerTool::new("", |_: BTreeMap<String, i64>| async {})).contains("it is empty"));
    assert!(panics(|| ServerTool::new("a".repeat(129), |_: BTreeMap<String, i64>| async {})).contains("129 bytes"));
    assert_eq!(
        panics(|| ServerTool::new("sum", |_: Vec<i64>| async {})),
        "the arguments of tool `sum` must be a JSON object, but `alloc::vec::Vec<i64>` is of type \"array\": \
         use a struct with named fields"
    );
}

#[test]
fn a_wrong_definition_names_the_callers_place() {
    use std::sync::{Arc, Mutex};

    let place = Arc::new(Mutex::new(String::new()));
    let seen = place.clone();
    let thread = std::thread::Builder::new().name("wrong definition".into());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| match (std::thread::current().name(), panic.location()) {
        (Some("wrong definition"), Some(at)) => *seen.lock().unwrap() = format!("{}:{}", at.file(), at.line()),
        _ => before(panic),
    }));
    let line = line!() + 1;
    let join = thread.spawn(|| ServerTool::new("no name", |_: BTreeMap<String, i64>| async {})).unwrap();
    assert!(join.join().is_err());
    assert_eq!(*place.lock().unwrap(), format!("{}:{line}", file!()));
}

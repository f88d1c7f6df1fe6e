//! PAGE: lists in pages.

use mcp_server::{Limits, Server, ServerPrompt, ServerResource, ServerTool};
use mcp_tests::{clients, covers};
use serde_json::{Value, json};

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Nothing {}

/// The four lists: method, key of the items, key of an item's name.
const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    ("resources/templates/list", "resourceTemplates", "uriTemplate"),
];

/// A server with five of everything, two on a page.
pub(crate) fn five_of_everything() -> Server {
    let mut limits = Limits::default();
    limits.page_size = Some(2);
    let names = || (0..5).map(|number| format!("n{number}"));
    let fixed = names().map(|name| ServerResource::text(format!("a://{name}"), "a", "a"));
    let templates =
        names().map(|name| ServerResource::template(format!("b://{name}/{{id}}"), "b", |_: Value| async { "b" }));
    Server::builder("five", "1.0.0")
        .tools(names().map(|name| ServerTool::new(name, |_: Nothing| async {})))
        .prompts(names().map(|name| ServerPrompt::new(name, |_: ()| async { "p" })))
        .resources(fixed.chain(templates))
        .limits(limits)
        .build()
}

/// PAGE-001: each of the lists comes in pages, and the pages together are the list.
#[tokio::test]
async fn every_list_comes_in_pages() {
    covers!("PAGE-001");
    for mut client in clients::each_revision(&five_of_everything()).await {
        for (method, key, name) in LISTS {
            let (mut names, mut pages, mut cursor) = (Vec::new(), Vec::new(), None::<Value>);
            loop {
                let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
                let page = client.result(method, params).await;
                let items = page[key].as_array().unwrap();
                pages.push(items.len());
                names.extend(items.iter().map(|item| item[name].as_str().unwrap().to_owned()));
                match page.get("nextCursor") {
                    Some(next) => cursor = Some(next.clone()),
                    None => break,
                }
                assert!(cursor.as_ref().is_some_and(Value::is_string), "{method}: {page}");
            }
            assert_eq!(pages, [2, 2, 1], "{} {method}", client.revision());
            assert!(names.len() == 5 && names.is_sorted(), "{} {method}: {names:?}", client.revision());
        }
    }
}

/// PAGE-005: a cursor that the server did not make is an error, not a page; so is one of another list.
#[tokio::test]
async fn a_cursor_that_is_none_is_an_error() {
    covers!("PAGE-005");
    for mut client in clients::each_revision(&five_of_everything()).await {
        for (method, ..) in LISTS {
            for cursor in [json!("forged"), json!(""), json!(7), json!("x".repeat(9000))] {
                let (code, error) = client.error(method, json!({"cursor": cursor})).await;
                assert_eq!(code, -32602, "{} {method} {cursor}: {error}", client.revision());
            }
            let first = client.result(method, json!({})).await;
            // Some clients write what they have not got.
            assert_eq!(client.result(method, json!({"cursor": null})).await, first);
            let again = client.result(method, json!({"cursor": first["nextCursor"]})).await;
            let once_more = client.result(method, json!({"cursor": first["nextCursor"]})).await;
            assert_eq!(again, once_more, "{} {method}", client.revision());
        }
    }
}

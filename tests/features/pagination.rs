//! Pages of lists, and the cursors between them.

use mcp_server::{Limits, Server, ServerBuilder, ServerPrompt, ServerResource, ServerTool};
use mcp_tests::clients;
use serde_json::{Value, json};

use crate::panics;

const LISTS: [(&str, &str, &str); 4] = [
    ("tools/list", "tools", "name"),
    ("prompts/list", "prompts", "name"),
    ("resources/list", "resources", "uri"),
    ("resources/templates/list", "resourceTemplates", "uriTemplate"),
];

/// No arguments.
type Nothing = serde_json::Map<String, Value>;

const KEY: [u8; 32] = [7; 32];

/// Three of everything, two on a page.
fn server(configure: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Server {
    let mut limits = Limits::default();
    limits.page_size = Some(2);
    let names = ["a", "b", "c"];
    let builder = Server::builder("pages", "1.0.0")
        .limits(limits)
        .tools(names.map(|name| ServerTool::new(name, |_: Nothing| async { "x" })))
        .prompts(names.map(|name| ServerPrompt::new(name, |_: ()| async { "x" })))
        .resources(names.map(|name| ServerResource::text(format!("x://{name}"), name, "x")))
        .resources(
            names.map(|name| ServerResource::template(format!("x://{name}/{{id}}"), name, |_: ()| async { "x" })),
        );
    configure(builder).build()
}

async fn first_cursor(client: &mut clients::Client, method: &str) -> Value {
    let page = client.result(method, json!({})).await;
    assert!(page["nextCursor"].is_string(), "{page}");
    page["nextCursor"].clone()
}

fn names(page: &Value, items: &str, name: &str) -> Vec<String> {
    page[items].as_array().unwrap().iter().map(|item| item[name].as_str().unwrap().to_owned()).collect()
}

/// PAGE-001.
#[tokio::test]
async fn every_list_has_pages() {
    mcp_tests::covers!("PAGE-001");
    for mut client in clients::all(&server(|builder| builder)).await {
        for (method, items, name) in LISTS {
            let first = client.result(method, json!({})).await;
            let second = client.result(method, json!({"cursor": first["nextCursor"]})).await;
            assert_eq!((names(&first, items, name).len(), names(&second, items, name).len()), (2, 1), "{method}");
            assert!(second.get("nextCursor").is_none(), "{second}");
        }
    }
}

/// PAGE-005: what is no cursor of this list is refused, whatever is wrong with it, in the same words.
#[tokio::test]
async fn a_cursor_that_is_not_of_this_list_is_refused() {
    mcp_tests::covers!("PAGE-005");
    let stranger = server(|builder| builder.state_key([8; 32]));
    let strange = first_cursor(&mut clients::Client::on_pipe(&stranger, None).await, "tools/list").await;
    for mut client in clients::all(&server(|builder| builder.state_key(KEY))).await {
        for (method, ..) in LISTS {
            let good = first_cursor(&mut client, method).await;
            let text = good.as_str().unwrap();
            let mut wrong = vec![json!(""), json!("!"), json!("AAAA"), json!("x".repeat(8192)), strange.clone()];
            wrong.push(json!(text[1..]));
            wrong.push(json!(format!("{text}AAAA")));
            let middle = if &text[20..21] == "A" { "B" } else { "A" };
            wrong.push(json!(format!("{}{middle}{}", &text[..20], &text[21..])));
            for (other, ..) in LISTS.iter().filter(|(other, ..)| *other != method) {
                wrong.push(first_cursor(&mut client, other).await);
            }
            for cursor in wrong {
                let (code, error) = client.error(method, json!({"cursor": cursor})).await;
                assert_eq!(code, -32602, "{method} {cursor}");
                let text = "`params.cursor` is not a cursor of this list: start again without one";
                assert_eq!(error["message"], text, "{method} {cursor}");
            }
            client.result(method, json!({"cursor": good})).await;
        }
    }
}

/// PAGE-005: replicas with the same key go on where another ended, also while the key is replaced.
#[tokio::test]
async fn replicas_accept_each_others_cursors() {
    mcp_tests::covers!("PAGE-005");
    let old = server(|builder| builder.state_key(KEY));
    let both = server(|builder| builder.state_key([9; 32]).state_key(KEY));
    // This one has another history: its numbers are others.
    both.resources().insert(ServerResource::text("x://late", "late", "x"));
    both.resources().remove("x://a");
    both.resources().insert(ServerResource::text("x://a", "a", "x"));
    let new = server(|builder| builder.state_key([9; 32]));
    let mut at_old = clients::Client::on_pipe(&old, None).await;
    let mut at_both = clients::Client::on_pipe(&both, None).await;
    let mut at_new = clients::Client::on_pipe(&new, None).await;
    for (method, items, name) in LISTS {
        let cursor = first_cursor(&mut at_old, method).await;
        let page = at_both.result(method, json!({"cursor": cursor})).await;
        let expected = if method == "resources/list" { 2 } else { 1 };
        assert_eq!(names(&page, items, name).len(), expected, "{page}");
        assert!(names(&page, items, name)[0].contains('c'), "{page}");
        // Sealed with the new key, and good where only that is known.
        let cursor = first_cursor(&mut at_both, method).await;
        at_new.result(method, json!({"cursor": cursor})).await;
        assert_eq!(at_old.error(method, json!({"cursor": cursor})).await.0, -32602);
    }
}

/// The first item leaves while a client reads: nothing is left out.
#[tokio::test]
async fn pages_go_on_while_items_come_and_go() {
    for mut client in clients::all(&server(|builder| builder)).await {
        let server = server(|builder| builder);
        let mut other = clients::Client::on_pipe(&server, None).await;
        let cursor = first_cursor(&mut other, "tools/list").await;
        server.tools().remove("b");
        server.tools().insert(ServerTool::new("d", |_: Nothing| async { "x" }));
        let page = other.result("tools/list", json!({"cursor": cursor})).await;
        assert_eq!(names(&page, "tools", "name"), ["c", "d"]);
        // A process without a key of its own opens nobody else's.
        assert_eq!(client.error("tools/list", json!({"cursor": cursor})).await.0, -32602);
    }
}

#[test]
fn a_short_key_panics_where_it_is_given() {
    let panic = panics(|| drop(Server::builder("x", "1").state_key("short")));
    assert_eq!(panic, "a state key of 5 bytes is too short: use 32 random bytes or more");
}

//! `resources/list`, `resources/templates/list` and `resources/read`.

use mcp_server::{
    Context, Error, Json, Server, ServerResource,
    model::{ReadResourceResult, ResourceContents},
    resource, resources,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{clients, panics, server};

/// Today's motto.
#[resource("shop://motto", title = "Motto", mime_type = "text/plain")]
fn motto() -> &'static str {
    "Everything must go"
}

/// What one item costs.
#[resource("shop://items/{id}", name = "price")]
async fn item(id: u32, ctx: Context) -> Option<Json<u32>> {
    let _ = ctx;
    (id < 100).then_some(Json(id * 2))
}

#[resource("shop://files/{+path}")]
async fn file(path: String) -> String {
    path
}

#[resource("shop://broken/{how}")]
async fn broken(how: String) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    match how.as_str() {
        "told" => Err(Error::invalid_params("closed on Sundays").into()),
        "gone" => Err(Error::new(mcp_server::ErrorKind::ResourceNotFound, "sold out").into()),
        "panic" => panic!("on purpose"),
        secret => Err(format!("the password is {secret}").into()),
    }
}

#[derive(Deserialize)]
struct Shelf {
    row: u8,
    column: char,
}

pub(crate) fn all() -> Vec<ServerResource> {
    let mut all = resources![motto, item, file, broken];
    all.push(ServerResource::bytes("shop://logo", "logo", [0, 255]).mime_type("image/png").size(2));
    all.push(ServerResource::text("shop://ü", "umlaut", "ü"));
    all.push(ServerResource::new("shop://all", "all", || async {
        let part =
            |uri: &str| ResourceContents::Text { uri: uri.into(), mime_type: None, text: uri.into(), meta: None };
        ReadResourceResult::new(vec![part("shop://1"), part("shop://2")])
    }));
    let shelf = ServerResource::template("shop://shelf/{row}-{column}", "shelf", |shelf: Shelf| async move {
        format!("{}{}", shelf.row, shelf.column)
    });
    all.push(shelf.complete_values("column", ["a", "b"]));
    all
}

/// RES-001 to RES-003, RES-005, RES-020.
#[tokio::test]
async fn resources_and_templates_are_listed() {
    mcp_tests::covers!("RES-003");
    let server = server();
    for mut client in clients::all(&server).await {
        let listed = client.result("resources/list", json!({})).await;
        let motto = json!({
            "uri": "shop://motto", "name": "motto", "title": "Motto", "description": "Today's motto.",
            "mimeType": "text/plain",
        });
        assert_eq!((&listed["resources"][0], listed["resources"].as_array().unwrap().len()), (&motto, 4));
        let logo = json!({"uri": "shop://logo", "name": "logo", "mimeType": "image/png", "size": 2});
        assert_eq!(listed["resources"][1], logo);
        let templates = client.result("resources/templates/list", json!({})).await;
        let item = json!({"uriTemplate": "shop://items/{id}", "name": "price", "description": "What one item costs."});
        assert_eq!(
            (&templates["resourceTemplates"][0], templates["resourceTemplates"].as_array().unwrap().len()),
            (&item, 4)
        );
        assert_eq!(templates.get("ttlMs").is_some(), !client.has_session());
    }
}

/// RES-004, RES-005.
#[tokio::test]
async fn resources_are_read() {
    mcp_tests::covers!("RES-004", "RES-005");
    let server = server();
    for mut client in clients::all(&server).await {
        for (uri, contents) in [
            ("shop://motto", json!({"mimeType": "text/plain", "text": "Everything must go"})),
            ("shop://logo", json!({"mimeType": "image/png", "blob": "AP8="})),
            ("shop://ü", json!({"text": "ü"})),
            ("shop://items/7", json!({"mimeType": "application/json", "text": "14"})),
            ("shop://files/a/b%20c", json!({"text": "a/b c"})),
            ("shop://shelf/3-b", json!({"text": "3b"})),
            // What means the same is the same, whoever wrote it (RFC 3986, section 6.2.2; RFC 3987, section 3.1).
            ("SHOP://%c3%bc", json!({"text": "ü"})),
            ("shop://%6Dotto", json!({"mimeType": "text/plain", "text": "Everything must go"})),
            ("Shop://Items/%37", json!({"mimeType": "application/json", "text": "14"})),
        ] {
            let read = client.result("resources/read", json!({"uri": uri})).await;
            let mut expected = json!({"uri": uri});
            expected.as_object_mut().unwrap().extend(contents.as_object().unwrap().clone());
            assert_eq!(read["contents"], json!([expected]), "{uri}");
            assert_eq!(read.get("ttlMs").is_some(), !client.has_session());
        }
        let read = client.result("resources/read", json!({"uri": "shop://all"})).await;
        assert_eq!(read["contents"].as_array().unwrap().len(), 2);
    }
}

/// RES-006 to RES-008, RES-012, RES-013.
#[tokio::test]
async fn what_is_not_there_is_not_found_and_what_is_secret_is_not_told() {
    mcp_tests::covers!("RES-006", "RES-007", "RES-008", "RES-012", "RES-013");
    let server = server();
    for mut client in clients::all(&server).await {
        let not_found = if client.has_session() { -32002 } else { -32602 };
        for uri in [
            "shop://none",
            "shop://items/100",
            "shop://items/many",
            "shop://items/1/2",
            "shop://files/../x",
            "shop://files/%2e%2e/x",
            "shop://files//etc",
            "shop://shelf/300-a",
            "",
        ] {
            let (code, error) = client.error("resources/read", json!({"uri": uri})).await;
            assert_eq!((code, &error["data"]["uri"]), (not_found, &json!(uri)), "{error}");
        }
        for (how, code, text) in [
            ("told", -32602, "closed on Sundays"),
            ("gone", not_found, "sold out"),
            ("s3cret", -32603, "the resource failed"),
            ("panic", -32603, ""),
        ] {
            let (found, error) = client.error("resources/read", json!({"uri": format!("shop://broken/{how}")})).await;
            let message = error["message"].as_str().unwrap();
            assert!(found == code && message.contains(text) && !message.contains("s3cret"), "{how}: {error}");
        }
        if client.has_session() {
            assert_eq!(client.error("resources/read", json!({"uri": 1})).await.0, -32602);
        }
    }
}

/// PAGE-001: the two lists have pages of their own.
#[tokio::test]
async fn resources_come_and_go_and_have_pages() {
    let mut limits = mcp_server::Limits::default();
    limits.page_size = Some(3);
    let server = Server::builder("pages", "1.0.0").resources(all()).limits(limits).build();
    assert!(server.resources().remove("shop://all").is_some() && server.resources().remove("shop://all").is_none());
    server.resources().insert(ServerResource::text("shop://late", "late", "late"));
    // One of the same URI takes its place, however that is spelt.
    server.resources().insert(ServerResource::text("SHOP://motto", "motto", "Nothing is left"));
    for mut client in clients::all(&server).await {
        let first = client.result("resources/list", json!({})).await;
        assert_eq!(first["resources"].as_array().unwrap().len(), 3);
        let second = client.result("resources/list", json!({"cursor": first["nextCursor"]})).await;
        assert_eq!(second["resources"], json!([{"uri": "shop://late", "name": "late"}]));
        let templates = client.result("resources/templates/list", json!({})).await;
        let rest = client.result("resources/templates/list", json!({"cursor": templates["nextCursor"]})).await;
        assert_eq!(rest["resourceTemplates"].as_array().unwrap().len(), 1);
        let motto: Value = client.result("resources/read", json!({"uri": "shop://motto"})).await;
        assert_eq!(motto["contents"][0]["text"], "Nothing is left");
    }
}

#[test]
fn mistakes_panic_where_they_are_made() {
    mcp_tests::covers!("RES-011");
    let text = |uri: &str| ServerResource::text(uri, "x", "x");
    let template = |uri: &str| ServerResource::template(uri, "x", |_: ()| async { "x" });
    let add = |resources: Vec<ServerResource>| panics(move || drop(Server::builder("x", "1").resources(resources)));
    assert!(add(vec![text("x://a"), text("x://a")]).starts_with("two resources have the URI `x://a`"));
    assert!(add(vec![text("x://ü"), text("X://%c3%bc")]).starts_with("two resources have the URI `X://%c3%bc`"));
    let unreachable = add(vec![template("x://{+all}"), template("x://{id}/y")]);
    assert!(unreachable.starts_with("`x://{id}/y` is never read: `x://{+all}` takes all its URIs"), "{unreachable}");
    let _ = Server::builder("x", "1").resources([template("x://{id}/y"), template("x://{+all}")]);
    for wrong in ["a", "a b://c", "://x", "1x://y", "x:"] {
        assert!(panics(|| drop(text(wrong))).contains("is no URI"), "{wrong}");
    }
    for (wrong, why) in [("x://a", "has no variables"), ("x://{a}{b}", "nothing tells"), ("x://{?q}", "no variable")] {
        assert!(panics(|| drop(template(wrong))).contains(why), "{wrong}");
    }
}

//! RES: `resources/list`, `resources/templates/list`, `resources/read`, and what is heard of changes.

use mcp_server::{
    Server, ServerResource,
    model::{Annotations, Content, Icon, Meta, ReadResourceResult, ResourceContents, Role, TextContent},
    resource, resources, tool, tools,
};
use mcp_tests::{
    clients::{self, Client},
    covers,
    messages::{request, stateless},
    peer::Peer,
    raw_http::{Connection, mirror},
};
use serde_json::json;

use crate::{called, keys, refused, same_for_everyone};

#[resource("note://pages/{page}", name = "page")]
fn page(page: u32) -> Option<String> {
    (page < 100).then(|| format!("page {page}"))
}

/// Files below a folder.
#[resource("file:///srv/notes/{+path}")]
fn files(path: String) -> String {
    path
}

fn server() -> Server {
    let both = ServerResource::new("note://both", "both", || async {
        let text = ResourceContents::Text {
            uri: "note://both/text".into(),
            mime_type: Some("text/plain".into()),
            text: "words".into(),
            meta: None,
        };
        let blob =
            ResourceContents::Blob { uri: "note://both/blob".into(), mime_type: None, blob: "AP8=".into(), meta: None };
        ReadResourceResult::new(vec![text, blob])
    });
    let mut all = resources![page, files];
    all.extend([
        ServerResource::text("note://first", "first", "Buy milk").mime_type("text/plain").size(8),
        ServerResource::bytes("note://logo", "logo", [0, 255]).mime_type("image/png"),
        both,
    ]);
    Server::builder("notes", "1.0.0").resources(all).build()
}

/// RES-001: a server with resources says so, and its list answers as long as it runs, also when no resource is left.
#[tokio::test]
async fn resources_are_declared_and_listed_also_when_there_are_none() {
    covers!("RES-001");
    let empty = Server::builder("empty", "1.0.0").resources([]).build();
    let emptied = server();
    emptied.resources().replace_all([]);
    for (server, count) in [(server(), 3), (empty, 0), (emptied, 0)] {
        for mut client in clients::each_revision(&server).await {
            assert!(client.capabilities().await["resources"].is_object(), "{}", client.revision());
            assert_eq!(client.result("resources/list", json!({})).await["resources"].as_array().unwrap().len(), count);
        }
    }
}

/// RES-002: who asks, and what was asked before, changes no list.
#[tokio::test]
async fn the_lists_are_the_same_for_everyone() {
    covers!("RES-002");
    let read = || ("resources/read", json!({"uri": "note://first"}));
    let listed = same_for_everyone(&server(), "resources/list", "resources", read()).await;
    assert_eq!(listed.as_array().unwrap().len(), 3);
    let templates = same_for_everyone(&server(), "resources/templates/list", "resourceTemplates", read()).await;
    assert_eq!(templates.as_array().unwrap().len(), 2);
}

fn hints() -> Annotations {
    let mut hints = Annotations::default();
    hints.audience = Some(vec![Role::User, Role::Assistant]);
    hints.priority = Some(0.5);
    hints.last_modified = Some("2025-01-12T15:00:58Z".into());
    hints
}

/// RES-003, RES-019: each revision sees the members that it knows.
#[tokio::test]
async fn a_resource_has_the_members_of_its_revision() {
    covers!("RES-003", "RES-019");
    let mut meta = Meta::new();
    meta.insert("example.com/note".into(), json!(1));
    let dress = |resource: ServerResource| {
        resource.title("T").annotations(hints()).icons(vec![Icon::new("https://e.com/i.png")]).meta(meta.clone())
    };
    let fixed = dress(ServerResource::text("note://a", "a", "x").size(1));
    let template = dress(ServerResource::template("note://b/{id}", "b", |_: serde_json::Value| async { "x" }));
    let server = Server::builder("dressed", "1.0.0").resources([fixed, template]).build();
    for mut client in clients::each_revision(&server).await {
        let resource = client.result("resources/list", json!({})).await["resources"][0].clone();
        let template = client.result("resources/templates/list", json!({})).await["resourceTemplates"][0].clone();
        let mut late = vec!["annotations"];
        let mut of_annotations = vec!["audience", "priority"];
        if client.revision() >= "2025-06-18" {
            late.extend(["_meta", "title"]);
            of_annotations.push("lastModified");
            assert_eq!(resource["annotations"]["lastModified"], "2025-01-12T15:00:58Z");
        }
        if client.revision() >= "2025-11-25" {
            late.push("icons");
        }
        of_annotations.sort_unstable();
        for (listed, own) in [(&resource, vec!["name", "uri", "size"]), (&template, vec!["name", "uriTemplate"])] {
            let mut expected = [own, late.clone()].concat();
            expected.sort_unstable();
            assert_eq!(keys(listed), expected, "{}", client.revision());
            assert_eq!(keys(&listed["annotations"]), of_annotations, "{}", client.revision());
            assert_eq!(listed["annotations"]["audience"], json!(["user", "assistant"]));
            assert_eq!(listed["annotations"]["priority"], 0.5);
        }
    }
}

/// RES-019: hints that no revision allows are refused where they are given.
#[test]
fn hints_that_are_none_are_refused() {
    covers!("RES-019");
    let hinted = |change: fn(&mut Annotations)| {
        let mut hints = hints();
        change(&mut hints);
        move || ServerResource::text("note://a", "a", "x").annotations(hints)
    };
    for priority in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        let mut hints = hints();
        hints.priority = Some(priority);
        let told = refused(|| ServerResource::text("note://a", "a", "x").annotations(hints));
        assert!(told.contains("priority") && told.contains("from 0 to 1"), "{told}");
    }
    let told = refused(hinted(|hints| hints.last_modified = Some("yesterday".into())));
    assert!(told.contains("last_modified") && told.contains("yesterday"), "{told}");
    for fits in ["2025-01-12", "2025-01-12T15:00:58Z", "2025-01-12T15:00:58.123+01:00"] {
        let mut hints = hints();
        hints.last_modified = Some(fits.into());
        let resource = ServerResource::text("note://a", "a", "x").annotations(hints);
        Server::builder("hinted", "1.0.0").resources([resource]).build();
    }
}

/// Says something of a priority.
#[tool]
fn prioritised(priority: f64) -> Content {
    let mut text = TextContent::new("words");
    let mut hints = hints();
    hints.priority = Some(priority);
    text.annotations = Some(hints);
    text.into()
}

/// RES-019: hints of contents are not known before a call, and one that no revision allows is left out.
#[tokio::test]
async fn a_hint_that_is_none_is_left_out_of_contents() {
    covers!("RES-019");
    let server = Server::builder("hints", "1.0.0").tools(tools![prioritised]).build();
    for mut client in clients::each_revision(&server).await {
        for (priority, sent) in [(0.0, Some(0.0)), (0.5, Some(0.5)), (1.0, Some(1.0)), (-0.5, None), (1.5, None)] {
            let result = called(&mut client, "prioritised", json!({"priority": priority})).await;
            let hints = &result["content"][0]["annotations"];
            assert_eq!(hints.get("priority").map(|sent| sent.as_f64().unwrap()), sent, "{} {hints}", client.revision());
            assert_eq!(hints["audience"], json!(["user", "assistant"]));
        }
    }
}

/// RES-004: contents are text, or bytes in base64, each with its URI; there may be several.
#[tokio::test]
async fn contents_are_text_or_bytes() {
    covers!("RES-004");
    for mut client in clients::each_revision(&server()).await {
        for (uri, contents) in [
            ("note://first", json!([{"uri": "note://first", "mimeType": "text/plain", "text": "Buy milk"}])),
            ("note://logo", json!([{"uri": "note://logo", "mimeType": "image/png", "blob": "AP8="}])),
            (
                "note://both",
                json!([
                    {"uri": "note://both/text", "mimeType": "text/plain", "text": "words"},
                    {"uri": "note://both/blob", "blob": "AP8="},
                ]),
            ),
        ] {
            let read = client.result("resources/read", json!({"uri": uri})).await;
            assert_eq!(read["contents"], contents, "{} {uri}", client.revision());
        }
    }
}

/// RES-005: templates are listed, and what follows one can be read.
#[tokio::test]
async fn what_follows_a_template_can_be_read() {
    covers!("RES-005");
    for mut client in clients::each_revision(&server()).await {
        let templates = client.result("resources/templates/list", json!({})).await;
        assert_eq!(templates["resourceTemplates"][0], json!({"uriTemplate": "note://pages/{page}", "name": "page"}));
        let read = client.result("resources/read", json!({"uri": "note://pages/7"})).await;
        assert_eq!(read["contents"], json!([{"uri": "note://pages/7", "text": "page 7"}]), "{}", client.revision());
    }
}

/// RES-006, RES-007, RES-008: what does not exist is an error that names it, not an empty answer.
#[tokio::test]
async fn what_does_not_exist_is_an_error_that_names_it() {
    covers!("RES-006", "RES-007", "RES-008");
    for mut client in clients::each_revision(&server()).await {
        let expected = if client.has_session() { -32002 } else { -32602 };
        for uri in ["note://none", "note://pages/100", "note://pages/x", "other://first"] {
            let answer = client.ask("resources/read", json!({"uri": uri})).await;
            assert_eq!(
                (&answer["error"]["code"], &answer["error"]["data"]["uri"], answer.get("result")),
                (&json!(expected), &json!(uri), None),
                "{} {answer}",
                client.revision()
            );
        }
    }
}

/// RES-011: a URI has a scheme as RFC 3986 spells it.
#[test]
fn a_uri_has_a_scheme() {
    covers!("RES-011");
    for wrong in
        ["first", ":first", "1note://first", "no te://first", "nöte://first", "note_s://first", "note:", "note://a b"]
    {
        let told = refused(|| ServerResource::text(wrong, "first", "x"));
        assert!(told.contains("is no URI"), "{told}");
    }
    for fits in ["note://first", "n:first", "x-note.v1+json://first/%C3%BC?q=1#part", "urn:isbn:0451450523"] {
        Server::builder("fits", "1.0.0").resources([ServerResource::text(fits, "first", "x")]).build();
    }
}

/// RES-012: what is no URI is an error, wherever a URI is taken, and reaches no handler.
#[tokio::test]
async fn what_is_no_uri_is_an_error() {
    covers!("RES-012");
    for mut client in clients::each_revision(&server()).await {
        for uri in ["", "note", "note://first ", "note://pages/%zz", "note://pages/\u{0}", "note://pages/1\n"] {
            let answer = client.ask("resources/read", json!({"uri": uri})).await;
            assert!(answer["error"]["code"].is_i64(), "{} {uri:?}: {answer}", client.revision());
        }
    }
    let mut peer = Peer::in_process(&server());
    peer.handshake(clients::WITH_SESSION).await;
    for method in ["resources/read", "resources/subscribe", "resources/unsubscribe"] {
        for params in [json!({}), json!({"uri": 7}), json!({"uri": ["note://first"]})] {
            assert_eq!(
                peer.ask(&request(1, method, params.clone())).await["error"]["code"],
                -32602,
                "{method} {params}"
            );
        }
    }
}

/// RES-005, RES-013: a slash within a value is encoded by whoever expands the template (RFC 6570, section 3.2.2); a value
/// that climbs is none.
#[tokio::test]
async fn a_value_may_hold_what_its_expansion_encodes_and_may_not_climb() {
    covers!("RES-005", "RES-013");
    #[resource("item://{name}", name = "item")]
    fn item(name: String) -> String {
        name
    }
    let server = Server::builder("items", "1.0.0").resources(resources![item]).build();
    for mut client in clients::each_revision(&server).await {
        for (uri, name) in [("item://a%2Fb", "a/b"), ("item://%2e%2e%2e", "..."), ("item://a%3Fb%23", "a?b#")] {
            let read = client.result("resources/read", json!({"uri": uri})).await;
            assert_eq!(read["contents"], json!([{"uri": uri, "text": name}]), "{}", client.revision());
        }
        for climbs in ["..", "%2e%2E", "a%2F..%2Fb", "a%5C..", "%2Fetc", "%5C%5Chost", "C:", "c%3Ax"] {
            let answer = client.ask("resources/read", json!({"uri": format!("item://{climbs}")})).await;
            assert!(answer["error"]["code"].is_i64(), "{} {climbs}: {answer}", client.revision());
        }
    }
}

/// RES-013: a URI leads nowhere but below the folder of its template.
#[tokio::test]
async fn a_uri_does_not_lead_out_of_its_folder() {
    covers!("RES-013");
    for mut client in clients::each_revision(&server()).await {
        for path in [
            "../secret",
            "a/../../secret",
            "..",
            "a/..",
            "%2e%2e/secret",
            "a/%2E%2E/%2e%2e/secret",
            "..%2fsecret",
            "a%2f..%2f..%2fsecret",
            "/etc/passwd",
            "%2Fetc/passwd",
            "a%00.txt",
            "C:/x",
            "c%3A%5Cx",
        ] {
            let uri = format!("file:///srv/notes/{path}");
            let answer = client.ask("resources/read", json!({"uri": uri})).await;
            assert!(answer["error"]["code"].is_i64(), "{} {uri}: {answer}", client.revision());
        }
        for (path, text) in [("a/b.txt", "a/b.txt"), ("a%20b", "a b"), ("%252e%252e/x", "%2e%2e/x"), ("a..b", "a..b")] {
            let read = client.result("resources/read", json!({"uri": format!("file:///srv/notes/{path}")})).await;
            assert_eq!(read["contents"][0]["text"], text);
        }
    }
}

/// RES-014: a session that subscribes hears of that resource until it unsubscribes, and no other session does.
#[tokio::test]
async fn only_who_subscribed_hears_of_a_resource() {
    covers!("RES-014");
    for revision in mcp_tests::messages::WITH_SESSIONS {
        for over_http in [false, true] {
            // A server of its own, because the sessions before would hear too.
            let server = server();
            let address = clients::serve(&server).await;
            let open = async || match over_http {
                true => Client::over_http(address, Some(revision)).await,
                false => Client::on_pipe(&server, Some(revision)).await,
            };
            let (mut changing, other) = (open().await, open().await);
            assert_eq!(changing.capabilities().await["resources"]["subscribe"], true);
            let first = json!({"uri": "note://first"});
            assert_eq!(changing.result("resources/subscribe", first.clone()).await, json!({}));
            assert_eq!(changing.result("resources/unsubscribe", first).await, json!({}));
            let mut changing = changing.listen(&["note://logo"]).await;
            let mut other = other.listen(&["note://first"]).await;
            for uri in ["note://first", "note://none", "note://logo"] {
                server.notify_resource_updated(uri);
            }
            for (events, uri) in [(&mut changing, "note://logo"), (&mut other, "note://first")] {
                let event = events.next().await;
                assert_eq!(event["method"], "notifications/resources/updated", "{revision}");
                assert_eq!(event["params"], json!({"uri": uri}), "{revision}");
            }
            // Nothing came between this and that.
            server.notify_resources_list_changed();
            for events in [&mut changing, &mut other] {
                assert_eq!(events.next().await["method"], "notifications/resources/list_changed", "{revision}");
            }
        }
    }
}

/// RES-015: a request that stands alone cannot subscribe.
#[tokio::test]
async fn without_a_session_there_is_nothing_to_subscribe_with() {
    covers!("RES-015");
    let server = server();
    let mut peer = Peer::in_process(&server);
    let mut connection = Connection::open(clients::serve(&server).await).await;
    for method in ["resources/subscribe", "resources/unsubscribe"] {
        let message = stateless(1, method, json!({"uri": "note://first"}));
        assert_eq!(peer.ask(&message).await["error"]["code"], -32601, "{method}");
        let answer = connection.post_with(&mirror(&message), &message).await;
        assert_eq!((answer.status, answer.error_code()), (404, -32601), "{method}");
    }
}

/// RES-016: a stream hears of the resources that it named, and of no others.
#[tokio::test]
async fn a_stream_hears_of_the_resources_that_it_named() {
    covers!("RES-016");
    for over_http in [false, true] {
        let server = server();
        let client = match over_http {
            true => Client::over_http(clients::serve(&server).await, None).await,
            false => Client::on_pipe(&server, None).await,
        };
        let mut events = client.listen(&["note://logo", "note://pages/1"]).await;
        for uri in ["note://first", "note://pages/2", "note://pages/1", "note://none", "note://logo"] {
            server.notify_resource_updated(uri);
        }
        for uri in ["note://pages/1", "note://logo"] {
            let event = events.next().await;
            assert_eq!(
                (&event["method"], &event["params"]["uri"]),
                (&json!("notifications/resources/updated"), &json!(uri))
            );
        }
        server.notify_resources_list_changed();
        assert_eq!(events.next().await["method"], "notifications/resources/list_changed");
    }
}

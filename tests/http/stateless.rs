//! Requests that stand alone.

use mcp_tests::{
    fixture,
    messages::{STATELESS, call, call_with_progress, envelope, request, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::start;

const ID: &str = "call-1";

async fn connect() -> Connection {
    Connection::open(start(&fixture::server().0).await).await
}

/// HTTPM-010, JRPC-005, JRPC-007, META-007.
#[tokio::test]
async fn a_call_is_answered_as_one_json_object() {
    mcp_tests::covers!("HTTPM-010", "JRPC-005", "JRPC-007", "META-007");
    let answer = connect().await.post(&stateless(ID, "tools/call", call("add", json!({"a": 1, "b": 2})))).await;
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"));
    let expected = json!({"jsonrpc": "2.0", "id": ID, "result": {
        "resultType": "complete",
        "content": [{"type": "text", "text": "3"}],
        "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "fixture", "version": "1.0.0"}},
    }});
    assert_eq!(answer.json(), expected);
    // HTTPM-029.
    assert!(!answer.headers.contains_key("mcp-session-id"));
}

/// HTTPM-012, HTTPM-014, HTTPM-015, PROG-003, PROG-005.
#[tokio::test]
async fn progress_turns_the_answer_into_a_stream_that_ends_with_the_response() {
    mcp_tests::covers!("HTTPM-014", "HTTPM-015", "PROG-003");
    let mut connection = connect().await;
    let message = stateless(ID, "tools/call", call_with_progress("steps", json!({"count": 3}), "token"));
    connection.send_post(&mirror(&message), &message).await;
    let head = connection.head().await;
    assert_eq!((head.status, head.headers["content-type"].as_str()), (200, "text/event-stream"));
    assert_eq!(head.headers["x-accel-buffering"], "no");
    let events = connection.events().await;
    let (response, progress) = events.split_last().unwrap();
    assert_eq!((&response["id"], text_of(response)), (&json!(ID), "done"));
    let values: Vec<f64> = progress.iter().map(|event| event["params"]["progress"].as_f64().unwrap()).collect();
    assert!(values.is_sorted_by(|a, b| a < b) && values.last() == Some(&3.0), "{values:?}");
    assert!(progress.iter().all(|event| event["params"]["progressToken"] == "token"));
    // The connection is good for more.
    assert_eq!(
        text_of(&connection.post(&stateless(2, "tools/call", call("echo", json!({"text": "x"})))).await.json()),
        "x"
    );
}

/// PROG-006.
#[tokio::test]
async fn without_a_token_there_is_no_progress() {
    mcp_tests::covers!("PROG-006");
    let answer = connect().await.post(&stateless(ID, "tools/call", call("steps", json!({"count": 3})))).await;
    assert_eq!(answer.headers["content-type"], "application/json");
    assert_eq!(text_of(&answer.json()), "done");
}

/// A client that does not take events gets JSON, and one that takes nothing else gets events.
#[tokio::test]
async fn the_form_of_the_answer_follows_accept() {
    let mut connection = connect().await;
    let message = stateless(ID, "tools/call", call_with_progress("steps", json!({"count": 3}), 1));
    for (accept, media) in [
        ("application/json", "application/json"),
        ("text/event-stream", "text/event-stream"),
        ("*/*", "text/event-stream"),
    ] {
        let mut headers = mirror(&message);
        headers.extend([
            ("Accept".to_owned(), accept.to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ]);
        connection.send_request("POST", &headers, &message.to_string()).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, media), "{accept}");
        let last = if media == "application/json" { answer.json() } else { answer.events().pop().unwrap() };
        assert_eq!(text_of(&last), "done");
    }
    for message in [stateless(1, "server/discover", json!({})), stateless(1, "tools/list", json!({}))] {
        let mut headers = mirror(&message);
        headers.extend([
            ("Accept".to_owned(), "text/event-stream".to_owned()),
            ("Content-Type".to_owned(), "application/json".to_owned()),
        ]);
        connection.send_request("POST", &headers, &message.to_string()).await;
        assert_eq!(connection.answer().await.events()[0]["result"]["resultType"], "complete");
    }
}

/// VER-006, VER-008, CACHE-002.
#[tokio::test]
async fn discovery_names_versions_capabilities_and_identity() {
    mcp_tests::covers!("VER-006", "VER-008", "CACHE-002");
    let answer = connect().await.post(&stateless("d", "server/discover", json!({}))).await;
    let result = &answer.json()["result"];
    assert_eq!(result["resultType"], "complete");
    assert!(result["supportedVersions"].as_array().unwrap().contains(&json!(STATELESS)));
    assert_eq!(result["capabilities"], json!({"tools": {"listChanged": true}}));
    assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "fixture");
    assert!(result["ttlMs"].is_u64() && ["public", "private"].contains(&result["cacheScope"].as_str().unwrap()));
}

/// CACHE-001, PAGE-001, PAGE-005, TOOL-003.
#[tokio::test]
async fn tools_are_listed_in_pages() {
    mcp_tests::covers!("PAGE-005");
    let (server, _) = fixture::limited(|limits| limits.page_size = Some(4));
    let mut connection = Connection::open(start(&server).await).await;
    let (mut names, mut cursor, mut pages) = (Vec::new(), None::<Value>, 0);
    loop {
        let params = cursor.map_or(json!({}), |cursor| json!({"cursor": cursor}));
        let result = connection.post(&stateless(1, "tools/list", params)).await.json()["result"].take();
        assert!(result["ttlMs"].is_u64() && result["cacheScope"].is_string());
        names.extend(result["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()));
        pages += 1;
        match result.get("nextCursor") {
            Some(next) => cursor = Some(next.clone()),
            None => break,
        }
    }
    assert_eq!((names, pages), (server.tools().names(), 3));
    for cursor in [json!("forged"), json!(""), json!(7), json!("x".repeat(8192))] {
        let answer = connection.post(&stateless(1, "tools/list", json!({"cursor": cursor}))).await;
        assert_eq!(answer.error_code(), -32602);
    }
}

/// TOOL-020, TOOL-021, TOOL-022, TOOL-023.
#[tokio::test]
async fn failures_are_told_in_the_right_place() {
    mcp_tests::covers!("TOOL-020", "TOOL-021", "TOOL-022", "TOOL-023");
    let mut connection = connect().await;
    for (params, code) in [
        (call("nothing", json!({})), -32602),
        (json!({"name": "add", "arguments": [1]}), -32602),
        (json!({"name": "add", "arguments": "x"}), -32602),
    ] {
        let answer = connection.post(&stateless(1, "tools/call", params.clone())).await;
        assert_eq!((answer.status, answer.error_code()), (200, code), "{params}");
    }
    for (params, part) in [
        (call("fail", json!({})), "deliberate failure"),
        (call("add", json!({"a": 1})), "missing argument `b`"),
        (call("add", json!({"a": 1, "b": "x"})), "`b`"),
        (call("add", Value::Null), "missing argument `a`"),
    ] {
        let result = connection.post(&stateless(1, "tools/call", params)).await.json();
        assert_eq!(result["result"]["isError"], true, "{result}");
        assert!(text_of(&result).contains(part), "{result}");
    }
}

/// META-005, META-006, VER-001, VER-003, VER-004, HTTPM-023, HTTPM-024, HTTPM-026.
#[tokio::test]
async fn the_envelope_is_checked_before_anything_else() {
    mcp_tests::covers!("META-005", "VER-003", "HTTPM-023", "HTTPM-024", "HTTPM-026");
    let mut connection = connect().await;
    let with_meta = |change: fn(&mut Value)| {
        let mut meta = envelope();
        change(&mut meta);
        request(1, "tools/list", json!({"_meta": meta}))
    };
    let version = "io.modelcontextprotocol/protocolVersion";
    let capabilities = "io.modelcontextprotocol/clientCapabilities";
    for (message, header, code) in [
        (request(1, "tools/list", json!({})), STATELESS, -32602),
        (
            with_meta(|meta| drop(meta.as_object_mut().unwrap().remove("io.modelcontextprotocol/clientCapabilities"))),
            STATELESS,
            -32602,
        ),
        (with_meta(|meta| meta["io.modelcontextprotocol/clientCapabilities"] = json!([])), STATELESS, -32602),
        (with_meta(|meta| meta["io.modelcontextprotocol/protocolVersion"] = json!(20_260_728)), STATELESS, -32602),
        (with_meta(|meta| meta["io.modelcontextprotocol/clientInfo"] = json!("x")), STATELESS, -32602),
        (with_meta(|meta| meta["progressToken"] = json!({})), STATELESS, -32602),
        (with_meta(|meta| meta["io.modelcontextprotocol/protocolVersion"] = json!("v999.0.0")), STATELESS, -32020),
        (with_meta(|meta| meta["io.modelcontextprotocol/protocolVersion"] = json!("v999.0.0")), "v999.0.0", -32022),
        (with_meta(|meta| meta["io.modelcontextprotocol/protocolVersion"] = json!("2025-11-25")), "2025-11-25", -32022),
        (with_meta(|_| ()), "2025-11-25", -32020),
    ] {
        assert!(message["params"]["_meta"].get(capabilities).is_some() || code == -32602);
        let headers = [
            ("MCP-Protocol-Version".to_owned(), header.to_owned()),
            ("Mcp-Method".to_owned(), "tools/list".to_owned()),
        ];
        let answer = connection.post_with(&headers, &message).await;
        assert_eq!((answer.status, answer.error_code()), (400, code), "{message} {header}");
        assert_eq!(answer.json()["id"], 1);
        if code == -32022 {
            let data = &answer.json()["error"]["data"];
            assert_eq!(data["requested"], message["params"]["_meta"][version]);
            assert!(data["supported"].as_array().unwrap().contains(&json!(STATELESS)));
        }
    }
}

/// META-004, JRPC-033.
#[tokio::test]
async fn a_client_need_not_say_who_it_is_and_may_say_more_than_is_known() {
    mcp_tests::covers!("META-004", "JRPC-033");
    let mut meta = envelope();
    meta.as_object_mut().unwrap().remove("io.modelcontextprotocol/clientInfo");
    meta["io.modelcontextprotocol/clientCapabilities"] = json!({"roots": {"listChanged": true}, "x": {}});
    let message = request(1, "tools/list", json!({"_meta": meta, "unknown": [1]}));
    assert_eq!(connect().await.post(&message).await.status, 200);
}

/// HDR-005 to HDR-011.
#[tokio::test]
async fn headers_must_mirror_the_body() {
    mcp_tests::covers!("HDR-005", "HDR-006", "HDR-007", "HDR-008", "HDR-011");
    let mut connection = connect().await;
    let message = stateless(ID, "tools/call", call("add", json!({"a": 1, "b": 2})));
    let version = ("MCP-Protocol-Version".to_owned(), STATELESS.to_owned());
    let headers = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        std::iter::once(version.clone()).chain(pairs).collect::<Vec<_>>()
    };
    for pairs in [
        vec![],
        vec![("Mcp-Name", "add")],
        vec![("Mcp-Method", "tools/call")],
        vec![("Mcp-Method", "tools/list"), ("Mcp-Name", "add")],
        vec![("Mcp-Method", "TOOLS/CALL"), ("Mcp-Name", "add")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "Add")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?@@?=")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "=?base64?YWRk?="), ("Mcp-Name", "add")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "add")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "=?BASE64?YWRk?=")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "ädd")],
        vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "add"), ("MCP-Protocol-Version", STATELESS)],
    ] {
        let answer = connection.post_with(&headers(&pairs), &message).await;
        assert_eq!((answer.status, answer.error_code()), (400, -32020), "{pairs:?}");
        assert_eq!(answer.json()["id"], ID);
    }
    for pairs in [
        vec![("mcp-method", "tools/call"), ("MCP-NAME", "=?base64?YWRk?=")],
        vec![("Mcp-Method", "  tools/call "), ("Mcp-Name", "add\t")],
        // HDR-027, HTTPM-018, HTTPM-029: none of these means anything here.
        vec![
            ("Mcp-Method", "tools/call"),
            ("Mcp-Name", "add"),
            ("Mcp-Param-X", "1"),
            ("Last-Event-ID", "9"),
            ("Mcp-Session-Id", "zz"),
        ],
    ] {
        assert_eq!(connection.post_with(&headers(&pairs), &message).await.status, 200, "{pairs:?}");
    }
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Located {
    #[schemars(extend("x-mcp-header" = "Region"))]
    region: Option<String>,
}

/// HDR-023, HDR-024, HDR-027, HDR-029.
#[tokio::test]
async fn arguments_that_headers_repeat_are_compared() {
    mcp_tests::covers!("HDR-023", "HDR-024", "HDR-027", "HDR-029");
    let (server, _) = fixture::server();
    let locate = |args: Located| async move { args.region.unwrap_or_else(|| "nowhere".to_owned()) };
    server.tools().insert(mcp_server::ServerTool::new("locate", locate));
    let address = start(&server).await;
    let mut connection = Connection::open(address).await;
    for (region, value, status) in [
        (json!("west"), Some("west"), 200),
        (json!("größe"), Some("=?base64?Z3LDtsOfZQ==?="), 200),
        (json!(null), None, 200),
        (json!("west"), None, 400),
        (json!("west"), Some("east"), 400),
        (json!(null), Some("west"), 400),
        (json!("west"), Some("=?base64?@@?="), 400),
    ] {
        let message = stateless(ID, "tools/call", call("locate", json!({"region": region})));
        let mut headers = mirror(&message);
        headers.push(("Mcp-Param-Other".to_owned(), "ignored".to_owned()));
        headers.extend(value.map(|value| ("Mcp-Param-Region".to_owned(), value.to_owned())));
        let answer = connection.post_with(&headers, &message).await;
        assert_eq!(answer.status, status, "{region} {value:?}: {}", answer.body);
        if status == 400 {
            assert_eq!((answer.error_code(), &answer.json()["id"]), (-32020, &json!(ID)));
        }
    }
    let mut session = crate::Session::open(address, "2025-11-25").await;
    let answer = session.post(&request(1, "tools/call", call("locate", json!({"region": "west"})))).await;
    assert_eq!(text_of(&answer.json()), "west");
}

/// HTTPM-025, VER-012, JRPC-015, PING-003, LOG-007.
#[tokio::test]
async fn methods_that_do_not_exist_are_not_found() {
    mcp_tests::covers!("HTTPM-025", "VER-012", "JRPC-015", "PING-003", "LOG-007");
    let mut connection = connect().await;
    for method in [
        "initialize",
        "ping",
        "logging/setLevel",
        "resources/subscribe",
        "resources/unsubscribe",
        "prompts/list",
        "resources/read",
        "no/such",
    ] {
        let mut message = stateless(1, method, json!({"name": "x", "uri": "x"}));
        message["params"]["protocolVersion"] = json!("2025-11-25");
        let mut headers = mirror(&message);
        headers.retain(|(name, _)| name != "Mcp-Name");
        headers.push(("Mcp-Name".to_owned(), "x".to_owned()));
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        // The status counts also for a client that would rather have a stream.
        for accept in ["application/json, text/event-stream", "text/event-stream"] {
            let headers = [headers.clone(), vec![("Accept".to_owned(), accept.to_owned())]].concat();
            connection.send_request("POST", &headers, &message.to_string()).await;
            let answer = connection.answer().await;
            assert_eq!((answer.status, answer.error_code()), (404, -32601), "{method} {accept}");
            assert_eq!(answer.json()["id"], 1);
        }
    }
}

/// HTTPM-008, HTTPM-009, HTTPM-032, JRPC-027.
#[tokio::test]
async fn what_is_no_request_is_taken_or_refused() {
    mcp_tests::covers!("HTTPM-008", "HTTPM-009", "JRPC-027");
    let mut connection = connect().await;
    let header = [("MCP-Protocol-Version".to_owned(), STATELESS.to_owned())];
    let notification = json!({"jsonrpc": "2.0", "method": "notifications/unknown", "params": {"_meta": envelope()}});
    let answer = connection.post_with(&header, &notification).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    for (message, code) in [
        (json!({"jsonrpc": "2.0", "id": 1, "result": {}}), -32600),
        (json!([stateless(1, "tools/list", json!({}))]), -32600),
        (json!([]), -32600),
        (json!({"jsonrpc": "2.0", "id": null, "method": "tools/list"}), -32600),
    ] {
        let answer = connection.post_with(&header, &message).await;
        assert_eq!((answer.status, answer.error_code()), (400, code), "{message}");
    }
    // An id is named only where the message surely is a request.
    for (body, id) in [(r#"{"id":7,"#, Value::Null), (r#"{"id":7,"method":"m","#, json!(7))] {
        connection.send_request("POST", &[("Content-Type".to_owned(), "application/json".to_owned())], body).await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.error_code(), &answer.json()["id"]), (400, -32700, &id));
    }
}

/// JRPC-003, HTTPM-031: ids are the client's, and prove nothing.
#[tokio::test]
async fn concurrent_requests_with_the_same_id_get_their_own_answers() {
    mcp_tests::covers!("HTTPM-031");
    let address = start(&fixture::server().0).await;
    let calls = (0..64).map(|connection| async move {
        let mut raw = Connection::open(address).await;
        for turn in 0..4 {
            let nonce = format!("{connection}-{turn}-{}", "x".repeat(connection % 5));
            let answer = raw.post(&stateless(1, "tools/call", call("nonce", json!({"text": nonce})))).await.json();
            assert_eq!((&answer["id"], text_of(&answer)), (&json!(1), nonce.as_str()));
        }
    });
    for call in calls.map(tokio::spawn).collect::<Vec<_>>() {
        call.await.unwrap();
    }
}

/// A request of a revision with sessions means nothing to a server that only serves requests that stand alone.
#[tokio::test]
async fn a_server_without_sessions_says_which_versions_it_speaks() {
    mcp_tests::covers!("VER-013", "HTTPM-028");
    let (builder, _) = fixture::builder();
    let server = builder.versions([mcp_server::ProtocolVersion::LATEST]).build();
    let mut connection = Connection::open(start(&server).await).await;
    let answer = connection.post_with(&[], &mcp_tests::messages::initialize("2025-11-25")).await;
    assert_eq!((answer.status, answer.error_code()), (400, -32022));
    assert_eq!(answer.json()["error"]["data"]["supported"], json!([STATELESS]));
    // HTTPM-028.
    for method in ["GET", "DELETE", "PUT", "OPTIONS"] {
        connection.send_request(method, &[], "").await;
        let answer = connection.answer().await;
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"), "{method}");
    }
}

/// Whatever a method is called, there is no such method; and whatever a version is called, it is named whole.
#[tokio::test]
async fn names_of_any_length_are_unknown_and_nothing_worse() {
    mcp_tests::covers!("JRPC-014", "VER-003");
    let mut connection = connect().await;
    for method in [String::new(), "x".repeat(257), "x".repeat(8000)] {
        let answer = connection.post(&stateless(ID, &method, json!({}))).await;
        assert_eq!((answer.status, answer.error_code()), (404, -32601), "{method}");
        assert_eq!(answer.json()["id"], ID);
        assert!(answer.body.len() < 512, "{}", answer.body);
    }
    let version = "9".repeat(3000);
    let mut message = stateless(ID, "tools/list", json!({}));
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!(version);
    let mut headers = mirror(&message);
    headers[0].1.clone_from(&version);
    let answer = connection.post_with(&headers, &message).await;
    assert_eq!((answer.status, answer.error_code()), (400, -32022));
    assert_eq!(answer.json()["error"]["data"]["requested"], version);
}

/// The revision asks for none, and whoever reads one on the way must not read another message.
#[tokio::test]
async fn the_headers_of_a_notification_may_be_missing_and_never_contradict_it() {
    let mut connection = connect().await;
    let bare = json!({"jsonrpc": "2.0", "method": "notifications/x"});
    let named = json!({"jsonrpc": "2.0", "method": "notifications/x", "params": {"_meta": envelope()}});
    let version = |version: &str| ("MCP-Protocol-Version".to_owned(), version.to_owned());
    let method = |method: &str| ("Mcp-Method".to_owned(), method.to_owned());
    for (headers, message, status) in [
        (vec![], &named, 202),
        (vec![version(STATELESS)], &bare, 202),
        (vec![version(STATELESS), method("notifications/x")], &bare, 202),
        (vec![version(STATELESS), method("notifications/x")], &named, 202),
        (vec![version(STATELESS), method("notifications/cancelled")], &bare, 400),
        (vec![method("tools/call")], &named, 400),
        (vec![version(STATELESS), method("notifications/x"), method("tools/call")], &named, 400),
        (vec![version("2025-11-25")], &named, 400),
    ] {
        let answer = connection.post_with(&headers, message).await;
        assert_eq!(answer.status, status, "{headers:?} {message}: {}", answer.body);
        if status == 202 {
            assert_eq!(answer.body, "");
        } else {
            assert_eq!((answer.error_code(), answer.json().get("id")), (-32020, None), "{headers:?}");
        }
    }
}

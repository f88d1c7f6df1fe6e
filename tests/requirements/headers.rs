//! HDR: headers that mirror the body.

use mcp_server::{Context, Schema, Server, ServerPrompt, ServerResource, ServerTool, tool, tools};
use mcp_tests::{
    clients, covers,
    messages::{STATELESS, WITH_SESSIONS, call, initialize, initialized, request, stateless, text_of},
    raw_http::{Answer, Connection, mirror},
};
use serde_json::{Value, json};

const ID: &str = "call-1";

/// Says what it was told.
#[tool]
fn route(
    #[arg(header = "Region")] region: Option<String>,
    #[arg(header = "Shard")] shard: Option<i64>,
    #[arg(header = "Dry-Run")] dry_run: Option<bool>,
    plain: Option<String>,
) -> String {
    format!("{region:?} {shard:?} {dry_run:?} {plain:?}")
}

async fn connect() -> Connection {
    let server = Server::builder("headers", "1.0.0")
        .tools(tools![route])
        .tools([ServerTool::from_schema("second", schema(json!({"type": "object"})), |_: Value, _: Context| async {})])
        .prompts([ServerPrompt::new("greet", |_: ()| async { "Hello" })])
        .resources([ServerResource::text("note://first", "first", "x")])
        .build();
    Connection::open(clients::serve(&server).await).await
}

/// Posts with exactly these headers, beside the version and those that every message needs.
async fn post(connection: &mut Connection, message: &Value, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("MCP-Protocol-Version".to_owned(), STATELESS.to_owned())];
    all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    connection.post_with(&all, message).await
}

/// A call of `route`, and the answer to it.
async fn routed(connection: &mut Connection, arguments: Value, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![("Mcp-Method", "tools/call"), ("Mcp-Name", "route")];
    all.extend_from_slice(headers);
    post(connection, &stateless(ID, "tools/call", call("route", arguments)), &all).await
}

#[track_caller]
fn is_mismatch(answer: &Answer, what: &str) {
    assert_eq!((answer.status, answer.error_code()), (400, -32020), "{what}: {}", answer.body);
    assert_eq!(answer.json()["id"], ID, "{what}");
    assert_eq!(answer.json()["jsonrpc"], "2.0", "{what}");
}

fn schema(value: Value) -> Schema {
    Schema::try_from(value).unwrap()
}

/// The requests that name something, and what they name.
fn naming() -> [(Value, &'static str, &'static str); 3] {
    [
        (stateless(ID, "tools/call", call("route", json!({}))), "tools/call", "route"),
        (stateless(ID, "prompts/get", json!({"name": "greet"})), "prompts/get", "greet"),
        (stateless(ID, "resources/read", json!({"uri": "note://first"})), "resources/read", "note://first"),
    ]
}

/// HDR-005, HDR-011: a request says in its headers what it asks for, and of what.
#[tokio::test]
async fn method_and_name_must_be_there() {
    covers!("HDR-005", "HDR-011");
    let mut connection = connect().await;
    for (message, method, name) in naming() {
        is_mismatch(&post(&mut connection, &message, &[("Mcp-Method", method)]).await, "no name");
        is_mismatch(&post(&mut connection, &message, &[("Mcp-Name", name)]).await, "no method");
        is_mismatch(&post(&mut connection, &message, &[]).await, "neither");
        let answer = post(&mut connection, &message, &[("Mcp-Method", method), ("Mcp-Name", name)]).await;
        assert!(answer.status == 200 && answer.json()["error"].is_null(), "{method}: {}", answer.body);
    }
    let list = stateless(ID, "tools/list", json!({}));
    is_mismatch(&post(&mut connection, &list, &[]).await, "a list without its method");
    assert_eq!(post(&mut connection, &list, &[("Mcp-Method", "tools/list")]).await.status, 200);
}

/// HDR-006: what a header says is what the body says, to the letter.
#[tokio::test]
async fn method_and_name_must_say_what_the_body_says() {
    covers!("HDR-006");
    let mut connection = connect().await;
    for (message, method, name) in naming() {
        for (said_method, said_name) in [
            ("tools/list", name),
            (method.to_uppercase().as_str(), name),
            (method, name.to_uppercase().as_str()),
            (method, "other"),
            (method, ""),
            ("", name),
        ] {
            let headers = [("Mcp-Method", said_method), ("Mcp-Name", said_name)];
            is_mismatch(&post(&mut connection, &message, &headers).await, &format!("{headers:?}"));
        }
        // Two headers of one name could be read differently on the way.
        for twice in [("Mcp-Method", method), ("Mcp-Name", name)] {
            let headers = [("Mcp-Method", method), ("Mcp-Name", name), twice];
            is_mismatch(&post(&mut connection, &message, &headers).await, &format!("{headers:?}"));
        }
    }
}

/// HDR-007: names of headers have no case, and blanks around a value are no part of it.
#[tokio::test]
async fn names_of_headers_have_no_case_and_values_no_blanks_around_them() {
    covers!("HDR-007");
    let mut connection = connect().await;
    for (message, method, name) in naming() {
        for headers in [
            [("mcp-method", method), ("MCP-NAME", name)],
            [("MCP-METHOD", &*format!("  {method}\t")), ("mCp-NaMe", &*format!("\t{name}  "))],
        ] {
            let answer = post(&mut connection, &message, &headers).await;
            assert!(answer.status == 200 && answer.json()["error"].is_null(), "{headers:?}: {}", answer.body);
        }
    }
    let answer = routed(&mut connection, json!({"region": "eu"}), &[("MCP-param-REGION", " eu\t")]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

/// HDR-008: a value in base64 is compared as what it stands for; a plain one as it is.
#[tokio::test]
async fn a_value_in_base64_is_compared_as_what_it_stands_for() {
    covers!("HDR-008");
    let mut connection = connect().await;
    for (message, method, encoded) in [
        (stateless(ID, "tools/call", call("route", json!({}))), "tools/call", "=?base64?cm91dGU=?="),
        (stateless(ID, "prompts/get", json!({"name": "greet"})), "prompts/get", "=?base64?Z3JlZXQ=?="),
    ] {
        let answer = post(&mut connection, &message, &[("Mcp-Method", method), ("Mcp-Name", encoded)]).await;
        assert!(answer.status == 200 && answer.json()["error"].is_null(), "{}", answer.body);
        let other = [("Mcp-Method", method), ("Mcp-Name", "=?base64?b3RoZXI=?=")];
        is_mismatch(&post(&mut connection, &message, &other).await, "another name");
        let bare = encoded.trim_start_matches("=?base64?").trim_end_matches("?=");
        is_mismatch(&post(&mut connection, &message, &[("Mcp-Method", method), ("Mcp-Name", bare)]).await, "bare");
    }
    // A name that looks encoded is not what it looks like: it is encoded once more.
    let looks = "=?base64?cm91dGU=?=";
    let message = stateless(ID, "tools/call", call(looks, json!({})));
    is_mismatch(&post(&mut connection, &message, &[("Mcp-Method", "tools/call"), ("Mcp-Name", looks)]).await, looks);
    let again = mirror(&message);
    let answer = connection.post_with(&again, &message).await;
    assert_eq!(answer.error_code(), -32602, "{again:?}: {}", answer.body);
    for (region, value) in
        [("größe", "=?base64?Z3LDtsOfZQ==?="), (" eu ", "=?base64?IGV1IA==?="), ("eu", "=?base64?ZXU=?=")]
    {
        let answer = routed(&mut connection, json!({"region": region}), &[("Mcp-Param-Region", value)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        is_mismatch(&routed(&mut connection, json!({"region": "us"}), &[("Mcp-Param-Region", value)]).await, value);
    }
}

/// HDR-009: what looks like base64 and is none is refused.
#[tokio::test]
async fn base64_that_is_none_is_refused() {
    covers!("HDR-009");
    let mut connection = connect().await;
    let message = stateless(ID, "tools/call", call("route", json!({})));
    for payload in ["@@", "cm91dGU", "cm91dGU==", "cm91 dGU=", "cm91dGU-", "/w=="] {
        let value = format!("=?base64?{payload}?=");
        let headers = [("Mcp-Method", "tools/call"), ("Mcp-Name", &*value)];
        is_mismatch(&post(&mut connection, &message, &headers).await, &value);
        // Also where the argument is the very text: it would have been encoded once more.
        let arguments = json!({"region": value});
        is_mismatch(&routed(&mut connection, arguments, &[("Mcp-Param-Region", &value)]).await, &value);
    }
}

/// HDR-010: what only resembles the encoding is a value like any other.
#[tokio::test]
async fn what_only_resembles_the_encoding_is_plain() {
    covers!("HDR-010");
    let mut connection = connect().await;
    for value in ["=?BASE64?ZXU=?=", "=?Base64?ZXU=?=", "base64?ZXU=?=", "=?base64?ZXU=", "ZXU=", "=?base32?ZXU=?="] {
        let answer = routed(&mut connection, json!({"region": value}), &[("Mcp-Param-Region", value)]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        is_mismatch(&routed(&mut connection, json!({"region": "eu"}), &[("Mcp-Param-Region", value)]).await, value);
    }
}

/// HDR-018, HDR-019, HDR-020: a tool whose annotations no client could follow is not made.
#[test]
fn annotations_that_no_client_could_follow_make_no_tool() {
    covers!("HDR-018", "HDR-019", "HDR-020");
    let made = |properties: Value| {
        let input = schema(json!({"type": "object", "properties": properties, "$defs": {"d": {"type": "string"}}}));
        ServerTool::try_from_schema("tool", input, |_: Value, _: Context| async {})
    };
    let annotated = |name: Value| json!({"a": {"type": "string", "x-mcp-header": name}});
    for name in ["", "a b", "a:b", "A\r\nX: y", "A\u{7f}", "\u{e4}", "(a)"] {
        let told = made(annotated(json!(name))).unwrap_err().to_string();
        assert!(told.contains("x-mcp-header"), "{name:?}: {told}");
    }
    let mut twice = annotated(json!("Region"));
    twice["b"] = json!({"type": "integer", "x-mcp-header": "rEGION"});
    assert!(made(twice).unwrap_err().to_string().contains("same name"));
    for kind in [json!("number"), json!("object"), json!("array"), json!("null"), json!(["string", "number"])] {
        let told = made(json!({"a": {"type": kind, "x-mcp-header": "A"}})).unwrap_err().to_string();
        assert!(told.contains("a string, an integer or a boolean"), "{kind}: {told}");
    }
    let hidden = json!({"type": "string", "x-mcp-header": "A"});
    let inside = json!({"type": "object", "properties": {"a": hidden}});
    for unreachable in [
        json!({"a": {"type": "array", "items": hidden}}),
        json!({"a": {"type": "array", "prefixItems": [hidden]}}),
        json!({"a": {"type": "object", "additionalProperties": hidden}}),
        json!({"a": {"anyOf": [hidden]}}),
        json!({"a": {"oneOf": [hidden]}}),
        json!({"a": {"allOf": [hidden]}}),
        json!({"a": {"not": hidden}}),
        json!({"a": {"type": "object", "if": inside}}),
        json!({"a": {"type": "object", "then": inside}}),
        json!({"a": {"type": "object", "$defs": {"b": hidden}}}),
    ] {
        let told = made(unreachable.clone()).unwrap_err().to_string();
        assert!(told.contains("not every call has a value"), "{unreachable}: {told}");
    }
    for fits in [annotated(json!("Region")), annotated(json!("x!#$%&'*+-.^_`|~1")), json!({"deep": inside})] {
        made(fits).unwrap();
    }
}

/// HDR-019: integers that not every peer can hold exactly cannot be mirrored.
#[tokio::test]
async fn integers_are_those_that_every_peer_can_hold() {
    covers!("HDR-019");
    let mut connection = connect().await;
    const LARGEST: i64 = (1 << 53) - 1;
    for shard in [LARGEST, -LARGEST, 0] {
        let answer = routed(&mut connection, json!({"shard": shard}), &[("Mcp-Param-Shard", &shard.to_string())]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    for shard in [LARGEST + 1, -LARGEST - 1, i64::MAX, i64::MIN] {
        let answer = routed(&mut connection, json!({"shard": shard}), &[("Mcp-Param-Shard", &shard.to_string())]).await;
        is_mismatch(&answer, &shard.to_string());
    }
}

/// HDR-023, HDR-024: an argument and its header come together, and say the same.
#[tokio::test]
async fn an_argument_and_its_header_come_together() {
    covers!("HDR-023", "HDR-024", "HDR-025");
    let mut connection = connect().await;
    type Headers = &'static [(&'static str, &'static str)];
    let together: [(Value, Headers); 7] = [
        (json!({}), &[]),
        (json!({"region": null, "shard": null, "dry_run": null}), &[]),
        (json!({"region": ""}), &[("Mcp-Param-Region", "")]),
        (json!({"region": "eu", "shard": 7}), &[("Mcp-Param-Region", "eu"), ("Mcp-Param-Shard", "7")]),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "42.0")]),
        (json!({"shard": 42.0}), &[("Mcp-Param-Shard", "42")]),
        (json!({"dry_run": false}), &[("Mcp-Param-Dry-Run", "false")]),
    ];
    for (arguments, headers) in together {
        let answer = routed(&mut connection, arguments.clone(), headers).await;
        assert_eq!(answer.status, 200, "{arguments} {headers:?}: {}", answer.body);
    }
    let apart: [(Value, Headers); 9] = [
        (json!({"region": "eu"}), &[]),
        (json!({"region": "eu", "shard": 7}), &[("Mcp-Param-Region", "eu")]),
        (json!({}), &[("Mcp-Param-Region", "eu")]),
        (json!({"region": null}), &[("Mcp-Param-Region", "eu")]),
        (json!({"region": null}), &[("Mcp-Param-Region", "null")]),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "EU")]),
        (json!({"shard": 42}), &[("Mcp-Param-Shard", "43")]),
        (json!({"dry_run": false}), &[("Mcp-Param-Dry-Run", "False")]),
        (json!({"region": "eu"}), &[("Mcp-Param-Region", "eu"), ("Mcp-Param-Region", "eu")]),
    ];
    for (arguments, headers) in apart {
        is_mismatch(&routed(&mut connection, arguments.clone(), headers).await, &format!("{arguments} {headers:?}"));
    }
}

/// An argument that does not fit is the fault of the arguments, also where a header repeats it.
#[tokio::test]
async fn a_number_that_is_no_integer_agrees_with_its_header_and_is_refused_as_an_argument() {
    covers!("HDR-025", "TOOL-022");
    let mut connection = connect().await;
    for (shard, header) in [(json!(1.5), "1.5"), (json!(1.5), "15e-1")] {
        let answer = routed(&mut connection, json!({"shard": shard}), &[("Mcp-Param-Shard", header)]).await;
        assert_eq!((answer.status, &answer.json()["result"]["isError"]), (200, &json!(true)), "{}", answer.body);
        assert!(text_of(&answer.json()).contains("argument `shard`"), "{}", answer.body);
    }
    is_mismatch(&routed(&mut connection, json!({"shard": 1.5}), &[("Mcp-Param-Shard", "1.25")]).await, "1.25");
}

/// HDR-026, HDR-027: a header of an argument is plain text; one that belongs to no argument may be anything.
#[tokio::test]
async fn a_header_of_an_argument_is_plain_text() {
    covers!("HDR-026", "HDR-027");
    let mut connection = connect().await;
    for value in ["\u{e4}", "eu\u{80}", "\u{4e16}"] {
        let arguments = json!({"region": value});
        is_mismatch(&routed(&mut connection, arguments, &[("Mcp-Param-Region", value)]).await, value);
        for other in [("Mcp-Param-Plain", value), ("Mcp-Param-Other", value), ("Mcp-Param-", value)] {
            let answer = routed(&mut connection, json!({"plain": "x"}), &[other]).await;
            assert_eq!(answer.status, 200, "{other:?}: {}", answer.body);
        }
    }
    // A control character makes the whole request none.
    let mut connection = connect().await;
    let answer = routed(&mut connection, json!({"region": "eu"}), &[("Mcp-Param-Region", "e\u{1}u")]).await;
    assert_eq!(answer.status, 400);
}

/// HDR-029: in a session nobody knows these headers.
#[tokio::test]
async fn in_a_session_the_headers_mean_nothing() {
    covers!("HDR-029");
    let mut connection = connect().await;
    for revision in WITH_SESSIONS {
        let wrong = [("Mcp-Method", "tools/list"), ("Mcp-Name", "=?base64?@@?="), ("Mcp-Param-Region", "us")];
        let mut headers: Vec<_> = wrong.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let opened = connection.post_with(&headers, &initialize(revision)).await;
        assert_eq!(opened.status, 200, "{revision}: {}", opened.body);
        headers.push(("Mcp-Session-Id".to_owned(), opened.headers["mcp-session-id"].clone()));
        assert_eq!(connection.post_with(&headers, &initialized()).await.status, 202);
        let message = request(1, "tools/call", call("route", json!({"region": "eu"})));
        for headers in [&headers[..], &headers[3..]] {
            let answer = connection.post_with(headers, &message).await;
            assert_eq!((answer.status, text_of(&answer.json())), (200, "Some(\"eu\") None None None"), "{revision}");
        }
    }
}

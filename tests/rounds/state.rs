//! What a state is good for: the call that it was made in, unchanged, in time, on a server that has the key.

use std::time::Duration;

use axum::{extract::Request, middleware::Next, response::Response};
use mcp_server::{
    Context, Limits, Principal, RawJson, Schema, Server, ServerBuilder, ServerPrompt, ServerResource, ServerTool,
    ToolError,
};
use mcp_tests::{
    asking::everything,
    covers,
    messages::{request, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::{Value, json};

use crate::alone::{Alone, answer, assert_fails, assert_refused, keys, retry, state, text, tool};

const KEY: [u8; 32] = [7; 32];

async fn greet(ctx: Context) -> Result<String, ToolError> {
    Ok(format!("Hello, {}!", answer(&ctx, "name").await?))
}

#[derive(serde::Deserialize, mcp_server::schemars::JsonSchema)]
#[schemars(crate = "mcp_server::schemars")]
struct Id {
    id: String,
}

/// The same handler behind two tools, two prompts and every resource, and a tool that asks nothing.
fn builder(name: &str) -> ServerBuilder {
    let any = Schema::try_from(json!({"type": "object"})).unwrap();
    Server::builder(name, "1.0.0")
        .tools([
            tool("greet", greet),
            tool("welcome", greet),
            ServerTool::from_schema("plain", any, |_: RawJson, _| async { "plain" }),
        ])
        .tools([ServerTool::new("bare", |_: std::collections::BTreeMap<String, String>| async { "bare" })])
        .prompts([
            ServerPrompt::with_context("greet", |_: (), ctx| greet(ctx)),
            ServerPrompt::with_context("welcome", |_: (), ctx| greet(ctx)),
        ])
        .resources([ServerResource::template_with_context("greet://{id}", "greet", |id: Id, ctx| async move {
            assert!(!id.id.is_empty());
            greet(ctx).await
        })])
}

fn keyed(name: &str) -> Server {
    builder(name).state_key(KEY).build()
}

/// The answer under the key of the only question.
fn alice() -> Value {
    json!({"name": text("Alice")})
}

#[tokio::test]
async fn a_state_in_which_any_byte_is_changed_is_refused() {
    covers!("MRTR-007");
    let mut client = Alone::new(&builder("rounds").build());
    let asked = client.call("greet").await;
    let good = state(&asked).to_owned();
    let with =
        |state: &str| json!({"name": "greet", "arguments": {}, "requestState": state, "inputResponses": alice()});
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        assert_refused(&client.ask("tools/call", with(&String::from_utf8(bytes).unwrap())).await);
        assert_refused(&client.ask("tools/call", with(&good[..place])).await);
    }
    for other in [format!("{good}A"), format!("{good}="), format!(" {good}"), format!("{good}\n"), good.repeat(2)] {
        assert_refused(&client.ask("tools/call", with(&other)).await);
    }
    assert_eq!(text_of(&client.again("greet", &asked, alice()).await), "Hello, Alice!");
}

#[tokio::test]
async fn a_state_is_good_for_the_call_that_it_was_made_in_and_no_other() {
    covers!("MRTR-008");
    let mut client = Alone::new(&builder("rounds").build());
    let calls = [
        ("tools/call", json!({"name": "greet", "arguments": {"a": 1}})),
        ("tools/call", json!({"name": "greet", "arguments": {"a": 2}})),
        ("tools/call", json!({"name": "greet", "arguments": {"a": "1"}})),
        ("tools/call", json!({"name": "greet", "arguments": {"a": 1, "b": null}})),
        ("tools/call", json!({"name": "greet"})),
        ("tools/call", json!({"name": "welcome", "arguments": {"a": 1}})),
        ("prompts/get", json!({"name": "greet"})),
        ("prompts/get", json!({"name": "welcome"})),
        ("resources/read", json!({"uri": "greet://1"})),
        ("resources/read", json!({"uri": "greet://2"})),
    ];
    for (made, (method, params)) in calls.iter().enumerate() {
        let asked = client.ask(method, params.clone()).await;
        for (brought, (method, params)) in calls.iter().enumerate() {
            let mut params = params.clone();
            params["requestState"] = json!(state(&asked));
            params["inputResponses"] = alice();
            let answer = client.ask(method, params).await;
            if made == brought {
                assert!(answer.to_string().contains("Hello, Alice!"), "{answer}");
            } else {
                assert_refused(&answer);
            }
        }
        for tool in ["plain", "bare"] {
            let mut params = retry(tool, &asked, &alice());
            params["arguments"] = json!({"a": "1"});
            assert_refused(&client.ask("tools/call", params).await);
        }
        assert_eq!(client.ask("tools/list", json!({"cursor": state(&asked)})).await["error"]["code"], -32602);
    }
}

#[tokio::test]
async fn a_cursor_is_no_state() {
    let mut limits = Limits::default();
    limits.page_size = Some(1);
    let mut client = Alone::new(&builder("rounds").limits(limits).build());
    let cursor = client.ask("tools/list", json!({})).await["result"]["nextCursor"].clone();
    assert!(cursor.is_string());
    let params = json!({"name": "greet", "arguments": {}, "requestState": cursor, "inputResponses": alice()});
    assert_refused(&client.ask("tools/call", params).await);
}

/// What is written otherwise and means the same is the same call; `_meta` is no part of it.
#[tokio::test]
async fn arguments_may_be_spelt_otherwise_in_the_next_round() {
    let mut client = Alone::new(&builder("rounds").build());
    let members = |arguments: &str| format!(r#""name":"greet","arguments":{arguments}"#);
    let asked = client.raw("tools/call", &members(r#"{"a":1,"b":["x"]}"#)).await;
    let brought = format!(r#","requestState":"{}","inputResponses":{}"#, state(&asked), alice());
    for same in [r#"{"a":1,"b":["x"]}"#, r#"{"b": [ "\u0078" ],  "a": 1.0}"#, r#"{"\u0061":1e0,"b":["x"]}"#] {
        let again = client.raw("tools/call", &format!("{}{brought}", members(same))).await;
        assert_eq!(text_of(&again), "Hello, Alice!", "{same}");
    }
    for other in [r#"{"a":1,"b":"x"}"#, r#"{"a":1.0000000000000000001,"b":["x"]}"#, r#"{"a":1,"b":["x"],"c":{}}"#] {
        assert_refused(&client.raw("tools/call", &format!("{}{brought}", members(other))).await);
    }
}

/// Readers differ in what a key means that stands twice, and consent is to one meaning.
#[tokio::test]
async fn what_stands_twice_is_consented_to_by_nobody() {
    let mut client = Alone::new(&builder("rounds").build());
    let twice = r#""name":"greet","arguments":{"a":1,"\u0061":2}"#;
    assert_ne!(client.raw("tools/call", twice).await["result"]["resultType"], "input_required");
    let asked = client.call("greet").await;
    let (good, other) = (state(&asked), text("Alice"));
    let again = |members: String| format!(r#""name":"greet","arguments":{{}},{members}"#);
    for members in [
        format!(r#""requestState":"{good}","inputResponses":{{"name":{other},"name":{other}}}"#),
        format!(r#""requestState":"{good}","inputResponses":{{"name":{other},"n\u0061me":{other}}}"#),
        format!(r#""requestState":"{good}","inputResponses":{{"name":{{"action":"accept","action":"decline"}}}}"#),
        format!(r#""requestState":"{good}","requestState":"{good}","inputResponses":{{"name":{other}}}"#),
        format!(r#""requestState":"{good}","inputResponses":{{}},"inputResponses":{{"name":{other}}}"#),
    ] {
        let answer = client.raw("tools/call", &again(members.clone())).await;
        assert!(matches!(answer["error"]["code"].as_i64(), Some(-32602 | -32600)), "{members}: {answer}");
    }
    let escaped = format!(r#""request\u0053tate":"{good}","inputResponse\u0073":{{"name":{other}}}"#);
    assert_eq!(text_of(&client.raw("tools/call", &again(escaped)).await), "Hello, Alice!");
}

#[tokio::test]
async fn a_state_of_every_other_type_is_refused_with_a_sentence() {
    covers!("MRTR-014");
    let mut client = Alone::new(&builder("rounds").build());
    for tool in ["greet", "plain", "bare"] {
        for garbage in [json!(1), json!(true), json!([]), json!({}), json!(["a"]), json!(1.5)] {
            let params = json!({"name": tool, "arguments": {}, "requestState": garbage});
            assert_fails(&client.ask("tools/call", params).await, -32602, "`params.requestState` must be a string");
        }
        for garbage in [json!(1), json!(true), json!([]), json!("a")] {
            let params = json!({"name": tool, "arguments": {}, "inputResponses": garbage});
            assert_fails(&client.ask("tools/call", params).await, -32602, "`params.inputResponses` must be an object");
        }
        for garbage in ["", "!", "AQ", "null", "{}", "é", "\u{0}"] {
            let params = json!({"name": tool, "arguments": {}, "requestState": garbage});
            assert_refused(&client.ask("tools/call", params).await);
        }
        let params = json!({"name": tool, "arguments": {}, "requestState": "A".repeat(1 << 20)});
        assert_refused(&client.ask("tools/call", params).await);
    }
}

#[tokio::test]
async fn answers_without_a_state_are_answers_to_nothing() {
    let mut client = Alone::new(&builder("rounds").build());
    for brought in [alice(), json!({}), Value::Null] {
        let mut params = json!({"name": "greet", "arguments": {}, "inputResponses": brought, "requestState": null});
        assert_eq!(keys(&client.ask("tools/call", params.clone()).await), ["name"], "{brought}");
        // Neither does it hurt who asks nothing.
        for tool in ["plain", "bare"] {
            params["name"] = json!(tool);
            assert_eq!(text_of(&client.ask("tools/call", params.clone()).await), tool, "{brought}");
        }
    }
}

#[tokio::test]
async fn a_state_without_answers_is_asked_again() {
    covers!("MRTR-012");
    let mut client = Alone::new(&builder("rounds").build());
    let mut asked = client.call("greet").await;
    for _ in 0..3 {
        let params = json!({"name": "greet", "arguments": {}, "requestState": state(&asked)});
        asked = client.ask("tools/call", params).await;
        assert_eq!(keys(&asked), ["name"]);
    }
    assert_eq!(text_of(&client.again("greet", &asked, alice()).await), "Hello, Alice!");
}

/// The client's clock, and when it was asked first, have no say.
#[tokio::test]
async fn a_state_that_has_expired_is_refused() {
    let mut limits = Limits::default();
    limits.state_expiry = Duration::from_millis(30);
    let mut client = Alone::new(&builder("rounds").limits(limits).build());
    let asked = client.call("greet").await;
    loop {
        let answer = client.again("greet", &asked, alice()).await;
        if answer.get("error").is_some() {
            assert_refused(&answer);
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // The call itself can be made again.
    assert_eq!(keys(&client.call("greet").await), ["name"]);
}

#[tokio::test]
async fn a_call_goes_on_at_any_server_that_has_the_key_and_the_name() {
    let other_key = [8; 32];
    let asked = Alone::new(&keyed("rounds")).call("greet").await;
    for twin in [
        keyed("rounds"),
        builder("rounds").state_key(other_key).state_key(KEY).build(),
        builder("rounds").state_key(KEY).state_key(other_key).build(),
    ] {
        assert_eq!(text_of(&Alone::new(&twin).again("greet", &asked, alice()).await), "Hello, Alice!");
    }
    for stranger in [keyed("other"), builder("rounds").state_key(other_key).build(), builder("rounds").build()] {
        assert_refused(&Alone::new(&stranger).again("greet", &asked, alice()).await);
    }
}

/// Takes the word of a header, where a real application checks credentials.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let name = request.headers().get("x-user").and_then(|name| name.to_str().ok()).map(Principal::new);
    if let Some(principal) = name {
        request.extensions_mut().insert(principal);
    }
    next.run(request).await
}

#[tokio::test]
async fn a_state_is_good_for_the_principal_that_was_given_it() {
    let app = axum::Router::new()
        .route_service("/mcp", builder("rounds").build().http_service())
        .layer(axum::middleware::from_fn(authenticate));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let post = async |user: Option<&str>, mut params: Value| {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": everything(),
        });
        let message = request(1, "tools/call", params);
        let mut headers = mirror(&message);
        headers.extend(user.map(|user| ("X-User".to_owned(), user.to_owned())));
        Connection::open(address).await.post_with(&headers, &message).await.json()
    };
    let users = [Some("alice"), Some("bob"), Some(""), None];
    for made in users {
        let asked = post(made, json!({"name": "greet", "arguments": {}})).await;
        for brought in users {
            let answer = post(brought, retry("greet", &asked, &alice())).await;
            if made == brought {
                assert_eq!(text_of(&answer), "Hello, Alice!");
            } else {
                assert_refused(&answer);
            }
        }
    }
}

/// Nobody but the server can read it.
#[tokio::test]
async fn a_state_shows_nothing_of_what_it_holds() {
    use base64::Engine as _;
    let secret = tool("secret", |ctx| async move {
        ctx.step("password", || async { Ok::<_, ToolError>("hunter2".to_owned()) }).await?;
        answer(&ctx, "name").await
    });
    let asked = Alone::new(&crate::alone::server([secret])).call("secret").await;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(state(&asked)).unwrap();
    for word in ["hunter2", "password", "name"] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} is readable");
    }
}

#[tokio::test]
async fn what_is_too_large_to_carry_fails_with_the_name_of_what_is_large() {
    let large = tool("large", |ctx| async move {
        let size = ctx.step("small", || async { Ok::<_, ToolError>(20_000) }).await?;
        ctx.step("report", || async { Ok::<_, ToolError>("x".repeat(size)) }).await?;
        answer(&ctx, "name").await
    });
    let many = tool("many", |ctx| async move {
        let questions = (0..1000).map(|number| {
            let ctx = ctx.clone();
            async move { answer(&ctx, &format!("item-{number}")).await }
        });
        Ok(futures_util::future::join_all(questions).await.len().to_string())
    });
    let mut client = Alone::new(&crate::alone::server([large, many]));
    assert_fails(&client.call("large").await, -32603, "under the key `report`");
    assert_fails(&client.call("many").await, -32603, "1000 questions");
}

/// A large answer is the client's own: it fails the call where it must be carried on, and nothing else.
#[tokio::test]
async fn answers_that_are_too_large_to_carry_fail_the_call_that_they_came_with() {
    let pair = tool("pair", |ctx| async move {
        let first = answer(&ctx, "first").await?;
        Ok(format!("{} {}", first.len(), answer(&ctx, "second").await?))
    });
    let mut client = Alone::new(&crate::alone::server([pair]));
    let asked = client.call("pair").await;
    let answer = client.answer("pair", &asked, &"x".repeat(10_000)).await;
    assert_fails(&answer, -32603, "`first`");
    let asked = client.answer("pair", &asked, "short").await;
    assert_eq!(text_of(&client.answer("pair", &asked, &"x".repeat(10_000)).await), format!("5 {}", "x".repeat(10_000)));
}

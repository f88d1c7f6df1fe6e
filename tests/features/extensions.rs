//! Extensions: what is declared, and methods that the protocol does not define.

use mcp_client::{ErrorKind, McpClient};
use mcp_server::{
    Context, Error, Extension, Json, RawJson, Server,
    middleware::{Call, Next, from_fn},
};
use mcp_tests::{
    messages,
    raw_http::{Connection, mirror},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{clients, panics};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NowParams {
    zone: String,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Now {
    time: String,
}

async fn now(params: NowParams, ctx: Context) -> Result<Json<Now>, Error> {
    ctx.progress(1.0, 1.0, "").await;
    match params.zone.as_str() {
        "UTC" => Ok(Json(Now { time: "12:00".into() })),
        other => Err(Error::invalid_params(format!("unknown zone `{other}`"))),
    }
}

fn clock() -> Extension {
    Extension::new("com.example/clock", json!({"zones": ["UTC"]}))
        .method("com.example/now", now)
        .method("com.example/echo", |params: RawJson, _| async move { params })
        .method("com.example/reset", |(): (), _| async {})
        .method("com.example/list", |(): (), _| async { Json([1, 2]) })
        .method("com.example/meta", |(): (), _| async {
            Json(json!({"resultType": "other", "a": 1, "_meta": {"com.example/k": true}}))
        })
        .method("com.example/broken", |(): (), _| async {
            Err::<(), _>(std::io::Error::other("the password is hunter"))
        })
        .method("com.example/panics", |(): (), _| async { panic!("on purpose") as () })
}

fn server() -> Server {
    let strict = Extension::new("com.example/strict", ())
        .method("com.example/strict/do", |(): (), _| async {})
        .requires_client()
        .declared_in_sessions();
    Server::builder("extended", "1.0.0").extension(clock()).extension(strict).build()
}

/// EXT-002, EXT-004, CAP-009: capabilities have a place for extensions in the newest revision; an extension may ask for more.
#[tokio::test]
async fn extensions_are_declared_with_their_settings() {
    mcp_tests::covers!("EXT-002", "CAP-009", "EXT-004");
    for mut client in clients::all(&server()).await {
        let declared = match client.has_session() {
            true => json!({"extensions": {"com.example/strict": {}}}),
            false => json!({"extensions": {"com.example/clock": {"zones": ["UTC"]}, "com.example/strict": {}}}),
        };
        assert_eq!(client.capabilities().await, declared);
    }
}

/// JRPC-007, JRPC-008, META-007: a result is the handler's object, with what the revision adds to every result.
#[tokio::test]
async fn methods_answer_in_every_revision() {
    mcp_tests::covers!("JRPC-007", "JRPC-008", "META-007");
    for mut client in clients::all(&server()).await {
        let mut result = client.result("com.example/now", json!({"zone": "UTC"})).await;
        assert_eq!(result["time"], "12:00");
        if client.has_session() {
            assert_eq!(result, json!({"time": "12:00"}));
        } else {
            assert_eq!(result["resultType"], "complete");
            assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "extended");
        }
        let odd = json!({"text": "a\nb", "_metal": [1], "resultTyped": null});
        result = client.result("com.example/echo", odd.clone()).await;
        assert_eq!((&result["text"], &result["_metal"]), (&odd["text"], &odd["_metal"]));
        result = client.result("com.example/reset", json!({})).await;
        assert!(result.is_object());
    }
}

/// EXT-006, META-007: what an extension says about itself is merged with what the protocol says.
#[tokio::test]
async fn meta_of_a_result_is_merged_and_its_kind_is_the_protocols() {
    mcp_tests::covers!("EXT-006", "META-007");
    for mut client in clients::all(&server()).await {
        let result = client.result("com.example/meta", json!({})).await;
        assert_eq!((&result["a"], &result["_meta"]["com.example/k"]), (&json!(1), &json!(true)));
        if !client.has_session() {
            assert_eq!(result["resultType"], "complete");
            assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "extended");
        }
    }
}

/// JRPC-014: an `Error` goes out as it is, anything else is told to the log only; what does not fit says why.
#[tokio::test]
async fn failures_say_what_to_do_and_keep_secrets() {
    mcp_tests::covers!("JRPC-014");
    for mut client in clients::all(&server()).await {
        let (code, error) = client.error("com.example/now", json!({"zone": "Mars"})).await;
        assert_eq!((code, &error["message"]), (-32602, &json!("unknown zone `Mars`")));
        let (code, error) = client.error("com.example/now", json!({"zone": 1})).await;
        assert_eq!(code, -32602);
        assert!(error["message"].as_str().unwrap().starts_with("`params`: invalid type: integer `1`"), "{error}");
        for method in ["com.example/broken", "com.example/panics", "com.example/list"] {
            let (code, error) = client.error(method, json!({})).await;
            assert_eq!(code, -32603, "{error}");
            assert!(!error.to_string().contains("hunter") && !error.to_string().contains("purpose"), "{error}");
        }
        // An object is read into `()` only if it is empty.
        assert_eq!(client.error("com.example/reset", json!({"x": 1})).await.0, -32602);
    }
}

/// JRPC-015, HTTPM-024: a method that nobody defines, and one of another revision, are not found; over HTTP that is 404.
#[tokio::test]
async fn other_methods_are_not_found() {
    mcp_tests::covers!("JRPC-014", "JRPC-015");
    let server = server();
    for mut client in clients::all(&server).await {
        let other = if client.has_session() { "server/discover" } else { "resources/subscribe" };
        let long = "x".repeat(257);
        for method in ["com.example/later", other, "tasks/get", "tools/list", "notifications/x", "", &long] {
            assert_eq!(client.error(method, json!({"uri": "x"})).await.0, -32601, "{method}");
        }
    }
    let mut connection = Connection::open(clients::serve(&server).await).await;
    for (method, status) in [("com.example/later", 404), ("com.example/reset", 200)] {
        assert_eq!(connection.post(&messages::stateless(1, method, json!({}))).await.status, status);
    }
}

/// HDR-005: the header names the method of an extension too.
#[tokio::test]
async fn the_method_header_is_checked() {
    mcp_tests::covers!("HDR-005");
    let mut connection = Connection::open(clients::serve(&server()).await).await;
    let message = messages::stateless(1, "com.example/reset", json!({}));
    let other = messages::stateless(1, "com.example/now", json!({}));
    let answer = connection.post_with(&mirror(&other), &message).await;
    assert_eq!(answer.json()["error"]["code"], -32020);
    assert_eq!(answer.status, 400);
}

/// CAP-005, CAP-006, EXT-003: a client that has not declared the extension is refused, and told what to declare.
#[tokio::test]
async fn an_extension_may_need_its_client_to_declare_it() {
    mcp_tests::covers!("CAP-005", "CAP-006", "EXT-002", "EXT-003");
    const METHOD: &str = "com.example/strict/do";
    let server = server();
    for mut client in clients::all(&server).await {
        let (code, error) = client.error(METHOD, json!({})).await;
        assert_eq!(code, -32021);
        assert_eq!(error["data"], json!({"requiredCapabilities": {"extensions": {"com.example/strict": {}}}}));
        if !client.has_session() {
            let declared = json!({"extensions": {"com.example/strict": {}}});
            let meta = json!({"_meta": {"io.modelcontextprotocol/clientCapabilities": declared}});
            client.result(METHOD, meta).await;
            assert_eq!(client.error(METHOD, json!({})).await.0, -32021, "declared by another request");
        }
    }
    let mut connection = Connection::open(clients::serve(&server).await).await;
    assert_eq!(connection.post(&messages::stateless(1, METHOD, json!({}))).await.status, 400);

    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let url = listener.url();
    tokio::spawn(listener.serve());
    for version in mcp_server::ProtocolVersion::ALL {
        let knows = || McpClient::builder("a", "1").version(version).extension("com.example/strict", ());
        for client in [knows().connect_http(&url).await.unwrap(), knows().connect_in_process(&server).await.unwrap()] {
            let result: Map<String, Value> = client.request(METHOD, ()).await.unwrap();
            assert!(!result.contains_key("error"));
        }
    }
}

/// EXT-001, EXT-002, JRPC-009: our client calls methods of extensions, in every revision.
#[tokio::test]
async fn our_client_calls_methods() {
    mcp_tests::covers!("EXT-002");
    let server = server();
    for version in mcp_server::ProtocolVersion::ALL {
        let client = McpClient::builder("a", "1").version(version).connect_in_process(&server).await.unwrap();
        let answer: Now = client.request("com.example/now", json!({"zone": "UTC"})).await.unwrap();
        assert_eq!(answer, Now { time: "12:00".into() });
        let heard = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let hears = heard.clone();
        let call = client.request::<Now>("com.example/now", json!({"zone": "UTC"}));
        call.on_progress(move |_| hears.store(true, std::sync::atomic::Ordering::Relaxed)).await.unwrap();
        assert!(heard.load(std::sync::atomic::Ordering::Relaxed));
        let error = client.request::<Value>("com.example/later", ()).await.unwrap_err();
        assert_eq!(error.rejection().unwrap().code, -32601);
        for (method, params) in [
            ("initialize", json!({})),
            ("", json!({})),
            ("ü", json!({})),
            ("com.example/now", json!([1])),
            ("com.example/now", json!({"_meta": {}})),
        ] {
            assert_eq!(client.request::<Value>(method, params).await.unwrap_err().kind(), ErrorKind::Input, "{method}");
        }
        assert!(client.request::<Vec<u8>>("com.example/reset", ()).await.unwrap_err().is_invalid());
    }
}

/// Layers see the methods of extensions as they see the protocol's.
#[tokio::test]
async fn layers_stand_around_methods() {
    let refuse = from_fn(|call: Call, next: Next| async move {
        match call.method() {
            "com.example/reset" => Err(Error::invalid_params("not today")),
            _ => next.run(call).await,
        }
    });
    let server = Server::builder("extended", "1.0.0").extension(clock()).layer(refuse).build();
    for mut client in clients::all(&server).await {
        let (code, error) = client.error("com.example/reset", json!({})).await;
        assert_eq!((code, &error["message"]), (-32602, &json!("not today")));
        assert_eq!(client.result("com.example/now", json!({"zone": "UTC"})).await["time"], "12:00");
        assert_eq!(client.error("com.example/later", json!({})).await.0, -32601);
    }
}

/// EXT-001: mistakes are told at the caller's line, or returned where the identifier comes from outside.
#[test]
fn wrong_extensions_are_refused() {
    mcp_tests::covers!("EXT-001", "META-008");
    let method = |extension: Extension, name: &str| extension.method(name.to_owned(), |(): (), _| async {});
    let clock = || Extension::new("com.example/clock", ());
    for (text, add) in [
        (
            "`clock` is no identifier of an extension: it has no prefix",
            &(|| drop(Extension::new("clock", ()))) as &dyn Fn(),
        ),
        ("must be a JSON object", &|| drop(Extension::new("com.example/clock", 1))),
        ("`tools/call` is a method of the protocol itself", &|| drop(method(clock(), "tools/call"))),
        ("`tasks/get` belongs to the extension for tasks", &|| drop(method(clock(), "tasks/get"))),
        ("belong to JSON-RPC", &|| drop(method(clock(), "rpc.x"))),
        ("must be 1 to 128 visible characters", &|| drop(method(clock(), "a b"))),
        ("two methods called `a`", &|| drop(method(method(clock(), "a"), "a"))),
        ("two extensions are called", &|| drop(Server::builder("a", "1").extension(clock()).extension(clock()))),
        ("both have a method `a`", &|| {
            let other = Extension::new("com.example/other", ());
            drop(Server::builder("a", "1").extension(method(clock(), "a")).extension(method(other, "a")));
        }),
    ] {
        let told = panics(add);
        assert!(told.contains(text), "{told}");
    }
    assert!(Extension::try_new("clock", ()).is_err());
    let tasks = method(Extension::new("io.modelcontextprotocol/tasks", ()), "tasks/get");
    assert_eq!(tasks.id(), "io.modelcontextprotocol/tasks");
}

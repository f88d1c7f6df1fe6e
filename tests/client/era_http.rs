//! Which era a server behind a URL speaks: one test per kind of evidence.

use mcp_client::{ErrorKind, McpClient, ProtocolVersion};
use serde_json::{Value, json};

use crate::support::{
    LEGACY, MODERN, discovered,
    http::{Answer, HttpServer, Sent},
    initialized, refusal, reply, soon,
};

/// Answers a legacy client; everything else gets what the test wants.
fn legacy_or(sent: &Sent, other: impl FnOnce(&Sent) -> Answer) -> Answer {
    match sent.what() {
        "initialize" => Answer::json(200, &reply(&sent.body, initialized(LEGACY))),
        "notifications/initialized" => Answer::status(202),
        _ => other(sent),
    }
}

/// HTTPM-006, HTTPM-007, HTTPM-022, HDR-001, VER-018.
#[tokio::test]
async fn a_server_that_discovers_is_modern() {
    for as_events in [false, true] {
        let server = HttpServer::start(move |sent| async move {
            let answer = reply(&sent.body, discovered(&[MODERN]));
            if as_events { Answer::events(&[answer]) } else { Answer::json(200, &answer) }
        })
        .await;
        let builder = McpClient::builder("agent", "1.0.0").header("Authorization", "Bearer secret");
        let client = builder.connect_http(server.url()).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2026_07_28);
        assert_eq!(client.server_info().unwrap().name, "scripted");
        client.close().await;
        let [sent] = server.sent().try_into().unwrap();
        assert_eq!((sent.method.as_str(), sent.path.as_str()), ("POST", "/mcp"));
        assert_eq!(sent.header("content-type"), Some("application/json"));
        assert_eq!(sent.header("accept"), Some("application/json, text/event-stream"));
        assert_eq!(sent.header("mcp-protocol-version"), Some(MODERN));
        assert_eq!(sent.header("mcp-method"), Some("server/discover"));
        assert_eq!(sent.header("authorization"), Some("Bearer secret"));
        assert_eq!(sent.body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"], MODERN);
    }
}

/// VER-015, VER-019, JRPC-019: what says nothing of the newer era is legacy.
#[tokio::test]
async fn everything_without_modern_evidence_is_legacy() {
    fn error(status: u16, code: i64) -> impl Fn(&Sent) -> Answer + Clone + Send + Sync {
        move |sent| Answer::json(status, &refusal(&sent.body, code, "no", Value::Null))
    }
    fn status(status: u16) -> impl Fn(&Sent) -> Answer + Clone + Send + Sync {
        move |_| Answer::Whole(status, vec![("Content-Type", "text/html".into())], "<p>no".into())
    }
    async fn check(answer: impl Fn(&Sent) -> Answer + Clone + Send + Sync + 'static) {
        let server = HttpServer::start(move |sent| {
            let answer = legacy_or(&sent, &answer);
            async move { answer }
        })
        .await;
        let client = McpClient::connect_http(server.url()).await.unwrap();
        assert_eq!(client.version(), ProtocolVersion::V2025_11_25);
        assert_eq!(server.count("server/discover"), 1);
        let initialize = server.wait_for("initialize", 1).await;
        assert_eq!(initialize.header("mcp-protocol-version"), None, "HTTPL-034");
        assert_eq!(initialize.header("mcp-method"), None);
        assert_eq!(initialize.body["params"].get("_meta"), None);
        let confirmed = server.wait_for("notifications/initialized", 1).await;
        assert_eq!(confirmed.header("mcp-protocol-version"), Some(LEGACY));
    }
    for code in [-32601, -32602, -32600, -32000, -32001, -32003, -32004] {
        check(error(200, code)).await;
        check(error(400, code)).await;
    }
    // Whatever the status, a server that does not know the method says so.
    for status in [500, 501, 503] {
        check(error(status, -32601)).await;
    }
    check(error(404, -32601)).await;
    check(error(404, -32001)).await;
    for code in [400, 404, 405, 406, 415, 422] {
        check(status(code)).await;
        check(move |_: &Sent| Answer::status(code)).await;
    }
    // An error without an id, and a result of something else.
    check(|_: &Sent| {
        Answer::json(400, &json!({"jsonrpc": "2.0", "id": null, "error": {"code": -32000, "message": "x"}}))
    })
    .await;
    check(|_: &Sent| Answer::json(400, &json!({"error": "no session"}))).await;
    check(|sent: &Sent| Answer::json(200, &reply(&sent.body, json!({"tools": []})))).await;
}

/// VER-014, VER-022: neither the newer era's own errors nor trouble of any other kind is a reason to go back.
#[tokio::test]
async fn modern_errors_and_trouble_are_no_evidence_of_the_older_era() {
    async fn check(answer: impl Fn(&Sent) -> Answer + Send + Sync + 'static) -> mcp_client::Error {
        let server = HttpServer::start(move |sent| {
            let answer = answer(&sent);
            async move { answer }
        })
        .await;
        let error = soon(McpClient::connect_http(server.url())).await.unwrap_err();
        assert_eq!(server.count("initialize"), 0, "{error}");
        error
    }
    for code in [-32020, -32021] {
        let error = check(move |sent| Answer::json(400, &refusal(&sent.body, code, "no", Value::Null))).await;
        assert_eq!(error.rejection().unwrap().code, code);
    }
    let missing = |sent: &Sent| Answer::json(400, &refusal(&sent.body, -32602, "`_meta` is missing", Value::Null));
    assert_eq!(check(missing).await.rejection().unwrap().code, -32602);
    for status in [401, 403, 429, 500, 502, 503] {
        let error = check(move |_| Answer::status(status)).await;
        assert!(error.is_transport() && error.http_status() == Some(status), "{error}");
    }
    let denied = check(|sent| Answer::json(401, &refusal(&sent.body, -32001, "Unauthorized", Value::Null))).await;
    assert_eq!(denied.http_status(), Some(401));
    let internal = check(|sent| Answer::json(500, &refusal(&sent.body, -32603, "oops", Value::Null))).await;
    assert_eq!(internal.rejection().unwrap().code, -32603);
    assert!(check(|_| Answer::Hang).await.is_transport());
    // A page for humans, nothing, and an answer that belongs to a notification.
    let page = check(|_| Answer::Whole(200, vec![("Content-Type", "text/html".into())], "<p>hello".into())).await;
    assert!(page.is_invalid() && page.to_string().contains("URL"), "{page}");
    for status in [200, 202, 204] {
        assert!(check(move |_| Answer::status(status)).await.is_invalid());
    }
    let elsewhere = discovered(&["2099-01-01"]);
    let error = check(move |sent| Answer::json(200, &reply(&sent.body, elsewhere.clone()))).await;
    assert!(error.kind() == ErrorKind::Version && error.to_string().contains("2099-01-01"), "{error}");
}

/// VER-005: an offer is taken once, over HTTP with status 400.
#[tokio::test]
async fn a_refused_version_is_negotiated_once() {
    let refuse = |sent: &Sent, versions: Value| {
        Answer::json(400, &refusal(&sent.body, -32022, "unsupported", json!({"supported": versions})))
    };
    let stubborn = HttpServer::start(move |sent| async move { refuse(&sent, json!([MODERN, LEGACY])) }).await;
    let error = McpClient::connect_http(stubborn.url()).await.unwrap_err();
    assert_eq!((error.rejection().unwrap().code, stubborn.sent().len()), (-32022, 2));

    let legacy =
        HttpServer::start(
            move |sent| async move { legacy_or(&sent, |sent| refuse(sent, json!([LEGACY, "2025-03-26"]))) },
        )
        .await;
    let client = McpClient::connect_http(legacy.url()).await.unwrap();
    assert_eq!(client.version(), ProtocolVersion::V2025_11_25);
    assert_eq!(legacy.count("server/discover"), 1);
}

#[tokio::test]
async fn a_chosen_legacy_version_is_not_probed_for() {
    let server = HttpServer::start(|sent| async move { legacy_or(&sent, |_| Answer::status(500)) }).await;
    let builder = McpClient::builder("agent", "1.0.0").version(ProtocolVersion::V2025_11_25);
    builder.connect_http(server.url()).await.unwrap();
    assert_eq!(server.count("server/discover"), 0);
}

/// Redirects are followed to the same origin only, and only those that keep method and body.
#[tokio::test]
async fn redirects_stay_at_home() {
    let elsewhere =
        HttpServer::start(|sent| async move { Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))) }).await;
    let away = elsewhere.url();
    for status in [301u16, 302, 303, 307, 308] {
        let away = away.clone();
        let server = HttpServer::start(move |sent| {
            let away = away.clone();
            async move {
                match sent.path.as_str() {
                    "/mcp" => Answer::status(status).header("Location", "/moved"),
                    "/moved" => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                    "/loop" => Answer::status(307).header("Location", "/loop"),
                    _ => Answer::status(status).header("Location", &away),
                }
            }
        })
        .await;
        let near = McpClient::connect_http(server.url()).await;
        if matches!(status, 307 | 308) {
            near.unwrap();
        } else {
            assert_eq!(near.unwrap_err().http_status(), Some(status));
        }
        let base = server.url().replace("/mcp", "");
        let far = McpClient::connect_http(format!("{base}/away")).await.unwrap_err();
        assert!(far.to_string().contains("redirects"), "{far}");
        let circle = soon(McpClient::connect_http(format!("{base}/loop"))).await.unwrap_err();
        assert_eq!(circle.http_status(), Some(307));
    }
    assert_eq!(elsewhere.sent().len(), 0);
}

#[tokio::test]
async fn what_is_no_url_or_no_header_is_told_at_once() {
    for url in ["", "127.0.0.1:80", "file:///etc/passwd", "http://", "ws://localhost/mcp"] {
        assert_eq!(McpClient::connect_http(url).await.unwrap_err().kind(), ErrorKind::Input, "{url}");
    }
    let builder = McpClient::builder("agent", "1.0.0").header("x-ok", "a\nb");
    assert!(!format!("{builder:?}").contains("a\\nb"));
    let error = builder.connect_http("http://127.0.0.1:9/mcp").await.unwrap_err();
    assert!(error.kind() == ErrorKind::Input && error.to_string().contains("x-ok"), "{error}");
    let nobody = soon(McpClient::connect_http("http://127.0.0.1:9/mcp?token=secret")).await.unwrap_err();
    assert!(nobody.is_transport() && nobody.to_string().contains("is the server running"), "{nobody}");
    assert!(!format!("{nobody:?}").contains("secret"), "{nobody:?}");
}

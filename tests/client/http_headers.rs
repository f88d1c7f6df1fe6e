//! What a program sends with its requests over HTTP, and by what.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use mcp_client::{ErrorKind, McpClient, RequestHeaders, redirect_policy, reqwest};
use serde_json::json;

use crate::support::{
    LEGACY, MODERN, discovered,
    http::{Answer, HttpServer, Sent},
    initialized, reply, soon, text,
};

/// A server of either era that does all it is asked.
async fn obliging(version: &'static str) -> HttpServer {
    HttpServer::start(move |sent: Sent| async move {
        match sent.what() {
            "server/discover" if version == MODERN => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
            "server/discover" => Answer::status(404),
            "initialize" => Answer::json(200, &reply(&sent.body, initialized(version))),
            "tools/call" => Answer::json(200, &reply(&sent.body, text("done"))),
            _ => Answer::status(202),
        }
    })
    .await
}

#[tokio::test]
async fn a_header_that_is_added_twice_is_sent_twice() {
    for version in [MODERN, LEGACY] {
        let server = obliging(version).await;
        let client = McpClient::builder("agent", "1.0.0")
            .header("x-tag", "first")
            .header("X-Tag", "second")
            .header("Accept", "text/plain")
            .connect_http(server.url())
            .await
            .unwrap();
        client.call_tool("x", ()).await.unwrap();
        for sent in server.sent() {
            assert_eq!(sent.header("x-tag"), Some("first, second"), "{}", sent.what());
            assert_eq!(sent.header("accept"), Some("application/json, text/event-stream"), "the protocol's own");
        }
    }
}

#[tokio::test]
async fn headers_are_decided_when_a_request_is_made() {
    for version in [MODERN, LEGACY] {
        let server = obliging(version).await;
        let headers = RequestHeaders::default();
        headers.set("authorization", "Bearer 1").unwrap();
        let client = McpClient::builder("agent", "1.0.0")
            .header("authorization", "Bearer 0")
            .header("x-fixed", "yes")
            .request_headers(headers.clone())
            .connect_http(server.url())
            .await
            .unwrap();
        let seen = |server: &HttpServer| {
            let sent = server.sent().pop().unwrap();
            assert_eq!(sent.header("x-fixed"), Some("yes"));
            sent.header("authorization").map(str::to_owned)
        };
        client.call_tool("x", ()).await.unwrap();
        assert_eq!(seen(&server).as_deref(), Some("Bearer 1"));
        headers.set("Authorization", "Bearer 2").unwrap();
        client.call_tool("x", ()).await.unwrap();
        assert_eq!(seen(&server).as_deref(), Some("Bearer 2"));
        headers.remove("authorization");
        client.call_tool("x", ()).await.unwrap();
        assert_eq!(seen(&server).as_deref(), Some("Bearer 0"));
        assert_eq!(headers.set("x y", "z").unwrap_err().kind(), ErrorKind::Input);
        assert_eq!(headers.set("x", "a\nb").unwrap_err().kind(), ErrorKind::Input);
        headers.set("x-key", "secret").unwrap();
        let shown = format!("{headers:?}");
        assert!(shown.contains("x-key") && !shown.contains("secret"), "{shown}");
    }
}

#[tokio::test]
async fn a_source_of_headers_is_asked_for_each_request() {
    let server = obliging(MODERN).await;
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let client = McpClient::builder("agent", "1.0.0")
        .header_source(move || {
            let number = counter.fetch_add(1, Ordering::SeqCst);
            async move {
                if number == 2 {
                    return Err("the vault is locked".into());
                }
                Ok(vec![("authorization".to_owned(), format!("Bearer {number}"))])
            }
        })
        .connect_http(server.url())
        .await
        .unwrap();
    client.call_tool("x", ()).await.unwrap();
    let seen: Vec<_> = server.sent().iter().map(|sent| sent.header("authorization").map(str::to_owned)).collect();
    assert_eq!(seen, [Some("Bearer 0".to_owned()), Some("Bearer 1".to_owned())]);
    let error = client.call_tool("x", ()).await.unwrap_err();
    assert_eq!((error.kind(), asked.load(Ordering::SeqCst)), (ErrorKind::Input, 3));
    assert!(error.to_string().contains("the vault is locked"), "{error}");
    assert_eq!(server.count("tools/call"), 1, "nothing was sent");
}

/// A source of headers that never answers costs a request its deadline, and no more.
#[tokio::test]
async fn a_source_of_headers_has_the_time_of_its_request() {
    let server = obliging(MODERN).await;
    let first = Arc::new(AtomicUsize::new(0));
    let client = McpClient::builder("agent", "1.0.0")
        .header_source(move || {
            let number = first.fetch_add(1, Ordering::SeqCst);
            async move {
                if number > 0 {
                    std::future::pending::<()>().await;
                }
                Ok(Vec::new())
            }
        })
        .connect_http(server.url())
        .await
        .unwrap();
    let call = client.call_tool("x", ()).timeout(std::time::Duration::from_millis(50));
    assert!(soon(call.into_future()).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_program_brings_its_own_http_client() {
    let server = obliging(MODERN).await;
    let http = reqwest::Client::builder().user_agent("my-agent/3").redirect(redirect_policy()).build().unwrap();
    for _ in 0..2 {
        let builder = McpClient::builder("agent", "1.0.0").http_client(http.clone());
        builder.connect_http(server.url()).await.unwrap();
    }
    let sent = server.sent();
    assert!(sent.iter().all(|sent| sent.header("user-agent") == Some("my-agent/3")));
    assert_eq!(sent[1].connection, 1, "clients share what a pool holds");
}

/// Redirects of the program's own HTTP client: kept at home by the policy, and noticed without it.
#[tokio::test]
async fn an_http_client_that_follows_redirects_elsewhere_is_not_believed() {
    let elsewhere =
        HttpServer::start(|sent| async move { Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))) }).await;
    let away = elsewhere.url();
    let server = HttpServer::start(move |_| {
        let away = away.clone();
        async move { Answer::status(307).header("Location", &away) }
    })
    .await;
    let careless = reqwest::Client::new();
    let builder = McpClient::builder("agent", "1.0.0").http_client(careless);
    let error = builder.connect_http(server.url()).await.unwrap_err();
    assert!(error.is_transport() && error.to_string().contains("redirect_policy"), "{error}");
    let asked = elsewhere.sent().len();
    let careful = reqwest::Client::builder().redirect(redirect_policy()).build().unwrap();
    let builder = McpClient::builder("agent", "1.0.0").http_client(careful);
    assert_eq!(builder.connect_http(server.url()).await.unwrap_err().http_status(), Some(307));
    assert_eq!(elsewhere.sent().len(), asked);
}

/// What else a refusal says is kept: the challenge, and the time to come back.
#[tokio::test]
async fn a_refusal_says_what_is_missing_and_when_to_come_back() {
    let server = HttpServer::start(|sent| async move {
        match sent.what() {
            "server/discover" => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
            _ => match sent.body["params"]["name"].as_str() {
                Some("who") => Answer::json(401, &json!({"error": "invalid_token"}))
                    .header("WWW-Authenticate", "Bearer resource_metadata=\"https://example.com/meta\"")
                    .header("WWW-Authenticate", "Basic"),
                Some("scope") => {
                    Answer::status(403).header("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"a b\"")
                }
                Some("date") => Answer::status(503).header("Retry-After", "Fri, 31 Dec 1999 23:59:59 GMT"),
                _ => Answer::json(429, &crate::support::refusal(&sent.body, -32000, "too much", json!(null)))
                    .header("Retry-After", "7"),
            },
        }
    })
    .await;
    let client = McpClient::connect_http(server.url()).await.unwrap();
    let fail = async |name: &str| client.call_tool(name, ()).await.unwrap_err();
    let who = fail("who").await;
    let challenge = "Bearer resource_metadata=\"https://example.com/meta\", Basic";
    assert_eq!((who.http_status(), who.www_authenticate()), (Some(401), Some(challenge)));
    let scope = fail("scope").await;
    assert!(scope.www_authenticate().unwrap().contains("insufficient_scope"));
    assert_eq!(fail("date").await.retry_after(), Some(std::time::Duration::ZERO));
    let busy = fail("busy").await;
    assert_eq!((busy.kind(), busy.retry_after()), (ErrorKind::Rejected, Some(std::time::Duration::from_secs(7))));
    assert_eq!(server.count("tools/call"), 4, "a call is never repeated");
}

/// A question that a busy server puts off is asked again when the server says, within its own time and not beyond.
#[tokio::test]
async fn a_question_is_asked_again_when_a_busy_server_says() {
    for version in [MODERN, LEGACY] {
        let refused = Arc::new(AtomicUsize::new(0));
        let after = Arc::new(std::sync::Mutex::new("0"));
        let (counter, when) = (refused.clone(), after.clone());
        let server = HttpServer::start(move |sent: Sent| {
            let first = counter.fetch_add(1, Ordering::SeqCst).is_multiple_of(2);
            let after = *when.lock().unwrap();
            async move {
                match sent.what() {
                    "server/discover" if version == LEGACY => Answer::status(404),
                    "notifications/initialized" => Answer::status(202),
                    _ if first => Answer::status(503).header("Retry-After", after),
                    "server/discover" => Answer::json(200, &reply(&sent.body, discovered(&[MODERN]))),
                    "initialize" => Answer::json(200, &reply(&sent.body, initialized(LEGACY))),
                    _ => Answer::json(200, &reply(&sent.body, json!({"resultType": "complete", "tools": []}))),
                }
            }
        })
        .await;
        if version == LEGACY {
            refused.store(1, Ordering::SeqCst);
        }
        let client = McpClient::connect_http(server.url()).await.unwrap();
        refused.store(0, Ordering::SeqCst);
        client.list_tools_page(None).await.unwrap();
        assert_eq!(server.count("tools/list"), 2, "{version}");
        *after.lock().unwrap() = "86400";
        refused.store(0, Ordering::SeqCst);
        let error = soon(client.list_tools_page(None).into_future()).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(86_400)), "it is not waited for");
        assert_eq!(server.count("tools/list"), 3, "{version}");
    }
}

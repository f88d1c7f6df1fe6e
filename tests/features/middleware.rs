//! Layers around calls, and what came with a call besides its question.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use mcp_server::{
    Context, Error, Server,
    middleware::{Call, Next, Outcome, Request, from_fn},
    tool, tools,
};
use mcp_tests::{
    messages::{call, call_with_progress, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::json;
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, timeout::TimeoutLayer};

use crate::clients::{self, Client};

#[tool]
fn open() -> &'static str {
    "open"
}

#[tool]
fn secret() -> &'static str {
    "secret"
}

#[tool]
async fn stuck() {
    std::future::pending::<()>().await;
}

#[tool]
async fn steps(ctx: Context) -> &'static str {
    ctx.progress(1.0, 2.0, "half").await;
    "done"
}

/// What the host application and layers put into a call.
#[derive(Clone)]
struct User(&'static str);

#[tool]
fn whoami(ctx: Context) -> String {
    let user = ctx.extensions().get::<User>().map_or("nobody", |user| user.0);
    let header = ctx.headers().get("x-fixture").and_then(|value| value.to_str().ok()).unwrap_or("none");
    let trace = ctx.meta("traceparent").and_then(|value| value.parse::<String>().ok());
    format!("{user} {header} {}", trace.as_deref().unwrap_or("none"))
}

async fn refuse_secrets(call: Call, next: Next) -> Result<Outcome, Error> {
    match call.name() {
        Some("secret") => Err(Error::invalid_params("not for you")),
        _ => next.run(call).await,
    }
}

#[tokio::test]
async fn a_layer_sees_the_method_the_name_and_the_caller_of_every_call() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let watch = from_fn(move |call: Call, next: Next| {
        let log = log.clone();
        async move {
            let client = call.caller.client().map(|client| client.name.clone());
            log.lock().unwrap().push((call.method().to_owned(), call.name().map(str::to_owned), client));
            next.run(call).await
        }
    });
    let server = Server::builder("layered", "1.0.0").tools(tools![open, secret]).layer(watch).build();
    for mut client in clients::all(&server).await {
        seen.lock().unwrap().clear();
        client.result("tools/list", json!({})).await;
        client.result("tools/call", call("open", json!({}))).await;
        let client = Some("test".to_owned());
        let expected = [("tools/list", None), ("tools/call", Some("open".to_owned()))];
        let expected = expected.map(|(method, name)| (method.to_owned(), name, client.clone()));
        assert_eq!(*seen.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn a_layer_refuses_a_call_in_its_own_words_and_lets_others_pass() {
    let server = Server::builder("layered", "1.0.0").tools(tools![open, secret]).layer(from_fn(refuse_secrets)).build();
    for mut client in clients::all(&server).await {
        let (code, error) = client.error("tools/call", call("secret", json!({}))).await;
        assert_eq!((code, error["message"].as_str()), (-32602, Some("not for you")));
        assert_eq!(text_of(&client.ask("tools/call", call("open", json!({}))).await), "open");
    }
}

#[tokio::test]
async fn the_layer_that_was_added_last_sees_a_call_first() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let note = |name: &'static str| {
        let order = order.clone();
        from_fn(move |call: Call, next: Next| {
            order.lock().unwrap().push(name);
            next.run(call)
        })
    };
    let stacked = ServiceBuilder::new().layer(note("top")).layer(note("bottom"));
    let server = Server::builder("layered", "1.0.0").tools(tools![open]).layer(note("first")).layer(stacked).build();
    let mut client = Client::on_pipe(&server, None).await;
    client.result("tools/call", call("open", json!({}))).await;
    assert_eq!(*order.lock().unwrap(), ["top", "bottom", "first"]);
}

#[tokio::test]
async fn layers_of_tower_fit_and_their_failures_stay_in_the_log() {
    let layers =
        ServiceBuilder::new().layer(TimeoutLayer::new(Duration::from_millis(10))).layer(ConcurrencyLimitLayer::new(1));
    let server = Server::builder("layered", "1.0.0").tools(tools![open, stuck]).layer(layers).build();
    for mut client in clients::all(&server).await {
        let (code, error) = client.error("tools/call", call("stuck", json!({}))).await;
        assert_eq!(code, -32603);
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("the call was refused by the server: its log says why, under "), "{message}");
        // The one place was given back.
        assert_eq!(text_of(&client.ask("tools/call", call("open", json!({}))).await), "open");
    }
}

#[tokio::test]
async fn a_layer_that_panics_is_answered() {
    async fn panics(call: Call, next: Next) -> Result<Outcome, Error> {
        assert!(!matches!(call.request, Request::CallTool { .. }), "a layer's panic");
        next.run(call).await
    }
    let server = Server::builder("layered", "1.0.0").tools(tools![open]).layer(from_fn(panics)).build();
    for mut client in clients::all(&server).await {
        let (code, _) = client.error("tools/call", call("open", json!({}))).await;
        assert_eq!(code, -32603);
        client.result("tools/list", json!({})).await;
    }
}

/// PROG-005.
#[tokio::test]
async fn progress_passes_the_layers() {
    let server = Server::builder("layered", "1.0.0").tools(tools![steps]).layer(from_fn(refuse_secrets)).build();
    let mut connection = Connection::open(clients::serve(&server).await).await;
    let message = stateless(1, "tools/call", call_with_progress("steps", json!({}), "t"));
    let events = connection.post(&message).await.events();
    assert_eq!(events[0]["params"]["progressToken"], "t");
    assert_eq!(text_of(&events[1]), "done");
}

#[tokio::test]
async fn a_layer_attaches_what_handlers_read_on_every_transport() {
    async fn attach(mut call: Call, next: Next) -> Result<Outcome, Error> {
        call.metadata.extensions_mut().insert(User("layer"));
        next.run(call).await
    }
    let server = Server::builder("layered", "1.0.0").tools(tools![whoami]).layer(from_fn(attach)).build();
    for mut client in clients::all(&server).await {
        assert_eq!(text_of(&client.ask("tools/call", call("whoami", json!({}))).await), "layer none none");
    }
}

/// Serves inside an application whose middleware knows the user.
async fn hosted(server: &Server) -> SocketAddr {
    use axum::{extract::Request, middleware::Next};
    let authenticate = axum::middleware::from_fn(async |mut request: Request, next: Next| {
        request.extensions_mut().insert(User("host"));
        next.run(request).await
    });
    let app = axum::Router::new().route_service("/mcp", server.http_service()).layer(authenticate);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// OTEL-001: `_meta` may carry a trace context; headers and the host application's values come along.
#[tokio::test]
async fn a_handler_reads_headers_meta_and_what_the_host_application_attached() {
    let server = Server::builder("hosted", "1.0.0").tools(tools![whoami]).build();
    let address = hosted(&server).await;
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    for session in [Some(clients::WITH_SESSION), None] {
        let mut client = Client::over_http(address, session).await;
        let mut params = call("whoami", json!({}));
        params["_meta"] = json!({"traceparent": trace});
        assert_eq!(text_of(&client.ask("tools/call", params).await), format!("host none {trace}"));
    }
    let message = stateless(1, "tools/call", call("whoami", json!({})));
    let mut headers = mirror(&message);
    headers.push(("X-Fixture".to_owned(), "seen".to_owned()));
    let answer = Connection::open(address).await.post_with(&headers, &message).await;
    assert_eq!(text_of(&answer.json()), "host seen none");
}

#[tokio::test]
async fn the_meta_of_a_large_request_is_kept() {
    #[tool]
    fn measure(text: String, ctx: Context) -> String {
        format!("{} {}", text.len(), ctx.meta("baggage").unwrap().as_str())
    }
    let server = Server::builder("large", "1.0.0").tools(tools![measure]).build();
    for mut client in clients::all(&server).await {
        let mut params = call("measure", json!({"text": "x".repeat(100_000)}));
        params["_meta"] = json!({"baggage": {"a": "ü\n"}, "other": 1});
        assert_eq!(text_of(&client.ask("tools/call", params).await), r#"100000 {"a":"ü\n"}"#);
    }
}

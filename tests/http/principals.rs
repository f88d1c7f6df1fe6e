//! Who is behind a request, as the host application has found out: known to handlers, and owner of sessions.

use std::net::SocketAddr;

use axum::{extract::Request, middleware::Next, response::Response};
use mcp_server::{Context, Principal, Server, tool, tools};
use mcp_tests::{
    messages::{WITH_SESSIONS, call, initialize, request, stateless, text_of},
    raw_http::{Connection, mirror},
};
use serde_json::json;

use crate::session_header;

/// Says who calls.
#[tool]
async fn who(ctx: Context) -> String {
    ctx.caller().principal().map_or("nobody".to_owned(), |principal| principal.as_str().to_owned())
}

/// Takes the word of a header, where a real application checks credentials.
async fn authenticate(mut request: Request, next: Next) -> Response {
    let name = request.headers().get("x-user").and_then(|name| name.to_str().ok()).map(Principal::new);
    if let Some(principal) = name {
        request.extensions_mut().insert(principal);
    }
    next.run(request).await
}

async fn start() -> SocketAddr {
    let server = Server::builder("guarded", "1.0.0").tools(tools![who]).build();
    let app =
        axum::Router::new().route_service("/mcp", server.http_service()).layer(axum::middleware::from_fn(authenticate));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

fn user(name: &str) -> (String, String) {
    ("X-User".to_owned(), name.to_owned())
}

#[tokio::test]
async fn handlers_know_who_is_behind_a_request() {
    let address = start().await;
    let message = stateless(1, "tools/call", call("who", json!({})));
    for (headers, expected) in [(vec![user("alice")], "alice"), (vec![], "nobody")] {
        let headers = [mirror(&message), headers].concat();
        let answer = Connection::open(address).await.post_with(&headers, &message).await;
        assert_eq!(text_of(&answer.json()), expected);
    }
}

/// A session id that was found out is of no use to anybody else: the session looks as if it were gone.
#[tokio::test]
async fn a_session_belongs_to_the_principal_that_opened_it() {
    mcp_tests::covers!("SEC-005");
    let address = start().await;
    for version in WITH_SESSIONS {
        let mut connection = Connection::open(address).await;
        let opened = connection.post_with(&[user("alice")], &initialize(version)).await;
        let session = session_header(&opened.headers["mcp-session-id"]);
        let message = request(1, "tools/call", call("who", json!({})));
        let own = connection.post_with(&[session.clone(), user("alice")], &message).await;
        assert_eq!((own.status, text_of(&own.json())), (200, "alice"));
        let unknown = connection.post_with(&[session_header(&"A".repeat(43)), user("bob")], &message).await;
        for stranger in [vec![session.clone(), user("bob")], vec![session.clone()]] {
            let answer = connection.post_with(&stranger, &message).await;
            assert_eq!((answer.status, &answer.body), (404, &unknown.body));
            for method in ["GET", "DELETE"] {
                let mut connection = Connection::open(address).await;
                let accept = ("Accept".to_owned(), "text/event-stream".to_owned());
                connection.send_request(method, &[stranger.clone(), vec![accept]].concat(), "").await;
                assert_eq!(connection.answer().await.status, 404, "{method}");
            }
        }
        assert_eq!(connection.post_with(&[session, user("alice")], &message).await.status, 200);
    }
}

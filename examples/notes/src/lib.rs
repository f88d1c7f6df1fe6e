//! A server of notes in SQLite, and the axum application around it.

pub mod reading;
mod rows;
pub mod store;
mod writing;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use mcp_server::{HttpService, Server};
use store::Store;
use tower_http::cors::{AllowHeaders, CorsLayer};

/// The handlers, over the notes that they share.
pub struct Notes {
    store: Store,
}

/// A server of these notes.
pub fn server(store: Store) -> Server {
    Server::builder("notes", "1.0.0")
        .title("Notes")
        .instructions("Notes of one person. Find before you add, so that nothing is noted twice.")
        .handlers(Notes { store })
        .build()
}

/// The application around the endpoint: `/health` for everybody, `/mcp` for who has the token, also for pages of
/// `origin`.
///
/// # Panics
///
/// If `origin` cannot stand in a header.
pub fn app(endpoint: HttpService, token: &str, origin: &str) -> Router {
    let cors = CorsLayer::new()
        .allow_origin([origin.parse().expect("an origin")])
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([HeaderName::from_static("mcp-session-id"), header::WWW_AUTHENTICATE]);
    let bearer: Arc<str> = format!("Bearer {token}").into();
    let endpoint = Router::new()
        .route_service("/mcp", endpoint.allow_origin(origin))
        .route_layer(from_fn_with_state(bearer, let_in));
    Router::new().route("/health", get(|| async { "well" })).merge(endpoint).layer(cors)
}

/// Lets in who has the token. Compared without haste: how long it takes tells nothing of where the two differ.
async fn let_in(State(bearer): State<Arc<str>>, request: Request, next: Next) -> Response {
    let said = request.headers().get(header::AUTHORIZATION).map_or(&[][..], |value| value.as_bytes());
    let differ = said.iter().zip(bearer.as_bytes()).fold(0, |differ, (one, other)| differ | (one ^ other));
    if said.len() == bearer.len() && differ == 0 {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")], "who are you?").into_response()
}

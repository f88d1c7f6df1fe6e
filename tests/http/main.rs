//! Streamable HTTP over real sockets, byte by byte.

mod admission;
mod asking;
mod connections;
mod faults;
mod held;
mod hostile;
mod lasting;
mod listening;
mod mounts;
mod one_era;
mod patience;
mod principals;
mod retried;
mod seen;
mod sessions;
mod shutdown;
mod stateless;
mod tight;

use std::net::SocketAddr;

use mcp_server::Server;
use mcp_tests::{
    messages::{initialize, initialized, request, stateless},
    raw_http::{Connection, mirror},
};
use serde_json::Value;

/// Serves on a free port until the test's runtime ends.
async fn start(server: &Server) -> SocketAddr {
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    tokio::spawn(listener.serve());
    address
}

/// A header that names a session.
fn session_header(id: &str) -> (String, String) {
    ("Mcp-Session-Id".to_owned(), id.to_owned())
}

/// Begins the same call twice: alone, and in a session.
async fn begin(address: SocketAddr, session: &Session, params: &Value) -> [Connection; 2] {
    let mut alone = Connection::open(address).await;
    let message = stateless(1, "tools/call", params.clone());
    alone.send_post(&mirror(&message), &message).await;
    let mut within = session.again(address).await;
    let headers = within.headers();
    within.connection.send_post(&headers, &request(1, "tools/call", params.clone())).await;
    [alone, within.connection]
}

/// A session that is open and ready.
struct Session {
    id: String,
    version: String,
    connection: Connection,
}

impl Session {
    async fn open(address: SocketAddr, version: &str) -> Self {
        let mut connection = Connection::open(address).await;
        let answer = connection.post_with(&[], &initialize(version)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["result"]["protocolVersion"], version);
        let id = answer.headers["mcp-session-id"].clone();
        let mut session = Self { id, version: version.to_owned(), connection };
        let ready = session.post(&initialized()).await;
        assert_eq!((ready.status, ready.body.as_str()), (202, ""));
        session
    }

    fn headers(&self) -> Vec<(String, String)> {
        vec![session_header(&self.id), ("MCP-Protocol-Version".to_owned(), self.version.clone())]
    }

    async fn post(&mut self, message: &Value) -> mcp_tests::raw_http::Answer {
        let headers = self.headers();
        self.connection.post_with(&headers, message).await
    }

    /// Another connection of the same session.
    async fn again(&self, address: SocketAddr) -> Self {
        let connection = Connection::open(address).await;
        Self { id: self.id.clone(), version: self.version.clone(), connection }
    }

    /// Opens the stream of the session; the head is read.
    async fn listen(&self, address: SocketAddr) -> Connection {
        let mut stream = Connection::open(address).await;
        let mut headers = self.headers();
        headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
        stream.send_request("GET", &headers, "").await;
        let head = stream.head().await;
        assert_eq!((head.status, head.headers["content-type"].as_str()), (200, "text/event-stream"));
        stream
    }
}

//! Clients that ask a server in every way: with a session or without, in process or over HTTP.

use std::net::SocketAddr;

use mcp_server::Server;
use serde_json::{Value, json};

use crate::{
    messages::{STATELESS, WITH_SESSIONS, initialize, initialized, request, stateless},
    peer::Peer,
    raw_http::{Connection, mirror},
};

/// The newest revision with a handshake.
pub const WITH_SESSION: &str = "2025-11-25";

/// One client.
pub struct Client {
    wire: Wire,
    revision: String,
    session: Option<String>,
    address: Option<SocketAddr>,
    declared: Value,
}

#[expect(clippy::large_enum_variant, reason = "a test has a few")]
enum Wire {
    Pipe(Peer),
    Http(Connection),
}

/// One client per era and transport.
pub async fn all(server: &Server) -> Vec<Client> {
    let address = serve(server).await;
    vec![
        Client::on_pipe(server, Some(WITH_SESSION)).await,
        Client::on_pipe(server, None).await,
        Client::over_http(address, Some(WITH_SESSION)).await,
        Client::over_http(address, None).await,
    ]
}

/// One client per revision and transport, the oldest revision first.
pub async fn each_revision(server: &Server) -> Vec<Client> {
    let address = serve(server).await;
    let mut clients = Vec::new();
    for version in WITH_SESSIONS.map(Some).into_iter().chain([None]) {
        clients.push(Client::on_pipe(server, version).await);
        clients.push(Client::over_http(address, version).await);
    }
    clients
}

/// Serves on a free port until the test's runtime ends.
pub async fn serve(server: &Server) -> SocketAddr {
    let listener = server.bind_http("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr();
    tokio::spawn(listener.serve());
    address
}

impl Client {
    /// A client in process; with a session of that revision, or without one.
    pub async fn on_pipe(server: &Server, version: Option<&str>) -> Self {
        let mut peer = Peer::in_process(server);
        let mut declared = Value::Null;
        if let Some(version) = version {
            let answer = peer.ask(&initialize(version)).await;
            declared = answer["result"]["capabilities"].clone();
            peer.send(&initialized()).await;
        }
        let revision = version.unwrap_or(STATELESS).to_owned();
        Self { wire: Wire::Pipe(peer), revision, session: version.map(str::to_owned), address: None, declared }
    }

    /// A client over HTTP; with a session of that revision, or without one.
    pub async fn over_http(address: SocketAddr, version: Option<&str>) -> Self {
        let mut connection = Connection::open(address).await;
        let (mut declared, mut session) = (Value::Null, None);
        if let Some(version) = version {
            let answer = connection.post_with(&[], &initialize(version)).await;
            declared = answer.json()["result"]["capabilities"].clone();
            let id = answer.headers["mcp-session-id"].clone();
            let headers = [("Mcp-Session-Id".to_owned(), id.clone())];
            assert_eq!(connection.post_with(&headers, &initialized()).await.status, 202);
            session = Some(id);
        }
        let revision = version.unwrap_or(STATELESS).to_owned();
        Self { wire: Wire::Http(connection), revision, session, address: Some(address), declared }
    }

    /// Another connection of the same session over HTTP.
    pub async fn again(&self) -> Self {
        let address = self.address.expect("a client on a pipe has one connection");
        let wire = Wire::Http(Connection::open(address).await);
        let Self { revision, session, declared, .. } = self;
        let (revision, session, declared) = (revision.clone(), session.clone(), declared.clone());
        Self { wire, revision, session, address: self.address, declared }
    }

    /// Whether requests belong to a session.
    pub fn has_session(&self) -> bool {
        self.session.is_some()
    }

    /// The revision that is spoken. Revisions are dates, and compare as such.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Asks and takes the answer. On a pipe, a change may be announced before it; that is passed over.
    pub async fn ask(&mut self, method: &str, params: Value) -> Value {
        let message = if self.has_session() { request(7, method, params) } else { stateless(7, method, params) };
        let headers = self.headers(&message);
        match &mut self.wire {
            Wire::Pipe(peer) => {
                let mut answer = peer.ask(&message).await;
                while answer.get("id").is_none() {
                    answer = peer.receive().await.expect("the server has closed its side");
                }
                answer
            }
            Wire::Http(connection) => connection.post_with(&headers, &message).await.json(),
        }
    }

    /// Asks and takes all that comes, up to the answer.
    pub async fn all(&mut self, method: &str, params: Value) -> Vec<Value> {
        let message = if self.has_session() { request(7, method, params) } else { stateless(7, method, params) };
        let headers = self.headers(&message);
        match &mut self.wire {
            Wire::Pipe(peer) => {
                let mut all = vec![peer.ask(&message).await];
                while all.last().is_some_and(|last| last["id"] != 7) {
                    all.push(peer.receive().await.unwrap());
                }
                all
            }
            Wire::Http(connection) => {
                let answer = connection.post_with(&headers, &message).await;
                let is_stream = answer.headers["content-type"] == "text/event-stream";
                if is_stream { answer.events() } else { vec![answer.json()] }
            }
        }
    }

    /// Asks and takes the result.
    pub async fn result(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params).await;
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Asks and takes the error.
    pub async fn error(&mut self, method: &str, params: Value) -> (i64, Value) {
        let answer = self.ask(method, params).await;
        let code = answer["error"]["code"].as_i64().unwrap_or_else(|| panic!("no error in {answer}"));
        (code, answer["error"].clone())
    }

    /// What the server declares.
    pub async fn capabilities(&mut self) -> Value {
        if self.has_session() {
            return self.declared.clone();
        }
        self.result("server/discover", json!({})).await["capabilities"].clone()
    }

    /// Asks for changes of everything and of these resources. What follows comes from [`Events::next`].
    pub async fn listen(mut self, uris: &[&str]) -> Events {
        if self.has_session() {
            for uri in uris {
                assert_eq!(self.result("resources/subscribe", json!({"uri": uri})).await, json!({}));
            }
            return match self.wire {
                Wire::Pipe(peer) => Events::Pipe(peer),
                Wire::Http(_) => {
                    let mut stream = Connection::open(self.address.unwrap()).await;
                    let mut headers = self.headers(&Value::Null);
                    headers.push(("Accept".to_owned(), "text/event-stream".to_owned()));
                    stream.send_request("GET", &headers, "").await;
                    assert_eq!(stream.head().await.status, 200);
                    Events::Http(stream)
                }
            };
        }
        let declared = self.capabilities().await;
        let filter = json!({
            "toolsListChanged": true, "promptsListChanged": true, "resourcesListChanged": true,
            "resourceSubscriptions": uris,
        });
        let message = stateless("listen", "subscriptions/listen", json!({"notifications": filter}));
        let mut events = match self.wire {
            Wire::Pipe(mut peer) => {
                peer.send(&message).await;
                Events::Pipe(peer)
            }
            Wire::Http(mut connection) => {
                connection.send_post(&mirror(&message), &message).await;
                assert_eq!(connection.head().await.status, 200);
                Events::Http(connection)
            }
        };
        let acknowledged = events.next().await;
        assert_eq!(acknowledged["method"], "notifications/subscriptions/acknowledged", "{acknowledged}");
        let mut agreed = json!({});
        for list in ["tools", "prompts", "resources"] {
            if declared[list]["listChanged"] == true {
                agreed[format!("{list}ListChanged")] = json!(true);
            }
        }
        if declared["resources"]["subscribe"] == true && !uris.is_empty() {
            agreed["resourceSubscriptions"] = json!(uris);
        }
        assert_eq!(acknowledged["params"]["notifications"], agreed);
        events
    }

    fn headers(&self, message: &Value) -> Vec<(String, String)> {
        match &self.session {
            Some(id) => vec![("Mcp-Session-Id".to_owned(), id.clone())],
            None => mirror(message),
        }
    }
}

/// Where events arrive.
#[expect(clippy::large_enum_variant, reason = "a test has a few")]
pub enum Events {
    /// On the pipe, between answers.
    Pipe(Peer),
    /// On a stream of their own.
    Http(Connection),
}

impl Events {
    /// The next event.
    pub async fn next(&mut self) -> Value {
        match self {
            Self::Pipe(peer) => peer.receive().await.unwrap(),
            Self::Http(connection) => connection.event().await.unwrap(),
        }
    }
}

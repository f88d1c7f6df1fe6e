//! A session over HTTP: opened by a handshake, named in every request, and opened anew when the server has
//! forgotten it (2025-11-25, transports, *Session Management*).

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
};

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    era::{
        self,
        legacy::{write_initialized, write_set_level},
        read_notification,
    },
    header::PROTOCOL_VERSION,
    jsonrpc::{Message, Notification, RequestId},
    model::{ServerCapabilities, ServerNotification},
    sync::lock,
};
use tokio::sync::{Semaphore, watch};

use super::{
    super::{
        again::Again,
        identity::{Identity, Server, undecided},
        reply::{Ended, ReplyReader},
    },
    handshake::{self, Step},
};
use crate::{
    answer::{Answering, AttachedCall, Replies},
    changes::{Change, Hub},
    error::Result,
    handlers::RequestOptions,
    http::{ACCEPT, Answer, CONTENT_TYPE, Endpoint, HeaderMap, HeaderValue, Method},
    limits::{DETACHED_MESSAGES, DETACHED_TIMEOUT, Limits},
    timing::Clock,
};

/// Revisions spell it differently; header names compare without case.
const SESSION_ID: &str = "mcp-session-id";

/// What the requests of a client share.
pub(super) struct Shared {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) identity: Identity,
    pub(super) hub: Arc<Hub>,
    /// What the server has said about itself since the first session, if it was asked again.
    described_anew: Mutex<Option<Arc<Server>>>,
    session: watch::Sender<Arc<Session>>,
    /// The URIs that the server was asked to report. Whoever changes them holds the lock until the server has answered: so
    /// the last wish is the one that stands.
    pub(super) subscribed: tokio::sync::Mutex<BTreeSet<String>>,
    /// Whose turn it is to open a session anew. Who waits needs the new session anyway.
    renewing: Semaphore,
    detached: Arc<Semaphore>,
    last_id: AtomicI64,
    /// Who answers what the server asks.
    pub(super) answering: Arc<Answering>,
}

/// One session. A server that keeps none gives it no name.
pub(super) struct Session {
    /// Marked sensitive: it is a secret, and never shown.
    id: Option<HeaderValue>,
    pub(super) version: ProtocolVersion,
    version_header: HeaderValue,
    pub(super) generation: u64,
    /// What the server said that it can do.
    pub(super) capabilities: ServerCapabilities,
}

impl Session {
    pub(super) fn can_subscribe(&self) -> bool {
        self.capabilities.resources.unwrap_or_default().subscribe
    }

    pub(super) fn has_id(&self) -> bool {
        self.id.is_some()
    }

    /// The headers of every request after the handshake (2025-11-25, transports, *Session Management*, *Protocol Version
    /// Header*).
    pub(super) fn headers(&self, accept: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        headers.insert(PROTOCOL_VERSION, self.version_header.clone());
        if let Some(id) = &self.id {
            headers.insert(SESSION_ID, id.clone());
        }
        headers
    }

    fn post_headers(&self) -> HeaderMap {
        let mut headers = self.headers("application/json, text/event-stream");
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers
    }
}

impl Shared {
    /// Opens the first session.
    pub(super) async fn open(
        endpoint: Arc<Endpoint>,
        identity: &Identity,
        version: ProtocolVersion,
    ) -> Result<(Arc<Self>, Server)> {
        let last_id = AtomicI64::new(0);
        let (session, server) = initialize(&endpoint, identity, version, &last_id, 0).await?;
        let shared = Self {
            endpoint,
            identity: identity.clone(),
            hub: Arc::new(Hub::default()),
            described_anew: Mutex::default(),
            session: watch::Sender::new(Arc::new(session)),
            subscribed: tokio::sync::Mutex::default(),
            renewing: Semaphore::new(1),
            detached: Arc::new(Semaphore::new(DETACHED_MESSAGES)),
            last_id,
            answering: Answering::new(identity.answers(server.version)),
        };
        Ok((Arc::new(shared), server))
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.identity.limits
    }

    pub(super) fn session(&self) -> Arc<Session> {
        self.session.borrow().clone()
    }

    /// Sees each session that takes the place of another.
    pub(super) fn sessions(&self) -> watch::Receiver<Arc<Session>> {
        self.session.subscribe()
    }

    /// What the server has said about itself since the first session, if it was asked again.
    pub(super) fn described_anew(&self) -> Option<Arc<Server>> {
        lock(&self.described_anew).clone()
    }

    pub(super) fn next_id(&self) -> RequestId {
        RequestId::Number(self.last_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// A session other than `stale`: opened here, or by whoever noticed first.
    pub(super) async fn renew(&self, stale: &Session) -> Result<Arc<Session>> {
        let turn = self.renewing.acquire().await;
        let current = self.session();
        if current.generation != stale.generation {
            return Ok(current);
        }
        tracing::debug!("the server has forgotten the session: opening another");
        let generation = stale.generation + 1;
        let opened = initialize(&self.endpoint, &self.identity, stale.version, &self.last_id, generation).await;
        let (session, server) = opened?;
        let session = Arc::new(session);
        *lock(&self.described_anew) = Some(Arc::new(server));
        self.session.send_replace(session.clone());
        drop(turn);
        Ok(session)
    }

    /// POSTs a message in a session.
    pub(super) async fn post(&self, session: &Session, body: Bytes) -> Result<Answer> {
        self.endpoint.post(session.post_headers(), body).await
    }

    /// Takes a message of a session that is no reply: changes go to who listens, requests are answered, for the call on
    /// whose stream they came. Anything else is for the caller.
    pub(super) fn take(
        self: &Arc<Self>,
        message: Message,
        session: &Arc<Session>,
        call: Option<&AttachedCall>,
    ) -> Option<Notification> {
        match message {
            Message::Notification(notification) => {
                if self.answering.notification(&notification) {
                    return None;
                }
                let event = read_notification(&notification);
                match (event.as_ref().and_then(Change::of), event, &self.identity.log) {
                    (Some(change), ..) => self.hub.push(&change),
                    (None, Some(ServerNotification::Message(message)), Some(log)) => log.hear(message),
                    _ => return Some(notification),
                }
            }
            Message::Request(request) => {
                let replies = SessionReplies { shared: self.clone(), session: session.clone() };
                self.answering.request(&request, &replies, call);
            }
            Message::Response(_) => {}
        }
        None
    }

    /// Sends a message that nobody waits for. A server that is too slow for them loses some.
    pub(super) fn send_detached(self: &Arc<Self>, body: Vec<u8>) {
        let (Ok(permit), Ok(runtime)) =
            (self.detached.clone().try_acquire_owned(), tokio::runtime::Handle::try_current())
        else {
            tracing::debug!("a message to the server was dropped");
            return;
        };
        let shared = self.clone();
        runtime.spawn(async move {
            let session = shared.session();
            let _ = tokio::time::timeout(DETACHED_TIMEOUT, shared.post(&session, Bytes::from(body))).await;
            drop(permit);
        });
    }

    /// Ends the session. Not every server lets clients do that.
    pub(super) async fn end(&self) {
        let session = self.session();
        if session.has_id() {
            let headers = session.headers("application/json");
            let _ = tokio::time::timeout(DETACHED_TIMEOUT, self.endpoint.bare(Method::DELETE, headers)).await;
        }
    }
}

/// The way back to a server in one session: each reply is a POST of its own (2025-11-25, transports, *Sending Messages to
/// the Server*). One that fails is sent once more; what is lost all the same leaves the server waiting, and is told.
#[derive(Clone)]
struct SessionReplies {
    shared: Arc<Shared>,
    session: Arc<Session>,
}

impl Replies for SessionReplies {
    async fn send(&self, reply: Bytes) {
        let mut lost = String::new();
        for _ in 0..2 {
            let sent = self.shared.post(&self.session, reply.clone());
            lost = match tokio::time::timeout(self.shared.limits().timeout, sent).await {
                Ok(Ok(answer)) if answer.is_success() => return,
                Ok(Ok(answer)) if answer.status() < 500 => {
                    let status = answer.status();
                    return tracing::warn!(status, "the server did not take an answer to what it asked");
                }
                Ok(Ok(answer)) => format!("HTTP status {}", answer.status()),
                Ok(Err(error)) => error.to_string(),
                Err(_) => "no answer in time".to_owned(),
            };
        }
        tracing::warn!(lost, "an answer to what the server asked could not be sent, in two attempts");
    }

    fn send_now(&self, reply: Bytes) {
        let permit = self.shared.detached.clone().try_acquire_owned();
        let (Ok(permit), Ok(runtime)) = (permit, tokio::runtime::Handle::try_current()) else {
            return tracing::warn!("a request of the server stays without answer: it sends more than it takes");
        };
        let replies = self.clone();
        runtime.spawn(async move {
            replies.send(reply).await;
            drop(permit);
        });
    }
}

async fn initialize(
    endpoint: &Endpoint,
    identity: &Identity,
    version: ProtocolVersion,
    last_id: &AtomicI64,
    generation: u64,
) -> Result<(Session, Server)> {
    let mut version = version;
    for first in [true, false] {
        let id = RequestId::Number(last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let mut body = Vec::new();
        handshake::write(&mut body, &id, identity, version);
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        let clock = RequestOptions::new(handshake::METHOD, &identity.limits).clock();
        let reader = ReplyReader { what: handshake::METHOD, id: &id, json: identity.limits.json(), batches: false };
        let (body, mut again) = (Bytes::from(body), Again::asking());
        let (session_id, ended) = loop {
            let answer = clock.within(handshake::METHOD, endpoint.post(headers.clone(), body.clone())).await?;
            let session_id = answer.header(SESSION_ID).cloned().map(|mut id| {
                id.set_sensitive(true);
                id
            });
            match reader.reply(answer, clock.clone(), |_| false).await {
                Err(error) if again.after(&error, &clock).await => {}
                reply => break (session_id, reply.map_err(|error| error.during(handshake::METHOD))?),
            }
        };
        let reply = match ended {
            Ended::Reply(reply) => reply,
            Ended::Cut { error, .. } => return Err(error),
        };
        match handshake::judge(reply, identity, version, first)? {
            Step::Again(other) => version = other,
            Step::Done(server) => {
                let version_header = HeaderValue::from_static(server.version.as_str());
                let session = Session {
                    id: session_id,
                    version: server.version,
                    version_header,
                    generation,
                    capabilities: server.capabilities.clone(),
                };
                confirm(endpoint, identity, &session).await?;
                if let (Some(log), Some(_)) = (&identity.log, &server.capabilities.logging) {
                    let id = RequestId::Number(last_id.fetch_add(1, Ordering::Relaxed) + 1);
                    let mut body = Vec::new();
                    write_set_level(&mut body, &id, log.level());
                    tell(endpoint, identity, &session, era::Method::SetLevel.name(), body).await?;
                }
                return Ok((session, *server));
            }
        }
    }
    Err(undecided())
}

/// Tells the server that the handshake is over: before that it sends nothing but pings (2025-11-25, lifecycle,
/// *Initialization*).
async fn confirm(endpoint: &Endpoint, identity: &Identity, session: &Session) -> Result<()> {
    let mut body = Vec::new();
    write_initialized(&mut body);
    tell(endpoint, identity, session, era::Method::Initialized.name(), body).await
}

/// Says something to the server. What it answers, even a refusal, says nothing that the next request would not say
/// better.
async fn tell(
    endpoint: &Endpoint,
    identity: &Identity,
    session: &Session,
    what: &'static str,
    body: Vec<u8>,
) -> Result<()> {
    let clock = Clock::start(identity.limits.timeout, identity.limits.timeout);
    let answer = clock.within(what, endpoint.post(session.post_headers(), body.into())).await?;
    if !answer.is_success() {
        tracing::debug!(what, status = answer.status(), "the server did not take a message");
    }
    Ok(())
}

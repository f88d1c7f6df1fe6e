//! Requests in a session over HTTP. A broken answer is resumed, a forgotten session opened anew.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    era::{
        Method,
        legacy::{has_batches, write_call, write_subscribe},
        write_cancelled, write_roots_list_changed,
    },
    json::RawJson,
    jsonrpc::{ErrorObject, Message, RequestId},
    model::Request,
    sync::lock,
};
use tokio::{sync::Semaphore, task::AbortHandle};

use super::{
    super::{
        again::Again,
        closing::Closing,
        identity::{Identity, Server},
        listening::Listening,
        reply::{Ended, ReplyReader},
    },
    listen::declared,
    session::{Session, Shared},
    stream, subscribed,
};
use crate::{
    answer::{Answers, AttachedCall},
    changes::{Attached, Changes, Feed},
    error::{Error, Result},
    handlers::RequestOptions,
    http::{Answer, Endpoint},
    timing::{Backoff, Clock},
};

/// A URL that is served in this era.
pub(crate) struct HttpChannel {
    shared: Arc<Shared>,
    stream: Arc<StreamTask>,
    closing: Closing,
}

/// The one stream that the server sends changes on. A server sends each message on only one stream, so that all
/// subscriptions share it.
struct StreamTask {
    task: Mutex<Running>,
    /// Whose turn it is to open the stream.
    opening: Semaphore,
}

#[derive(Default)]
struct Running {
    task: Option<AbortHandle>,
    /// No other will run.
    is_over: bool,
}

impl StreamTask {
    fn is_running(&self) -> bool {
        lock(&self.task).task.as_ref().is_some_and(|task| !task.is_finished())
    }

    fn replace(&self, next: Option<AbortHandle>) {
        let mut running = lock(&self.task);
        let last = if running.is_over { next } else { std::mem::replace(&mut running.task, next) };
        if let Some(last) = last {
            last.abort();
        }
    }

    fn end(&self) {
        self.replace(None);
        lock(&self.task).is_over = true;
    }

    /// Opens the stream, if it is not open. Whether the server has one.
    async fn open(&self, shared: &Arc<Shared>) -> Result<bool> {
        const WHAT: &str = "the stream of changes";
        let clock = RequestOptions::new(WHAT, shared.limits()).clock();
        clock
            .within(WHAT, async {
                let _turn = self.opening.acquire().await;
                if self.is_running() {
                    return Ok(true);
                }
                let Some(open) = stream::open(shared).await? else { return Ok(false) };
                let run = stream::run(shared.clone(), open);
                let keep = subscribed::keep(shared.clone(), shared.sessions());
                let task = tokio::spawn(async move {
                    tokio::select! {
                        () = run => {}
                        () = keep => {}
                    }
                });
                self.replace(Some(task.abort_handle()));
                Ok(true)
            })
            .await
    }
}

/// How long connecting waits for the stream on which the server could ask.
const STREAM_OPENING: Duration = Duration::from_millis(500);

pub(crate) async fn open_http(
    endpoint: Arc<Endpoint>,
    identity: &Identity,
    version: ProtocolVersion,
) -> Result<(HttpChannel, Server)> {
    let (shared, server) = Shared::open(endpoint, identity, version).await?;
    let stream = Arc::new(StreamTask { task: Mutex::default(), opening: Semaphore::new(1) });
    let closing = Closing::default();
    if identity.handlers.may_be_asked() {
        // What a server asks outside of any call comes on this stream, if it has one.
        let (shared, stream, closing) = (shared.clone(), stream.clone(), closing.clone());
        let opening = tokio::spawn(async move {
            if let Err(error) = closing.unless_closed(stream.open(&shared)).await {
                tracing::debug!(%error, "there is no stream on which the server could ask");
            }
        });
        // Servers drop what they ask before there is a stream. One that says nothing on it at first is not waited for.
        let _ = tokio::time::timeout(STREAM_OPENING, opening).await;
    }
    let channel = HttpChannel { shared, stream, closing };
    Ok((channel, server))
}

impl HttpChannel {
    pub(crate) async fn ask(
        &self,
        request: &Request,
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let meta = options.request_meta();
        let mut again = Again::of(request);
        loop {
            match self.ask_with(|out, id| write_call(out, id, request, &meta), options).await {
                Err(error) => {
                    let clock = options.clock();
                    let waits = async { Ok(again.after(&error, &clock).await) };
                    if !self.closing.unless_closed(waits).await? {
                        return Err(error);
                    }
                }
                reply => return reply,
            }
        }
    }

    async fn ask_with(
        &self,
        write: impl Fn(&mut Vec<u8>, &RequestId),
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        self.closing.unless_closed(self.exchange(write, options)).await
    }

    async fn exchange(
        &self,
        write: impl Fn(&mut Vec<u8>, &RequestId),
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let clock = options.clock();
        let attached = self.shared.answering.attach(&clock);
        let mut session = self.shared.session();
        let mut renewed = false;
        loop {
            let id = self.shared.next_id();
            let mut body = Vec::with_capacity(512);
            write(&mut body, &id);
            let mut cancel = CancelOnDrop { shared: &self.shared, id: Some(&id) };
            let answer = clock.within(options.what, self.shared.post(&session, Bytes::from(body))).await;
            if answer.as_ref().is_ok_and(|answer| answer.status() == 404) && session.has_id() && !renewed {
                // The server did not know the session, so it has not run the request (2025-11-25, transports, *Session
                // Management*).
                cancel.id = None;
                session = clock.within(options.what, self.shared.renew(&session)).await?;
                renewed = true;
                continue;
            }
            let reply = match answer {
                Ok(answer) => self.reply(answer, &session, &id, attached.as_ref(), clock, options).await,
                Err(error) => Err(error),
            };
            // Only what was given up is cancelled; what failed has ended.
            if !reply.as_ref().is_err_and(Error::is_timeout) {
                cancel.id = None;
            }
            return reply;
        }
    }

    async fn reply(
        &self,
        answer: Answer,
        session: &Arc<Session>,
        id: &RequestId,
        attached: Option<&AttachedCall>,
        clock: Clock,
        options: &mut RequestOptions,
    ) -> Result<Result<RawJson, ErrorObject>> {
        let batches = has_batches(session.version);
        let reader = ReplyReader { what: options.what, id, json: self.shared.limits().json(), batches };
        let mut hear = |message: Message| {
            let event = self.shared.take(message, session, attached);
            event.is_some_and(|event| options.hear(&event, id))
        };
        let mut ended = reader.reply(answer, clock, &mut hear).await?;
        let (mut backoff, mut retry) = (Backoff::new(self.shared.limits()), None);
        loop {
            match ended {
                Ended::Reply(reply) => return Ok(reply),
                // A disconnect is no cancel in this era: the reply may still be had (2025-11-25, transports, *Resumability
                // and Redelivery*).
                Ended::Cut { last_event_id: Some(last), retry: asked, clock, error } => {
                    retry = asked.or(retry);
                    backoff.broken();
                    let resumed =
                        stream::resume(&self.shared, session, &last, retry, &mut backoff, &clock, reader.what);
                    let events = resumed.await?;
                    let Some(events) = events else { return Err(error) };
                    ended = reader.events(events, clock, &mut hear).await?;
                    if let Ended::Cut { last_event_id, .. } = &mut ended {
                        last_event_id.get_or_insert(last);
                    }
                }
                Ended::Cut { error, .. } => return Err(error),
            }
        }
    }

    pub(crate) fn answers(&self) -> &Answers {
        self.shared.answering.answers()
    }

    /// Tells the server that the roots have changed (2025-11-25, client/roots, *Root List Changes*).
    pub(crate) fn tell_roots_changed(&self) {
        let mut body = Vec::new();
        write_roots_list_changed(&mut body);
        self.shared.send_detached(body);
    }

    /// Changes come on a stream of the session, which is opened when somebody listens (2025-11-25, transports,
    /// *Listening for Messages from the Server*).
    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        self.closing.check()?;
        let feed = Feed::new(wanted.clone(), self.shared.limits().changes);
        let attached = self.shared.hub.attach(feed.clone());
        let (shared, stream, closing) = (self.shared.clone(), self.stream.clone(), self.closing.clone());
        let guard = Subscribed { attached, shared, stream, closing };
        // Without a stream nothing is promised, though a change may still come with the answer to a call.
        let has_stream = self.stream.open(&self.shared).await?;
        let agreed = if has_stream { declared(&wanted, &self.shared.session().capabilities) } else { Changes::none() };
        for uri in agreed.uris() {
            self.subscribe(uri).await?;
        }
        Ok(Listening { feed, agreed, driver: None, _guard: Some(Box::new(guard)) })
    }

    /// What the server has said about itself since the first session, if it was asked again.
    pub(crate) fn described_anew(&self) -> Option<Arc<Server>> {
        self.shared.described_anew()
    }

    async fn subscribe(&self, uri: &str) -> Result<()> {
        let mut options = RequestOptions::new(Method::Subscribe.name(), self.shared.limits());
        let clock = options.clock();
        let mut subscribed = clock.within(options.what, async { Ok(self.shared.subscribed.lock().await) }).await?;
        // Before the server has answered: a new session is opened in between if need be.
        subscribed.insert(uri.to_owned());
        let reply = self.ask_with(|out, id| write_subscribe(out, id, uri, true), &mut options).await;
        let result = reply.and_then(|reply| reply.map(drop).map_err(Error::rejected));
        if result.is_err() {
            subscribed.remove(uri);
        }
        result
    }

    /// Ends what is in flight, and the session.
    pub(crate) async fn close(&self) {
        self.closing.close();
        self.stream.end();
        self.shared.answering.end();
        self.shared.hub.close(&Error::closed("the client is closed: connect again"));
        self.shared.end().await;
    }
}

impl Drop for HttpChannel {
    fn drop(&mut self) {
        self.closing.close();
        self.stream.end();
        self.shared.answering.end();
        self.shared.hub.close(&Error::closed("the client is closed: connect again"));
    }
}

/// A request that is no longer awaited is cancelled by a message: in this era a disconnect says nothing
/// (2025-11-25, transports, *Sending Messages to the Server*).
struct CancelOnDrop<'a> {
    shared: &'a Arc<Shared>,
    id: Option<&'a RequestId>,
}

impl Drop for CancelOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let mut body = Vec::new();
            write_cancelled(&mut body, id, "no longer wanted");
            self.shared.send_detached(body);
        }
    }
}

/// A feed in the session, and what was subscribed for it. The last one closes the stream.
struct Subscribed {
    attached: Attached,
    shared: Arc<Shared>,
    stream: Arc<StreamTask>,
    closing: Closing,
}

impl Drop for Subscribed {
    fn drop(&mut self) {
        let uris = self.attached.detach();
        if let Ok(runtime) = tokio::runtime::Handle::try_current()
            && !uris.is_empty()
        {
            let (shared, closing) = (self.shared.clone(), self.closing.clone());
            runtime.spawn(async move {
                let all = async {
                    for uri in &uris {
                        subscribed::unsubscribe(&shared, uri).await;
                    }
                    Ok(())
                };
                let _ = closing.unless_closed(all).await;
            });
        }
        if self.shared.hub.is_empty() && !self.shared.identity.handlers.may_be_asked() {
            self.stream.replace(None);
        }
    }
}

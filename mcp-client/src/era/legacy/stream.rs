//! The GET streams of a session: one that changes come on, and those that resume a broken answer.

use std::{sync::Arc, time::Duration};

use mcp_core::{
    era::{legacy::has_batches, split_batch},
    jsonrpc::{Message, decode},
};
use tokio::{sync::watch, time::sleep};

use super::session::{Session, Shared};
use crate::{
    error::{Error, Result},
    http::{Answer, Body, Events, HeaderValue, Method},
    timing::{Backoff, Clock},
};

const LAST_EVENT_ID: &str = "last-event-id";
const EVENT_STREAM: &str = "text/event-stream";

/// What a server answers that refuses the stream for good.
const FINAL: [u16; 5] = [400, 401, 403, 405, 410];

/// An open stream, and the session it belongs to.
pub(super) struct Open {
    events: Events,
    session: Arc<Session>,
}

/// Opens the stream; `None` if the server has none to offer, which is its right (2025-11-25, transports, *Listening for
/// Messages from the Server*).
pub(super) async fn open(shared: &Arc<Shared>) -> Result<Option<Open>> {
    let mut session = shared.session();
    for renewed in [false, true] {
        let answer = get(shared, &session, None).await?;
        match answer.status() {
            404 if session.has_id() && !renewed => session = shared.renew(&session).await?,
            404 | 405 => return Ok(None),
            _ => return events(answer).await.map(|events| Some(Open { events, session })),
        }
    }
    Ok(None)
}

async fn get(shared: &Shared, session: &Session, last_event_id: Option<&str>) -> Result<Answer> {
    let mut headers = session.headers(EVENT_STREAM);
    if let Some(last) = last_event_id
        && let Ok(last) = HeaderValue::from_str(last)
    {
        headers.insert(LAST_EVENT_ID, last);
    }
    shared.endpoint.bare(Method::GET, headers).await
}

async fn events(answer: Answer) -> Result<Events> {
    let refusal = answer.refusal();
    match (answer.body().await?, refusal) {
        (Body::Events(events), None) => Ok(*events),
        (Body::Other(text), Some(refusal)) => Err(refusal.error(&text)),
        (_, Some(refusal)) => Err(refusal.error("")),
        (_, None) => Err(Error::invalid("the server answered a request for a stream with something else")),
    }
}

/// Reads the stream, and opens it again when it breaks, until nobody listens or the server wants no more.
pub(super) async fn run(shared: Arc<Shared>, first: Open) {
    let mut open = first;
    let mut backoff = Backoff::new(shared.limits());
    let mut retry = None;
    let mut sessions = shared.sessions();
    loop {
        let current = open.session.generation;
        let read = tokio::select! {
            read = read(&shared, &mut open) => Some(read),
            // What the server has to say is said in the new session.
            () = moved(&mut sessions, current) => None,
        };
        backoff.broken();
        retry = open.events.retry().or(retry);
        let mut next = match read {
            // A server may close the stream whenever it likes, and expects the client to come back (2025-11-25, transports,
            // *Sending Messages to the Server*).
            Some(Ok(())) => Some(backoff.rest(retry)),
            None => Some(Duration::ZERO),
            Some(Err(error)) => {
                tracing::debug!(%error, "the stream of changes broke");
                backoff.pause(retry)
            }
        };
        let last = open.events.last_event_id().map(str::to_owned);
        let session = open.session;
        open = loop {
            let Some(pause) = next else {
                let sentence = "the stream of changes broke too often, or could not be opened again: listen anew";
                tracing::warn!("{sentence}");
                return shared.hub.end_feeds(&Error::transport(sentence));
            };
            sleep(pause).await;
            match reopen(&shared, &session, last.as_deref()).await {
                Ok(open) => break open,
                Err(error) if error.http_status().is_some_and(|status| FINAL.contains(&status)) => {
                    tracing::warn!(%error, "the stream of changes could not be opened again");
                    let why = error.during("the stream of changes could not be opened again");
                    return shared.hub.end_feeds(&why);
                }
                Err(error) => {
                    tracing::debug!(%error, "the stream of changes could not be opened again yet");
                    next = backoff.pause(error.retry_after().or(retry));
                }
            }
        };
        backoff.opened();
        if last.is_none() || open.session.generation != session.generation {
            // Nothing tells what was sent in between.
            shared.hub.push_all();
        }
    }
}

/// Returns when another session has taken the place of the one that is known.
async fn moved(sessions: &mut watch::Receiver<Arc<Session>>, known: u64) {
    if sessions.wait_for(|session| session.generation != known).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Opens the stream where it broke, or a new one in a new session.
async fn reopen(shared: &Arc<Shared>, session: &Arc<Session>, last: Option<&str>) -> Result<Open> {
    let clock = Clock::start(shared.limits().timeout, shared.limits().timeout);
    clock
        .within("the stream of changes", async {
            let current = shared.session();
            // An event's id means something in its own session only.
            let last = last.filter(|_| current.generation == session.generation);
            let answer = get(shared, &current, last).await?;
            let status = answer.status();
            if status == 404 && current.has_id() {
                let renewed = shared.renew(&current).await?;
                let answer = get(shared, &renewed, None).await?;
                return Ok(Open { events: events(answer).await?, session: renewed });
            }
            Ok(Open { events: events(answer).await?, session: current })
        })
        .await
}

/// Gives each message of the stream to whom it belongs, until the stream ends.
async fn read(shared: &Arc<Shared>, open: &mut Open) -> Result<()> {
    let json = shared.limits().json();
    let batches = has_batches(open.session.version);
    while let Some(frame) = open.events.next().await? {
        let batch = if batches { split_batch(&frame) } else { None };
        for frame in batch.as_deref().unwrap_or(std::slice::from_ref(&frame)) {
            match decode(frame, &json) {
                Ok(message @ (Message::Notification(_) | Message::Request(_))) => {
                    drop(shared.take(message, &open.session, None));
                }
                Ok(Message::Response(_)) => tracing::debug!("an answer that nobody waits for"),
                Err(_) => tracing::debug!("a message of the server cannot be read"),
            }
        }
    }
    Ok(())
}

/// Resumes a broken answer behind the event `last`; `None` if that is not possible (2025-11-25, transports,
/// *Resumability and Redelivery*).
pub(super) async fn resume(
    shared: &Arc<Shared>,
    session: &Session,
    last: &str,
    retry: Option<Duration>,
    backoff: &mut Backoff,
    clock: &Clock,
    what: &str,
) -> Result<Option<Events>> {
    let mut next = Some(backoff.rest(retry));
    while let Some(pause) = next {
        let attempt = async {
            sleep(pause).await;
            let answer = get(shared, session, Some(last)).await?;
            events(answer).await
        };
        match clock.within(what, attempt).await {
            Ok(events) => {
                backoff.opened();
                return Ok(Some(events));
            }
            Err(error) if error.is_timeout() => return Err(error),
            Err(error) if is_worth_another(&error) => next = backoff.pause(error.retry_after().or(retry)),
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

fn is_worth_another(error: &Error) -> bool {
    const BUSY: u16 = 429;
    error.is_transport() && error.http_status().is_none_or(|status| status >= 500 || status == BUSY)
}

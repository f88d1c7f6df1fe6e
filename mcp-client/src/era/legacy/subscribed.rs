//! Which resources a session is subscribed to: one change after the other, and all of it again in the next session.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::era::{
    Method,
    legacy::{has_batches, write_subscribe},
};
use tokio::{sync::watch, time::sleep};

use super::{
    super::reply::{Ended, ReplyReader},
    session::{Session, Shared},
};
use crate::{
    error::{Error, Result},
    handlers::RequestOptions,
    timing::Backoff,
};

/// Subscribes in each new session to what the last one was subscribed to, for as long as it is polled.
pub(super) async fn keep(shared: Arc<Shared>, mut sessions: watch::Receiver<Arc<Session>>) {
    while sessions.changed().await.is_ok() {
        let session = sessions.borrow_and_update().clone();
        restore(&shared, &session).await;
    }
}

/// Ends the updates of a resource, unless somebody wants them again by now.
pub(super) async fn unsubscribe(shared: &Arc<Shared>, uri: &str) {
    let mut uris = shared.subscribed.lock().await;
    if shared.hub.uris().iter().any(|wanted| wanted == uri) || !uris.remove(uri) {
        return;
    }
    let session = shared.session();
    if let Err(error) = ask(shared, &session, uri, false).await {
        tracing::debug!(%error, "the server was not told that updates of a resource are no longer wanted");
    }
}

/// Subscribes in a new session to all that the last one was subscribed to. What the server does not want to report any
/// more ends for those who listen to it. What has changed in between is unknown: everything counts as changed.
async fn restore(shared: &Arc<Shared>, session: &Arc<Session>) {
    let mut uris = shared.subscribed.lock().await;
    for uri in uris.clone() {
        match restore_one(shared, session, &uri).await {
            Ok(()) => {}
            // This session is over, too, and the next one is restored when it is opened.
            Err(error) if error.http_status() == Some(404) => return,
            Err(_) if shared.session().generation != session.generation => return,
            Err(error) => {
                tracing::warn!(%error, "a resource could not be subscribed to in a new session");
                uris.remove(&uri);
                shared.hub.end_those_of(&uri, &error.during("a new session could not be subscribed to a resource"));
            }
        }
    }
    drop(uris);
    shared.hub.push_all();
}

async fn restore_one(shared: &Arc<Shared>, session: &Arc<Session>, uri: &str) -> Result<()> {
    if !session.can_subscribe() {
        return Err(Error::closed("the server does not offer subscriptions any more"));
    }
    let mut backoff = Backoff::new(shared.limits());
    loop {
        let Err(error) = ask(shared, session, uri, true).await else { return Ok(()) };
        let passes = error.is_timeout() || (error.is_transport() && error.http_status() != Some(404));
        match backoff.pause(error.retry_after()) {
            Some(pause) if passes => sleep(pause).await,
            _ => return Err(error),
        }
    }
}

/// Asks in one session, and in no other.
async fn ask(shared: &Arc<Shared>, session: &Arc<Session>, uri: &str, subscribe: bool) -> Result<()> {
    let method = if subscribe { Method::Subscribe } else { Method::Unsubscribe };
    let clock = RequestOptions::new(method.name(), shared.limits()).clock();
    let id = shared.next_id();
    let mut body = Vec::new();
    write_subscribe(&mut body, &id, uri, subscribe);
    let answer = clock.within(method.name(), shared.post(session, Bytes::from(body))).await?;
    let batches = has_batches(session.version);
    let reader = ReplyReader { what: method.name(), id: &id, json: shared.limits().json(), batches };
    let hear = |message| {
        shared.take(message, session, None);
        false
    };
    match reader.reply(answer, clock, hear).await? {
        Ended::Reply(reply) => reply.map(drop).map_err(Error::rejected),
        Ended::Cut { error, .. } => Err(error),
    }
}

//! One POST is one request, complete in itself.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use mcp_core::{
    call::{Call, CallNotifications, Caller},
    era::modern::{Envelope, FIRST, ListenFilter, ModernRequest, read_request},
    error::{Error, ErrorKind},
    jsonrpc::{Request, RequestId},
    model::ProgressToken,
};

use super::{
    discover::discover,
    headers::{check_method_and_name, check_version},
    listen::{Listens, push_end},
};
use crate::{
    era::{
        Eras, answer,
        http_call::HttpCall,
        post::{busy, whole},
        sink::StreamSink,
    },
    http::{Accepted, EventStream, Reply, json, stream},
    outbox::Outbox,
};

/// Answers a request. The checks stand in the order that clients rely on: envelope, version, headers, method.
pub(in crate::era) async fn post(eras: &Arc<Eras>, headers: &HeaderMap, request: Request, accepted: Accepted) -> Reply {
    match check(eras, headers, &request) {
        Ok((caller, token, ModernRequest::Call(asked))) => {
            let call = Call::new(asked, Arc::new(caller));
            run(eras, call, request.id, token, accepted).await
        }
        Ok((_, _, ModernRequest::Discover)) => whole(accepted, discover(eras, &request.id)),
        Ok((_, _, ModernRequest::Listen(filter))) => listen(eras, request.id, &filter, accepted),
        Err(error) => refuse(&request.id, &error),
    }
}

fn check(
    eras: &Eras,
    headers: &HeaderMap,
    request: &Request,
) -> Result<(Caller, Option<ProgressToken>, ModernRequest), Refused> {
    let Request { method, params, .. } = request;
    let early = |error: Error| Refused { error, status: StatusCode::BAD_REQUEST };
    let mut envelope = Envelope::read(params).map_err(early)?;
    check_version(headers, &envelope.version).map_err(early)?;
    let token = envelope.progress_token.take();
    let caller = envelope.into_caller(&eras.engine.versions).map_err(early)?;
    check_method_and_name(headers, method, params).map_err(early)?;
    let asked = read_request(method, params).map_err(|error| Refused { status: status_of(error.kind()), error })?;
    Ok((caller, token, asked))
}

struct Refused {
    error: Error,
    status: StatusCode,
}

fn refuse(id: &RequestId, Refused { error, status }: &Refused) -> Reply {
    json(*status, answer::error(FIRST, Some(id), error))
}

/// HTTPM-024 to HTTPM-026; failures of handlers are answers like any other.
pub(in crate::era) fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::MethodNotFound => StatusCode::NOT_FOUND,
        ErrorKind::UnsupportedVersion | ErrorKind::HeaderMismatch | ErrorKind::MissingCapability => {
            StatusCode::BAD_REQUEST
        }
        _ => StatusCode::OK,
    }
}

async fn run(eras: &Arc<Eras>, call: Call, id: RequestId, token: Option<ProgressToken>, accepted: Accepted) -> Reply {
    let Ok(place) = eras.engine.calls.clone().try_acquire_owned() else { return busy() };
    let version = call.caller.version();
    // Only a caller that wants progress and takes events has a stream to put it on.
    let token = token.filter(|_| accepted.events);
    let outbox = token.is_some().then(|| Outbox::new(&eras.engine.limits));
    let notifications = token.zip(outbox.clone()).map(|(token, outbox)| CallNotifications {
        progress_token: Some(token),
        sink: Arc::new(StreamSink::new(outbox, version)),
    });
    let future = eras.engine.handle(call.with_notifications(notifications));
    HttpCall { eras: eras.clone(), id, version, future, outbox, place, accepted }.respond().await
}

fn listen(eras: &Arc<Eras>, id: RequestId, filter: &ListenFilter, accepted: Accepted) -> Reply {
    if !accepted.events {
        let error = Error::invalid_request("listening needs a client that accepts text/event-stream");
        return json(StatusCode::NOT_ACCEPTABLE, answer::error(FIRST, Some(&id), &error));
    }
    let Ok(place) = eras.engine.streams.clone().try_acquire_owned() else { return busy() };
    let outbox = Outbox::new(&eras.engine.limits);
    let reader = outbox.reader();
    let mut listens = Listens::new(outbox.clone());
    listens.open(&eras.engine, id.clone(), filter, place);
    let ending = tokio::spawn(end_with_server(eras.clone(), outbox, id));
    let guard = (listens, AbortOnDrop(ending.abort_handle()));
    stream(EventStream::new(reader, eras.engine.limits.keep_alive, guard))
}

/// Waits for the server to stop, and ends the stream gracefully (SUBS-011).
async fn end_with_server(eras: Arc<Eras>, outbox: Outbox, id: RequestId) {
    eras.engine.lifecycle.stopping().cancelled().await;
    push_end(&outbox, &id, &eras.stamp);
    outbox.close();
}

/// Ends a task when the stream it belongs to is dropped.
pub(in crate::era) struct AbortOnDrop(pub(in crate::era) tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

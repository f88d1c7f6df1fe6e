//! One POST is one request, complete in itself.

use std::sync::Arc;

use http::{HeaderMap, StatusCode, request::Parts};
use mcp_core::{
    call::{Call, CallMetadata, Caller},
    era::modern::{Envelope, FIRST, ListenFilter, ModernRequest, read_request},
    error::{Error, ErrorKind},
    jsonrpc::{Request, RequestId},
    model::{ProgressToken, Request as asked},
};

use super::{
    discover::discover,
    headers::{check_arguments, check_method_and_name, check_version},
    listen::{Listens, push_end},
};
use crate::{
    era::{
        Eras, answer,
        http_call::HttpCall,
        named::Named,
        post::{Decided, whole},
        watched::Sight,
    },
    http::{Accepted, EventStream, Refusal, Reply, busy, json, stream},
    outbox::Outbox,
    router::LateCheck,
};

/// Decides what becomes of a request. The checks stand in the order that clients rely on: envelope, version, headers,
/// method.
pub(in crate::era) fn post(
    eras: &Arc<Eras>,
    checked: Result<Checked, Refused>,
    mut parts: Parts,
    request: Request,
    accepted: Accepted,
) -> Result<Decided, Refusal> {
    match checked {
        Ok((caller, token, ModernRequest::Call(asked))) => {
            if is_checked_late(eras, &asked) {
                parts.extensions.insert(LateCheck(check_arguments));
            }
            let metadata = CallMetadata::new(request.params).with_http(parts.headers, parts.extensions);
            let call = Call::new(asked, Arc::new(caller)).with_metadata(metadata);
            HttpCall::new(eras, call, request.id, token, accepted).map(Decided::Alone)
        }
        Ok((_, _, ModernRequest::Discover)) => Ok(Decided::Answered(whole(accepted, discover(eras, &request.id)))),
        Ok((caller, _, ModernRequest::Listen(filter))) => {
            let metadata = CallMetadata::new(request.params).with_http(parts.headers, parts.extensions);
            let sight = Sight::new(&eras.engine, Arc::new(caller), metadata);
            Ok(Decided::Answered(listen(eras, request.id, &filter, sight, accepted)))
        }
        Err(error) => Ok(Decided::Answered(refuse(&request.id, &error))),
    }
}

/// Who asks, the name of its progress, and what it asks.
type Checked = (Caller, Option<ProgressToken>, ModernRequest);

/// Holds a request and its headers against each other.
pub(in crate::era) fn check(
    eras: &Eras,
    named: &Named<'_>,
    headers: &HeaderMap,
    request: &Request,
) -> Result<Checked, Refused> {
    let Request { method, params, .. } = request;
    let early = |error: Error| Refused { error, status: StatusCode::BAD_REQUEST };
    let mut envelope = Envelope::read(params).map_err(early)?;
    check_version(named, &envelope.version).map_err(early)?;
    let token = envelope.progress_token.take();
    let caller = envelope.into_caller(&eras.engine.versions).map_err(early)?;
    check_method_and_name(named, method, params).map_err(early)?;
    let asked = read_request(method, params, eras.engine.limits.watched_resources);
    let asked = asked.map_err(|error| Refused { status: status_of(error.kind()), error })?;
    if let ModernRequest::Call(call @ asked::CallTool { name, arguments }) = &asked
        && let Some(tool) = eras.engine.registries.tools.with_mirror(name)
        && let Some(mirror) = tool.mirror()
        && !is_checked_late(eras, call)
    {
        check_arguments(headers, mirror, arguments).map_err(early)?;
    }
    Ok((caller, token, asked))
}

/// Whether the headers of a call are checked only when it is known that the caller may know of the tool: to all others
/// it must look as if there were none.
fn is_checked_late(eras: &Eras, asked: &asked) -> bool {
    let tools = &eras.engine.registries.tools;
    matches!(asked, asked::CallTool { name, .. } if tools.has_hidden() && tools.with_mirror(name).is_some())
}

/// Why a request is not served.
pub(in crate::era) struct Refused {
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

fn listen(eras: &Arc<Eras>, id: RequestId, filter: &ListenFilter, sight: Arc<Sight>, accepted: Accepted) -> Reply {
    if !accepted.events {
        let error = Error::invalid_request("listening needs a client that accepts text/event-stream");
        return json(StatusCode::NOT_ACCEPTABLE, answer::error(FIRST, Some(&id), &error));
    }
    let Some(place) = eras.engine.streams.take() else { return busy(Some(&id)) };
    let outbox = Outbox::new(&eras.engine.limits);
    let reader = outbox.reader();
    let mut listens = Listens::new(outbox.clone());
    if let Err(error) = listens.open(&eras.engine, id.clone(), filter, Some(sight), place) {
        return refuse(&id, &Refused { status: status_of(error.kind()), error });
    }
    let ending = tokio::spawn(end_with_server(eras.clone(), outbox, id));
    let guard = (listens, AbortOnDrop(ending.abort_handle()));
    stream(EventStream::new(reader, eras.engine.limits.keep_alive, guard))
}

/// Waits for the server to stop, and ends the stream gracefully (SUBS-011).
async fn end_with_server(eras: Arc<Eras>, outbox: Outbox, id: RequestId) {
    eras.engine.lifecycle.stopping().raised().await;
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

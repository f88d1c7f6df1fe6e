//! Which era a server behind a URL speaks.

use std::sync::Arc;

use bytes::Bytes;
use mcp_core::{
    ProtocolVersion,
    era::{Era, Method, codes, modern::write_discover_request},
    json::RawJson,
    jsonrpc::{ErrorObject, RequestId},
};

use super::{
    again::Again,
    channel::Channel,
    identity::{Identity, Server, undecided},
    legacy, modern,
    reply::{Ended, ReplyReader},
    verdict::{Verdict, judge},
};
use crate::{
    error::{Error, Result},
    handlers::RequestOptions,
    http::Endpoint,
};

/// Asks `server/discover` and finds out how to speak (2026-07-28, Streamable HTTP, *Backward Compatibility*).
pub(crate) async fn find_over_http(endpoint: Endpoint, identity: &Identity) -> Result<(Channel, Server)> {
    let endpoint = Arc::new(endpoint);
    let Some(mut version) = identity.newest(Era::Modern) else {
        let version = identity.fall_back()?;
        return open_legacy(endpoint, identity, version).await;
    };
    for first in [true, false] {
        let stamp = identity.stamp(version);
        let id = RequestId::from("discover");
        let mut body = Vec::new();
        write_discover_request(&mut body, &id, &stamp);
        let mut options = RequestOptions::new(Method::Discover.name(), &identity.limits);
        let clock = options.clock();
        let headers = modern::headers(version, Method::Discover.name(), None)?;
        let (what, body) = (options.what, Bytes::from(body));
        let reader = ReplyReader { what, id: &id, json: identity.limits.json(), batches: false };
        let mut again = Again::asking();
        let (status, reply) = loop {
            let answer = clock.within(what, endpoint.post(headers.clone(), body.clone())).await?;
            let status = answer.status();
            match reader.reply(answer, clock.clone(), |_| false).await {
                Err(error) if again.after(&error, &clock).await => {}
                reply => break (status, reply),
            }
        };
        let verdict = match evidence(status, reply)? {
            Some(reply) => judge(reply, identity, first)?,
            None => Verdict::Legacy(identity.fall_back()?),
        };
        match verdict {
            Verdict::Modern(version, discovered) => {
                let (channel, server) = modern::HttpChannel::open(endpoint, identity, version, stamp, discovered);
                return Ok((Channel::ModernHttp(Arc::new(channel)), server));
            }
            Verdict::Legacy(version) => return open_legacy(endpoint, identity, version).await,
            Verdict::Again(other) => version = other,
        }
    }
    Err(undecided())
}

async fn open_legacy(
    endpoint: Arc<Endpoint>,
    identity: &Identity,
    version: ProtocolVersion,
) -> Result<(Channel, Server)> {
    match legacy::open_http(endpoint.clone(), identity, version).await {
        Ok((channel, server)) => Ok((Channel::LegacyHttp(Box::new(channel)), server)),
        Err(error) if legacy::may_be_of_2024(&error) => {
            match Box::pin(legacy::open_sse(&endpoint, identity, version)).await {
                Ok(Some((channel, server))) => Ok((Channel::LegacyPipe(Box::new(channel)), server)),
                Ok(None) => Err(error),
                Err(other) if other.is_transport() => Err(error),
                Err(other) => Err(other),
            }
        }
        Err(error) => Err(error),
    }
}

/// What an answer to the first question proves: a reply to judge, or (`None`) that the server does not know the
/// newer era. An error if it proves nothing.
fn evidence(status: u16, reply: Result<Ended>) -> Result<Option<Result<RawJson, ErrorObject>>> {
    match reply {
        Ok(Ended::Reply(Ok(result))) => Ok(Some(Ok(result))),
        Ok(Ended::Reply(Err(error))) => {
            // The newer era's own errors: going back to the older one would hide them.
            let header_or_capability = matches!(error.code, codes::HEADER_MISMATCH | codes::MISSING_CAPABILITY);
            let about_meta = status == 400 && error.code == codes::INVALID_PARAMS && error.message.contains("_meta");
            // A status of trouble means trouble, unless the message itself says what is wrong with the question.
            let about_the_question =
                matches!(error.code, codes::METHOD_NOT_FOUND | codes::INVALID_REQUEST | codes::UNSUPPORTED_VERSION);
            if header_or_capability || about_meta || (status >= 500 && !about_the_question) {
                return Err(Error::rejected(error).during(Method::Discover.name()));
            }
            Ok(Some(Err(error)))
        }
        Ok(Ended::Cut { error, .. }) => Err(error),
        Err(error) => match error.http_status() {
            Some(401 | 403 | 408 | 429) | None => Err(error),
            Some(status) if (400..500).contains(&status) => Ok(None),
            Some(_) => Err(error),
        },
    }
}

//! Which era a server on a pipe speaks.
//!
//! ```text
//! server/discover ─ answered ──────────────────────► judged
//!                 ─ the pipe ends ─────────────────► the older era, with a new process
//!                 ─ silence ─► initialize, too ─ answered first ─► the older era
//!                                              ─ an answer to server/discover after all ─► judged: a server that starts
//!                                                slowly knows what it speaks
//! ```

use std::{pin::pin, sync::Arc};

use mcp_core::{
    ProtocolVersion,
    era::{Era, Method, modern::write_discover_request},
};
use tokio::time::timeout;

use super::{
    channel::Channel,
    identity::{Identity, Server, undecided},
    legacy, modern,
    verdict::{Verdict, judge},
};
use crate::{
    connection::{Connection, Connector},
    error::{Error, Result},
    handlers::RequestOptions,
};

/// The ids of the two probes: text, so that a late answer is never taken for that to a numbered request.
const PROBES: [&str; 2] = ["discover", "discover-again"];

type Opened = Result<(Channel, Server)>;

/// Connects and finds out how to speak: by a question that an older server refuses, passes over in silence or dies of
/// (2026-07-28, stdio, *Backward Compatibility*).
pub(crate) async fn find_on_pipe(connector: &dyn Connector, identity: &Identity) -> Opened {
    let connection = connect(connector, identity).await?;
    let Some(preferred) = identity.newest(Era::Modern) else {
        let version = identity.fall_back()?;
        return open_legacy(connection, identity, version).await;
    };
    let mut probe = pin!(probe(&connection, identity, preferred));
    let fall_back = identity.fall_back();
    let found = match &fall_back {
        // There is nothing else to try: it has as much time as any request.
        Err(_) => probe.await,
        Ok(version) => match timeout(identity.limits.probe_timeout, &mut probe).await {
            Ok(Err(error)) if error.is_timeout() => return open_legacy(connection.clone(), identity, *version).await,
            Ok(found) => found,
            Err(_) => return after_silence(&connection, identity, *version, probe).await,
        },
    };
    match found? {
        Found::Verdict(Verdict::Modern(version, discovered)) => {
            let (channel, server) = modern::open_pipe(connection.clone(), identity, version, discovered);
            Ok((Channel::ModernPipe(Box::new(channel)), server))
        }
        Found::Verdict(Verdict::Legacy(version)) => open_legacy(connection.clone(), identity, version).await,
        Found::Verdict(Verdict::Again(_)) => Err(undecided()),
        Found::Unreadable(error) => match fall_back {
            Ok(version) => open_legacy(connection.clone(), identity, version).await,
            Err(_) => Err(error),
        },
        Found::Death(error) => {
            let version = fall_back.map_err(|_| error)?;
            // Some servers end on a question they do not know. The next one is not asked.
            let connection = connect(connector, identity).await?;
            open_legacy(connection, identity, version).await
        }
    }
}

/// Connects to a server that was found to speak `version`: it is asked in that way at once. If that fails it may be another
/// one by now.
pub(crate) async fn find_again(connector: &dyn Connector, identity: &Identity, version: ProtocolVersion) -> Opened {
    if Era::of(version) == Era::Legacy {
        let connection = connect(connector, identity).await?;
        match open_legacy(connection, identity, version).await {
            Err(error) if !error.is_timeout() => tracing::debug!(%error, "the server has changed its ways"),
            opened => return opened,
        }
    }
    find_on_pipe(connector, identity).await
}

async fn connect(connector: &dyn Connector, identity: &Identity) -> Result<Arc<Connection>> {
    let connection = Arc::new(connector.connect().await?);
    if let Some(log) = &identity.log {
        connection.hear_log(log);
    }
    Ok(connection)
}

async fn open_legacy(connection: Arc<Connection>, identity: &Identity, version: ProtocolVersion) -> Opened {
    let (channel, server) = legacy::open_pipe(connection, identity, version).await?;
    Ok((Channel::LegacyPipe(Box::new(channel)), server))
}

enum Found {
    Verdict(Verdict),
    /// An answer came, and nobody could read it: the newer era has a form of its own.
    Unreadable(Error),
    /// The connection ended.
    Death(Error),
}

async fn probe(connection: &Arc<Connection>, identity: &Identity, preferred: ProtocolVersion) -> Result<Found> {
    let mut version = preferred;
    for (round, name) in PROBES.into_iter().enumerate() {
        let stamp = identity.stamp(version);
        let mut options = RequestOptions::new(Method::Discover.name(), &identity.limits);
        let request = match connection.open_quiet(Some(name)) {
            Ok(request) => request,
            Err(error) => return Ok(Found::Death(error)),
        };
        let reply = match request.reply(|out, id| write_discover_request(out, id, &stamp), &mut options).await {
            Ok(reply) => reply,
            Err(error) if error.is_closed() => return Ok(Found::Death(error)),
            Err(error) if error.is_invalid() => return Ok(Found::Unreadable(error)),
            Err(error) => return Err(error),
        };
        match judge(reply, identity, round == 0)? {
            Verdict::Again(other) => version = other,
            verdict => return Ok(Found::Verdict(verdict)),
        }
    }
    Err(undecided())
}

/// Tries the older era, and takes what comes first of an answer to that and an answer to the first question.
async fn after_silence(
    connection: &Arc<Connection>,
    identity: &Identity,
    version: ProtocolVersion,
    mut probe: impl Future<Output = Result<Found>> + Unpin,
) -> Opened {
    let mut handshake = pin!(open_legacy(connection.clone(), identity, version));
    let (mut refused, mut probing) = (None, true);
    loop {
        tokio::select! {
            biased;
            found = &mut probe, if probing => match found {
                Ok(Found::Verdict(Verdict::Modern(version, discovered))) => {
                    connection.answer_nothing();
                    let (channel, server) = modern::open_pipe(connection.clone(), identity, version, discovered);
                    return Ok((Channel::ModernPipe(Box::new(channel)), server));
                }
                // What speaks the older era answers the question that it knows.
                _ => probing = false,
            },
            opened = &mut handshake, if refused.is_none() => match opened {
                Ok(opened) => return Ok(opened),
                Err(error) => refused = Some(error),
            },
            else => break,
        }
    }
    Err(refused.unwrap_or_else(undecided))
}

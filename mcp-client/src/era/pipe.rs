//! Which era a server on a pipe speaks.

use std::sync::Arc;

use mcp_core::{
    ProtocolVersion,
    era::{Era, Method, modern::write_discover_request},
};

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

/// Connects and finds out how to speak: by a question that an older server refuses, passes over in silence or dies of
/// (2026-07-28, stdio, *Backward Compatibility*).
pub(crate) async fn find_on_pipe(connector: &mut dyn Connector, identity: &Identity) -> Result<(Channel, Server)> {
    let connection = connect(connector, identity)?;
    let Some(preferred) = identity.newest(Era::Modern) else {
        let version = identity.fall_back()?;
        return open_legacy(connection, identity, version).await;
    };
    match probe(&connection, identity, preferred).await? {
        Found::Verdict(Verdict::Modern(version, discovered)) => {
            let (channel, server) = modern::open_pipe(connection, identity, version, discovered);
            Ok((Channel::ModernPipe(Box::new(channel)), server))
        }
        Found::Verdict(Verdict::Legacy(version)) => open_legacy(connection, identity, version).await,
        Found::Verdict(Verdict::Again(_)) => Err(undecided()),
        Found::Silence => {
            let version = identity.fall_back()?;
            open_legacy(connection, identity, version).await
        }
        Found::Death => {
            let Ok(version) = identity.fall_back() else {
                return Err(Error::closed(connection.post_mortem().await));
            };
            // Some servers end on a question they do not know. The next one is not asked.
            drop(connection);
            let connection = connect(connector, identity)?;
            open_legacy(connection, identity, version).await
        }
    }
}

fn connect(connector: &mut dyn Connector, identity: &Identity) -> Result<Arc<Connection>> {
    let connection = Arc::new(connector.connect()?);
    if let Some(log) = &identity.log {
        connection.hear_log(log);
    }
    Ok(connection)
}

async fn open_legacy(
    connection: Arc<Connection>,
    identity: &Identity,
    version: ProtocolVersion,
) -> Result<(Channel, Server)> {
    let (channel, server) = legacy::open_pipe(connection, identity, version).await?;
    Ok((Channel::LegacyPipe(Box::new(channel)), server))
}

enum Found {
    Verdict(Verdict),
    Silence,
    Death,
}

async fn probe(connection: &Arc<Connection>, identity: &Identity, preferred: ProtocolVersion) -> Result<Found> {
    let mut version = preferred;
    for (round, name) in PROBES.into_iter().enumerate() {
        let stamp = identity.stamp(version);
        let mut options = RequestOptions::new(Method::Discover.name(), &identity.limits);
        options.timeout = identity.limits.probe_timeout;
        options.timeout_max = identity.limits.probe_timeout;
        let Ok(request) = connection.open_quiet(Some(name)) else { return Ok(Found::Death) };
        let reply = match request.reply(|out, id| write_discover_request(out, id, &stamp), &mut options).await {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return Ok(Found::Silence),
            Err(error) if error.is_closed() => return Ok(Found::Death),
            Err(error) => return Err(error.during(Method::Discover.name())),
        };
        match judge(reply, identity, round == 0)? {
            Verdict::Again(other) => version = other,
            verdict => return Ok(Found::Verdict(verdict)),
        }
    }
    Err(undecided())
}

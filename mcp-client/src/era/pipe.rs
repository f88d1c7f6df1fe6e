//! Which era a server on a pipe speaks.

use std::sync::Arc;

use mcp_core::{
    ProtocolVersion,
    era::{Era, modern::write_discover_request},
};

use super::{Channel, Identity, Server, Verdict, judge, legacy, modern};
use crate::{
    connection::{Connection, Connector},
    error::{Error, Result},
    handlers::Terms,
};

/// The ids of the two probes: text, so that a late answer is never taken for that to a numbered request.
const PROBES: [&str; 2] = ["discover", "discover-again"];

/// Connects and finds out how to speak (VER-016, VER-023).
pub(crate) async fn find_on_pipe(connector: &mut dyn Connector, identity: &Identity) -> Result<(Channel, Server)> {
    let connection = connect(connector, identity)?;
    let Some(preferred) = identity.newest(Era::Modern) else {
        let version = identity.fall_back()?;
        return legacy::open_pipe(connection, identity, version).await;
    };
    match probe(&connection, identity, preferred).await? {
        Found::Verdict(Verdict::Modern(version, discovered)) => {
            Ok(modern::open_pipe(connection, identity, version, discovered))
        }
        Found::Verdict(Verdict::Legacy(version)) => legacy::open_pipe(connection, identity, version).await,
        Found::Verdict(Verdict::Again(_)) => Err(Error::invalid("the server cannot decide on a protocol version")),
        Found::Silence => {
            let version = identity.fall_back()?;
            legacy::open_pipe(connection, identity, version).await
        }
        Found::Death => {
            let Ok(version) = identity.fall_back() else {
                return Err(Error::closed(connection.post_mortem().await));
            };
            // Some servers end on a question they do not know. The next one is not asked.
            drop(connection);
            let connection = connect(connector, identity)?;
            legacy::open_pipe(connection, identity, version).await
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

enum Found {
    Verdict(Verdict),
    Silence,
    Death,
}

async fn probe(connection: &Arc<Connection>, identity: &Identity, preferred: ProtocolVersion) -> Result<Found> {
    let mut version = preferred;
    for (round, name) in PROBES.into_iter().enumerate() {
        let stamp = identity.stamp(version);
        let mut terms = Terms::new("server/discover", &identity.limits);
        terms.timeout = identity.limits.probe_timeout;
        terms.timeout_max = identity.limits.probe_timeout;
        let Ok(asked) = connection.open_quiet(Some(name)) else { return Ok(Found::Death) };
        let reply = match asked.reply(|out, id| write_discover_request(out, id, &stamp), &mut terms).await {
            Ok(reply) => reply,
            Err(error) if error.is_timeout() => return Ok(Found::Silence),
            Err(error) if error.is_closed() => return Ok(Found::Death),
            Err(error) => return Err(error.during("server/discover")),
        };
        match judge(reply, identity, round == 0)? {
            Verdict::Again(other) => version = other,
            verdict => return Ok(Found::Verdict(verdict)),
        }
    }
    Err(Error::invalid("the server cannot decide on a protocol version"))
}

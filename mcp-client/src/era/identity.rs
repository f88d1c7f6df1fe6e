//! The two who talk: this client, and the server as far as it is known.

use mcp_core::{
    ProtocolVersion,
    era::{
        Era,
        modern::{ClientStamp, Discovered},
    },
    model::{ClientCapabilities, Implementation, ServerCapabilities},
};

use crate::{
    answer::Answers,
    cache::Keeping,
    error::{Error, Result},
    handlers::{Handlers, LogHandler},
    limits::Limits,
};

/// Who the client is, and what it is willing to speak.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) info: Implementation,
    /// What is declared beside what there are handlers for.
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) versions: Vec<ProtocolVersion>,
    pub(crate) limits: Limits,
    /// Where answers are kept, if they are.
    pub(crate) keeping: Option<Keeping>,
    /// Who hears what the server logs; nobody asks for it otherwise.
    pub(crate) log: Option<LogHandler>,
    /// Who answers what the server asks.
    pub(crate) handlers: Handlers,
}

impl Identity {
    /// What every request that stands alone says about this client.
    pub(super) fn stamp(&self, version: ProtocolVersion) -> ClientStamp {
        ClientStamp::new(version, &self.info, &self.capabilities(version))
    }

    /// What the client says that it can do.
    pub(super) fn capabilities(&self, version: ProtocolVersion) -> ClientCapabilities {
        let mut all = self.handlers.capabilities(&self.capabilities);
        if let (Some(roots), Era::Legacy) = (&mut all.roots, Era::of(version)) {
            roots.list_changed.get_or_insert(true);
        }
        all
    }

    /// What the client answers in a version.
    pub(super) fn answers(&self, version: ProtocolVersion) -> Answers {
        Answers::new(self.handlers.clone(), self.capabilities(version), version, self.limits.clone())
    }

    pub(super) fn newest(&self, era: Era) -> Option<ProtocolVersion> {
        era.select(&self.versions).max()
    }

    /// The newest version of an era that is among those offered.
    pub(super) fn mutual(&self, era: Era, offered: &[String]) -> Option<ProtocolVersion> {
        era.select(&self.versions).filter(|version| offered.iter().any(|other| other == version.as_str())).max()
    }

    /// The newest version of the older era, or the error for a client that may not speak it.
    pub(super) fn fall_back(&self) -> Result<ProtocolVersion> {
        self.newest(Era::Legacy).ok_or_else(|| {
            Error::version(
                "the server does not speak the protocol version that this client insists on: allow older ones with \
                 `versions`",
            )
        })
    }
}

/// What is known about a server.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    pub(crate) version: ProtocolVersion,
    pub(crate) info: Option<Implementation>,
    pub(crate) capabilities: ServerCapabilities,
    pub(crate) instructions: Option<String>,
}

impl Server {
    pub(super) fn discovered(version: ProtocolVersion, discovered: Discovered) -> Self {
        let Discovered { versions: _, capabilities, instructions, server } = discovered;
        Self { version, info: server, capabilities, instructions }
    }
}

pub(super) fn nothing_mutual(offered: &[String], identity: &Identity) -> Error {
    let ours: Vec<&str> = identity.versions.iter().map(|version| version.as_str()).collect();
    let shown: String = offered.join(", ").chars().take(200).collect();
    Error::version(format!("no protocol version in common: the server speaks {shown}, this client {}", ours.join(", ")))
}

/// A server that names one version after another, and takes none of them.
pub(super) fn undecided() -> Error {
    Error::version("the server cannot decide on a protocol version")
}

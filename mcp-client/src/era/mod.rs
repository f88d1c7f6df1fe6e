//! The one place that knows that there are two eras: which one a server speaks, and how to speak it.
//!
//! A server is asked `server/discover` first. What it answers is judged here, for pipes and for HTTP alike
//! ([`judge`]); [`pipe`] and [`http`] add what only their transport can tell.

#[cfg(feature = "http")]
mod http;
mod legacy;
mod modern;
mod pipe;

use std::{any::Any, sync::Arc};

use mcp_core::{
    ProtocolVersion,
    era::{
        Era, Misread, ToolPage,
        modern::{ClientStamp, Discovered, read_discover, read_supported},
    },
    json::RawJson,
    jsonrpc::ErrorObject,
    model::{CallToolResult, ClientCapabilities, Implementation, Request, ServerCapabilities},
};

#[cfg(feature = "http")]
pub(crate) use http::find_over_http;
pub(crate) use pipe::find_on_pipe;

use crate::{
    connection::{BoxFuture, Changes, Feed},
    error::{Error, Result},
    handlers::{LogHandler, Terms},
    limits::Limits,
};

/// Who the client is, and what it is willing to speak.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) info: Implementation,
    pub(crate) capabilities: ClientCapabilities,
    pub(crate) versions: Vec<ProtocolVersion>,
    pub(crate) limits: Limits,
    /// Who hears what the server logs; nobody asks for it otherwise.
    pub(crate) log: Option<LogHandler>,
}

impl Identity {
    /// What every request that stands alone says about this client.
    fn stamp(&self, version: ProtocolVersion) -> ClientStamp {
        let stamp = ClientStamp::new(version, &self.info, &self.capabilities);
        match &self.log {
            Some(log) => stamp.with_log_level(log.level),
            None => stamp,
        }
    }

    fn newest(&self, era: Era) -> Option<ProtocolVersion> {
        era.select(&self.versions).max()
    }

    /// The newest version of an era that is among those offered.
    fn mutual(&self, era: Era, offered: &[String]) -> Option<ProtocolVersion> {
        era.select(&self.versions).filter(|version| offered.iter().any(|other| other == version.as_str())).max()
    }

    /// The newest version of the older era, or the error for a client that may not speak it.
    fn fall_back(&self) -> Result<ProtocolVersion> {
        self.newest(Era::Legacy).ok_or_else(|| {
            Error::invalid(
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
    fn discovered(version: ProtocolVersion, discovered: Discovered) -> Self {
        let Discovered { versions: _, capabilities, instructions, server } = discovered;
        Self { version, info: server, capabilities, instructions }
    }
}

/// What the answer to `server/discover` means.
#[derive(Debug)]
enum Verdict {
    /// It speaks the newer era.
    Modern(ProtocolVersion, Box<Discovered>),
    /// It does, but not the version it was asked in: ask once more in this one.
    Again(ProtocolVersion),
    /// It speaks the older era; open it with this version.
    Legacy(ProtocolVersion),
}

/// Judges the answer to `server/discover` (VER-005, VER-014, VER-015, VER-024).
fn judge(reply: Result<RawJson, ErrorObject>, identity: &Identity, first: bool) -> Result<Verdict> {
    match reply {
        Ok(result) => match read_discover(&result) {
            Ok(discovered) => {
                if let Some(version) = identity.mutual(Era::Modern, &discovered.versions) {
                    return Ok(Verdict::Modern(version, Box::new(discovered)));
                }
                let version = identity.mutual(Era::Legacy, &discovered.versions);
                version.map(Verdict::Legacy).ok_or_else(|| nothing_mutual(&discovered.versions, identity))
            }
            Err(kind @ Misread::Kind(_)) => Err(Error::invalid(format!("server/discover gave {kind}"))),
            Err(Misread::Shape(_)) => identity.fall_back().map(Verdict::Legacy),
        },
        Err(error) => {
            let supported = (error.code == UNSUPPORTED_VERSION).then(|| read_supported(&error)).flatten();
            let Some(supported) = supported else { return identity.fall_back().map(Verdict::Legacy) };
            match (identity.mutual(Era::Modern, &supported), identity.mutual(Era::Legacy, &supported)) {
                (Some(version), _) if first => Ok(Verdict::Again(version)),
                (None, Some(version)) => Ok(Verdict::Legacy(version)),
                (Some(_), _) => Err(Error::rejected(error).during("the server refuses a version that it offers")),
                (None, None) => Err(nothing_mutual(&supported, identity)),
            }
        }
    }
}

const UNSUPPORTED_VERSION: i64 = -32022;

fn nothing_mutual(offered: &[String], identity: &Identity) -> Error {
    let ours: Vec<&str> = identity.versions.iter().map(|version| version.as_str()).collect();
    let shown: String = offered.join(", ").chars().take(200).collect();
    Error::invalid(format!("no protocol version in common: the server speaks {shown}, this client {}", ours.join(", ")))
}

/// A way to ask a server, whatever it speaks.
pub(crate) enum Channel {
    LegacyPipe(Box<legacy::PipeChannel>),
    ModernPipe(Box<modern::PipeChannel>),
    #[cfg(feature = "http")]
    LegacyHttp(Box<legacy::HttpChannel>),
    #[cfg(feature = "http")]
    ModernHttp(Arc<modern::HttpChannel>),
}

impl Channel {
    /// Asks for one page of tools. With it comes its size on the wire.
    pub(crate) async fn list_tools(&self, request: &Request, terms: &mut Terms) -> Result<(ToolPage, usize)> {
        let raw = self.ask(request, terms).await?;
        let page = match self.era() {
            Era::Legacy => mcp_core::era::legacy::read_list_tools(&raw),
            Era::Modern => mcp_core::era::modern::read_list_tools(&raw),
        };
        let page = page.map_err(|misread| misshapen(terms.what, misread))?;
        #[cfg(feature = "http")]
        let page = match self {
            Self::ModernHttp(channel) => channel.learn(page),
            _ => page,
        };
        Ok((page, raw.as_bytes().len()))
    }

    /// Calls a tool.
    pub(crate) async fn call_tool(&self, request: &Request, terms: &mut Terms) -> Result<CallToolResult> {
        let raw = self.ask(request, terms).await?;
        let result = match self.era() {
            Era::Legacy => mcp_core::era::legacy::read_call_tool(&raw),
            Era::Modern => mcp_core::era::modern::read_call_tool(&raw),
        };
        result.map_err(|misread| misshapen(terms.what, misread))
    }

    /// Calls a method of an extension.
    pub(crate) async fn call_method(&self, request: &Request, terms: &mut Terms) -> Result<RawJson> {
        let raw = self.ask(request, terms).await?;
        if self.era() == Era::Modern {
            mcp_core::era::modern::check_custom(&raw).map_err(|misread| misshapen(terms.what, misread))?;
        }
        Ok(raw)
    }

    /// What speaks HTTP is boxed: its futures are large, and a caller's should not be.
    async fn ask(&self, request: &Request, terms: &mut Terms) -> Result<RawJson> {
        let reply = match self {
            Self::LegacyPipe(channel) => channel.ask(request, terms).await,
            Self::ModernPipe(channel) => channel.ask(request, terms).await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Box::pin(channel.ask(request, terms)).await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Box::pin(channel.ask(request, terms)).await,
        };
        reply?.map_err(Error::rejected)
    }

    /// Listens to changes. Returns when the server has agreed, as far as it says so.
    pub(crate) async fn listen(&self, wanted: Changes) -> Result<Listening> {
        match self {
            Self::LegacyPipe(channel) => channel.listen(wanted).await,
            Self::ModernPipe(channel) => channel.listen(wanted).await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => Box::pin(channel.listen(wanted)).await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => Box::pin(channel.listen(wanted)).await,
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::LegacyPipe(channel) => channel.close().await,
            Self::ModernPipe(channel) => channel.close().await,
            #[cfg(feature = "http")]
            Self::LegacyHttp(channel) => channel.close().await,
            #[cfg(feature = "http")]
            Self::ModernHttp(channel) => channel.close(),
        }
    }

    fn era(&self) -> Era {
        match self {
            Self::LegacyPipe(_) => Era::Legacy,
            Self::ModernPipe(_) => Era::Modern,
            #[cfg(feature = "http")]
            Self::LegacyHttp(_) => Era::Legacy,
            #[cfg(feature = "http")]
            Self::ModernHttp(_) => Era::Modern,
        }
    }
}

fn misshapen(what: &str, misread: Misread) -> Error {
    Error::invalid(format!("the server's answer to {what} cannot be used: {misread}")).because(misread)
}

/// A subscription as an era supplies it.
pub(crate) struct Listening {
    pub(crate) feed: Arc<Feed>,
    /// What the server agreed to send (SUBS-009), or is known to.
    pub(crate) agreed: Changes,
    /// Fills the feed while it is polled; ends when nothing more will come.
    pub(crate) driver: Option<BoxFuture<'static, ()>>,
    /// Ends the subscription when it is dropped.
    pub(crate) _guard: Option<Box<dyn Any + Send + Sync>>,
}

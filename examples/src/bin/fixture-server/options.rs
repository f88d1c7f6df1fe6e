//! What the program may be told when it starts.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use clap::{Args, Parser, ValueEnum, builder::NonEmptyStringValueParser};
use mcp_server::ProtocolVersion;

/// An MCP server with one of everything, for tests of clients and of transports.
#[derive(Debug, Parser)]
#[command(name = "fixture-server", version)]
pub(crate) struct Options {
    #[command(flatten)]
    transport: TransportOptions,
    /// The revisions that are served: all, only the newest, or only those with a handshake
    #[arg(long, value_enum, default_value_t = Eras::Dual)]
    pub(crate) eras: Eras,
    /// Where tools leave their marks; a fresh temporary directory by default
    #[arg(long, value_name = "DIR")]
    pub(crate) scratch: Option<PathBuf>,
    /// Serve the files below DIR as `file:///root/…`
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// At most N items per page of a list
    #[arg(long, value_name = "N")]
    pub(crate) page_size: Option<NonZeroUsize>,
    /// The largest HTTP body and the longest line on standard input
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT_BODY)]
    pub(crate) max_body: NonZeroUsize,
    /// Serve revisions with a handshake over HTTP without session ids
    #[arg(long)]
    pub(crate) stateless_legacy: bool,
    /// How long a session may be without traffic and open streams
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_IDLE)]
    pub(crate) session_idle: NonZeroU64,
    /// How long a client may take to go on with a call that asks it something
    #[arg(long, value_name = "SECONDS", default_value_t = DEFAULT_STATE_TTL)]
    pub(crate) request_state_ttl: NonZeroU64,
    /// The secret that seals what clients carry; processes with the same one understand each other's
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) state_key: Option<String>,
    /// Offer no prompts at all
    #[arg(long)]
    pub(crate) no_prompts: bool,
    /// Declare the extension ID with empty settings; may be repeated
    #[arg(long, value_name = "ID")]
    pub(crate) extension: Vec<String>,
    /// Also register tools whose schemas are unusual
    #[arg(long)]
    pub(crate) odd_schemas: bool,
    #[command(flatten)]
    missing: MissingFeatures,
}

const DEFAULT_BODY: NonZeroUsize = NonZeroUsize::new(4 << 20).unwrap();
const DEFAULT_IDLE: NonZeroU64 = NonZeroU64::new(30 * 60).unwrap();
const DEFAULT_STATE_TTL: NonZeroU64 = NonZeroU64::new(10 * 60).unwrap();

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct TransportOptions {
    /// Serve standard input and output
    #[arg(long)]
    stdio: bool,
    /// Serve HTTP at http://ADDR/mcp; port 0 picks a free one
    #[arg(long, value_name = "ADDR")]
    http: Option<String>,
}

/// Where the server is reached.
pub(crate) enum Transport<'a> {
    Stdio,
    Http(&'a str),
}

/// Which revisions are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Eras {
    Dual,
    Modern,
    Legacy,
}

/// Options of features that this SDK does not have yet. They are refused, not ignored.
#[derive(Debug, Args)]
struct MissingFeatures {
    #[arg(long, hide = true)]
    event_store: bool,
    #[arg(long, hide = true)]
    legacy_sse: bool,
    #[arg(long, hide = true)]
    redis: Option<String>,
    #[arg(long, hide = true)]
    tasks: bool,
    #[arg(long, hide = true)]
    roots_at_start: bool,
    #[arg(long, hide = true)]
    auth_hs256_key: Option<String>,
    #[arg(long, hide = true)]
    auth_issuer: Option<String>,
    #[arg(long, hide = true)]
    auth_audience: Option<String>,
    #[arg(long, hide = true)]
    auth_required_scope: Option<String>,
    #[arg(long, hide = true)]
    auth_tool_scope: Vec<String>,
    #[arg(long, hide = true)]
    auth_implies: Vec<String>,
}

impl Options {
    pub(crate) fn transport(&self) -> Transport<'_> {
        match &self.transport.http {
            Some(address) => Transport::Http(address),
            None => Transport::Stdio,
        }
    }

    /// # Errors
    ///
    /// With one sentence that names the first option whose feature does not exist.
    pub(crate) fn refuse_missing_features(&self) -> Result<(), String> {
        let missing = &self.missing;
        let given = [
            ("event-store", missing.event_store),
            ("legacy-sse", missing.legacy_sse),
            ("redis", missing.redis.is_some()),
            ("tasks", missing.tasks),
            ("roots-at-start", missing.roots_at_start),
            ("auth-hs256-key", missing.auth_hs256_key.is_some()),
            ("auth-issuer", missing.auth_issuer.is_some()),
            ("auth-audience", missing.auth_audience.is_some()),
            ("auth-required-scope", missing.auth_required_scope.is_some()),
            ("auth-tool-scope", !missing.auth_tool_scope.is_empty()),
            ("auth-implies", !missing.auth_implies.is_empty()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(format!("this version does not have the feature of --{option} yet")),
            None => Ok(()),
        }
    }
}

impl Eras {
    pub(crate) fn versions(self) -> Vec<ProtocolVersion> {
        let is_served = |version: &ProtocolVersion| match self {
            Self::Dual => true,
            Self::Modern => *version == ProtocolVersion::LATEST,
            Self::Legacy => *version != ProtocolVersion::LATEST,
        };
        ProtocolVersion::ALL.into_iter().filter(is_served).collect()
    }
}

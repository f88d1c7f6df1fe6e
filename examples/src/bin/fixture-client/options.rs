//! What the program may be told when it starts.

use std::time::Duration;

use clap::{Args, Parser, ValueEnum};
use mcp_client::ProtocolVersion;
use serde_json::Value;

use crate::operation::{self, Operation};

/// An MCP client that does what it is told on its command line, for tests of servers and of transports. Each line of its
/// standard output is a JSON object.
#[derive(Debug, Parser)]
#[command(name = "fixture-client", version, after_help = operation::HELP)]
pub(crate) struct Options {
    /// Find out which revisions the server speaks, or try only the newest, or only those with a handshake
    #[arg(long, value_enum, default_value_t = Era::Auto)]
    era: Era,
    /// The revisions that may be spoken; all by default
    #[arg(long, value_name = "V,V…", value_delimiter = ',')]
    versions: Vec<ProtocolVersion>,
    /// How long a pipe may leave the first question unanswered, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 10_000)]
    probe_timeout: u64,
    /// How long a request may stay without an answer or progress, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    timeout: u64,
    /// How long a child process may take to exit at each step of its end, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 1_000)]
    grace: u64,
    /// The most pages of a list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) max_pages: usize,
    /// The capabilities that are declared; what is declared has a handler
    #[arg(long, value_name = "JSON", value_parser = json, default_value = DEFAULT_CAPABILITIES)]
    pub(crate) caps: Value,
    /// What is answered for the property KEY of a form; `@action`, `@sampling` and `@roots` answer other questions
    #[arg(long, value_name = "KEY=JSON", value_parser = answer)]
    pub(crate) answer: Vec<(String, Value)>,
    /// Send this bearer token with each HTTP request
    #[arg(long, value_name = "T")]
    pub(crate) token: Option<String>,
    /// Send this header with each HTTP request
    #[arg(long, value_name = "NAME=VALUE", value_parser = header)]
    pub(crate) header: Vec<(String, String)>,
    /// Send this W3C trace context with each request that stands alone
    #[arg(long, value_name = "V")]
    pub(crate) traceparent: Option<String>,
    /// Keep results for as long as the server allows
    #[arg(long)]
    pub(crate) cache: bool,
    /// Start a child process again that has exited by itself
    #[arg(long)]
    pub(crate) restart: bool,
    #[command(flatten)]
    missing: MissingFeatures,
    #[command(flatten)]
    transport: TransportOptions,
    /// The operations, with their arguments
    #[arg(value_name = "OP", allow_negative_numbers = true)]
    operations: Vec<String>,
    /// The command of a server on standard input and output
    #[arg(last = true, value_name = "CMD", requires = "stdio")]
    pub(crate) command: Vec<String>,
}

const DEFAULT_CAPABILITIES: &str = r#"{"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}},"roots":{}}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Era {
    Auto,
    Modern,
    Legacy,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct TransportOptions {
    /// Connect to the server behind a URL
    #[arg(long, value_name = "URL")]
    http: Option<String>,
    /// Start the server that the command after `--` names
    #[arg(long, requires = "command")]
    stdio: bool,
}

/// Options of features that this SDK does not have yet. They are refused, not ignored.
#[derive(Debug, Args)]
struct MissingFeatures {
    #[arg(long, hide = true)]
    tasks: bool,
    #[arg(long, hide = true)]
    oauth: bool,
    #[arg(long, hide = true)]
    oauth_server_profile: bool,
    #[arg(long, hide = true)]
    oauth_client_id: Option<String>,
    #[arg(long, hide = true)]
    oauth_redirect: Option<String>,
}

impl Options {
    /// The URL, if the server is behind one; otherwise it is a command.
    pub(crate) fn url(&self) -> Option<&str> {
        self.transport.http.as_deref()
    }

    /// # Errors
    ///
    /// With a sentence about the first operation that there is none of, or whose arguments are none.
    pub(crate) fn operations(&self) -> Result<Vec<Operation>, String> {
        operation::parse(&self.operations)
    }

    /// # Errors
    ///
    /// With one sentence that names the first option whose feature does not exist.
    pub(crate) fn refuse_missing_features(&self) -> Result<(), String> {
        let missing = &self.missing;
        let given = [
            ("tasks", missing.tasks),
            ("oauth", missing.oauth),
            ("oauth-server-profile", missing.oauth_server_profile),
            ("oauth-client-id", missing.oauth_client_id.is_some()),
            ("oauth-redirect", missing.oauth_redirect.is_some()),
        ];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(format!("this version does not have the feature of --{option} yet")),
            None => Ok(()),
        }
    }

    /// The revisions that are both allowed and of the era that is wanted.
    pub(crate) fn versions(&self) -> Vec<ProtocolVersion> {
        let allowed = if self.versions.is_empty() { ProtocolVersion::ALL.to_vec() } else { self.versions.clone() };
        let is_wanted = |version: &ProtocolVersion| match self.era {
            Era::Auto => true,
            Era::Modern => stands_alone(*version),
            Era::Legacy => !stands_alone(*version),
        };
        allowed.into_iter().filter(is_wanted).collect()
    }

    pub(crate) fn limits(&self) -> mcp_client::Limits {
        let mut limits = mcp_client::Limits::default();
        limits.probe_timeout = Duration::from_millis(self.probe_timeout);
        limits.timeout = Duration::from_millis(self.timeout);
        limits.child_grace = Duration::from_millis(self.grace);
        limits.pages = self.max_pages;
        limits
    }
}

/// Whether requests of a revision stand alone, without a handshake before them.
pub(crate) fn stands_alone(version: ProtocolVersion) -> bool {
    version == ProtocolVersion::LATEST
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("this is no JSON: {error}"))
}

fn answer(text: &str) -> Result<(String, Value), String> {
    let (key, value) = text.split_once('=').ok_or("an answer has the form KEY=JSON")?;
    Ok((key.to_owned(), json(value)?))
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a header has the form NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

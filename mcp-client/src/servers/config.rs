//! What an `mcp.json` says, as data.

use std::{fmt, path::PathBuf};

/// The servers of an agent, as an `mcp.json` names them.
///
/// ```
/// use mcp_client::ServersConfig;
///
/// let text = r#"{"mcpServers": {
///     "files": {"command": "files-server", "args": ["--root", "/srv"], "env": {"LOG": "warn"}},
///     "search": {"url": "https://example.com/mcp", "headers": {"authorization": "Bearer ${TOKEN:-none}"}}
/// }}"#;
/// let config = ServersConfig::parse(text)?;
/// assert_eq!(config.servers.len(), 2);
/// assert!(!format!("{config:?}").contains("Bearer"));
/// # Ok::<(), mcp_client::ConfigError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServersConfig {
    /// The servers, in the order of the file.
    pub servers: Vec<ServerConfig>,
    /// What was passed over, such as members that nobody knows: a path and a sentence each.
    pub warnings: Vec<String>,
    /// What stands between the name of a server and that of its tool. Default `__`.
    pub separator: String,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerConfig {
    /// Its name in this set.
    pub name: String,
    /// How it is reached.
    pub transport: ServerTransport,
    /// Whether it is left alone. Its variables are not filled in.
    pub disabled: bool,
}

/// How a server is reached. `Debug` shows no values of variables and headers, no arguments and no query of a URL: they may
/// be secret.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerTransport {
    /// A child process.
    Stdio {
        /// The program.
        command: String,
        /// Its arguments.
        args: Vec<String>,
        /// What is set in its environment, beside what every program needs: see
        /// [`McpClient::connect_stdio`](crate::McpClient::connect_stdio).
        env: Vec<(String, String)>,
        /// Its working directory; that of this program if there is none.
        cwd: Option<PathBuf>,
    },
    /// Streamable HTTP.
    Http {
        /// The endpoint.
        url: String,
        /// Headers of every request.
        headers: Vec<(String, String)>,
    },
}

impl ServersConfig {
    /// No servers yet.
    pub fn new() -> Self {
        Self { servers: Vec::new(), warnings: Vec::new(), separator: "__".to_owned() }
    }

    /// Adds a server.
    #[must_use]
    pub fn with_server(mut self, name: impl Into<String>, transport: ServerTransport) -> Self {
        self.servers.push(ServerConfig { name: name.into(), transport, disabled: false });
        self
    }
}

impl Default for ServersConfig {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ServerTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        match self {
            Self::Stdio { command, args, env, cwd } => f
                .debug_struct("Stdio")
                .field("command", command)
                .field("args", &args.len())
                .field("env", &names(env))
                .field("cwd", cwd)
                .finish(),
            Self::Http { url, headers } => {
                f.debug_struct("Http").field("url", &shown(url)).field("headers", &names(headers)).finish()
            }
        }
    }
}

/// A URL without what may be secret in it: user, password, query.
fn shown(url: &str) -> String {
    let before = url.split(['?', '#']).next().unwrap_or_default();
    match before.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) =
                rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
            let host = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{host}{}", path.map_or(String::new(), |path| format!("/{path}")))
        }
        None => before.to_owned(),
    }
}

/// Why an `mcp.json` cannot be used: which member, and what to do about it. It quotes no values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
#[non_exhaustive]
pub struct ConfigError {
    /// The path to the member, such as `mcpServers.files.args[0]`, or the place in the text.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

impl ConfigError {
    pub(super) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }
}

//! The client as the options want it.

use mcp_client::{Command, Error, McpClient, MemoryStore, RequestHeaders, Restart, model::LogLevel};

use crate::{answers::Answers, options::Options, report};

/// What the client keeps of what may be kept, in bytes.
const CACHE: usize = 16 << 20;
/// How often in a row a server is started again.
const RESTARTS: u32 = 5;

/// `headers` are sent with each HTTP request.
pub(crate) async fn connect(options: &Options, headers: &RequestHeaders) -> Result<McpClient, Error> {
    let builder = McpClient::builder("fixture-client", env!("CARGO_PKG_VERSION"))
        .versions(options.versions())
        .limits(options.limits())
        .on_log(LogLevel::Debug, |message| report::heard("log", &message));
    let builder = Answers::new(&options.answer).install(builder, &options.caps);
    let builder = if options.cache { builder.cache(MemoryStore::new(CACHE)) } else { builder };
    match options.url() {
        Some(url) => {
            if let Some(token) = &options.token {
                authorize(headers, token)?;
            }
            for (name, value) in &options.header {
                headers.append(name, value)?;
            }
            builder.request_headers(headers.clone()).connect_http(url).await
        }
        None => {
            let [program, arguments @ ..] = options.command.as_slice() else {
                // The command line was held to its form.
                unreachable!("--stdio is followed by a command")
            };
            let builder = builder.inherit_stderr().inherit_env();
            let builder = if options.restart { builder.restart(Restart::at_most(RESTARTS)) } else { builder };
            let mut command = Command::new(program);
            command.args(arguments);
            builder.connect_stdio(command).await
        }
    }
}

/// From now on requests carry this bearer token.
pub(crate) fn authorize(headers: &RequestHeaders, token: &str) -> Result<(), Error> {
    headers.set("authorization", format!("Bearer {token}"))
}

//! A server as a child process, one message per line.

use std::{
    process::Stdio as Io,
    sync::{Arc, Mutex},
};

use futures_core::future::BoxFuture;
use mcp_core::sync::lock;
use tokio::process::Command;

use super::{
    child::ChildProcess,
    io::{Incoming, Outgoing},
};
use crate::{
    connection::{Connection, Connector, Environment},
    error::{Error, Result},
    handlers::Stderr,
    limits::Limits,
};

/// Starts the child, as often as needed.
pub(crate) struct Stdio {
    /// Starting it takes it for itself.
    command: Mutex<Command>,
    stderr: Stderr,
    limits: Limits,
}

impl Stdio {
    pub(crate) fn new(mut command: Command, environment: &Environment, stderr: Stderr, limits: Limits) -> Self {
        environment.apply(&mut command);
        command.stdin(Io::piped()).stdout(Io::piped()).kill_on_drop(true);
        command.stderr(if matches!(stderr, Stderr::Inherit) { Io::inherit() } else { Io::piped() });
        // A group of its own: what the child starts is ended with it, and a Ctrl-C in the terminal is not its affair.
        #[cfg(unix)]
        command.process_group(0);
        Self { command: Mutex::new(command), stderr, limits }
    }
}

impl Connector for Stdio {
    fn connect(&self) -> BoxFuture<'_, Result<Connection>> {
        Box::pin(async move { self.start() })
    }
}

impl Stdio {
    fn start(&self) -> Result<Connection> {
        let mut command = lock(&self.command);
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|error| {
            let sentence = format!("the server `{program}` cannot be started: is it installed, and on the PATH?");
            Error::transport(sentence).because(error)
        })?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(ChildProcess::new(child, &self.limits));
        if let Some(stderr) = stderr {
            child.drain(stderr, program, self.stderr.clone());
        }
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(Error::transport("the server's pipes could not be opened"));
        };
        let source = Incoming::new(stdout, self.limits.message_bytes);
        Ok(Connection::start(source, Outgoing::new(stdin), Some(child), &self.limits))
    }
}

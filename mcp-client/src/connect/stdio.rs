//! A server as a child process, one message per line.

use std::{io, process::Stdio as Io, sync::Arc};

use bytes::Bytes;
use mcp_core::framing::lines::{Line, LineDecoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{ChildStdin, ChildStdout, Command},
};

use super::child::ChildProcess;
use crate::{
    connection::{Connection, Connector, Read, Sink, Source},
    error::{Error, Result},
    handlers::Stderr,
    limits::Limits,
};

/// How much is read from a pipe at once; what Linux keeps in one.
const READ: usize = 64 << 10;

/// Starts the child, as often as needed.
pub(crate) struct Stdio {
    command: Command,
    stderr: Stderr,
    limits: Limits,
}

impl Stdio {
    pub(crate) fn new(mut command: Command, stderr: Stderr, limits: Limits) -> Self {
        command.stdin(Io::piped()).stdout(Io::piped()).kill_on_drop(true);
        command.stderr(if matches!(stderr, Stderr::Inherit) { Io::inherit() } else { Io::piped() });
        // A group of its own: what the child starts is ended with it, and a Ctrl-C in the terminal is not its affair.
        #[cfg(unix)]
        command.process_group(0);
        Self { command, stderr, limits }
    }
}

impl Connector for Stdio {
    fn connect(&mut self) -> Result<Connection> {
        let mut child = self.command.spawn().map_err(|error| {
            let program = self.command.as_std().get_program().to_string_lossy();
            let sentence = format!("the server `{program}` cannot be started: is it installed, and on the PATH?");
            Error::transport(sentence).because(error)
        })?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let child = Arc::new(ChildProcess::new(child, &self.limits));
        if let Some(stderr) = stderr {
            child.drain(stderr, self.stderr.clone());
        }
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(Error::transport("the server's pipes could not be opened"));
        };
        let source = Lines {
            stdout,
            decoder: LineDecoder::new(self.limits.message_bytes),
            buffer: vec![0; READ].into_boxed_slice(),
            ended: false,
        };
        Ok(Connection::start(source, Input { stdin, buffer: Vec::new() }, Some(child), &self.limits))
    }
}

struct Lines {
    stdout: ChildStdout,
    decoder: LineDecoder,
    buffer: Box<[u8]>,
    ended: bool,
}

impl Source for Lines {
    async fn read(&mut self) -> Option<Read> {
        loop {
            let line = if self.ended { self.decoder.finish() } else { self.decoder.next_line() };
            match line {
                Some(Line::Frame(frame)) => return Some(Read::Frame(frame)),
                Some(Line::TooLong(head)) => return Some(Read::TooLong(head)),
                None if self.ended => return None,
                None => {}
            }
            match self.stdout.read(&mut self.buffer).await {
                Ok(0) | Err(_) => self.ended = true,
                Ok(count) => self.decoder.push(self.buffer.get(..count).unwrap_or_default()),
            }
        }
    }
}

struct Input {
    stdin: ChildStdin,
    buffer: Vec<u8>,
}

impl Sink for Input {
    /// Several frames are one write (STDIO-001).
    async fn write(&mut self, batch: &mut Vec<Bytes>) -> io::Result<()> {
        self.buffer.clear();
        for frame in batch.drain(..) {
            self.buffer.extend_from_slice(&frame);
            self.buffer.push(b'\n');
        }
        self.stdin.write_all(&self.buffer).await?;
        self.stdin.flush().await?;
        // A large message does not keep its memory for ever.
        self.buffer.shrink_to(READ);
        Ok(())
    }
}

//! A client on a pipe that writes lines by hand: to a child process, or to a server in this process.

use std::{process::Stdio, time::Duration};

use bytes::Bytes;
use mcp_core::transport::{Accept, Pipe};
use mcp_server::Server;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    net::{
        UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::messages::{initialize, initialized, stateless};

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// One end of a pipe to a server.
#[expect(clippy::large_enum_variant, reason = "a test has one or two")]
pub enum Peer {
    /// A child process.
    Child {
        /// The process; killed when the peer is dropped.
        child: Child,
        /// Its standard input, until it is closed.
        input: Option<ChildStdin>,
        /// Its standard output.
        output: Lines<BufReader<ChildStdout>>,
    },
    /// A server at the other end of a Unix socket.
    Socket {
        /// Requests to it, until it is closed.
        input: Option<OwnedWriteHalf>,
        /// Its answers.
        output: Lines<BufReader<OwnedReadHalf>>,
    },
    /// A server in this process.
    InProcess(Pipe),
}

impl Peer {
    /// Starts a program and takes its standard streams.
    pub fn spawn(program: &str) -> Self {
        Self::start(Command::new(program).stderr(Stdio::null()))
    }

    /// Starts a program with arguments and takes its standard streams, but for standard error.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let output = BufReader::with_capacity(1 << 20, child.stdout.take().unwrap()).lines();
        Self::Child { child, input, output }
    }

    /// Takes one end of a Unix socket.
    pub fn on_socket(stream: UnixStream) -> Self {
        let (output, input) = stream.into_split();
        Self::Socket { input: Some(input), output: BufReader::with_capacity(1 << 20, output).lines() }
    }

    /// Connects to a server in this process over a socket, as any stream of bytes.
    pub fn on_stream(server: &Server) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let server = server.clone();
        tokio::spawn(async move {
            let (reader, writer) = theirs.into_split();
            server.serve_io(reader, writer).await;
        });
        Self::on_socket(ours)
    }

    /// Connects to a server in this process.
    pub fn in_process(server: &Server) -> Self {
        let (ours, theirs) = Pipe::pair();
        server.accept(theirs);
        Self::InProcess(ours)
    }

    /// Sends one line.
    pub async fn send_line(&mut self, line: impl AsRef<[u8]>) {
        match self {
            Self::Child { input, .. } => {
                let input = input.as_mut().expect("the input is closed");
                input.write_all(&[line.as_ref(), b"\n"].concat()).await.unwrap();
            }
            Self::Socket { input, .. } => {
                let input = input.as_mut().expect("the input is closed");
                input.write_all(&[line.as_ref(), b"\n"].concat()).await.unwrap();
            }
            Self::InProcess(pipe) => pipe.outgoing.send(Bytes::copy_from_slice(line.as_ref())).await.unwrap(),
        }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &Value) {
        self.send_line(message.to_string()).await;
    }

    /// The next message; `None` when the server has closed its side.
    pub async fn receive(&mut self) -> Option<Value> {
        let next = async {
            match self {
                Self::Child { output, .. } => output.next_line().await.unwrap().map(String::into_bytes),
                Self::Socket { output, .. } => output.next_line().await.unwrap().map(String::into_bytes),
                Self::InProcess(pipe) => pipe.incoming.recv().await.map(|frame| frame.to_vec()),
            }
        };
        let line = tokio::time::timeout(PATIENCE, next).await.expect("the server is silent")?;
        // STDIO-002: whatever comes out is a message.
        Some(
            serde_json::from_slice(&line)
                .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(&line))),
        )
    }

    /// Sends a message and takes the next one.
    pub async fn ask(&mut self, message: &Value) -> Value {
        self.send(message).await;
        self.receive().await.expect("the server has closed its side")
    }

    /// Opens a session of that revision.
    pub async fn handshake(&mut self, version: &str) {
        let answer = self.ask(&initialize(version)).await;
        assert_eq!(answer["result"]["protocolVersion"], version, "{answer}");
        self.send(&initialized()).await;
    }

    /// Proves that the server still answers.
    pub async fn prove_alive(&mut self) {
        let answer = self.ask(&stateless("alive", "server/discover", serde_json::json!({}))).await;
        assert_eq!(answer["id"], "alive", "{answer}");
    }

    /// Closes the direction to the server.
    pub async fn close_input(&mut self) {
        match self {
            Self::Child { input, .. } => drop(input.take()),
            Self::Socket { input, .. } => drop(input.take()),
            Self::InProcess(pipe) => {
                let (closed, _) = tokio::sync::mpsc::channel(1);
                pipe.outgoing = closed;
            }
        }
    }

    /// All messages until the server closes its side.
    pub async fn rest(&mut self) -> Vec<Value> {
        let mut rest = Vec::new();
        while let Some(message) = self.receive().await {
            rest.push(message);
        }
        rest
    }

    /// The process id of a child.
    pub fn pid(&self) -> u32 {
        match self {
            Self::Child { child, .. } => child.id().expect("the child has ended"),
            Self::Socket { .. } | Self::InProcess(_) => std::process::id(),
        }
    }

    /// Waits for the child to end; its exit code.
    pub async fn exit_code(&mut self) -> Option<i32> {
        match self {
            Self::Child { child, .. } => {
                tokio::time::timeout(PATIENCE, child.wait()).await.expect("the child does not end").unwrap().code()
            }
            Self::Socket { .. } | Self::InProcess(_) => None,
        }
    }
}

//! Where the peers are, and how they are started.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{ExitStatus, Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::unix::pipe::Receiver,
    process::{Child, Command},
    time::timeout,
};

use crate::case::{Checked, Context, Transport, ensure};

pub(crate) const INSTALL: &str = "run `bash .ci/run referees` to install the peers";
/// How long a program may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A major line of an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    TypeScript(&'static str),
    Python(&'static str),
    FastMcp,
    Rmcp,
}

impl Sdk {
    /// The official ones of two languages, as clients and as servers.
    pub(crate) const OFFICIAL: [Self; 7] = [
        Self::TypeScript("1.9"),
        Self::TypeScript("1.12"),
        Self::TypeScript("1.21"),
        Self::TypeScript("1"),
        Self::TypeScript("2"),
        Self::Python("1"),
        Self::Python("2"),
    ];

    /// As servers.
    pub(crate) fn servers() -> impl Iterator<Item = Self> {
        Self::OFFICIAL.into_iter().chain([Self::FastMcp, Self::Rmcp])
    }

    pub(crate) fn name(self) -> String {
        match self {
            Self::TypeScript(release) if self.is_old() => format!("TypeScript {release}"),
            Self::TypeScript(line) => format!("TypeScript {line}.x"),
            Self::Python(line) => format!("Python {line}.x"),
            Self::FastMcp => "FastMCP 4.x".to_owned(),
            Self::Rmcp => "rmcp 3.x".to_owned(),
        }
    }

    /// A release that is kept for the revision it speaks.
    pub(crate) fn is_old(self) -> bool {
        matches!(self, Self::TypeScript(release) if release.contains('.'))
    }

    /// The oldest knows HTTP in a form of two endpoints only.
    pub(crate) fn transports(self) -> &'static [Transport] {
        if self == Self::TypeScript("1.9") { &[Transport::Stdio] } else { &Transport::BOTH }
    }

    /// The first lines know a handshake, and nothing else.
    pub(crate) fn eras(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::TypeScript("1.9") => &[("legacy", "2024-11-05")],
            Self::TypeScript("1.12") => &[("legacy", "2025-03-26")],
            Self::TypeScript("1.21") => &[("legacy", "2025-06-18")],
            Self::TypeScript("1") | Self::Python("1") => &[("legacy", "2025-11-25")],
            Self::FastMcp => &[("modern", "2026-07-28")],
            _ => &[("legacy", "2025-11-25"), ("modern", "2026-07-28")],
        }
    }

    /// A script of `peers/`, to be run under this SDK; for rmcp, which has but one, the program.
    pub(crate) fn script(self, name: &str) -> Checked<Command> {
        let (mut command, line, ending) = match self {
            Self::TypeScript(line) => (node()?, line, "mjs"),
            Self::Python(line) => (python(&format!("mcp{line}"))?, line, "py"),
            Self::FastMcp => (python("fastmcp")?, "fastmcp", "py"),
            Self::Rmcp => return installed("peers/rmcp/target/debug/interop-rmcp").map(command),
        };
        command.arg(here().join("peers").join(format!("{name}.{ending}"))).arg(line);
        Ok(command)
    }
}

pub(crate) fn here() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/interop"))
}

pub(crate) fn node() -> Checked<Command> {
    installed("node_modules/.bin/node").map(command)
}

/// A file of a package of npm's, to be run by Node.
pub(crate) fn package(file: &str) -> Checked<Command> {
    let mut node = node()?;
    node.arg(installed(&format!("node_modules/{file}"))?);
    Ok(node)
}

fn python(environment: &str) -> Checked<Command> {
    installed(&format!("venv-{environment}/bin/python")).map(command)
}

/// A script of `peers/`, to be run under FastMCP.
pub(crate) fn fastmcp(name: &str) -> Checked<Command> {
    let mut command = python("fastmcp")?;
    command.arg(here().join("peers").join(format!("{name}.py")));
    Ok(command)
}

pub(crate) fn installed(path: &str) -> Checked<PathBuf> {
    let path = here().join(path);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: {INSTALL}", path.display())) }
}

fn command(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(here()).kill_on_drop(true);
    command
}

/// The same command, for a program that is not left behind even if this one is killed.
pub(crate) fn ends_with_us(program: &Command) -> Command {
    let program = program.as_std();
    let mut command = command("setpriv".into());
    command.args(["--pdeathsig", "KILL"]).arg(program.get_program()).args(program.get_args());
    command
}

pub(crate) fn free_port() -> Checked<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).at("a free port")?.port())
}

/// A program that was started. Dropping it kills it.
pub(crate) struct Running {
    pub(crate) child: Child,
}

/// Waits until a program says that it is ready, on whichever stream, and in which words.
pub(crate) async fn started(mut program: Command, ready: &str) -> Checked<(Running, String)> {
    let (output, input) = std::io::pipe().at("a pipe")?;
    program.stdin(Stdio::null()).stdout(input.try_clone().at("a pipe")?).stderr(input);
    let child = program.spawn().at("it does not start")?;
    // It holds ends of the pipe, which closes with the last.
    drop(program);
    let mut lines = BufReader::new(Receiver::from_owned_fd(output.into()).at("a pipe")?).lines();
    let mut said = String::new();
    let wait = async {
        while let Some(line) = lines.next_line().await.at("its output")? {
            if line.contains(ready) {
                return Ok(line);
            }
            said.extend([&line, "\n"]);
        }
        Err("it ended".to_owned())
    };
    let line = timeout(PATIENCE, wait).await.unwrap_or_else(|_| Err("it is never ready".to_owned()));
    let line = line.map_err(|what| format!("{what}\n{said}"))?;
    // A program that cannot write might wait, or end.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((Running { child }, line))
}

impl Running {
    /// Asks it to end.
    pub(crate) async fn end(mut self) -> Checked {
        let pid = self.child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)).at("its process")?;
        kill_process(pid, Signal::TERM).at("asking it to end")?;
        self.ended().await
    }

    /// Fails unless it ends soon, and in order.
    pub(crate) async fn ended(&mut self) -> Checked {
        let status: ExitStatus = timeout(PATIENCE, self.child.wait()).await.at("it does not end")?.at("it")?;
        ensure(format!("it ended with {status}"), status.success())
    }
}

/// What a program that ends by itself says on its standard output.
pub(crate) async fn said(command: &mut Command) -> Checked<String> {
    let run = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Output { status, stdout, stderr } = run.at("the peer")?.wait_with_output().await.at("the peer")?;
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    if status.success() {
        Ok(stdout.into_owned())
    } else {
        Err(format!("the peer ended with {status}:\n{stdout}{stderr}"))
    }
}

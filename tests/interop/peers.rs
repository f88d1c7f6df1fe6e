//! Where the peers are.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
};

use tokio::process::Command;

use crate::case::{Checked, Context, Transport};

pub(crate) const INSTALL: &str = "run `bash .ci/run referees` to install the peers";

/// A major line of an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sdk {
    TypeScript(&'static str),
    Python(&'static str),
}

impl Sdk {
    pub(crate) const ALL: [Self; 7] = [
        Self::TypeScript("1.9"),
        Self::TypeScript("1.12"),
        Self::TypeScript("1.21"),
        Self::TypeScript("1"),
        Self::TypeScript("2"),
        Self::Python("1"),
        Self::Python("2"),
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::TypeScript(release) if self.is_old() => format!("TypeScript {release}"),
            Self::TypeScript(line) => format!("TypeScript {line}.x"),
            Self::Python(line) => format!("Python {line}.x"),
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
            _ => &[("legacy", "2025-11-25"), ("modern", "2026-07-28")],
        }
    }

    /// A script of `peers/`, to be run under this SDK.
    pub(crate) fn script(self, name: &str) -> Checked<Command> {
        let (mut command, line, ending) = match self {
            Self::TypeScript(line) => (node()?, line, "mjs"),
            Self::Python(line) => (python(line)?, line, "py"),
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

fn python(line: &str) -> Checked<Command> {
    installed(&format!("venv-mcp{line}/bin/python")).map(command)
}

fn installed(path: &str) -> Checked<PathBuf> {
    let path = here().join(path);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: {INSTALL}", path.display())) }
}

fn command(program: PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(here()).kill_on_drop(true);
    command
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

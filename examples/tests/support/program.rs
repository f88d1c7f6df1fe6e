//! Starts example programs that listen.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};

/// How long anything may take before the test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// Starts a program that listens on a free port. Dropping the child ends it.
pub(crate) async fn listening(program: &str) -> (Child, String) {
    let mut child =
        Command::new(program).arg("127.0.0.1:0").stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("it starts");
    let stderr = child.stderr.take().expect("its stderr is a pipe");
    let mut lines = BufReader::new(stderr).lines();
    let line = timeout(DEADLINE, lines.next_line()).await.expect("it is ready in time").expect("a readable line");
    let line = line.expect("a line");
    let url = line.strip_prefix("listening on ").unwrap_or_else(|| panic!("unexpected: {line}"));
    (child, url.to_owned())
}

//! Servers as child processes, written in a few lines of Python or of the shell.

use std::{process::Command, time::Duration};

use mcp_client::McpClient;

use super::soon;

/// What every scripted child begins with. Its process id travels as the server's version.
const PRELUDE: &str = r#"
import json, os, signal, subprocess, sys, time
def send(message):
    sys.stdout.write(json.dumps(message) + "\n"); sys.stdout.flush()
def reply(request, result):
    send({"jsonrpc": "2.0", "id": request["id"], "result": result})
def refuse(request):
    send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "Method not found"}})
def opening(request):
    reply(request, {"protocolVersion": "2025-11-25", "capabilities": {},
                    "serverInfo": {"name": "child", "version": str(os.getpid())}})
def text(request, text):
    reply(request, {"content": [{"type": "text", "text": text}]})
def serve(call):
    for line in iter(sys.stdin.readline, ""):
        request = json.loads(line)
        if request["method"] == "initialize": opening(request)
        elif request["method"] == "tools/call": call(request)
        elif "id" in request: refuse(request)
"#;

pub(crate) fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.args(["-u", "-c", &format!("{PRELUDE}\n{script}")]);
    command
}

pub(crate) fn shell(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// The process id that a child reports as its version.
pub(crate) fn pid(client: &McpClient) -> i32 {
    client.server_info().unwrap().version.parse().unwrap()
}

/// Whether a process exists at all, zombies included: a child of ours must be reaped, too.
pub(crate) fn exists(pid: i32) -> bool {
    rustix::process::test_kill_process(rustix::process::Pid::from_raw(pid).unwrap()).is_ok()
}

/// Whether a process runs. A grandchild is reaped by somebody else, in their own time.
pub(crate) fn runs(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().next()).is_some_and(|state| state != "Z")
}

pub(crate) async fn stops(pid: i32) {
    soon(async {
        while runs(pid) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// A child and the pipes to it, to be looked for when they should be gone.
pub(crate) struct Traces {
    child: i32,
    pipes: Vec<std::path::PathBuf>,
}

impl Traces {
    pub(crate) fn of(child: i32) -> Self {
        let pipes = (0..3).filter_map(|fd| std::fs::read_link(format!("/proc/{child}/fd/{fd}")).ok()).collect();
        Self { child, pipes }
    }

    /// Waits until the child is reaped and this process holds none of the pipes to it.
    pub(crate) async fn vanish(&self) {
        assert!(!self.pipes.is_empty(), "they were looked for while the child ran");
        soon(async {
            while exists(self.child) || self.open_pipes() > 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    fn open_pipes(&self) -> usize {
        let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| entry.ok()?.path().read_link().ok());
        open.filter(|link| self.pipes.contains(link)).count()
    }
}

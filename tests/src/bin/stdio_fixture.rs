//! The fixture as a program, for tests that own a child process: on the standard streams, or with `--http` on a port.

use std::{
    io::{Read, Write},
    time::Duration,
};

use clap::Parser;
use mcp_server::{Context, Limits, Server, model::LogLevel, tool, tools};
use mcp_tests::fixture;

#[derive(Parser)]
struct Options {
    /// Listen on a free port of this machine, and say which on standard error
    #[arg(long)]
    http: bool,
    /// Leave the standard streams to the whole program
    #[arg(long)]
    shared_streams: bool,
    /// Have one thread for everything
    #[arg(long)]
    one_thread: bool,
    /// How long the peer may take nothing of what is written to it
    #[arg(long, value_name = "MS")]
    write_timeout: Option<u64>,
    /// Write on standard error what `tracing` tells from that level on
    #[arg(long, value_name = "LEVEL")]
    log: Option<tracing::Level>,
    /// How much of standard input is read before it is served
    #[arg(long, value_name = "BYTES")]
    read_first: Option<usize>,
}

/// Logs a text, and answers.
#[tool]
async fn log(text: String, ctx: Context) -> &'static str {
    ctx.log(LogLevel::Info, text);
    "logged"
}

/// Prints as a program does that does not know that standard output belongs to the protocol.
#[tool]
#[expect(clippy::print_stdout, reason = "that is what it is for")]
async fn print(text: String) -> Result<&'static str, std::io::Error> {
    println!("println {text}");
    print!("print {text}");
    std::io::stdout().flush()?;
    // As a C library does, and a program that inherits the descriptor.
    rustix::io::write(rustix::stdio::stdout(), format!("write {text}\n").as_bytes())?;
    let status = tokio::process::Command::new("echo").arg("child").arg(&text).status().await?;
    assert!(status.success());
    Ok("printed")
}

/// Reads all of standard input, itself and in a child: how many bytes there were.
#[tool(blocking)]
fn read_input() -> Result<usize, std::io::Error> {
    let mut read = Vec::new();
    std::io::stdin().lock().read_to_end(&mut read)?;
    let child = std::process::Command::new("cat").stdout(std::process::Stdio::piped()).spawn()?.wait_with_output()?;
    Ok(read.len() + child.stdout.len())
}

fn main() -> mcp_server::Result<()> {
    let options = Options::parse();
    if let Some(bytes) = options.read_first {
        let mut read = vec![0; bytes];
        std::io::stdin().lock().read_exact(&mut read).expect("so much input");
    }
    if let Some(level) = options.log {
        tracing_subscriber::fmt().with_ansi(false).with_max_level(level).with_writer(std::io::stderr).init();
    }
    let mut limits = Limits::default();
    limits.isolate_stdio = !options.shared_streams;
    if let Some(ms) = options.write_timeout {
        limits.write_stall = Duration::from_millis(ms);
    }
    let server = fixture::builder().0.tools(tools![log, print, read_input]).logging().limits(limits).build();
    let mut runtime = match options.one_thread {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.enable_all().build().expect("a runtime");
    runtime.block_on(async { if options.http { serve_http(&server).await } else { server.serve_stdio().await } })
}

async fn serve_http(server: &Server) -> mcp_server::Result<()> {
    let listener = server.bind_http("127.0.0.1:0").await?;
    let _ = writeln!(std::io::stderr(), "{}", listener.local_addr());
    listener.serve().await
}

//! The Inspector's page in a browser, as a client of our server.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::{
    case::{Case, Checked, Context, Transport, ensure},
    inspector::PROGRAM,
    our_server::OurServer,
    peers::{INSTALL, Running, ends_with_us, free_port, here, installed, node, package, said, started},
};

const BROWSER: &str = "/usr/bin/chromium";
/// It shows itself to nobody, leaves nothing behind, and asks nobody outside of this machine.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-breakpad",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
];
/// What the Inspector is told to speak, and its page shows.
const REVISION: &str = "2026-07-28";

pub(crate) fn case() -> Case {
    Case::new("server", "Inspector, its page", Transport::Http, REVISION, look())
}

async fn look() -> Checked {
    installed("node_modules/playwright-core")?;
    ensure(format!("{BROWSER} is missing: {INSTALL}"), Path::new(BROWSER).exists())?;
    let picture = picture()?;
    let scratch = Scratch::new()?;
    let server = OurServer::start(Transport::Http).await?;
    let [url] = server.target().try_into().map_err(|_| "our server has one URL")?;
    let (inspector, page) = inspector(&url, &scratch.0).await?;
    let (mut browser, dev_tools) = browser(&scratch.0).await?;

    let mut person = node()?;
    person.arg(here().join("peers/page.mjs")).args([&dev_tools, &page, &url]).arg(REVISION).arg(&picture);
    let seen = said(&mut person).await;
    if picture.exists() {
        println!("  {}", picture.display());
    }
    seen?;

    browser.ended().await.at("the browser")?;
    inspector.end().await.at("the Inspector")?;
    server.nothing_left(None).await
}

/// Starts the Inspector's own server, and says where its page is. The secret that it asks for stands in the address.
async fn inspector(server: &str, scratch: &Path) -> Checked<(Running, String)> {
    let mut command = ends_with_us(&package(PROGRAM)?);
    command.args(["--web", "--transport", "http", "--server-url", server, "--protocol-era", "modern"]);
    command.env("HOST", "127.0.0.1").env("CLIENT_PORT", free_port()?.to_string());
    command.envs([("MCP_SANDBOX_PORT", "0"), ("MCP_APP_ORIGIN_PORT", "0"), ("MCP_AUTO_OPEN_ENABLED", "false")]);
    command.env("MCP_INSPECTOR_SECRET_STORE", "memory").env("HOME", scratch).env_remove("MCP_CATALOG_PATH");
    let (inspector, line) = started(command, "http://127.0.0.1:").await.at("the Inspector")?;
    Ok((inspector, line.trim().to_owned()))
}

/// Starts a browser without a window, and says where it takes orders.
async fn browser(scratch: &Path) -> Checked<(Running, String)> {
    let mut command = ends_with_us(&Command::new(BROWSER));
    command.args(FLAGS).arg(format!("--user-data-dir={}", scratch.join("profile").display()));
    command.arg("about:blank").env("HOME", scratch);
    let (browser, line) = started(command, "DevTools listening on ").await.at("the browser")?;
    let address = line.rsplit(' ').next().at("the browser's address")?.to_owned();
    Ok((browser, address))
}

/// Where the picture goes. The last one is not taken for this one.
fn picture() -> Checked<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("artefacts");
    std::fs::create_dir_all(&folder).at(folder.display())?;
    let picture = folder.join("inspector.png");
    if picture.exists() {
        std::fs::remove_file(&picture).at(picture.display())?;
    }
    Ok(picture)
}

/// A folder for what programs keep for their users.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Checked<Self> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("inspector-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).at(folder.display())?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

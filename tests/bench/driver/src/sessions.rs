//! What a session weighs, what an open stream weighs, and how long it takes to tell all of them something.

use std::{fs, path::Path, time::Instant};

use serde::{Deserialize, Serialize};
use tokio::task::LocalSet;

use crate::{
    http::Connection,
    messages::{Ask, Exchange, SESSION, Wire},
    process::{Server, is_built},
    scenarios::{Contender, Effort},
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Weight {
    pub server: String,
    pub sessions: usize,
    pub kib_per_session: f64,
    pub kib_per_stream: f64,
    pub open_cpu_us: f64,
    /// From the call that announces to the last stream that heard; the median of five.
    pub broadcast_ms: Option<f64>,
    pub broadcast_cpu_us_per_stream: Option<f64>,
}

const CONTENDERS: [Contender; 5] = [
    ("floor", "floor-http", &[]),
    ("ours", "ours-http", &[]),
    ("rmcp", "rmcp-http", &["--peers"]),
    ("neva", "neva-session-http", &[]),
    ("tower-mcp", "tower-mcp-http", &[]),
];

fn file(folder: &Path) -> std::path::PathBuf {
    folder.join("results").join("sessions.json")
}

pub const NAME: &str = "weight of sessions";

/// Who is missing among what was measured.
pub fn missing(folder: &Path, effort: Effort) -> Vec<String> {
    let weights = read(folder);
    let pairs = effort.sessions.iter().flat_map(|sessions| CONTENDERS.iter().map(move |(name, ..)| (*name, *sessions)));
    pairs
        .filter(|(name, sessions)| !weights.iter().any(|weight| weight.server == *name && weight.sessions == *sessions))
        .map(|(name, sessions)| format!("{NAME}: {name} with {sessions}"))
        .collect()
}

/// What was measured last.
pub fn read(folder: &Path) -> Vec<Weight> {
    let text = fs::read_to_string(file(folder)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

pub async fn run(folder: &Path, effort: Effort) -> Result<(), String> {
    let mut weights = Vec::new();
    for &sessions in effort.sessions {
        for (name, program, arguments) in CONTENDERS {
            if !is_built(program) {
                continue;
            }
            let server = Server::start(name, program, arguments).map_err(|error| error.to_string())?;
            // These tell a change to nobody, or to the session that made it alone.
            let announces = !matches!(name, "tower-mcp" | "neva");
            match weigh(&server, sessions, announces).await {
                Ok(weight) => {
                    println!("  {weight:?}");
                    weights.push(weight);
                }
                Err(error) => println!("  {name} with {sessions} sessions: {error}"),
            }
        }
    }
    let text = serde_json::to_string_pretty(&weights).map_err(|error| error.to_string())?;
    fs::write(file(folder), text + "\n").map_err(|error| error.to_string())
}

async fn weigh(server: &Server, count: usize, announces: bool) -> Result<Weight, String> {
    let text = |error: std::io::Error| error.to_string();
    let mut connection = Connection::open(server.address).await.map_err(text)?;
    // Whatever the first sessions bring about is not theirs.
    for _ in 0..10 {
        connection.handshake().await.map_err(text)?;
    }
    let before = server.cost();
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(connection.handshake().await.map_err(text)?.ok_or("no session id")?);
    }
    let idle = server.cost();
    let mut streams = Vec::new();
    for id in &ids {
        let mut stream = Connection::open(server.address).await.map_err(text)?;
        let request = format!(
            "GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\
             MCP-Protocol-Version: {SESSION}\r\nMcp-Session-Id: {id}\r\n\r\n"
        );
        let head = stream.open_stream(request.as_bytes()).await.map_err(text)?;
        if head.status != 200 {
            return Err(format!("GET: {}", head.status));
        }
        streams.push(stream);
    }
    let open = server.cost();
    let (mut times, mut costs) = (Vec::new(), Vec::new());
    if announces {
        let announce = Exchange::http(Ask::Announce, 9, Wire::Session, ids.first().map(String::as_str));
        for _ in 0..6 {
            let (before, begun) = (server.cost(), Instant::now());
            let local = LocalSet::new();
            let listening: Vec<_> = streams
                .drain(..)
                .map(|mut stream| {
                    local.spawn_local(async move { stream.wait_for(b"list_changed").await.map(|()| stream) })
                })
                .collect();
            let connection = &mut connection;
            let announce = &announce;
            let heard = local.run_until(async move {
                connection.exchange(announce).await?;
                let mut heard = Vec::new();
                for listener in listening {
                    let joined = tokio::time::timeout(std::time::Duration::from_secs(20), listener).await;
                    let stream = joined.map_err(|_| "a stream heard nothing")?.map_err(|error| error.to_string())?;
                    heard.push(stream.map_err(|error| error.to_string())?);
                }
                Ok::<_, String>(heard)
            });
            streams = heard.await?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
            costs.push((server.cost().cpu - before.cpu) as f64 / 1000.0 / count as f64);
        }
        // The first one fills buffers.
        times.remove(0);
        costs.remove(0);
        times.sort_by(f64::total_cmp);
        costs.sort_by(f64::total_cmp);
    }
    let per = |kib: u64| kib as f64 / count as f64;
    Ok(Weight {
        server: server.name.to_owned(),
        sessions: count,
        kib_per_session: per(idle.resident_kib.saturating_sub(before.resident_kib)),
        kib_per_stream: per(open.resident_kib.saturating_sub(idle.resident_kib)),
        open_cpu_us: (idle.cpu - before.cpu) as f64 / 1000.0 / count as f64,
        broadcast_ms: times.get(2).copied(),
        broadcast_cpu_us_per_stream: costs.get(2).copied(),
    })
}

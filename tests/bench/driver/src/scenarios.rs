//! What is measured: which servers, which requests, how many at once.

use std::{
    fs,
    io::Write,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use crate::{
    load::{self, Mix, Sample},
    messages::{Ask, Wire},
    process::{Server, busy_ticks, is_built},
};

/// Rounds for the record, short rounds, or one that only shows whether everything works.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub warm_up: Duration,
    pub time: Duration,
    /// How often a program is started to see how long it takes.
    pub starts: u64,
    /// How many sessions are opened to see what they weigh.
    pub sessions: &'static [usize],
    /// How long a run may wait for others and try again, in milliseconds.
    patience: u64,
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

impl Effort {
    pub const RECORD: Self = Self {
        rounds: 5,
        warm_up: millis(150),
        time: millis(1000),
        starts: 40,
        sessions: &[1000, 5000],
        patience: 360_000,
    };
    pub const QUICK: Self =
        Self { rounds: 3, warm_up: millis(60), time: millis(300), starts: 10, sessions: &[1000], patience: 20_000 };
    pub const TRY: Self =
        Self { rounds: 1, warm_up: millis(30), time: millis(100), starts: 2, sessions: &[50], patience: 0 };
}

/// A server of a scenario: its name in the tables, its program and arguments.
pub type Contender = (&'static str, &'static str, &'static [&'static str]);

pub struct Scenario {
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    wire: Wire,
    mix: Mix,
    pub connections: &'static [usize],
    /// The first one is what the others are compared with.
    pub contenders: Vec<Contender>,
    /// How much longer than others, because there are few requests.
    patience: u32,
}

/// A text of that many bytes in which every 47th or so has to be escaped.
pub fn text(bytes: usize) -> String {
    "He said \"measure twice\", and then cut it once.\n".chars().cycle().take(bytes).collect()
}

pub fn http() -> Vec<Scenario> {
    const ALL: &[usize] = &[1, 16, 128];
    let scenario = |name, about, wire, mix, connections, contenders: &[Contender]| Scenario {
        name,
        about,
        wire,
        mix,
        connections,
        contenders: contenders.to_vec(),
        patience: 1,
    };
    let (modern, session) = (Wire::Modern, Wire::Session);
    let mut all = vec![
        scenario(
            "call",
            "`tools/call` in the newest revision, answered as JSON. `traced` has a subscriber of `tracing` at INFO, \
             `layered` that and a tower layer around every call.",
            modern,
            Mix::Sums,
            ALL,
            &[
                ("floor", "floor-http", &[]),
                ("ours", "ours-http", &[]),
                ("ours traced", "ours-http", &["--traced"]),
                ("ours layered", "ours-http", &["--layered"]),
                ("rmcp", "rmcp-http", &["--json"]),
                ("rmcp events", "rmcp-http", &[]),
                ("neva", "neva-http", &[]),
                ("tower-mcp", "tower-mcp-http", &[]),
                ("turbomcp", "turbomcp-http", &[]),
            ],
        ),
        scenario(
            "progress",
            "A call that reports one step before it is answered: a stream of events.",
            modern,
            Mix::One(Ask::Progress(1)),
            ALL,
            &[
                ("floor", "floor-http", &[]),
                ("ours", "ours-http", &[]),
                ("rmcp", "rmcp-http", &[]),
                ("neva", "neva-http", &["--progress"]),
            ],
        ),
        scenario(
            "session",
            "`tools/call` in a session of revision 2025-11-25, one session for each connection.",
            session,
            Mix::Sums,
            ALL,
            &[
                ("floor", "floor-http", &[]),
                ("ours", "ours-http", &[]),
                ("rmcp", "rmcp-http", &[]),
                ("neva", "neva-session-http", &[]),
                ("tower-mcp", "tower-mcp-http", &[]),
                ("turbomcp", "turbomcp-http", &[]),
            ],
        ),
        scenario(
            "stall",
            "One keep-alive connection that reads a stream of events to its end: nothing may wait for a delayed \
             acknowledgement (40 ms). `mount` is a route of an axum application whose listener leaves TCP_NODELAY off.",
            modern,
            Mix::One(Ask::Progress(1)),
            &[1],
            &[
                ("floor", "floor-http", &[]),
                ("ours", "ours-http", &[]),
                ("ours mount", "ours-mount", &[]),
                ("ours mount nodelay", "ours-mount", &["--nodelay"]),
                ("rmcp mount", "rmcp-http", &["--delay"]),
                ("rmcp", "rmcp-http", &[]),
                ("neva", "neva-http", &["--progress"]),
            ],
        ),
        scenario(
            "connections",
            "`tools/call` in the newest revision, from 1 to 1024 connections.",
            modern,
            Mix::Sums,
            &[1, 4, 16, 64, 256, 1024],
            &[("floor", "floor-http", &[]), ("ours", "ours-http", &[]), ("rmcp", "rmcp-http", &["--json"])],
        ),
    ];
    let lists: [(&str, usize, [Contender; 4]); 3] = [
        ("list 10", 10, list(&["--tools", "10"], &["--json", "--tools", "10"])),
        ("list 100", 100, list(&["--tools", "100"], &["--json", "--tools", "100"])),
        ("list 1000", 1000, list(&["--tools", "1000"], &["--json", "--tools", "1000"])),
    ];
    for (name, count, contenders) in lists {
        let about = "`tools/list`, all tools on one page; the floor sends bytes that it has made before.";
        let mut contenders = contenders.to_vec();
        // Its pages have ten items, and it cannot be told otherwise.
        if count <= 10 {
            contenders.push(("neva", "neva-http", &["--tools", "10"]));
        }
        all.push(scenario(name, about, modern, Mix::One(Ask::List(count)), &[16], &contenders));
    }
    for (name, bytes) in [("echo 1 MiB", 1 << 20), ("echo 8 MiB", 8 << 20)] {
        let mut contenders: Vec<Contender> = vec![
            ("floor", "floor-http", &[]),
            ("ours", "ours-http", &["--large"]),
            ("rmcp", "rmcp-http", &["--json", "--large"]),
        ];
        // Its listener takes no more than 5 MB, whatever it is told.
        if bytes < 5_000_000 {
            contenders.push(("neva", "neva-http", &[]));
        }
        let about = "A text goes in as an argument and comes back as a result.";
        let mut echo = scenario(name, about, modern, Mix::One(Ask::Echo(text(bytes))), &[4], &contenders);
        echo.patience = 2;
        all.push(echo);
    }
    all
}

fn list(plain: &'static [&'static str], rmcp: &'static [&'static str]) -> [Contender; 4] {
    [
        ("floor", "floor-http", plain),
        ("ours", "ours-http", plain),
        ("rmcp", "rmcp-http", rmcp),
        ("tower-mcp", "tower-mcp-http", plain),
    ]
}

/// Measures one scenario: all servers are alive at once, each round visits all of them, in the opposite order every
/// other time. A server that answers wrongly is left out from then on, and said.
pub async fn run(scenario: &Scenario, effort: Effort, samples: &mut Samples) -> Result<(), String> {
    let mut servers = Vec::new();
    for (name, program, arguments) in &scenario.contenders {
        if !is_built(program) {
            println!("  {name}: {program} is not built");
            continue;
        }
        match Server::start(name, program, arguments) {
            Ok(server) => servers.push(server),
            Err(error) => println!("  {name}: {error}"),
        }
    }
    for &connections in scenario.connections {
        // Many connections take their time to open, and need more of it for as many requests each.
        let warm_up = effort.warm_up + Duration::from_micros(400) * connections as u32;
        let time = effort.time * scenario.patience + Duration::from_micros(500) * connections as u32;
        // There must be an answer also when it is only tried.
        let time = time.max(millis(500) * (scenario.patience - 1));
        for round in 0..effort.rounds {
            let mut order: Vec<usize> = (0..servers.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            let mut failed = Vec::new();
            for at in order {
                let server = &servers[at];
                let measured = undisturbed(async || {
                    load::run(server, &scenario.mix, scenario.wire, connections, warm_up, time).await
                });
                match measured.await {
                    Ok(mut sample) => {
                        sample.scenario = scenario.name.to_owned();
                        sample.round = round;
                        samples.add(&sample)?;
                    }
                    Err(error) => {
                        println!("  {connections} connections: {error}");
                        failed.push(at);
                    }
                }
            }
            failed.sort_unstable();
            for at in failed.into_iter().rev() {
                servers.remove(at);
            }
        }
    }
    Ok(())
}

/// How much of both cores others may use during a round before it is tried again, and how often it is tried.
const DISTURBED: f64 = 0.08;
const TRIES: usize = 3;
/// Milliseconds that a run may still spend on waiting for others and on trying again.
static PATIENCE: AtomicU64 = AtomicU64::new(0);

pub fn set_patience(effort: Effort) {
    PATIENCE.store(effort.patience, Ordering::Relaxed);
}

/// Measures when nobody else uses the machine, as far as patience goes; the least disturbed time counts.
pub async fn undisturbed(mut measure: impl AsyncFnMut() -> Result<Sample, String>) -> Result<Sample, String> {
    wait_for_quiet();
    let mut best = measure().await?;
    for _ in 1..TRIES {
        if best.foreign < DISTURBED || PATIENCE.load(Ordering::Relaxed) == 0 {
            break;
        }
        let begun = Instant::now();
        wait_for_quiet();
        let again = measure().await?;
        spend(begun.elapsed());
        if again.foreign < best.foreign {
            best = again;
        }
    }
    Ok(best)
}

/// Waits a little while others use the machine.
fn wait_for_quiet() {
    const WINDOW: Duration = Duration::from_millis(50);
    for _ in 0..60 {
        if PATIENCE.load(Ordering::Relaxed) == 0 {
            return;
        }
        let busy = busy_ticks();
        std::thread::sleep(WINDOW);
        // Of ten ticks that two cores have in this time.
        if busy_ticks() - busy <= 1 {
            return;
        }
        spend(WINDOW);
    }
}

fn spend(time: Duration) {
    let left = PATIENCE.load(Ordering::Relaxed).saturating_sub(time.as_millis() as u64);
    PATIENCE.store(left, Ordering::Relaxed);
}

/// The raw numbers, one line of JSON each. A scenario that is measured again replaces what stood there.
pub struct Samples {
    path: std::path::PathBuf,
}

impl Samples {
    pub fn new(folder: &Path) -> Self {
        Self { path: folder.join("results").join("samples.jsonl") }
    }

    /// Which of these servers were not measured: they are not built, or answered wrongly.
    pub fn missing<'a>(
        &self,
        scenario: &str,
        servers: impl Iterator<Item = &'a str>,
        connections: &[usize],
    ) -> Vec<String> {
        let samples = self.read();
        let is_there = |server: &str, connections: usize| {
            samples.iter().any(|sample| {
                (&*sample.scenario, &*sample.server, sample.connections) == (scenario, server, connections)
            })
        };
        servers
            .flat_map(|server| connections.iter().map(move |connections| (server, *connections)))
            .filter(|(server, connections)| !is_there(server, *connections))
            .map(|(server, connections)| format!("{scenario}: {server} with {connections}"))
            .collect()
    }

    pub fn read(&self) -> Vec<Sample> {
        let text = fs::read_to_string(&self.path).unwrap_or_default();
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    pub fn forget(&self, scenario: &str) -> Result<(), String> {
        let kept: Vec<Sample> = self.read().into_iter().filter(|sample| sample.scenario != scenario).collect();
        let mut text = String::new();
        for sample in kept {
            text.push_str(&serde_json::to_string(&sample).map_err(|error| error.to_string())?);
            text.push('\n');
        }
        fs::write(&self.path, text).map_err(|error| error.to_string())
    }

    pub fn add(&mut self, sample: &Sample) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("{}: {error}", self.path.display());
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&self.path).map_err(failed)?;
        let mut rounded = sample.clone();
        for value in
            [&mut rounded.p50_us, &mut rounded.p99_us, &mut rounded.cpu_us, &mut rounded.seconds, &mut rounded.foreign]
        {
            *value = (*value * 10_000.0).round() / 10_000.0;
        }
        let line = serde_json::to_string(&rounded).map_err(|error| error.to_string())?;
        writeln!(file, "{line}").map_err(failed)
    }
}

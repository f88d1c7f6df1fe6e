//! What a server weighs while peers take what it gives, whether healthy clients notice, and what is left of it when the
//! peers are gone: `driver memory [--short] [--system]`.

mod attack;
mod healthy;

use std::{fs, process::Command, time::Duration};

use attack::Shape;
use healthy::{Healthy, Seen};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::time::sleep;

use crate::process::{self, Server, busy_ticks, cpu_of};

const MIB: f64 = (1 << 20) as f64;
/// How much slower healthy clients may be while attackers hold what they have got.
const SLOWER: f64 = 2.0;
/// How much of the memory may be left: a tenth more, and what of the program itself was read meanwhile.
const LEFT: f64 = 1.1;
const PAGES: usize = 2 << 20;
/// How much of both cores others may use in a window in which times are judged.
const DISTURBED: f64 = 0.08;
/// The allocator gives what is free back to the system at once: what is resident is what the server holds.
const GIVE_BACK: &str = "dirty_decay_ms:0,muzzy_decay_ms:0,narenas:1";
/// Healthy clients, and what is in their way when one attack ends and the next begins.
const OTHERS: usize = 100;

/// How much of everything, and how long it is held.
#[derive(Clone, Copy)]
struct Effort {
    sessions: usize,
    streams: usize,
    answers: usize,
    bodies: usize,
    too_large: usize,
    /// `Limits::held_bytes` and `Limits::kept_bytes`.
    held: usize,
    kept: usize,
    /// Of which the least disturbed ones count, and of those the median.
    windows: usize,
    window: Duration,
    /// How long the server lets writing, bodies and, twice as long, sessions stand still.
    patience: Duration,
    /// Whether healthy clients are held to their times.
    judges_times: bool,
}

const FULL: Effort = Effort {
    sessions: 10_000,
    streams: 2_000,
    answers: 1_000,
    bodies: 64,
    too_large: 20,
    held: 256 << 20,
    kept: 256 << 20,
    windows: 5,
    window: Duration::from_secs(2),
    patience: Duration::from_secs(30),
    judges_times: true,
};
/// A tenth. Times are only told: a second is too short to tell what slows a client.
const SHORT: Effort = Effort {
    sessions: 1_000,
    streams: 200,
    answers: 100,
    bodies: 20,
    too_large: 2,
    held: 32 << 20,
    kept: 16 << 20,
    windows: 1,
    window: Duration::from_secs(1),
    patience: Duration::from_secs(6),
    judges_times: false,
};
/// What every attack brings about once, whoever comes.
const WARM_UP: Effort =
    Effort { sessions: 8, streams: 8, answers: 8, bodies: 2, window: Duration::from_millis(100), ..SHORT };

/// Puts a server under siege.
///
/// # Errors
///
/// If it grows beyond its bound, answers healthy clients wrongly or too late, or keeps what it should have given back.
pub async fn run(arguments: &[String]) -> Result<(), String> {
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let effort = if has("--short") { SHORT } else { FULL };
    let Effort { sessions, streams, answers, bodies, held, kept, patience, .. } = effort;
    let connections = streams + answers + bodies + OTHERS;
    allow_open_files(2 * connections as u64)?;
    process::pin(process::DRIVER_CORE);
    let program = if has("--system") { "strangers-system" } else { "strangers" };
    let numbers = [patience.as_secs() as usize, held, kept, sessions + OTHERS, streams + OTHERS, connections];
    let numbers = numbers.map(|number| number.to_string());
    let numbers = numbers.each_ref().map(String::as_str);
    let bound = Command::new(process::program(program)).arg("bound").args(numbers).output();
    let bound = bound.map_err(|error| format!("{program}: {error}"))?.stdout;
    let bound: usize = String::from_utf8_lossy(&bound).trim().parse().map_err(|_| format!("{program}: no bound"))?;
    let mut command = Command::new(process::program(program));
    command.env("_RJEM_MALLOC_CONF", GIVE_BACK);
    let server = Server::start_with("ours", command, &numbers).map_err(|error| error.to_string())?;
    let mut siege = Siege::begin(server, effort, bound).await?;
    siege.lay(effort).await?;
    siege.lift().await?;
    siege.verdict()
}

struct Siege {
    server: Server,
    healthy: Healthy,
    effort: Effort,
    /// What the server held at the beginning, and how slow healthy clients were then.
    start: usize,
    quiet_p99: f64,
    /// What the server may weigh.
    bound: usize,
    broken: Vec<String>,
}

impl Siege {
    /// Looks at the server in peace. What it needs once, such as the code of what is seldom done, it has by then.
    async fn begin(server: Server, effort: Effort, bound: usize) -> Result<Self, String> {
        println!(
            "{:36} {:>9} {:>6} {:>6} {:>7} {:>7} {:>8} {:>7} {:>7} {:>7}",
            "", "resident", "peak", "bound", "calls", "p50 us", "p99 us", "x quiet", "failed", "others"
        );
        let healthy = Healthy::start(server.address);
        let mut siege =
            Self { server, healthy, effort: WARM_UP, start: 0, quiet_p99: 0.0, bound: usize::MAX, broken: Vec::new() };
        siege.lay(WARM_UP).await?;
        siege.effort = effort;
        sleep(Duration::from_secs(1)).await;
        siege.quiet_p99 = siege.hold("quiet").await.0.p99_us;
        siege.start = siege.held_bytes().await?;
        siege.bound = siege.resident() + bound;
        Ok(siege)
    }

    /// One attack after the other; sessions and streams stay while the others come and go.
    async fn lay(&mut self, effort: Effort) -> Result<(), String> {
        let Effort { sessions, streams, answers, bodies, too_large, .. } = effort;
        let address = self.server.address;

        let opened = attack::too_large_handshakes(address, too_large).await?;
        if opened > 0 {
            self.broken.push(format!("{opened} of {too_large} handshakes of 3.9 MB opened a session"));
        }
        self.show("handshakes of 3.9 MB come");

        let ids = attack::sessions(address, sessions).await?;
        self.show(&format!("{} of {sessions} sessions open", ids.len()));
        self.held("they stay").await;

        let ids = ids.into_iter().take(streams / 2).collect();
        let unread_streams = attack::streams(address, ids).await?;
        self.show(&format!("{} of {streams} streams open", unread_streams.len()));
        let time = effort.window * effort.windows as u32;
        let (published, ()) = tokio::join!(attack::publish(address, time), self.held("nobody reads what is published"));
        published?;

        for (shape, name) in [(Shape::Whole, "answers"), (Shape::Streamed, "streamed answers")] {
            let (unread, refused) = attack::unread_answers(address, answers, shape).await?;
            self.settle().await;
            self.show(&format!("{} {name} of 4 MiB, {refused} refused", unread.len()));
            self.held("nobody reads them").await;
            drop(unread);
        }

        let slow = attack::slow_bodies(address, bodies).await?;
        self.show(&format!("{} slow bodies", slow.len()));
        self.held("they trickle").await;
        drop((slow, unread_streams));
        Ok(())
    }

    /// Waits until the server has done what it was asked for: most of it, once an answer begins.
    async fn settle(&self) {
        const LOOK: Duration = Duration::from_millis(200);
        for _ in 0..300 {
            let before = self.server.cost().cpu;
            sleep(LOOK).await;
            if u128::from(self.server.cost().cpu - before) < LOOK.as_nanos() / 4 {
                return;
            }
        }
    }

    /// Waits until the server has given back what it was made to hold.
    async fn lift(&mut self) -> Result<(), String> {
        // Sessions live for twice the patience without traffic, and are looked through now and then.
        let deadline = tokio::time::Instant::now() + self.effort.patience * 4;
        let most = (self.start as f64 * LEFT) as usize + PAGES;
        let mut held = self.held_bytes().await?;
        while held > most && tokio::time::Instant::now() < deadline {
            sleep(Duration::from_millis(500)).await;
            held = self.held_bytes().await?;
        }
        self.show("all are gone");
        let [left, start] = [held, self.start].map(|bytes| bytes as f64 / MIB);
        println!("without the allocator's own tables {left:.1} MiB are left of what began with {start:.1}");
        if held > most {
            self.broken.push(format!("{left:.1} MiB are left of what began with {start:.1}"));
        }
        Ok(())
    }

    fn verdict(self) -> Result<(), String> {
        if self.broken.is_empty() { Ok(()) } else { Err(self.broken.join("\n")) }
    }

    fn resident(&self) -> usize {
        self.server.cost().resident_kib as usize * 1024
    }

    /// Resident, but for the allocator's own tables, which are as large as what was held at the worst moment asked for.
    async fn held_bytes(&self) -> Result<usize, String> {
        let bookkeeping = attack::bookkeeping(self.server.address).await?;
        Ok(self.resident().saturating_sub(bookkeeping))
    }

    /// While attackers hold what they have got, healthy clients must not be slower than before.
    async fn held(&mut self, name: &str) {
        let (seen, foreign) = self.hold(name).await;
        if self.effort.judges_times && foreign < DISTURBED && seen.p99_us > self.quiet_p99 * SLOWER {
            let (p99, quiet) = (seen.p99_us, self.quiet_p99);
            self.broken.push(format!("{name}: the p99 of healthy clients is {p99:.0} us, and was {quiet:.0}"));
        }
    }

    /// Lets time pass; returns the median of the least disturbed windows, and how much others used in them at most.
    async fn hold(&mut self, name: &str) -> (Seen, f64) {
        let Effort { windows: count, window, judges_times, .. } = self.effort;
        let mut windows = Vec::new();
        self.healthy.look();
        let is_quiet = |windows: &[(f64, Seen)]| windows.iter().filter(|(foreign, _)| *foreign < DISTURBED).count();
        // As long again, in case that others leave.
        while windows.len() < count || (judges_times && is_quiet(&windows) < count && windows.len() < 2 * count) {
            let (busy, own) = (busy_ticks(), self.own_cpu());
            sleep(window).await;
            let own = (self.own_cpu() - own) as f64 / 1e9;
            let foreign = ((busy_ticks() - busy) as f64 / 100.0 - own) / window.as_secs_f64() / 2.0;
            windows.push((foreign.max(0.0), self.healthy.look()));
        }
        windows.sort_by(|one, other| one.0.total_cmp(&other.0));
        windows.truncate(count);
        let foreign = windows.last().map_or(1.0, |(foreign, _)| *foreign);
        let seen = Seen::median(windows.into_iter().map(|(_, seen)| seen).collect());
        self.report(name, &seen, foreign);
        (seen, foreign)
    }

    /// Time on a core of the server and of this process.
    fn own_cpu(&self) -> u64 {
        self.server.cost().cpu + cpu_of(std::process::id())
    }

    /// What has happened since the last look.
    fn show(&mut self, name: &str) {
        let seen = self.healthy.look();
        self.report(name, &seen, f64::NAN);
    }

    /// One line of the table, and what is wrong with it.
    fn report(&mut self, name: &str, seen: &Seen, foreign: f64) {
        let cost = self.server.cost();
        // The next line has a peak of its own.
        let _ = fs::write(format!("/proc/{}/clear_refs", self.server.id()), "5");
        if let Some(failure) = &seen.failure {
            let failed = seen.failed;
            self.broken.push(format!("{name}: {failed} calls of healthy clients failed, the first with {failure}"));
        }
        if self.bound == usize::MAX && name != "quiet" {
            return;
        }
        let [resident, peak] = [cost.resident_kib, cost.peak_kib].map(|kib| kib as f64 / 1024.0);
        let bound = self.bound as f64 / MIB;
        let shown = if self.bound == usize::MAX { "–".to_owned() } else { format!("{bound:.0}") };
        let times = if self.quiet_p99 > 0.0 { seen.p99_us / self.quiet_p99 } else { 1.0 };
        let others = if foreign.is_nan() { "–".to_owned() } else { format!("{:.0} %", foreign * 100.0) };
        let Seen { calls, p50_us, p99_us, failed, .. } = seen;
        println!(
            "{name:36} {resident:9.1} {peak:6.1} {shown:>6} {calls:7} {p50_us:7.0} {p99_us:8.0} {times:7.2} \
             {failed:7} {others:>7}"
        );
        if peak > bound {
            self.broken.push(format!("{name}: {peak:.0} MiB, which is beyond the bound of {bound:.0}"));
        }
    }
}

/// Lets this process, and the server that it starts, open so many files.
fn allow_open_files(count: u64) -> Result<(), String> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= count) {
        return Ok(());
    }
    let current = Some(maximum.map_or(count, |maximum| maximum.min(count)));
    setrlimit(Resource::Nofile, Rlimit { current, maximum }).map_err(|error| format!("{count} open files: {error}"))?;
    match maximum {
        Some(maximum) if maximum < count => Err(format!("{count} open files are needed, {maximum} are allowed")),
        _ => Ok(()),
    }
}

//! Servers on pipes: one request after the other, 64 at once, and the time to the first answer.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    load::Sample,
    messages::{Ask, Exchange, Wire, initialize, initialized},
    process::{Cost, DRIVER_CORE, SERVER_CORE, busy_ticks, cpu_of, is_built, pin, program, spawn_on},
    scenarios::{Effort, Samples, undisturbed},
};

const POOL: u64 = 256;

struct Contender {
    name: &'static str,
    program: &'static str,
    wire: Wire,
}

fn contenders() -> Vec<Contender> {
    let contender = |name, program, wire| Contender { name, program, wire };
    vec![
        contender("floor", "floor-stdio", Wire::Modern),
        contender("ours", "ours-stdio", Wire::Modern),
        contender("ours session", "ours-stdio", Wire::Session),
        contender("ours minimal", "ours-minimal", Wire::Modern),
        contender("rmcp", "rmcp-stdio", Wire::Session),
        contender("rmcp modern", "rmcp-stdio", Wire::Modern),
        contender("neva", "neva-session-stdio", Wire::Session),
        contender("neva modern", "neva-stdio", Wire::Modern),
        contender("tower-mcp", "tower-mcp-stdio", Wire::Session),
        contender("turbomcp", "turbomcp-stdio", Wire::Session),
    ]
}

/// Each program once.
fn starters() -> impl Iterator<Item = Contender> {
    let twice = ["ours session", "rmcp modern", "neva modern"];
    contenders().into_iter().filter(move |contender| !twice.contains(&contender.name))
}

/// Who is missing among what was measured.
pub fn missing(samples: &Samples) -> Vec<String> {
    samples.missing(NAMES[0], contenders().iter().map(|contender| contender.name), &DEPTHS)
}

/// Who is missing among those whose start was measured.
pub fn missing_starts(samples: &Samples) -> Vec<String> {
    let starters: Vec<_> = starters().collect();
    samples.missing(NAMES[1], starters.iter().map(|contender| contender.name), &[1])
}

struct Pipes {
    child: Child,
    /// Until it is closed.
    input: Option<ChildStdin>,
    output: ChildStdout,
    buffer: Vec<u8>,
    piece: Vec<u8>,
}

impl Pipes {
    fn start(program_name: &str) -> io::Result<Self> {
        Self::start_with(Command::new(program(program_name)))
    }

    fn start_with(mut command: Command) -> io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = spawn_on(SERVER_CORE, &mut command)?;
        let (input, output) = (child.stdin.take(), child.stdout.take().expect("a pipe"));
        Ok(Self { child, input, output, buffer: Vec::new(), piece: vec![0; 64 << 10] })
    }

    /// Reads what is there, at least one line, and hands over the whole lines.
    fn lines(&mut self, mut take: impl FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
        loop {
            let length = self.output.read(&mut self.piece).map_err(|error| error.to_string())?;
            if length == 0 {
                return Err("the server closed its output".to_owned());
            }
            self.buffer.extend_from_slice(&self.piece[..length]);
            let mut start = 0;
            while let Some(end) = memchr::memchr(b'\n', &self.buffer[start..]) {
                take(&self.buffer[start..start + end])?;
                start += end + 1;
            }
            self.buffer.drain(..start);
            if start > 0 {
                return Ok(());
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), String> {
        let input = self.input.as_mut().ok_or("the input is closed")?;
        input.write_all(bytes).and_then(|()| input.flush()).map_err(|error| error.to_string())
    }

    /// Opens a session where the wire has them.
    fn prepare(&mut self, wire: Wire) -> Result<(), String> {
        if wire == Wire::Modern {
            return Ok(());
        }
        let mut line = initialize();
        line.push(b'\n');
        self.write(&line)?;
        let mut failed = None;
        self.lines(|line| {
            if memchr::memmem::find(line, b"protocolVersion").is_none() {
                failed = Some(String::from_utf8_lossy(line).into_owned());
            }
            Ok(())
        })?;
        if let Some(failed) = failed {
            return Err(failed);
        }
        let mut line = initialized();
        line.push(b'\n');
        self.write(&line)
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub const NAMES: [&str; 2] = ["stdio", "cold start"];
/// How many requests are in flight.
const DEPTHS: [usize; 2] = [1, 64];

pub async fn run(effort: Effort, samples: &mut Samples) -> Result<(), String> {
    pin(DRIVER_CORE);
    let mut alive = Vec::new();
    for contender in contenders().into_iter().filter(|contender| is_built(contender.program)) {
        let started = Pipes::start(contender.program).map_err(|error| error.to_string());
        match started.and_then(|mut pipes| pipes.prepare(contender.wire).map(|()| pipes)) {
            Ok(pipes) => alive.push((contender, pipes)),
            Err(error) => println!("  {}: {error}", contender.name),
        }
    }
    for depth in DEPTHS {
        for round in 0..effort.rounds {
            let mut order: Vec<usize> = (0..alive.len()).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for at in order {
                let (contender, pipes) = &mut alive[at];
                match undisturbed(async || load(contender, pipes, depth, effort)).await {
                    Ok(mut sample) => {
                        sample.round = round;
                        samples.add(&sample)?;
                    }
                    Err(error) => println!("  {} at depth {depth}: {error}", contender.name),
                }
            }
        }
    }
    Ok(())
}

fn load(contender: &Contender, pipes: &mut Pipes, depth: usize, effort: Effort) -> Result<Sample, String> {
    let exchanges: HashMap<u64, Exchange> =
        (1..=POOL).map(|id| (id, Exchange::line(Ask::Add(id as i64, 2), id, contender.wire))).collect();
    let mut begun: HashMap<u64, Instant> = HashMap::new();
    let mut next = 0;
    let mut latencies: Vec<u32> = Vec::with_capacity(1 << 20);
    let pid = pipes.child.id();
    let started = Instant::now();
    let mut measured: Option<(Cost, u64, u64, Instant)> = None;
    let mut batch = Vec::new();
    let mut free = depth;
    loop {
        let elapsed = started.elapsed();
        if measured.is_none() && elapsed >= effort.warm_up {
            latencies.clear();
            measured = Some((Cost::of(pid), busy_ticks(), cpu_of(std::process::id()), Instant::now()));
        }
        let ending = elapsed >= effort.warm_up + effort.time;
        if ending && free == depth {
            break;
        }
        if !ending {
            batch.clear();
            let now = Instant::now();
            for _ in 0..free {
                let id = next % POOL + 1;
                next += 1;
                batch.extend_from_slice(&exchanges[&id].request);
                begun.insert(id, now);
            }
            pipes.write(&batch)?;
            free = 0;
        }
        pipes.lines(|line| {
            let Some(id) = id_of(line) else { return Ok(()) };
            let exchange = exchanges.get(&id).ok_or("an id that was not sent")?;
            exchange.check(line)?;
            let since = begun.remove(&id).ok_or("an answer given twice")?;
            latencies.push(u32::try_from(since.elapsed().as_nanos()).unwrap_or(u32::MAX));
            free += 1;
            Ok(())
        })?;
    }
    let (cost, busy, own, since) = measured.ok_or("too short")?;
    let after = Cost::of(pid);
    let seconds = since.elapsed().as_secs_f64();
    let own = cpu_of(std::process::id()) - own + after.cpu - cost.cpu;
    let busy = (busy_ticks() - busy) * 10_000_000;
    latencies.sort_unstable();
    let quantile = |q: f64| f64::from(latencies[((latencies.len() - 1) as f64 * q) as usize]) / 1000.0;
    Ok(Sample {
        scenario: NAMES[0].to_owned(),
        server: contender.name.to_owned(),
        connections: depth,
        round: 0,
        requests: latencies.len() as u64,
        seconds,
        p50_us: quantile(0.5),
        p99_us: quantile(0.99),
        cpu_us: (after.cpu - cost.cpu) as f64 / 1000.0 / latencies.len() as f64,
        resident_kib: after.resident_kib,
        peak_kib: after.peak_kib,
        foreign: busy.saturating_sub(own) as f64 / 1e9 / seconds / 2.0,
    })
}

/// Asks a number of times, 64 at once, then closes the input and waits for the end of the process.
pub fn ask(command: Command, wire: Wire, count: u64) -> Result<(), String> {
    let mut pipes = Pipes::start_with(command).map_err(|error| error.to_string())?;
    pipes.prepare(wire)?;
    let (mut sent, mut answered) = (0, 0);
    while answered < count {
        let mut batch = Vec::new();
        while sent < count && sent - answered < 64 {
            sent += 1;
            batch.extend_from_slice(&Exchange::line(Ask::Add(sent as i64, 2), sent, wire).request);
        }
        if !batch.is_empty() {
            pipes.write(&batch)?;
        }
        pipes.lines(|line| {
            let id = id_of(line).ok_or("an answer without an id")?;
            Exchange::line(Ask::Add(id as i64, 2), id, wire).check(line)?;
            answered += 1;
            Ok(())
        })?;
    }
    drop(pipes.input.take());
    pipes.child.wait().map(drop).map_err(|error| error.to_string())
}

fn id_of(line: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(line, b"\"id\":")? + 5;
    let digits: Vec<u8> =
        line[at..].iter().copied().skip_while(|byte| *byte == b' ').take_while(u8::is_ascii_digit).collect();
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// From the start of the process to the first answer.
pub fn cold_start(effort: Effort, samples: &mut Samples) -> Result<(), String> {
    pin(DRIVER_CORE);
    let repeats = effort.starts;
    let contenders: Vec<_> = starters().filter(|contender| is_built(contender.program)).collect();
    let mut line = initialize();
    line.push(b'\n');
    for round in 0..effort.rounds {
        for contender in &contenders {
            let mut times = Vec::new();
            let mut resident = 0;
            for _ in 0..repeats {
                let begun = Instant::now();
                let mut pipes = Pipes::start(contender.program).map_err(|error| error.to_string())?;
                pipes.write(&line)?;
                pipes.lines(|_| Ok(()))?;
                times.push(begun.elapsed());
                resident = Cost::of(pipes.child.id()).resident_kib;
            }
            times.sort_unstable();
            let micros = |time: Duration| time.as_secs_f64() * 1e6;
            samples.add(&Sample {
                scenario: NAMES[1].to_owned(),
                server: contender.name.to_owned(),
                connections: 1,
                round,
                requests: repeats,
                seconds: times.iter().sum::<Duration>().as_secs_f64(),
                p50_us: micros(times[times.len() / 2]),
                p99_us: micros(times[times.len() - 1]),
                cpu_us: micros(times[times.len() / 2]),
                resident_kib: resident,
                peak_kib: resident,
                foreign: 0.0,
            })?;
        }
    }
    Ok(())
}

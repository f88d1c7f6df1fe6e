//! Servers as child processes: where they run, how much they cost.

use std::{
    fs, io,
    net::{SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::{
    process::{Pid, Signal, kill_process},
    thread::{CpuSet, sched_setaffinity},
};

/// The core of the servers, and that of the driver.
pub const SERVER_CORE: usize = 0;
pub const DRIVER_CORE: usize = 1;

/// Where the programs are: beside the driver.
pub fn program(name: &str) -> PathBuf {
    std::env::current_exe().expect("this program has a path").with_file_name(name)
}

pub fn is_built(name: &str) -> bool {
    program(name).exists()
}

/// Moves this thread, and what it starts from now on.
pub fn pin(core: usize) {
    let mut set = CpuSet::new();
    set.set(core);
    if let Err(error) = sched_setaffinity(None, &set) {
        eprintln!("not pinned to core {core}: {error}");
    }
}

/// Starts a program on a core.
pub fn spawn_on(core: usize, command: &mut Command) -> io::Result<Child> {
    pin(core);
    // One worker: one core is all there is.
    let child = command.env("TOKIO_WORKER_THREADS", "1").spawn();
    pin(DRIVER_CORE);
    child
}

/// A server that listens. Killed when dropped.
pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a program that takes its address as the first argument, and waits until it accepts connections.
    pub fn start(name: &'static str, program_name: &str, arguments: &[&str]) -> io::Result<Self> {
        Self::start_with(name, Command::new(program(program_name)), arguments)
    }

    /// The same under a command that takes the program as an argument.
    pub fn start_with(name: &'static str, mut command: Command, arguments: &[&str]) -> io::Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        command.arg(address.to_string()).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        if std::env::var_os("BENCH_VERBOSE").is_none() {
            command.stderr(Stdio::null());
        }
        let mut child = spawn_on(SERVER_CORE, &mut command)?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            if let Some(status) = child.try_wait()? {
                return Err(io::Error::other(format!("{name} ended: {status}")));
            }
            if Instant::now() > deadline {
                let _ = child.kill();
                return Err(io::Error::other(format!("{name} does not listen")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { name, address, child })
    }

    pub fn cost(&self) -> Cost {
        Cost::of(self.id())
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) {
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + Duration::from_secs(30);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process has used until now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cost {
    /// Time on a core, in nanoseconds, of all its threads.
    pub cpu: u64,
    pub resident_kib: u64,
    pub peak_kib: u64,
}

impl Cost {
    pub fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
        };
        Self { cpu: cpu_of(pid), resident_kib: field("VmRSS:"), peak_kib: field("VmHWM:") }
    }
}

/// Time on a core of all threads of a process, in nanoseconds.
pub fn cpu_of(pid: u32) -> u64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0 };
    tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok())
        .sum()
}

/// Busy time of the two cores in ticks of 10 ms: what others use can be told from it.
pub fn busy_ticks() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let cores = stat.lines().filter(|line| line.starts_with("cpu0 ") || line.starts_with("cpu1 "));
    cores
        .map(|line| {
            let ticks: Vec<u64> = line.split_whitespace().skip(1).filter_map(|field| field.parse().ok()).collect();
            // user nice system idle iowait irq softirq steal
            ticks.iter().take(8).sum::<u64>() - ticks.get(3).unwrap_or(&0) - ticks.get(4).unwrap_or(&0)
        })
        .sum()
}

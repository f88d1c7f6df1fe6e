//! Clients that behave: each asks for a sum every few milliseconds and notes how long it took.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tokio::{task::LocalSet, time::sleep};

use crate::{
    http::Connection,
    load::{Mix, exchanges},
    messages::Wire,
};

/// How many of them there are in each shape of the protocol, and how long each waits between two calls.
const EACH: usize = 4;
const PAUSE: Duration = Duration::from_millis(4);

#[derive(Default)]
struct Noted {
    micros: Vec<f64>,
    /// Calls that were not answered with their sum, and what came instead of the first.
    failed: usize,
    failure: Option<String>,
}

/// What healthy clients have seen in a while.
pub struct Seen {
    pub calls: usize,
    pub p50_us: f64,
    pub p99_us: f64,
    pub failed: usize,
    pub failure: Option<String>,
}

impl Seen {
    /// All calls of several windows together, and the median of their times.
    pub fn median(windows: Vec<Self>) -> Self {
        let median = |of: fn(&Self) -> f64| {
            let mut values: Vec<f64> = windows.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(0.0)
        };
        Self {
            calls: windows.iter().map(|seen| seen.calls).sum(),
            p50_us: median(|seen| seen.p50_us),
            p99_us: median(|seen| seen.p99_us),
            failed: windows.iter().map(|seen| seen.failed).sum(),
            failure: windows.into_iter().find_map(|seen| seen.failure),
        }
    }
}

/// Healthy clients on a thread of their own, so that attackers cannot delay them here. They stop when dropped.
pub struct Healthy {
    noted: Arc<Mutex<Noted>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Healthy {
    pub fn start(address: SocketAddr) -> Self {
        let (noted, stop) = (Arc::<Mutex<Noted>>::default(), Arc::<AtomicBool>::default());
        let thread = thread::spawn({
            let (noted, stop) = (noted.clone(), stop.clone());
            move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                let clients = LocalSet::new();
                for wire in [Wire::Modern, Wire::Session] {
                    for _ in 0..EACH {
                        clients.spawn_local(ask(address, wire, noted.clone(), stop.clone()));
                    }
                }
                runtime.block_on(clients);
            }
        });
        Self { noted, stop, thread: Some(thread) }
    }

    /// What was seen since the last look.
    pub fn look(&self) -> Seen {
        let Noted { mut micros, failed, failure } = std::mem::take(&mut *self.noted.lock().expect("no panic"));
        micros.sort_by(f64::total_cmp);
        let quantile = |q: f64| micros.get(((micros.len().max(1) - 1) as f64 * q) as usize).copied().unwrap_or(0.0);
        Seen { calls: micros.len(), p50_us: quantile(0.5), p99_us: quantile(0.99), failed, failure }
    }
}

impl Drop for Healthy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks until told to stop; after a failure over a new connection.
async fn ask(address: SocketAddr, wire: Wire, noted: Arc<Mutex<Noted>>, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = ask_over_one_connection(address, wire, &noted, &stop).await {
            let mut noted = noted.lock().expect("no panic");
            noted.failed += 1;
            noted.failure.get_or_insert(error);
        }
        sleep(PAUSE).await;
    }
}

async fn ask_over_one_connection(
    address: SocketAddr,
    wire: Wire,
    noted: &Mutex<Noted>,
    stop: &AtomicBool,
) -> Result<(), String> {
    let mut connection = Connection::open(address).await.map_err(|error| format!("connecting: {error}"))?;
    let session = connection.prepare(wire).await.map_err(|error| format!("handshake: {error}"))?;
    for exchange in exchanges(&Mix::Sums, wire, session.as_deref()).iter().cycle() {
        let begun = Instant::now();
        connection.exchange(exchange).await?;
        noted.lock().expect("no panic").micros.push(begun.elapsed().as_secs_f64() * 1e6);
        if stop.load(Ordering::Relaxed) {
            break;
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

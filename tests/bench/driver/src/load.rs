//! A fixed number of connections, each of which asks again as soon as it was answered, for a fixed time.

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{task::LocalSet, time::sleep};

use crate::{
    http::Connection,
    messages::{Ask, Exchange, Wire, state_of, sums},
    process::{Server, busy_ticks, cpu_of},
};

/// One server, one scenario, one number of connections, one round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sample {
    pub scenario: String,
    pub server: String,
    pub connections: usize,
    pub round: usize,
    pub requests: u64,
    pub seconds: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    /// Time on a core per request.
    pub cpu_us: f64,
    pub resident_kib: u64,
    pub peak_kib: u64,
    /// The part of both cores that somebody else used meanwhile.
    pub foreign: f64,
}

struct Shared {
    stop: Cell<bool>,
    measuring: Cell<bool>,
    latencies: RefCell<Vec<u32>>,
    failure: RefCell<Option<String>>,
}

/// What a load asks for.
#[derive(Clone)]
pub enum Mix {
    Sums,
    One(Ask),
    /// Calls that bring the answer to a question, which is asked once before them.
    Answers,
}

pub fn exchanges(mix: &Mix, wire: Wire, session: Option<&str>) -> Vec<Exchange> {
    match mix {
        Mix::Sums => sums().map(|(id, ask)| Exchange::http(ask, id, wire, session)).collect(),
        Mix::One(ask) => vec![Exchange::http(ask.clone(), 7, wire, session)],
        Mix::Answers => vec![Exchange::http(Ask::Question, 7, wire, session)],
    }
}

/// Runs a load.
///
/// # Errors
///
/// The first answer that was not as expected.
pub async fn run(
    server: &Server,
    mix: &Mix,
    wire: Wire,
    connections: usize,
    warm_up: Duration,
    time: Duration,
) -> Result<Sample, String> {
    let shared = Rc::new(Shared {
        stop: Cell::new(false),
        measuring: Cell::new(false),
        latencies: RefCell::new(Vec::with_capacity(1 << 20)),
        failure: RefCell::new(None),
    });
    let local = LocalSet::new();
    let mut workers = Vec::new();
    for _ in 0..connections {
        let (shared, mix, address) = (shared.clone(), mix.clone(), server.address);
        workers.push(local.spawn_local(async move {
            if let Err(error) = work(address, &mix, wire, &shared).await {
                shared.failure.borrow_mut().get_or_insert(error);
                shared.stop.set(true);
            }
        }));
    }
    local
        .run_until(async {
            sleep(warm_up).await;
            shared.latencies.borrow_mut().clear();
            shared.measuring.set(true);
            let before = (server.cost(), busy_ticks(), cpu_of(std::process::id()), Instant::now());
            sleep(time).await;
            shared.measuring.set(false);
            let cost = server.cost();
            let elapsed = before.3.elapsed();
            let own = cpu_of(std::process::id()) - before.2 + cost.cpu - before.0.cpu;
            let busy = (busy_ticks() - before.1) * 10_000_000;
            shared.stop.set(true);
            for worker in workers {
                let _ = worker.await;
            }
            if let Some(failure) = shared.failure.borrow_mut().take() {
                return Err(format!("{}: {failure}", server.name));
            }
            let mut latencies = shared.latencies.borrow_mut();
            latencies.sort_unstable();
            let requests = latencies.len() as u64;
            if requests == 0 {
                return Err(format!("{}: no answer in {time:?}", server.name));
            }
            let quantile = |q: f64| f64::from(latencies[((latencies.len() - 1) as f64 * q) as usize]) / 1000.0;
            Ok(Sample {
                scenario: String::new(),
                server: server.name.to_owned(),
                connections,
                round: 0,
                requests,
                seconds: elapsed.as_secs_f64(),
                p50_us: quantile(0.5),
                p99_us: quantile(0.99),
                cpu_us: (cost.cpu - before.0.cpu) as f64 / 1000.0 / requests as f64,
                resident_kib: cost.resident_kib,
                peak_kib: cost.peak_kib,
                foreign: (busy.saturating_sub(own)) as f64 / 1e9 / elapsed.as_secs_f64() / 2.0,
            })
        })
        .await
}

async fn work(address: SocketAddr, mix: &Mix, wire: Wire, shared: &Shared) -> Result<(), String> {
    let mut connection = Connection::open(address).await.map_err(|error| format!("connecting: {error}"))?;
    let session = connection.prepare(wire).await.map_err(|error| format!("handshake: {error}"))?;
    let exchanges = exchanges(mix, wire, session.as_deref());
    for exchange in exchanges.iter().cycle() {
        let begun = Instant::now();
        connection.exchange(exchange).await?;
        if shared.measuring.get() {
            shared.latencies.borrow_mut().push(u32::try_from(begun.elapsed().as_nanos()).unwrap_or(u32::MAX));
        }
        if shared.stop.get() {
            break;
        }
    }
    Ok(())
}

/// Asks a number of times over one connection, one after the other.
pub async fn run_count(address: SocketAddr, mix: &Mix, wire: Wire, count: usize) -> Result<(), String> {
    let mut connection = Connection::open(address).await.map_err(|error| format!("connecting: {error}"))?;
    let session = connection.prepare(wire).await.map_err(|error| format!("handshake: {error}"))?;
    let mut exchanges = exchanges(mix, wire, session.as_deref());
    if matches!(mix, Mix::Answers) {
        let asked = connection.send(&exchanges[0].request).await;
        let state = asked.map_err(|error| error.to_string()).and_then(|(_, body)| state_of(body))?;
        connection.consumed();
        exchanges = vec![Exchange::http(Ask::Answered(state), 7, wire, session.as_deref())];
    }
    for exchange in exchanges.iter().cycle().take(count) {
        connection.exchange(exchange).await?;
    }
    Ok(())
}

//! Calls for a fixed time, many at once, and says on one line what they cost this process.

use std::{
    fs,
    time::{Duration, Instant},
};

pub struct Arguments {
    pub url: String,
    pub concurrency: usize,
    pub time: Duration,
}

/// `URL CONCURRENCY MILLISECONDS`
pub fn arguments() -> Arguments {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    Arguments {
        url: arguments[0].clone(),
        concurrency: arguments[1].parse().expect("a number"),
        time: Duration::from_millis(arguments[2].parse().expect("milliseconds")),
    }
}

/// Runs `call` from as many tasks as asked for; it gets a number and must return that number plus 2.
pub async fn run<C, F>(arguments: &Arguments, call: C)
where
    C: Fn(i64) -> F + Clone + Send + 'static,
    F: Future<Output = i64> + Send + 'static,
{
    // Warm: connections are open, code is paged in.
    measure(arguments.concurrency, arguments.time / 4, call.clone()).await;
    let (cpu, begun) = (cpu(), Instant::now());
    let mut latencies = measure(arguments.concurrency, arguments.time, call).await;
    let (cpu, seconds) = (self::cpu() - cpu, begun.elapsed().as_secs_f64());
    latencies.sort_unstable();
    let quantile = |q: f64| f64::from(latencies[((latencies.len() - 1) as f64 * q) as usize]) / 1000.0;
    println!(
        r#"{{"requests":{},"seconds":{seconds:.4},"cpu_us":{:.3},"p50_us":{:.1},"p99_us":{:.1}}}"#,
        latencies.len(),
        cpu as f64 / 1000.0 / latencies.len() as f64,
        quantile(0.5),
        quantile(0.99),
    );
}

async fn measure<C, F>(concurrency: usize, time: Duration, call: C) -> Vec<u32>
where
    C: Fn(i64) -> F + Clone + Send + 'static,
    F: Future<Output = i64> + Send + 'static,
{
    let end = Instant::now() + time;
    let workers: Vec<_> = (0..concurrency)
        .map(|worker| {
            let call = call.clone();
            tokio::spawn(async move {
                let mut latencies = Vec::with_capacity(1 << 14);
                let mut n = worker as i64 * 1_000_000;
                loop {
                    let begun = Instant::now();
                    if begun >= end {
                        return latencies;
                    }
                    assert_eq!(call(n).await, n + 2, "the answer of another call");
                    latencies.push(u32::try_from(begun.elapsed().as_nanos()).unwrap_or(u32::MAX));
                    n += 1;
                }
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.expect("no panic"));
    }
    all
}

/// Time on a core of all threads of this process, in nanoseconds.
fn cpu() -> u64 {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let stats = tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok());
    stats.filter_map(|stat| stat.split_whitespace().next()?.parse::<u64>().ok()).sum()
}

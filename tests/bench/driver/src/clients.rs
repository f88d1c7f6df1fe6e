//! Clients under load: each is a process of its own on the driver's core, and calls the floor on the servers' core.

use std::{
    process::{Command, Stdio},
    time::Instant,
};

use serde::Deserialize;

use crate::{
    load::Sample,
    process::{DRIVER_CORE, Server, busy_ticks, is_built, program, spawn_on},
    scenarios::{Effort, Samples, undisturbed},
};

pub const NAME: &str = "client";

const CONTENDERS: [(&str, &str, &[&str]); 5] = [
    ("reqwest", "client-reqwest", &[]),
    ("ours", "client-ours", &[]),
    ("rmcp", "rmcp-client", &[]),
    ("rmcp pooled", "rmcp-client", &["--pooled"]),
    ("neva", "neva-client", &[]),
];

const CONCURRENCY: [usize; 2] = [1, 64];

/// Who is missing among what was measured.
pub fn missing(samples: &Samples) -> Vec<String> {
    samples.missing(NAME, CONTENDERS.iter().map(|(name, ..)| *name), &CONCURRENCY)
}

#[derive(Deserialize)]
struct Measured {
    requests: u64,
    seconds: f64,
    cpu_us: f64,
    p50_us: f64,
    p99_us: f64,
}

pub async fn run(effort: Effort, samples: &mut Samples) -> Result<(), String> {
    let floor = Server::start("floor", "floor-http", &[]).map_err(|error| error.to_string())?;
    for concurrency in CONCURRENCY {
        for round in 0..effort.rounds {
            let mut order: Vec<_> = CONTENDERS.iter().filter(|(_, program, _)| is_built(program)).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for (name, program_name, arguments) in order {
                let measured = undisturbed(async || measure(&floor, program_name, arguments, concurrency, effort));
                match measured.await {
                    Ok(mut sample) => {
                        sample.server = (*name).to_owned();
                        sample.round = round;
                        samples.add(&sample)?;
                    }
                    Err(error) => println!("  {name}: {error}"),
                }
            }
        }
    }
    Ok(())
}

fn measure(
    floor: &Server,
    program_name: &str,
    arguments: &[&str],
    concurrency: usize,
    effort: Effort,
) -> Result<Sample, String> {
    let url = format!("http://{}/mcp", floor.address);
    let mut command = Command::new(program(program_name));
    command.arg(url).arg(concurrency.to_string()).arg(effort.time.as_millis().to_string()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let (busy, floor_cpu, begun) = (busy_ticks(), floor.cost().cpu, Instant::now());
    let child = spawn_on(DRIVER_CORE, &mut command).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let (busy, seconds) = ((busy_ticks() - busy) as f64 / 100.0, begun.elapsed().as_secs_f64());
    if !output.status.success() {
        return Err(output.status.to_string());
    }
    let measured = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    let Measured { requests, seconds: time, cpu_us, p50_us, p99_us } = measured;
    // The client warms up for a quarter of its time, at the same price.
    let client = requests as f64 * 1.25 * cpu_us / 1e6;
    let own = client + (floor.cost().cpu - floor_cpu) as f64 / 1e9;
    Ok(Sample {
        scenario: NAME.to_owned(),
        server: String::new(),
        connections: concurrency,
        round: 0,
        requests,
        seconds: time,
        p50_us,
        p99_us,
        cpu_us,
        resident_kib: 0,
        peak_kib: 0,
        foreign: ((busy - own) / seconds / 2.0).max(0.0),
    })
}

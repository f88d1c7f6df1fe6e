//! Clients under load: each is a process of its own on the driver's core, and calls the floor on the servers' core.

use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{
    load::Sample,
    process::{DRIVER_CORE, Server, is_built, program, spawn_on},
    scenarios::{Effort, Samples},
};

pub const NAME: &str = "client";

const CONTENDERS: [(&str, &str, &[&str]); 4] = [
    ("reqwest", "client-reqwest", &[]),
    ("ours", "client-ours", &[]),
    ("rmcp", "rmcp-client", &[]),
    ("rmcp pooled", "rmcp-client", &["--pooled"]),
];

#[derive(Deserialize)]
struct Measured {
    requests: u64,
    seconds: f64,
    cpu_us: f64,
    p50_us: f64,
    p99_us: f64,
}

pub fn run(effort: Effort, samples: &mut Samples) -> Result<(), String> {
    let floor = Server::start("floor", "floor-http", &[]).map_err(|error| error.to_string())?;
    let url = format!("http://{}/mcp", floor.address);
    for concurrency in [1, 64] {
        for round in 0..effort.rounds {
            let mut order: Vec<_> = CONTENDERS.iter().filter(|(_, program, _)| is_built(program)).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for (name, program_name, arguments) in order {
                match measure(&url, program_name, arguments, concurrency, effort) {
                    Ok(measured) => {
                        let Measured { requests, seconds, cpu_us, p50_us, p99_us } = measured;
                        samples.add(&Sample {
                            scenario: NAME.to_owned(),
                            server: (*name).to_owned(),
                            connections: concurrency,
                            round,
                            requests,
                            seconds,
                            p50_us,
                            p99_us,
                            cpu_us,
                            resident_kib: 0,
                            peak_kib: 0,
                            foreign: 0.0,
                        })?;
                    }
                    Err(error) => println!("  {name}: {error}"),
                }
            }
        }
    }
    Ok(())
}

fn measure(url: &str, program_name: &str, arguments: &[&str], concurrency: usize, effort: Effort) -> Result<Measured, String> {
    let mut command = Command::new(program(program_name));
    command.arg(url).arg(concurrency.to_string()).arg(effort.time.as_millis().to_string()).args(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let child = spawn_on(DRIVER_CORE, &mut command).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(output.status.to_string());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

//! `driver load [--quick|--try] [PART…]`, `driver counts [--check] [--peers] [PART…]`, `driver input`,
//! `driver memory [--short] [--system]`, `driver report`.
//!
//! `PART` is a part of the name of a scenario, or of a row of the counts; without one, all are measured.

mod callgrind;
mod clients;
mod counts;
mod http;
mod input;
mod load;
mod memory;
mod messages;
mod process;
mod report;
mod scenarios;
mod sessions;
mod stdio;
mod table;

use std::{path::Path, process::ExitCode};

use scenarios::{Effort, Samples, set_patience};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the benchmarks");
    let done = match arguments.split_first() {
        Some((command, rest)) if command == "counts" => counts::run(folder, rest).await,
        Some((command, _)) if command == "input" => input::run(),
        Some((command, rest)) if command == "load" => load(folder, rest).await,
        Some((command, rest)) if command == "memory" => memory::run(rest).await,
        Some((command, _)) if command == "report" => report::run(folder),
        _ => Err("usage: driver load|counts|input|memory|report".to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn load(folder: &Path, arguments: &[String]) -> Result<(), String> {
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let effort = match (has("--try"), has("--quick")) {
        (true, _) => Effort::TRY,
        (_, true) => Effort::QUICK,
        _ => Effort::RECORD,
    };
    let parts: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()));
    if !has("--try") {
        return measure(folder, effort, wanted).await.map(drop);
    }
    // What is only tried is not kept.
    let folder = std::env::temp_dir().join(format!("bench-try-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("results")).map_err(|error| error.to_string())?;
    let missing = measure(&folder, effort, wanted).await;
    let _ = std::fs::remove_dir_all(&folder);
    match missing? {
        missing if missing.is_empty() => Ok(()),
        missing => Err(format!("not measured:\n{}", missing.join("\n"))),
    }
}

/// Measures what is wanted; returns what could not be measured.
async fn measure(folder: &Path, effort: Effort, wanted: impl Fn(&str) -> bool) -> Result<Vec<String>, String> {
    let mut samples = Samples::new(folder);
    let mut missing = Vec::new();
    set_patience(effort);
    process::pin(process::DRIVER_CORE);
    for scenario in scenarios::http().iter().filter(|scenario| wanted(scenario.name)) {
        println!("{}", scenario.name);
        samples.forget(scenario.name)?;
        scenarios::run(scenario, effort, &mut samples).await?;
        let names = scenario.contenders.iter().map(|(name, ..)| *name);
        missing.extend(samples.missing(scenario.name, names, scenario.connections));
    }
    if wanted(stdio::NAMES[0]) {
        println!("{}", stdio::NAMES[0]);
        samples.forget(stdio::NAMES[0])?;
        stdio::run(effort, &mut samples).await?;
        missing.extend(stdio::missing(&samples));
    }
    if wanted(stdio::NAMES[1]) {
        println!("{}", stdio::NAMES[1]);
        samples.forget(stdio::NAMES[1])?;
        stdio::cold_start(effort, &mut samples)?;
        missing.extend(stdio::missing_starts(&samples));
    }
    if wanted(clients::NAME) {
        println!("{}", clients::NAME);
        samples.forget(clients::NAME)?;
        clients::run(effort, &mut samples).await?;
        missing.extend(clients::missing(&samples));
    }
    if wanted(sessions::NAME) {
        println!("{}", sessions::NAME);
        sessions::run(folder, effort).await?;
        missing.extend(sessions::missing(folder, effort));
    }
    Ok(missing)
}

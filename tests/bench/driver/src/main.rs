//! `driver load [--quick] [PART…]`, `driver counts [--check] [--peers] [PART…]`, `driver report`.
//!
//! `PART` is a part of the name of a scenario, or of a row of the counts; without one, all are measured.

mod callgrind;
mod clients;
mod counts;
mod http;
mod load;
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
        Some((command, rest)) if command == "load" => load(folder, rest).await,
        Some((command, _)) if command == "report" => report::run(folder),
        _ => Err("usage: driver load|counts|report".to_owned()),
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
    let effort = Effort::new(arguments.iter().any(|argument| argument == "--quick"));
    let parts: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let wanted = |name: &str| parts.is_empty() || parts.iter().any(|part| name.contains(part.as_str()));
    let mut samples = Samples::new(folder);
    set_patience(effort);
    process::pin(process::DRIVER_CORE);
    for scenario in scenarios::http().iter().filter(|scenario| wanted(scenario.name)) {
        println!("{}", scenario.name);
        samples.forget(scenario.name)?;
        scenarios::run(scenario, effort, &mut samples).await?;
    }
    if wanted(stdio::NAMES[0]) {
        println!("{}", stdio::NAMES[0]);
        samples.forget(stdio::NAMES[0])?;
        stdio::run(effort, &mut samples).await?;
    }
    if wanted(stdio::NAMES[1]) {
        println!("{}", stdio::NAMES[1]);
        samples.forget(stdio::NAMES[1])?;
        stdio::cold_start(effort, &mut samples)?;
    }
    if wanted(clients::NAME) {
        println!("{}", clients::NAME);
        samples.forget(clients::NAME)?;
        clients::run(effort, &mut samples).await?;
    }
    if wanted("weight of sessions") {
        println!("weight of sessions");
        sessions::run(folder, effort).await?;
    }
    Ok(())
}

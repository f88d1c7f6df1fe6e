//! `driver load [--quick] [PART…]`, `driver counts [--check] [--peers] [PART…]`, `driver report`.

mod callgrind;
mod counts;
mod http;
mod load;
mod messages;
mod process;

use std::{path::Path, process::ExitCode};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder of the benchmarks");
    let done = match arguments.split_first() {
        Some((command, rest)) if command == "counts" => counts::run(folder, rest).await,
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

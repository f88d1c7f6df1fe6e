//! Peers that nobody here wrote: SDKs as clients of our server and as servers of our client, reference servers, a
//! gateway, and the Inspector. `bash .ci/run referees` installs them; without them the tests fail.
//!
//! Prints one line per pair. Runs those whose line contains one of the arguments, or all.

mod case;
mod frameworks;
mod gateways;
mod heard;
mod inspector;
mod our_client;
mod our_server;
mod page;
mod peer;
mod peers;
mod reference_servers;
mod texts;
mod their_clients;
mod their_servers;

use std::process::ExitCode;

use case::Case;

/// How many pairs there are: a pair that is lost is noticed.
const PAIRS: usize = 85;

#[tokio::main]
async fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let clients = their_clients::cases().into_iter().chain(frameworks::cases()).chain(gateways::cases());
    let clients = clients.chain(inspector::cases()).chain([page::case()]);
    let cases: Vec<Case> = clients.chain(their_servers::cases()).chain(reference_servers::cases()).collect();
    let all = cases.len();
    let chosen = cases.into_iter().filter(|case| wanted.is_empty() || wanted.iter().any(|part| case.has(part)));
    let (passed, failures) = case::run(chosen).await;
    println!("\n{passed} of {} pairs agree; {all} are known", passed + failures.len());
    for failure in &failures {
        println!("\n{failure}");
    }
    if all != PAIRS {
        println!("\nthere are {all} pairs, and main.rs says {PAIRS}");
        return ExitCode::FAILURE;
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

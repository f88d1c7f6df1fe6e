//! A client against servers that mean no good: any reply, any bytes, cut anywhere, over pipes and over HTTP, as JSON and as
//! events. No panic, no call beyond its deadline, no reply given to another call, memory bounded by `Limits`.
//!
//! `HOSTILE_REPLIES` says how many calls are made of each kind; `HOSTILE_SEED` repeats a run.

mod dice;
mod http;
mod opening;
mod pipe;
mod replies;
mod trial;

use std::{
    panic,
    sync::{
        Once,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use futures_util::{StreamExt, stream};
use peak_alloc::PeakAlloc;

use dice::Dice;
use opening::Revision;
use trial::Honesty;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How many calls are in flight at once.
const AT_ONCE: usize = 32;
/// How many a client makes before another takes its place.
const PER_CLIENT: u64 = 500;
/// The most that everything in this process may need at a time: the messages of all calls in flight, several times over.
const MOST_BYTES: usize = 64 << 20;

static PANICS: AtomicUsize = AtomicUsize::new(0);

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |number| number.parse().expect("a whole number"))
}

/// A seed that is printed, so that what failed can be repeated.
fn seeded(kind: u64) -> Dice {
    static COUNT_PANICS: Once = Once::new();
    COUNT_PANICS.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            print(info);
        }));
    });
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let seed = number("HOSTILE_SEED", u64::from(now));
    println!("HOSTILE_SEED={seed}");
    Dice::new(seed ^ (kind << 48))
}

/// Numbers of calls: no two tests ask for the same text.
static NEXT: AtomicU64 = AtomicU64::new(0);

async fn endure(client: &mcp_client::McpClient, honesty: &Honesty, count: u64) {
    let first = NEXT.fetch_add(count, Ordering::SeqCst);
    let calls = stream::iter(first..first + count).map(|number| trial::call(client, number, honesty));
    calls.buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    assert!(MEMORY.current_usage() < MOST_BYTES, "{} bytes are held", MEMORY.current_usage());
    assert_eq!(PANICS.load(Ordering::SeqCst), 0, "something panicked");
}

async fn on_pipes(revision: Revision, mut dice: Dice) {
    let mut left = number("HOSTILE_REPLIES", 2_000);
    while left > 0 {
        let honesty = Honesty::default();
        let (client, server) = pipe::connect(trial::builder(), revision, dice.split(), honesty.clone()).await;
        while left > 0 && !honesty.has_ended() {
            let count = left.min(PER_CLIENT);
            endure(&client, &honesty, count).await;
            left -= count;
        }
        client.close().await;
        server.await.expect("the server has ended in peace");
    }
}

async fn over_http(revision: Revision, mut dice: Dice) {
    let mut left = number("HOSTILE_REPLIES", 2_000);
    while left > 0 {
        let honesty = Honesty::default();
        let server = http::Hostile::start(revision, dice.split(), honesty.clone()).await;
        let client = trial::builder().connect_http(server.url()).await.expect("the opening is honest");
        let count = left.min(PER_CLIENT);
        endure(&client, &honesty, count).await;
        left -= count;
        client.close().await;
    }
}

#[tokio::test]
async fn calls_on_pipes_end_in_time_whatever_the_server_says() {
    on_pipes(Revision::StandingAlone, seeded(1)).await;
}

#[tokio::test]
async fn calls_in_a_session_on_pipes_end_in_time_whatever_the_server_says() {
    on_pipes(Revision::WithSession, seeded(2)).await;
}

#[tokio::test]
async fn calls_over_http_end_in_time_whatever_the_server_says() {
    over_http(Revision::StandingAlone, seeded(3)).await;
}

#[tokio::test]
async fn calls_in_a_session_over_http_end_in_time_whatever_the_server_says() {
    over_http(Revision::WithSession, seeded(4)).await;
}

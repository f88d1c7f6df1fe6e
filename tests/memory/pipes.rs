//! What answers cost that nobody reads from a pipe.

use std::sync::{
    PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use mcp_server::{Limits, Server, tool, tools};
use mcp_tests::messages::{call, stateless};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
};

use crate::{MEMORY, TURN};

const CALLS: usize = 60;
/// What one call says.
const ANSWER: usize = 4 << 20;
const HELD: usize = 32 << 20;
/// What calls need while they run, one after the other, and what is small.
const BESIDES: usize = 4 * ANSWER;

static RUNS: AtomicUsize = AtomicUsize::new(0);

/// Says much.
#[tool]
async fn big() -> String {
    RUNS.fetch_add(1, Ordering::Relaxed);
    "x".repeat(ANSWER)
}

/// They are held once, whether they wait or are being written, and arrive whole.
#[test]
fn answers_that_nobody_reads_are_bounded_on_a_pipe() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut limits = Limits::default();
        // Calls are taken in, whatever waits: all of them answer at once.
        (limits.held_bytes, limits.waiting_bytes) = (HELD, 16 * HELD);
        let server = Server::builder("pipes", "1.0.0").tools(tools![big]).limits(limits).build();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let serving = tokio::spawn(async move {
            let (reader, writer) = theirs.into_split();
            server.serve_io(reader, writer).await;
        });
        let (output, mut input) = ours.into_split();
        let calls = (0..CALLS).map(|id| format!("{}\n", stateless(id, "tools/call", call("big", json!({})))));
        let calls = calls.collect::<String>();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        input.write_all(calls.as_bytes()).await.unwrap();
        while RUNS.load(Ordering::Relaxed) < CALLS {
            tokio::task::yield_now().await;
        }
        // What waits is being written.
        output.readable().await.unwrap();
        let held = MEMORY.peak_usage().saturating_sub(before);
        assert!(held <= HELD + BESIDES, "{held} bytes were held, of which answers may be {HELD}");

        input.shutdown().await.unwrap();
        let mut lines = BufReader::new(output).lines();
        let (mut whole, mut not_sent) = (0, 0);
        while let Some(line) = lines.next_line().await.unwrap() {
            let answer: Value = serde_json::from_str(&line).unwrap();
            match answer["result"]["content"][0]["text"].as_str() {
                Some(text) => {
                    assert_eq!(text.len(), ANSWER);
                    whole += 1;
                }
                None => {
                    let error = answer["error"]["message"].as_str().unwrap();
                    assert!(error.starts_with("the call has run"), "{error}");
                    not_sent += 1;
                }
            }
        }
        assert_eq!((whole, whole + not_sent), (HELD / ANSWER - 1, CALLS));
        serving.await.unwrap();
    });
}

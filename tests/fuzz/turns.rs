//! However much a peer has at hand, the other tasks of the thread have their turn in between.

use std::{
    future::poll_fn,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use mcp_server::Server;
use proptest::{collection::vec, prelude::*};
use tokio::io::{AsyncRead, ReadBuf};

/// How much a peer has at hand: several times what may be taken in at once.
const AT_HAND: usize = 6 << 20;
/// The most that may be taken in while others wait: a mebibyte of messages, as much behind them to see whether they end,
/// and what is read at once.
const ONE_TURN: usize = (2 << 20) + (64 << 10);

/// A stream that always has more, and counts what is taken of it in one turn.
struct AtHand {
    block: Vec<u8>,
    left: usize,
    turn: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl AsyncRead for AtHand {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        while self.left > 0 && buf.remaining() > 0 {
            let length = self.block.len().min(buf.remaining()).min(self.left);
            buf.put_slice(&self.block[..length]);
            self.block.rotate_left(length);
            self.left -= length;
        }
        let taken = buf.filled().len() - before;
        let turn = self.turn.fetch_add(taken, Ordering::Relaxed) + taken;
        self.most.fetch_max(turn, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

/// Serves a peer that repeats `block`, beside a task that wants nothing but its turn; the most that was taken in between
/// two turns of it.
fn most_in_one_turn(block: &[u8]) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let server = Server::builder("turns", "1.0.0").build();
        let (turn, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let at_hand = AtHand { block: block.to_vec(), left: AT_HAND, turn: turn.clone(), most: most.clone() };
        let serving = tokio::spawn(async move { server.serve_io(at_hand, tokio::io::sink()).await });
        // It is always ready to run.
        let other = tokio::spawn(poll_fn(move |cx| {
            turn.store(0, Ordering::Relaxed);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        }));
        serving.await.unwrap();
        other.abort();
        most.load(Ordering::Relaxed)
    })
}

fn line() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        r#"{"jsonrpc":"2.0","method":"notifications/nothing"}"#,
        r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}"#,
        r#"{"jsonrpc":"2.0","id":"#,
        "",
        " ",
        "\r",
    ]);
    prop_oneof![
        8 => known.prop_map(str::to_owned),
        1 => ".{0,30}",
        // A line that does not end within its turn.
        1 => (1usize..2 << 20).prop_map(|length| "x".repeat(length)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn others_have_their_turn_however_much_is_at_hand(lines in vec(line(), 1..6)) {
        let most = most_in_one_turn((lines.join("\n") + "\n").as_bytes());
        prop_assert!(most <= ONE_TURN, "{most} bytes in one turn");
    }
}

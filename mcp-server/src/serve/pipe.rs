//! The loop of one pipe: takes frames in while there is room for them, and stops in order.

use std::{sync::Arc, time::Duration};

use mcp_core::framing::lines::Line;
use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

use crate::{
    era::{Eras, pipe::PipeConnection},
    logging::Transport,
    outbox::{Outbox, Reader},
};

/// How long the last answers may take to be written after the last call has ended. With the second that calls have at
/// the end of input a process is gone within two, whether its peer reads or not.
const LAST_WRITE: Duration = Duration::from_millis(800);
/// How much is taken in before the other tasks of the thread have their turn, however much more is at hand.
const TURN_FRAMES: usize = 256;
const TURN_BYTES: usize = 1 << 20;
/// As much of a turn as a piece of input counts, whether there is a frame in it or not.
const FRAMES_PER_PIECE: usize = 4;

/// Where frames come from.
pub(super) trait Source: Send {
    /// A frame that is there already.
    fn ready(&mut self) -> Option<Line>;

    /// Waits until [`Source::ready`] may have a frame; `false` at the end of the input. Cancel-safe.
    fn wait(&mut self) -> impl Future<Output = bool> + Send;

    /// Completes when the peer has closed its side, although not all that it sent is taken: keeps a bounded part of
    /// it for later. Cancel-safe.
    fn ended(&mut self) -> impl Future<Output = ()> + Send;
}

/// Where frames go. Ends when the peer is gone or given up, or the reader has nothing left and is closed.
pub(super) trait Writer: Send {
    /// Writes everything that the reader gives.
    fn write_all(self, reader: Reader) -> impl Future<Output = ()> + Send;
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The peer closed its side; what it had sent is answered.
    Input,
    /// The peer does not take answers any more.
    Output,
    /// The server stops.
    Stopping,
}

/// Serves one peer until it is gone or the server stops.
pub(super) async fn serve(eras: Arc<Eras>, mut source: impl Source, writer: impl Writer, transport: Transport) -> End {
    let outbox = eras.engine.outbox();
    let writing = writer.write_all(outbox.reader());
    let mut writing = std::pin::pin!(writing);
    let mut connection = PipeConnection::new(eras.clone(), outbox.clone(), transport);
    let (end, began) = tokio::select! {
        biased;
        () = &mut writing => (End::Output, Instant::now()),
        end = take_in(&eras, &mut connection, &outbox, &mut source) => end,
    };
    let patience = match end {
        End::Output => {
            connection.cancel_all();
            return end;
        }
        End::Input => eras.engine.limits.drain_at_eof,
        End::Stopping => eras.engine.limits.drain,
    };
    let deadline = began + patience;
    let finish = async {
        tokio::select! {
            () = drain(&mut connection, &outbox, (end == End::Stopping).then_some(&mut source)) => {}
            () = sleep_until(deadline) => connection.cancel_all(),
        }
        connection.end_streams("the server is stopping");
        outbox.close();
        // Writing ends once everything is out.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = &mut writing => {}
        () = finish => {}
        () = sleep_until(deadline + LAST_WRITE) => tracing::warn!("the peer did not read its last answers"),
    }
    // The peer may have gone while calls were waited for.
    connection.cancel_all();
    end
}

/// Takes frames in until there are no more, or the server stops; since when that is so. Once the peer has closed its
/// side, what it had sent before may wait for room as long as calls may go on then, and no longer.
async fn take_in(
    eras: &Eras,
    connection: &mut PipeConnection,
    outbox: &Outbox,
    source: &mut impl Source,
) -> (End, Instant) {
    let stopped = eras.engine.lifecycle.stopping().raised();
    let mut stopped = std::pin::pin!(stopped);
    let mut ended = None;
    let mut turn = Turn::new();
    loop {
        let has_more = take_turn(connection, source, &mut turn);
        connection.launch();
        let wants_input = connection.wants_input();
        let looks_for = match (wants_input, has_more) {
            (true, false) => LooksFor::More,
            (false, _) if ended.is_none() => LooksFor::End,
            _ => LooksFor::Nothing,
        };
        tokio::select! {
            biased;
            () = &mut stopped => return (End::Stopping, Instant::now()),
            permit = connection.permit(), if connection.has_waiting() => connection.start_waiting(permit),
            seen = look(source, looks_for) => match seen {
                Seen::More => turn.spend(FRAMES_PER_PIECE, 0),
                Seen::NoMore => return (End::Input, ended.unwrap_or_else(Instant::now)),
                Seen::End => ended = Some(Instant::now()),
            },
            // The peer must read its answers before more of its requests are read.
            () = outbox.drained(), if connection.is_output_full() => {}
            // What a call waits for may stand behind requests that nobody wanted until now.
            () = connection.asked(), if !wants_input => {}
            () = patience(ended, eras.engine.limits.drain_at_eof), if ended.is_some() => {
                return (End::Input, ended.unwrap_or_else(Instant::now));
            }
            () = yield_now(), if wants_input && has_more => turn = Turn::new(),
        }
    }
}

/// What may still be taken in before the others have their turn. It goes on while input is at hand: a stream that always
/// has more would not let anybody else run.
struct Turn {
    frames: usize,
    bytes: usize,
}

impl Turn {
    fn new() -> Self {
        Self { frames: TURN_FRAMES, bytes: TURN_BYTES }
    }

    fn is_over(&self) -> bool {
        self.frames == 0 || self.bytes == 0
    }

    fn spend(&mut self, frames: usize, bytes: usize) {
        self.frames = self.frames.saturating_sub(frames);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Takes in what is there and may be taken; whether there may be more of it.
fn take_turn(connection: &mut PipeConnection, source: &mut impl Source, turn: &mut Turn) -> bool {
    while connection.wants_input() && !turn.is_over() {
        match source.ready() {
            Some(Line::Frame(frame)) => {
                turn.spend(1, frame.len());
                connection.receive(&frame);
            }
            Some(Line::TooLong(outline)) => {
                turn.spend(1, TURN_BYTES);
                connection.receive_too_long(&outline);
            }
            None => return turn.is_over(),
        }
    }
    true
}

/// What the input is asked for.
#[derive(Clone, Copy)]
enum LooksFor {
    More,
    /// Only whether it has ended: there is no room for more of it.
    End,
    Nothing,
}

enum Seen {
    More,
    NoMore,
    End,
}

/// Cancel-safe.
async fn look(source: &mut impl Source, looks_for: LooksFor) -> Seen {
    match looks_for {
        LooksFor::More if source.wait().await => Seen::More,
        LooksFor::More => Seen::NoMore,
        LooksFor::End => {
            source.ended().await;
            Seen::End
        }
        LooksFor::Nothing => std::future::pending().await,
    }
}

async fn patience(since: Option<Instant>, patience: Duration) {
    match since {
        Some(since) => sleep_until(since + patience).await,
        None => std::future::pending().await,
    }
}

/// Runs what waits, and waits for what runs. Meanwhile what comes from the peer is for the calls that run, until it has
/// closed its side: answers to their questions, and cancels.
async fn drain(connection: &mut PipeConnection, outbox: &Outbox, mut source: Option<&mut impl Source>) {
    let mut turn = Turn::new();
    loop {
        let has_more = source.as_mut().is_some_and(|source| take_control(connection, *source, &mut turn));
        connection.launch();
        tokio::select! {
            biased;
            permit = connection.permit(), if connection.has_waiting() => connection.start_waiting(permit),
            () = connection.idle(), if !connection.has_waiting() => return,
            () = outbox.drained(), if connection.is_output_full() => {}
            () = yield_now(), if has_more => turn = Turn::new(),
            more = wait(&mut source), if !has_more && !connection.is_output_full() => {
                turn.spend(FRAMES_PER_PIECE, 0);
                if !more {
                    source = None;
                }
            }
        }
    }
}

/// Takes in what is there, of which only what calls wait for is taken; whether there may be more of it.
fn take_control(connection: &mut PipeConnection, source: &mut impl Source, turn: &mut Turn) -> bool {
    while !turn.is_over() {
        if connection.is_output_full() {
            return false;
        }
        match source.ready() {
            Some(Line::Frame(frame)) => {
                turn.spend(1, frame.len());
                connection.receive_while_stopping(&frame);
            }
            Some(Line::TooLong(outline)) => {
                turn.spend(1, TURN_BYTES);
                connection.receive_too_long(&outline);
            }
            None => return turn.is_over(),
        }
    }
    true
}

/// Cancel-safe.
async fn wait(source: &mut Option<&mut impl Source>) -> bool {
    match source {
        Some(source) => source.wait().await,
        None => std::future::pending().await,
    }
}

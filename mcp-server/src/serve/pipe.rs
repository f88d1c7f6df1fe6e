//! The loop of one pipe: takes frames in while there is room for them, and stops in order.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mcp_core::framing::lines::Line;

use crate::{
    era::{Eras, PipeConnection},
    outbox::{Outbox, Reader},
};

/// How long the last answers may take to be written after the last call has ended. With the second that calls have at
/// the end of input a process is gone within two, whether its peer reads or not (STDIO-014).
const LAST_WRITE: Duration = Duration::from_millis(800);

/// Where frames come from.
pub(super) trait Source: Send {
    /// A frame that is there already.
    fn ready(&mut self) -> Option<Line>;

    /// Waits until [`Source::ready`] has a frame; `false` at the end of the input. Cancel-safe.
    fn wait(&mut self) -> impl Future<Output = bool> + Send;
}

/// Where frames go. Ends when the peer is gone, or the reader has nothing left and is closed.
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
pub(super) async fn serve(eras: Arc<Eras>, mut source: impl Source, writer: impl Writer) -> End {
    let outbox = Outbox::new(&eras.engine.limits);
    let writing = writer.write_all(outbox.reader());
    let mut writing = std::pin::pin!(writing);
    let mut connection = PipeConnection::new(eras.clone(), outbox.clone());
    let end = tokio::select! {
        biased;
        () = &mut writing => End::Output,
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
    let finish = async {
        tokio::select! {
            () = drain(&mut connection) => {}
            () = tokio::time::sleep(patience) => connection.cancel_all(),
        }
        connection.end_streams("the server is stopping");
        outbox.close();
        // Writing ends once everything is out.
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = &mut writing => {}
        () = finish => {}
        () = tokio::time::sleep(patience + LAST_WRITE) => tracing::warn!("the peer did not read its last answers"),
    }
    end
}

async fn take_in(eras: &Eras, connection: &mut PipeConnection, outbox: &Outbox, source: &mut impl Source) -> End {
    let stopped = eras.engine.lifecycle.stopping().raised();
    let mut stopped = std::pin::pin!(stopped);
    loop {
        while connection.wants_input() {
            match source.ready() {
                Some(Line::Frame(frame)) => connection.receive(&frame),
                Some(Line::TooLong(head)) => connection.receive_too_long(&head),
                None => break,
            }
        }
        connection.launch();
        let wants_input = connection.wants_input();
        tokio::select! {
            biased;
            () = &mut stopped => return End::Stopping,
            place = connection.place(), if connection.has_waiting() => connection.start_waiting(place),
            more = source.wait(), if wants_input => if !more { return End::Input },
            // The peer must read its answers before more of its requests are read.
            () = outbox.drained(), if connection.is_output_full() => {}
        }
    }
}

/// Runs what waits, and waits for what runs.
async fn drain(connection: &mut PipeConnection) {
    while connection.has_waiting() {
        let place = connection.place().await;
        connection.start_waiting(place);
    }
    connection.idle().await;
}

/// The frames of a batch as lines: one write.
pub(super) fn lines(frames: &[Bytes]) -> Vec<u8> {
    let mut out = Vec::with_capacity(frames.iter().map(|frame| frame.len() + 1).sum());
    for frame in frames {
        out.extend_from_slice(frame);
        out.push(b'\n');
    }
    out
}

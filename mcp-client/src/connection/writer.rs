//! Writes what waits, in batches, and control traffic first.

use std::{future::Future, io, sync::Arc};

use bytes::Bytes;
use mcp_core::{jsonrpc::RequestId, peer::Pending};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How many frames are written at once at most.
const BATCH: usize = 64;

/// Where frames go. Dropping it ends the peer's input.
pub(crate) trait Sink: Send + 'static {
    /// Writes frames in their order and takes them out of `batch`.
    fn write(&mut self, batch: &mut Vec<Bytes>) -> impl Future<Output = io::Result<()>> + Send;
}

/// A request on its way, and the id it is pending under.
pub(super) struct Outgoing {
    pub(super) id: RequestId,
    pub(super) frame: Bytes,
}

/// Writes until the connection is dropped or hung up, or the peer stops reading for good.
pub(super) async fn run(
    mut sink: impl Sink,
    mut frames: mpsc::Receiver<Outgoing>,
    mut control: mpsc::Receiver<Bytes>,
    pending: Arc<Pending>,
    hang_up: CancellationToken,
) {
    let mut requests = Vec::with_capacity(BATCH);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            _ = control.recv_many(&mut batch, BATCH) => {}
            count = frames.recv_many(&mut requests, BATCH) => {
                if count == 0 {
                    return;
                }
                // Nobody waits any more for some of them: those are not worth writing.
                batch.extend(requests.drain(..).filter(|next| pending.mark_sent(&next.id)).map(|next| next.frame));
            }
            () = hang_up.cancelled() => return,
        }
        let written = tokio::select! {
            written = sink.write(&mut batch) => written,
            () = hang_up.cancelled() => return,
        };
        if let Err(error) = written {
            // The reader decides when the connection is over: replies may still come.
            tracing::debug!(%error, "the server does not read any more");
            return;
        }
    }
}

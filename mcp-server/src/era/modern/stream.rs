//! A listen stream over HTTP: the answer to one POST.

use std::sync::Arc;

use super::{Listens, Modern};
use crate::{
    era::step::Listen,
    http::{EventStream, Reply, stream},
    lifecycle::AbortOnDrop,
    permits::Permit,
};

impl Modern {
    /// Opens the stream. It ends gracefully with the server.
    ///
    /// # Errors
    ///
    /// If more resources are to be watched than may be.
    pub(in crate::era) fn open_stream(
        self: &Arc<Self>,
        listen: Listen,
        permit: Permit,
    ) -> Result<Reply, mcp_core::error::Error> {
        let engine = &self.engine;
        let outbox = engine.outbox();
        let reader = outbox.reader();
        let mut listens = Listens::new(outbox.clone());
        listens.open(engine, listen, permit)?;
        let (modern, stopping) = (self.clone(), engine.lifecycle.stopping().raised());
        let listening = AbortOnDrop::new(&tokio::spawn(async move {
            stopping.await;
            listens.end_all(&modern, None);
            outbox.close();
        }));
        Ok(stream(EventStream::new(reader, engine.limits.keep_alive, listening)))
    }
}

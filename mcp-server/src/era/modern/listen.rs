//! `subscriptions/listen`: a stream of the events that the client asked for.

use std::sync::Arc;

use mcp_core::{
    era::modern::{ListenFilter, Stamp, write_acknowledged, write_cancelled, write_listen_end},
    error::Error,
    jsonrpc::{RequestId, encode},
};

use crate::{
    engine::Engine,
    era::{
        sink::{EventSink, ListenWriter},
        watched::{Sight, check_watched},
    },
    lifecycle::Place,
    notifier::{Attachment, Interest},
    outbox::Outbox,
};

/// The listen streams that share one outbox: all those of a pipe, or the one of a POST.
pub(in crate::era) struct Listens {
    outbox: Outbox,
    open: Vec<(RequestId, Attachment, Place)>,
}

impl Listens {
    pub(in crate::era) fn new(outbox: Outbox) -> Self {
        Self { outbox, open: Vec::new() }
    }

    /// Opens a stream: the acknowledgement is its first message, and names what will be sent (SUBS-003, SUBS-004).
    ///
    /// # Errors
    ///
    /// If more resources are to be watched than may be.
    pub(in crate::era) fn open(
        &mut self,
        engine: &Engine,
        id: RequestId,
        filter: &ListenFilter,
        sight: Option<Arc<Sight>>,
        place: Place,
    ) -> Result<(), Error> {
        let (agreed, interest) = agree(engine, filter)?;
        let mut frame = Vec::with_capacity(192);
        write_acknowledged(&mut frame, &id, &agreed);
        let writer = ListenWriter { subscription: id.clone(), sight };
        let sink = Arc::new(EventSink::new(self.outbox.clone(), writer));
        let acknowledge = || self.outbox.push_reply(frame.into(), None);
        let attachment = engine.notifier.attach_after(&interest, sink, acknowledge);
        self.open.push((id, attachment, place));
        Ok(())
    }

    /// Ends the streams that the client cancels; they get no result (SUBS-014).
    pub(in crate::era) fn cancel(&mut self, id: &RequestId) {
        self.open.retain(|(open, ..)| open != id);
    }

    /// Ends all streams of a pipe on the server's own initiative: each gets its result, and the notice that the
    /// cancellation rules ask for (SUBS-011, CANC-003).
    pub(in crate::era) fn end_all(&mut self, stamp: &Stamp, reason: &str) {
        for (id, attachment, _) in self.open.drain(..) {
            drop(attachment);
            push_end(&self.outbox, &id, stamp);
            let mut frame = Vec::with_capacity(192);
            write_cancelled(&mut frame, &id, reason);
            self.outbox.push_reply(frame.into(), None);
        }
    }
}

/// Queues the result that ends a stream.
pub(super) fn push_end(outbox: &Outbox, id: &RequestId, stamp: &Stamp) {
    let mut frame = Vec::with_capacity(192);
    encode::response(&mut frame, id, |out| write_listen_end(out, id, stamp));
    outbox.push_reply(frame.into(), None);
}

/// What of a filter this server will send: only what it has declared (CAP-011).
fn agree(engine: &Engine, filter: &ListenFilter) -> Result<(ListenFilter, Interest), Error> {
    let capabilities = engine.capabilities();
    let mut agreed = ListenFilter::default();
    agreed.tools_list_changed = filter.tools_list_changed && capabilities.tools.is_some_and(|tools| tools.list_changed);
    agreed.prompts_list_changed =
        filter.prompts_list_changed && capabilities.prompts.is_some_and(|prompts| prompts.list_changed);
    let resources = capabilities.resources.unwrap_or_default();
    agreed.resources_list_changed = filter.resources_list_changed && resources.list_changed;
    if resources.subscribe {
        check_watched(&engine.limits, &filter.resource_subscriptions)?;
        agreed.resource_subscriptions.clone_from(&filter.resource_subscriptions);
    }
    let mut interest = Interest::nothing();
    if agreed.tools_list_changed {
        interest = interest.tools();
    }
    if agreed.prompts_list_changed {
        interest = interest.prompts();
    }
    if agreed.resources_list_changed {
        interest = interest.resources();
    }
    let interest = agreed.resource_subscriptions.iter().fold(interest, Interest::resource);
    Ok((agreed, interest))
}

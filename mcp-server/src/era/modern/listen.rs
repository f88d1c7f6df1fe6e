//! `subscriptions/listen`: a stream of the events that the client asked for.

use std::sync::Arc;

use mcp_core::{
    era::modern::{ListenFilter, write_acknowledged, write_cancelled, write_listen_end},
    error::Error,
    jsonrpc::{RequestId, encode},
    version::ProtocolVersion,
};

use super::Modern;
use crate::{
    budget::Held,
    engine::Engine,
    era::{
        sink::{EventSink, ListenWriter},
        step::Listen,
        watch::{Sight, check_watched, keep},
    },
    notifier::{Attachment, Interest},
    outbox::Outbox,
    permits::Permit,
};

/// The listen streams that share one outbox: all those of a pipe, or the one of a POST.
pub(in crate::era) struct Listens {
    outbox: Outbox,
    open: Vec<Open>,
}

/// An open stream, of a client that speaks `version`.
struct Open {
    id: RequestId,
    version: ProtocolVersion,
    attachment: Attachment,
    _permit: Permit,
    /// What it watches, and what came with the request.
    _kept: Held,
}

impl Listens {
    pub(in crate::era) fn new(outbox: Outbox) -> Self {
        Self { outbox, open: Vec::new() }
    }

    /// How many are open.
    pub(in crate::era) fn len(&self) -> usize {
        self.open.len()
    }

    /// Opens a stream: the acknowledgement is its first message, and names what will be sent (2026-07-28,
    /// basic/utilities/subscriptions, "Acknowledgment").
    ///
    /// # Errors
    ///
    /// If more resources are to be watched than may be, or there is no room to keep what the stream needs.
    pub(in crate::era) fn open(&mut self, engine: &Arc<Engine>, listen: Listen, permit: Permit) -> Result<(), Error> {
        let Listen { id, filter, caller, metadata } = listen;
        let (agreed, interest) = agree(engine, &filter)?;
        let (id, metadata) = (id.into_kept(), metadata.into_kept());
        let kept = keep(engine, &caller, &metadata, &agreed.resource_subscriptions)?;
        let mut frame = Vec::with_capacity(192);
        let version = caller.version();
        write_acknowledged(&mut frame, version, &id, &agreed);
        // Who watches no resource is told of lists, which everybody may hear of.
        let is_watching = !agreed.resource_subscriptions.is_empty();
        let sight = is_watching.then(|| Sight::new(engine, caller, metadata));
        let writer = ListenWriter { version, subscription: id.clone(), sight };
        let sink = Arc::new(EventSink::new(self.outbox.clone(), writer));
        let acknowledge = || self.outbox.push_reply(frame.into(), None);
        let attachment = engine.notifier.attach_after(&interest, sink, acknowledge);
        self.open.push(Open { id, version, attachment, _permit: permit, _kept: kept });
        Ok(())
    }

    /// Whether the client knows an open stream by this id.
    pub(in crate::era) fn contains(&self, id: &RequestId) -> bool {
        self.open.iter().any(|open| open.id == *id)
    }

    /// Ends the streams that the client cancels; they get no result.
    pub(in crate::era) fn cancel(&mut self, id: &RequestId) {
        self.open.retain(|open| open.id != *id);
    }

    /// Ends all streams on the server's own initiative: each gets its result, and on a pipe the notice that the rules of
    /// cancellation ask for (2026-07-28, basic/utilities/subscriptions, "Ending a Subscription").
    pub(in crate::era) fn end_all(&mut self, modern: &Modern, notice: Option<&str>) {
        for Open { id, version, attachment, .. } in self.open.drain(..) {
            drop(attachment);
            let mut frame = Vec::with_capacity(192);
            encode::response(&mut frame, &id, |out| write_listen_end(out, &id, version, &modern.stamp));
            self.outbox.push_reply(frame.into(), None);
            if let Some(reason) = notice {
                let mut frame = Vec::with_capacity(192);
                write_cancelled(&mut frame, version, &id, reason);
                self.outbox.push_reply(frame.into(), None);
            }
        }
    }
}

/// What of a filter this server will send: only what it has declared.
fn agree(engine: &Engine, filter: &ListenFilter) -> Result<(ListenFilter, Interest), Error> {
    let capabilities = engine.capabilities();
    let mut agreed = ListenFilter::default();
    let mut interest = Interest::nothing();
    if filter.tools_list_changed && capabilities.tools.is_some_and(|tools| tools.list_changed) {
        agreed.tools_list_changed = true;
        interest = interest.tools();
    }
    if filter.prompts_list_changed && capabilities.prompts.is_some_and(|prompts| prompts.list_changed) {
        agreed.prompts_list_changed = true;
        interest = interest.prompts();
    }
    let resources = capabilities.resources.unwrap_or_default();
    if filter.resources_list_changed && resources.list_changed {
        agreed.resources_list_changed = true;
        interest = interest.resources();
    }
    if resources.subscribe {
        check_watched(&engine.limits, &filter.resource_subscriptions)?;
        agreed.resource_subscriptions.clone_from(&filter.resource_subscriptions);
        interest = filter.resource_subscriptions.iter().fold(interest, Interest::resource);
    }
    Ok((agreed, interest))
}

//! Requests of the server's own, sent to the client of a session while one of its calls runs.

use std::{
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, OnceLock},
};

use async_trait::async_trait;
use mcp_core::{
    era::write_cancelled,
    json::RawJson,
    jsonrpc::encode,
    model::ServerNotification,
    peer::{Event, Exchange, Refused},
    sync::lock,
};

use tokio::sync::Notify;

use super::Session;
use crate::{
    context::{Activity, ClientLink, NotAnswered},
    engine::Engine,
    outbox::Outbox,
    permits::{Loan, Permits},
};

/// The line to the client of one call.
pub(in crate::era) struct SessionLink {
    engine: Arc<Engine>,
    session: Arc<Session>,
    /// The stream of the call: what belongs to a request goes on its stream and no other. Made when something waits for
    /// it, because most calls are answered before.
    outbox: OnceLock<Outbox>,
    /// Whether that is the stream of the session, because the call has none: then it need not be there.
    #[cfg(feature = "http")]
    is_of_session: bool,
    /// What the call holds and needs not while it waits: its places among the calls of its session and of all, or of
    /// its pipe.
    permits: [Option<Arc<Permits>>; 2],
    lending: Mutex<Lending>,
    /// Told when the client cannot be asked any more.
    lost: Notify,
    activity: Activity,
}

/// Whether the permits of the call are lent: once, however many questions wait, and never after its end.
#[derive(Default)]
struct Lending {
    questions: usize,
    loans: Vec<Loan>,
    has_ended: bool,
    /// The stream of the call is gone, and a question on it would reach nobody.
    is_lost: bool,
}

/// One question that waits. The last of them takes the permits back.
struct Lent<'a>(&'a SessionLink);

impl SessionLink {
    /// Out of line: it is made on the stack, and of a call without a session on none.
    #[inline(never)]
    pub(in crate::era) fn new(
        engine: &Arc<Engine>,
        session: &Arc<Session>,
        outbox: Option<Outbox>,
        permits: [Option<Arc<Permits>>; 2],
    ) -> Arc<Self> {
        Arc::new(Self::make(engine, session, outbox, permits))
    }

    #[inline]
    fn make(
        engine: &Arc<Engine>,
        session: &Arc<Session>,
        outbox: Option<Outbox>,
        permits: [Option<Arc<Permits>>; 2],
    ) -> Self {
        Self {
            engine: engine.clone(),
            session: session.clone(),
            outbox: outbox.map_or_else(OnceLock::new, OnceLock::from),
            #[cfg(feature = "http")]
            is_of_session: false,
            permits,
            lending: Mutex::default(),
            lost: Notify::new(),
            activity: Activity::default(),
        }
    }

    /// The line to a client that takes no events for its call: the stream that a GET has opened (2025-11-25,
    /// basic/transports, "Listening for Messages from the Server").
    #[cfg(feature = "http")]
    #[cold]
    pub(in crate::era) fn of_session(
        engine: &Arc<Engine>,
        session: &Arc<Session>,
        permits: [Option<Arc<Permits>>; 2],
    ) -> Arc<dyn ClientLink> {
        let link = Self::make(engine, session, Some(session.outbox.clone()), permits);
        Arc::new(Self { is_of_session: true, ..link })
    }

    /// The stream, if anything has waited for it.
    #[cfg(feature = "http")]
    pub(in crate::era) fn made_outbox(&self) -> Option<&Outbox> {
        self.outbox.get()
    }

    /// The stream of the call has gone: who waits for an answer, waits for nothing.
    #[cfg(feature = "http")]
    pub(in crate::era) fn lose_client(&self) {
        self.lending().is_lost = true;
        self.lost.notify_waiters();
    }

    /// Lends the permits of the call; `None` if it has ended, or has lost its client.
    fn lend(&self) -> Option<Lent<'_>> {
        let mut lending = self.lending();
        if lending.has_ended || lending.is_lost {
            return None;
        }
        if lending.questions == 0 {
            lending.loans = self.permits.iter().flatten().map(Permits::lend).collect();
        }
        lending.questions += 1;
        Some(Lent(self))
    }

    fn lending(&self) -> MutexGuard<'_, Lending> {
        lock(&self.lending)
    }

    /// The stream, for what is sent on it or waits for it.
    pub(in crate::era) fn outbox(&self) -> &Outbox {
        self.outbox.get_or_init(|| self.engine.outbox())
    }
}

#[async_trait]
impl ClientLink for SessionLink {
    fn activity(&self) -> &Activity {
        &self.activity
    }

    fn end(&self) {
        let mut lending = self.lending();
        lending.has_ended = true;
        lending.loans.clear();
        let waits = lending.questions > 0;
        drop(lending);
        if waits {
            self.lost.notify_waiters();
        }
    }

    fn tell(&self, event: ServerNotification) {
        self.session.tell(event);
    }

    async fn ask(&self, _: &str, method: &'static str, params: Option<RawJson>) -> Result<RawJson, NotAnswered> {
        // Before the look at the stream, so that its end is not missed.
        let mut lost = pin!(self.lost.notified());
        lost.as_mut().enable();
        #[cfg(feature = "http")]
        if self.is_of_session && !self.session.outbox.has_reader() {
            return Err(NotAnswered::no_line());
        }
        let lent = self.lend().ok_or_else(NotAnswered::gone)?;
        let exchange = self.session.pending.open().map_err(|reason| match reason {
            Refused::Closed => NotAnswered::gone(),
            Refused::Full => NotAnswered::too_many(),
        })?;
        let outbox = self.outbox();
        let mut asked = Asked { exchange, outbox };
        let id = asked.exchange.id().clone();
        let mut frame = Vec::with_capacity(64);
        encode::request(
            &mut frame,
            &id,
            method,
            params.map(|params| {
                move |out: &mut Vec<u8>| {
                    out.extend_from_slice(params.as_str().as_bytes());
                }
            }),
        );
        self.session.pending.mark_sent(&id);
        outbox.push_reply(frame.into(), None);
        self.session.asked.notify_one();
        let answer = tokio::select! {
            biased;
            answer = asked.answer() => answer,
            () = lost => Err(NotAnswered::gone()),
            () = tokio::time::sleep(self.engine.limits.ask_timeout) => Err(NotAnswered::too_late()),
        };
        drop(lent);
        answer
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut lending = self.0.lending();
        lending.questions -= 1;
        if lending.questions == 0 {
            lending.loans.clear();
        }
    }
}

/// A question that waits for its answer. Dropped before it has one, the client is told.
struct Asked<'a> {
    exchange: Exchange,
    outbox: &'a Outbox,
}

impl Asked<'_> {
    async fn answer(&mut self) -> Result<RawJson, NotAnswered> {
        loop {
            return match self.exchange.next().await {
                Event::Reply(Ok(result)) => Ok(result),
                Event::Reply(Err(error)) => Err(NotAnswered::refused(error)),
                Event::Notification(_) => continue,
                Event::Unreadable(_) | Event::Closed => Err(NotAnswered::gone()),
            };
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.exchange.withdraw() {
            let mut frame = Vec::with_capacity(128);
            write_cancelled(&mut frame, self.exchange.id(), "nobody waits for the answer any more");
            self.outbox.push_reply(frame.into(), None);
        }
    }
}

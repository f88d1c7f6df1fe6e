//! Requests of ours that wait for a peer on a shared pipe: which reply belongs to whom.
//!
//! Nothing here reads or writes. A reader hands over what came in, each waiting [`Exchange`] takes what is its own.
//! What belongs to nobody (unknown, late and repeated replies) is refused without a trace in the table.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use crate::{
    json::RawJson,
    jsonrpc::{ErrorObject, Notification, RequestId},
    sync::lock,
};

/// How many notifications of one exchange wait to be taken, and how many bytes of them unless it is only one.
const QUEUE_MESSAGES: usize = 64;
const QUEUE_BYTES: usize = 256 << 10;

/// The requests of ours that a peer has not answered yet.
///
/// Ids are ours, count upwards and are never used twice (2026-07-28, basic, "Requests"; 2025-11-25, basic, "Requests").
#[derive(Debug)]
pub struct Pending {
    table: Mutex<Table>,
    max: usize,
    /// Where the numbers come from, if not from here.
    counter: Option<&'static AtomicI64>,
}

#[derive(Debug, Default)]
struct Table {
    last: i64,
    closed: bool,
    entries: HashMap<RequestId, Entry>,
}

#[derive(Debug)]
struct Entry {
    slot: Arc<Slot>,
    /// Whether the peer has been asked: only then there is something to cancel (2026-07-28,
    /// basic/patterns/cancellation, "Behavior Requirements").
    sent: bool,
}

/// Why no exchange can be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The peer is gone.
    Closed,
    /// As many requests wait as may wait.
    Full,
}

/// What happened in an exchange.
#[derive(Debug)]
pub enum Event {
    /// Something that belongs to the request came before its reply.
    Notification(Notification),
    /// The reply. Nothing follows.
    Reply(Result<RawJson, ErrorObject>),
    /// A reply came and could not be read; this is why. Nothing follows.
    Unreadable(String),
    /// The peer is gone. Nothing follows.
    Closed,
}

impl Pending {
    /// A table of at most `max` waiting requests.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), max, counter: None })
    }

    /// As [`new`](Self::new), with numbers from a counter that several tables share: then none of them uses one that
    /// another has used, though a peer may take them for the same table.
    pub fn counting(max: usize, counter: &'static AtomicI64) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), max, counter: Some(counter) })
    }

    /// Opens an exchange under the next number.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the peer is gone or too many requests wait.
    pub fn open(self: &Arc<Self>) -> Result<Exchange, Refused> {
        let mut table = lock(&self.table);
        table.last = match self.counter {
            Some(counter) => counter.fetch_add(1, Ordering::Relaxed) + 1,
            None => table.last + 1,
        };
        let id = RequestId::Number(table.last);
        self.insert(table, id)
    }

    /// Opens an exchange under a name of the caller's own, which no number can be mistaken for.
    ///
    /// # Errors
    ///
    /// As [`Pending::open`]; a name that is in use counts as one request too many.
    pub fn open_named(self: &Arc<Self>, name: &'static str) -> Result<Exchange, Refused> {
        self.insert(lock(&self.table), RequestId::from(name))
    }

    fn insert(self: &Arc<Self>, mut table: MutexGuard<'_, Table>, id: RequestId) -> Result<Exchange, Refused> {
        if table.closed {
            return Err(Refused::Closed);
        }
        if table.entries.len() >= self.max || table.entries.contains_key(&id) {
            return Err(Refused::Full);
        }
        let slot = Arc::new(Slot::default());
        table.entries.insert(id.clone(), Entry { slot: slot.clone(), sent: false });
        Ok(Exchange { id, slot, pending: self.clone() })
    }

    /// Says that a request is about to be written. `false` if nobody waits for it any more: do not write it.
    pub fn mark_sent(&self, id: &RequestId) -> bool {
        lock(&self.table).entries.get_mut(id).map(|entry| entry.sent = true).is_some()
    }

    /// Hands over a reply, also one that names its request's number as a text. `false` if nobody waits for it (2026-07-28, basic/patterns/cancellation, "Behavior
    /// Requirements").
    pub fn settle(&self, id: &RequestId, outcome: Result<RawJson, ErrorObject>) -> bool {
        self.end(id, Event::Reply(outcome))
    }

    /// Fails a request whose reply came and cannot be read. `false` if nobody waits for it.
    pub fn fail(&self, id: &RequestId, why: impl Into<String>) -> bool {
        self.end(id, Event::Unreadable(why.into()))
    }

    fn end(&self, id: &RequestId, event: Event) -> bool {
        // Only what was sent can be answered: a reply that comes before its request is nobody's.
        let mut table = lock(&self.table);
        let was_sent = |id: &RequestId| table.entries.get(id).is_some_and(|entry| entry.sent);
        let entry = match was_sent(id) {
            true => table.entries.remove(id),
            false => id.number_in_text().filter(was_sent).and_then(|number| table.entries.remove(&number)),
        };
        drop(table);
        entry.map(|entry| entry.slot.end(event)).is_some()
    }

    /// Hands over a notification that belongs to a request. `false` if nobody waits for that request's reply.
    pub fn notify(&self, id: &RequestId, notification: Notification) -> bool {
        let table = lock(&self.table);
        let entry = table.entries.get(id).or_else(|| table.entries.get(&id.number_in_text()?));
        let slot = entry.map(|entry| entry.slot.clone());
        drop(table);
        slot.map(|slot| slot.push(notification)).is_some()
    }

    /// The peer is gone: every exchange ends at once, and no new one opens.
    pub fn close(&self) {
        let mut table = lock(&self.table);
        table.closed = true;
        let entries = std::mem::take(&mut table.entries);
        drop(table);
        for entry in entries.into_values() {
            entry.slot.end(Event::Closed);
        }
    }

    /// Whether no request waits.
    pub fn is_empty(&self) -> bool {
        lock(&self.table).entries.is_empty()
    }

    /// Whether the peer is gone.
    pub fn is_closed(&self) -> bool {
        lock(&self.table).closed
    }
}

/// One request of ours and what comes back for it. Dropping it withdraws the request from the table.
#[must_use = "dropping the exchange withdraws the request"]
pub struct Exchange {
    id: RequestId,
    slot: Arc<Slot>,
    pending: Arc<Pending>,
}

impl Exchange {
    /// The id that the request is sent under.
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// The next event.
    ///
    /// Cancel-safe: an event is taken or left, never lost.
    pub async fn next(&mut self) -> Event {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// The next event, for those who wait for several things at once.
    pub fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Event> {
        self.slot.poll_take(cx)
    }

    /// Withdraws the request. `true` if the peer was asked and has not answered: it should be told.
    pub fn withdraw(&mut self) -> bool {
        lock(&self.pending.table).entries.remove(&self.id).is_some_and(|entry| entry.sent)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.withdraw();
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Where the reader leaves what belongs to one exchange.
#[derive(Debug, Default)]
struct Slot(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    notifications: VecDeque<Notification>,
    bytes: usize,
    end: Option<Event>,
    waker: Option<Waker>,
}

impl Slot {
    fn push(&self, notification: Notification) {
        let mut waiting = lock(&self.0);
        if waiting.end.is_some() {
            return;
        }
        waiting.bytes += weight(&notification);
        waiting.notifications.push_back(notification);
        while waiting.notifications.len() > 1
            && (waiting.notifications.len() > QUEUE_MESSAGES || waiting.bytes > QUEUE_BYTES)
        {
            // Who does not keep up loses the oldest: later progress says all that earlier progress said.
            let Some(oldest) = waiting.notifications.pop_front() else { break };
            waiting.bytes -= weight(&oldest);
        }
        wake(waiting);
    }

    fn end(&self, event: Event) {
        let mut waiting = lock(&self.0);
        if waiting.end.is_none() {
            waiting.end = Some(event);
        }
        wake(waiting);
    }

    fn poll_take(&self, cx: &Context<'_>) -> Poll<Event> {
        let mut waiting = lock(&self.0);
        if let Some(notification) = waiting.notifications.pop_front() {
            waiting.bytes -= weight(&notification);
            return Poll::Ready(Event::Notification(notification));
        }
        match waiting.end.replace(Event::Closed) {
            Some(event) => Poll::Ready(event),
            None => {
                waiting.end = None;
                waiting.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

fn weight(notification: &Notification) -> usize {
    notification.method.len() + notification.params.raw().map_or(0, |raw| raw.as_str().len())
}

/// Wakes outside the lock: a waker may run anything.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::jsonrpc::{Limits, Message, decode};

    fn notification(n: usize) -> Notification {
        let text = format!(r#"{{"jsonrpc":"2.0","method":"n","params":{{"n":{n}}}}}"#);
        match decode(&Bytes::from(text), &Limits::default()) {
            Ok(Message::Notification(notification)) => notification,
            other => panic!("{other:?}"),
        }
    }

    fn take(exchange: &mut Exchange) -> Option<Event> {
        match exchange.slot.poll_take(&Context::from_waker(Waker::noop())) {
            Poll::Ready(event) => Some(event),
            Poll::Pending => None,
        }
    }

    /// Held to 2026-07-28, basic/patterns/cancellation, "Behavior Requirements"; 2025-11-25, basic, "Requests".
    #[test]
    fn a_request_has_one_reply_and_late_unknown_or_early_ones_are_nobodys() {
        let pending = Pending::new(8);
        let mut exchange = pending.open().unwrap();
        let id = exchange.id().clone();
        assert!(!pending.settle(&id, Ok(RawJson::NULL)), "nothing was asked yet");
        assert!(pending.mark_sent(&id));
        assert!(!pending.settle(&RequestId::Number(99), Ok(RawJson::NULL)));
        for other in ["01", "1.0", "+1", " 1", "one", "2"] {
            assert!(!pending.settle(&RequestId::from(other), Ok(RawJson::NULL)), "{other}");
        }
        assert!(pending.settle(&id, Ok(RawJson::EMPTY_OBJECT)));
        assert!(!pending.settle(&id, Ok(RawJson::NULL)));
        assert!(matches!(take(&mut exchange), Some(Event::Reply(Ok(raw))) if raw == RawJson::EMPTY_OBJECT));
        assert!(!exchange.withdraw());
        assert_ne!(pending.open().unwrap().id(), &id);
    }

    #[test]
    fn a_number_that_comes_back_as_a_text_is_the_request_of_that_number() {
        let pending = Pending::new(8);
        let (mut first, _named) = (pending.open().unwrap(), pending.open_named("7").unwrap());
        assert!(!pending.settle(&RequestId::from("1"), Ok(RawJson::NULL)), "nothing was asked yet");
        assert!(pending.mark_sent(first.id()));
        assert!(pending.settle(&RequestId::from("1"), Ok(RawJson::NULL)));
        assert!(!pending.settle(&RequestId::from("1"), Ok(RawJson::NULL)));
        assert!(matches!(take(&mut first), Some(Event::Reply(Ok(_)))));
        assert!(!pending.settle(&RequestId::Number(7), Ok(RawJson::NULL)), "a name is no number");
    }

    /// Held to 2026-07-28, basic/patterns/cancellation, "Behavior Requirements".
    #[test]
    fn only_what_was_sent_and_not_answered_is_to_be_cancelled() {
        let pending = Pending::new(8);
        let mut unsent = pending.open().unwrap();
        assert!(!unsent.withdraw());
        assert!(!pending.mark_sent(unsent.id()));
        let mut sent = pending.open().unwrap();
        assert!(pending.mark_sent(sent.id()));
        assert!(sent.withdraw());
        assert!(!sent.withdraw());
    }

    #[test]
    fn notifications_come_before_the_reply_and_the_oldest_give_way() {
        let pending = Pending::new(8);
        let mut exchange = pending.open().unwrap();
        let id = exchange.id().clone();
        pending.mark_sent(&id);
        for n in 0..QUEUE_MESSAGES + 2 {
            assert!(pending.notify(&id, notification(n)));
        }
        assert!(pending.settle(&id, Ok(RawJson::NULL)));
        assert!(!pending.notify(&id, notification(0)));
        let mut seen = Vec::new();
        while let Some(Event::Notification(notification)) = take(&mut exchange) {
            seen.push(notification.params.get("n").unwrap().parse::<usize>().unwrap());
        }
        assert_eq!(seen, (2..QUEUE_MESSAGES + 2).collect::<Vec<_>>());
    }

    #[test]
    fn closing_ends_every_exchange_and_opens_none() {
        let pending = Pending::new(1);
        let mut exchange = pending.open().unwrap();
        assert_eq!(pending.open().unwrap_err(), Refused::Full);
        assert!(take(&mut exchange).is_none());
        pending.close();
        assert!(matches!(take(&mut exchange), Some(Event::Closed)));
        assert!(matches!(take(&mut exchange), Some(Event::Closed)));
        assert_eq!(pending.open_named("x").unwrap_err(), Refused::Closed);
    }
}

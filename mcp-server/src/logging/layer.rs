//! What handlers say with `tracing`, forwarded to the client of their call.

use std::{cell::RefCell, fmt, sync::Arc};

use mcp_core::model::LogLevel;
use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
};
use tracing_subscriber::{Layer, layer::Context, registry::LookupSpan};

use super::CallLog;

/// A layer for `tracing_subscriber` that forwards the events of handlers to the clients of their calls, as log
/// messages.
///
/// An event is forwarded to the client in whose call it happens: in the handler itself, or in a span that was made in
/// the handler, also on another task or thread (`tokio::spawn(work.in_current_span())`). Its target becomes the name
/// of the logger, its message and fields become the data; `TRACE` and `DEBUG` are `debug`, `WARN` is `warning`. The
/// level that the client asked for decides, and so do the limits of [`Context::log`](crate::Context::log).
///
/// Only targets that are named are forwarded, usually that of your own crate, for what libraries log is seldom meant
/// for strangers. What your own events hold leaves the machine, though: no secrets, no personal data, nothing that
/// helps an attacker (server/utilities/logging, security).
///
/// ```
/// use mcp_server::ClientLogLayer;
/// use tracing_subscriber::prelude::*;
///
/// let _subscriber = tracing_subscriber::registry().with(ClientLogLayer::new(["weather"]));
/// // … .with(tracing_subscriber::fmt::layer().with_writer(std::io::stderr)).init();
/// ```
///
/// Nothing is forwarded by a server that does not declare logging:
/// [`ServerBuilder::logging`](crate::ServerBuilder::logging).
#[derive(Debug)]
pub struct ClientLogLayer {
    targets: Vec<String>,
}

impl ClientLogLayer {
    /// A layer that forwards events of these targets, and of those below them: `weather` stands for `weather` and
    /// `weather::stations`.
    ///
    /// # Panics
    ///
    /// If there is no target, if one is empty, or if one names this SDK, whose events are not for clients.
    #[track_caller]
    pub fn new(targets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let targets: Vec<String> = targets.into_iter().map(Into::into).collect();
        assert!(!targets.is_empty(), "name the targets whose events clients may see, such as that of your crate");
        for target in &targets {
            let root = target.split("::").next().unwrap_or_default();
            assert!(!root.is_empty(), "an empty target stands for no events: name that of your crate");
            let own = ["mcp_server", "mcp_core"].contains(&root);
            assert!(!own, "events of `{target}` are not for clients: name the target of your crate");
        }
        Self { targets }
    }

    fn takes(&self, target: &str) -> bool {
        self.targets.iter().any(|own| {
            let below = target.strip_prefix(own.as_str());
            below.is_some_and(|below| below.is_empty() || below.starts_with("::"))
        })
    }
}

impl<S> Layer<S> for ClientLogLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        if let (Some(log), Some(span)) = (current(), ctx.span(id)) {
            span.extensions_mut().replace(OfCall(log));
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let metadata = event.metadata();
        if !self.takes(metadata.target()) {
            return;
        }
        let of_span = ctx.event_scope(event).and_then(|mut scope| {
            scope.find_map(|span| span.extensions().get::<OfCall>().map(|OfCall(log)| log.clone()))
        });
        let Some(log) = of_span.or_else(current) else { return };
        let level = level_of(*metadata.level());
        if log.wants(level) {
            let mut fields = Fields::default();
            event.record(&mut fields);
            log.log(level, Some(metadata.target()), &fields.into_data());
        }
    }
}

/// In the extensions of a span: the call in which it was made.
struct OfCall(Arc<CallLog>);

thread_local! {
    /// The call whose handler this thread polls.
    static CURRENT: RefCell<Option<Arc<CallLog>>> = const { RefCell::new(None) };
}

/// None while the thread ends: destructors of other values of the thread may still write events.
fn current() -> Option<Arc<CallLog>> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

fn replace(log: Option<Arc<CallLog>>) -> Option<Arc<CallLog>> {
    CURRENT.try_with(|current| current.replace(log)).ok().flatten()
}

/// While it lives, this thread polls the handler of a call.
#[must_use = "dropping it leaves the call"]
pub(crate) struct InCall {
    /// A server in this process may be called by a handler.
    outer: Option<Arc<CallLog>>,
}

impl InCall {
    pub(crate) fn enter(log: &Arc<CallLog>) -> Self {
        Self { outer: replace(Some(log.clone())) }
    }
}

impl Drop for InCall {
    fn drop(&mut self) {
        replace(self.outer.take());
    }
}

fn level_of(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warning,
        Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}

/// What an event says, as JSON.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    /// An event that has only a message is that message.
    fn into_data(mut self) -> Value {
        match self.0.shift_remove("message") {
            Some(message) if self.0.is_empty() => message,
            Some(message) => {
                self.0.shift_insert(0, "message".to_owned(), message);
                Value::Object(self.0)
            }
            None => Value::Object(self.0),
        }
    }

    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.put(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without an answer the process would be aborted: a destructor of a thread must not panic.
    #[test]
    fn an_event_while_its_thread_ends_belongs_to_no_call() {
        struct AsksLate;
        impl Drop for AsksLate {
            fn drop(&mut self) {
                assert!(CURRENT.try_with(|_| ()).is_err(), "this is to be asked after the end of `CURRENT`");
                assert!(current().is_none() && replace(None).is_none());
            }
        }
        thread_local!(static LATE: AsksLate = const { AsksLate });
        let ends = std::thread::spawn(|| {
            // What is used first is dropped last.
            LATE.with(|_| ());
            assert!(current().is_none());
        });
        ends.join().unwrap();
    }
}

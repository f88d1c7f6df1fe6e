//! The requests of a server that are being answered: each in a task, bounded in number, and ended with the connection.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use mcp_core::{
    era::{read_cancelled_question, read_elicitation_complete, write_answer, write_asked_error, write_asked_result},
    error::Error,
    json::RawObject,
    jsonrpc::{Notification, Request, RequestId},
    sync::lock,
};
use tokio::{runtime::Handle, task::AbortHandle};

use super::Answers;
use crate::timing::{Clock, Pause};

/// The way back to a server.
pub(crate) trait Replies: Clone + Send + Sync + 'static {
    /// Sends a reply, and returns when it is on its way or given up, which is logged.
    fn send(&self, reply: Bytes) -> impl Future<Output = ()> + Send;

    /// Sends a reply without waiting. What cannot be sent is logged.
    fn send_now(&self, reply: Bytes);
}

/// Answers the requests of one server, in one connection or session. Dropping it ends what is being answered.
#[derive(Debug)]
pub(crate) struct Answering {
    answers: Answers,
    running: Arc<Mutex<Running>>,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Running {
    has_ended: bool,
    tasks: HashMap<RequestId, Task>,
}

/// One request that is being answered.
#[derive(Debug)]
struct Task {
    /// The call on whose stream it came.
    call: Option<u64>,
    handle: AbortHandle,
}

/// The calls of ours in flight: a server may ask for any of them, and does not say for which.
#[derive(Debug, Default)]
struct Calls {
    last: u64,
    clocks: HashMap<u64, Clock>,
}

impl Answering {
    pub(crate) fn new(answers: Answers) -> Arc<Self> {
        Arc::new(Self { answers, running: Arc::default(), calls: Mutex::default() })
    }

    pub(crate) fn answers(&self) -> &Answers {
        &self.answers
    }

    /// Takes a request. While a handler answers it, the clock of the call stands still for which it is asked; of all calls in
    /// flight if nothing tells for which.
    pub(crate) fn request(&self, request: &Request, replies: &impl Replies, call: Option<&AttachedCall>) {
        let refuse = |error: &Error| {
            let mut reply = Vec::new();
            write_asked_error(&mut reply, &request.id, error, self.answers.version());
            replies.send_now(reply.into());
        };
        let params = RawObject::from_raw(request.params.without_meta()).unwrap_or_default();
        let asked = match self.answers.read(&request.method, &params) {
            Ok(asked) => asked,
            Err(error) if error.kind() == mcp_core::error::ErrorKind::MethodNotFound && error.data().is_none() => {
                // Also a ping, which is no question.
                let mut reply = Vec::new();
                write_answer(&mut reply, request);
                return replies.send_now(reply.into());
            }
            Err(error) => {
                tracing::debug!(method = %mcp_core::error::shown(&request.method), %error, "a question is refused");
                return refuse(&error);
            }
        };
        let Ok(runtime) = Handle::try_current() else { return };
        let mut running = lock(&self.running);
        if running.has_ended {
            return;
        }
        if running.tasks.len() >= self.answers.limits().answers {
            drop(running);
            tracing::warn!("the server asks more at a time than `Limits::answers` allows");
            return refuse(&Error::internal("the client answers as many questions as it can: ask again later"));
        }
        let id = request.id.clone();
        let Entry::Vacant(place) = running.tasks.entry(id.clone()) else {
            drop(running);
            return refuse(&Error::invalid_request("the id is that of a request that is being answered"));
        };
        let pauses = match call {
            Some(call) => vec![call.clock.pause()],
            None => self.pause_all(),
        };
        let (answers, replies) = (self.answers.clone(), replies.clone());
        let leave = Leave { running: self.running.clone(), id };
        let task = runtime.spawn(async move {
            let outcome = answers.answer(asked).await;
            drop(pauses);
            let mut reply = Vec::new();
            match &outcome {
                Ok(result) => write_asked_result(&mut reply, &leave.id, result),
                Err(error) => write_asked_error(&mut reply, &leave.id, error, answers.version()),
            }
            replies.send(reply.into()).await;
            drop(leave);
        });
        place.insert(Task { call: call.map(|call| call.key), handle: task.abort_handle() });
    }

    /// Takes a notification, if it is about a question: the server wants no answer any more, or the user has finished on a
    /// page. `false` if it is another one.
    pub(crate) fn notification(&self, notification: &Notification) -> bool {
        if let Some(id) = read_elicitation_complete(notification) {
            self.answers.handlers().hear_page_done(&id);
            return true;
        }
        let Some(id) = read_cancelled_question(notification) else { return false };
        let task = lock(&self.running).tasks.remove(&id);
        match task {
            // The one who asked wants no reply (2025-11-25, cancellation, *Behavior Requirements*).
            Some(task) => task.handle.abort(),
            None => tracing::debug!("a question is cancelled that is not being answered"),
        }
        true
    }

    /// A call of ours is in flight until the guard is dropped; then nothing that was asked on its stream is answered any
    /// more.
    pub(crate) fn attach(self: &Arc<Self>, clock: &Clock) -> Option<AttachedCall> {
        if !self.answers.handlers().may_be_asked() {
            return None;
        }
        let mut calls = lock(&self.calls);
        calls.last += 1;
        let key = calls.last;
        calls.clocks.insert(key, clock.clone());
        Some(AttachedCall { answering: self.clone(), key, clock: clock.clone() })
    }

    fn pause_all(&self) -> Vec<Pause> {
        lock(&self.calls).clocks.values().map(Clock::pause).collect()
    }

    /// Ends what is being answered: there is nobody to reply to.
    pub(crate) fn end(&self) {
        let mut running = lock(&self.running);
        running.has_ended = true;
        let tasks = std::mem::take(&mut running.tasks);
        drop(running);
        for task in tasks.into_values() {
            task.handle.abort();
        }
    }

    /// A call has ended: what it was asked for is over.
    fn detach(&self, key: u64) {
        lock(&self.calls).clocks.remove(&key);
        let mut running = lock(&self.running);
        let over: Vec<Task> =
            running.tasks.extract_if(|_, task| task.call == Some(key)).map(|(_, task)| task).collect();
        drop(running);
        for task in over {
            task.handle.abort();
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.end();
    }
}

/// A task that answers, among those that do. Dropped also when the task is aborted.
struct Leave {
    running: Arc<Mutex<Running>>,
    id: RequestId,
}

impl Drop for Leave {
    fn drop(&mut self) {
        lock(&self.running).tasks.remove(&self.id);
    }
}

/// A call that a server may ask for.
pub(crate) struct AttachedCall {
    answering: Arc<Answering>,
    key: u64,
    clock: Clock,
}

impl Drop for AttachedCall {
    fn drop(&mut self) {
        self.answering.detach(self.key);
    }
}

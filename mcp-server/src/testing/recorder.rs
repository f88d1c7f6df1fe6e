//! Keeps what a call has reported, and what it has asked.

use std::sync::{Arc, Mutex};

use mcp_core::{
    call::CallNotifications,
    jsonrpc::RequestId,
    model::{LogMessage, Progress, ProgressToken, ServerNotification},
    sink::{NotPushed, NotificationSink, Published},
    sync::lock,
};
use serde_json::Value;

/// Takes the questions, the progress and the log messages of calls, in the order in which they come.
#[derive(Default)]
pub(super) struct Recorder {
    events: Mutex<Vec<Arc<Published>>>,
    asked: Mutex<Vec<Asked>>,
}

/// A question that a handler has asked in a test.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Asked {
    /// What the handler calls it; empty for the roots.
    pub key: String,
    /// The method of the question, such as `elicitation/create`.
    pub method: String,
    /// What the client is told: the message, the form.
    pub params: Value,
}

impl Recorder {
    /// Where a call sends its notifications.
    pub(super) fn notifications(self: &Arc<Self>) -> CallNotifications {
        CallNotifications { progress_token: Some(ProgressToken(RequestId::Number(1))), sink: self.clone() }
    }

    pub(super) fn progress(&self) -> Vec<Progress> {
        self.each(|event| match event {
            ServerNotification::Progress { progress, .. } => Some(progress.clone()),
            _ => None,
        })
    }

    pub(super) fn logs(&self) -> Vec<LogMessage> {
        self.each(|event| match event {
            ServerNotification::Message(message) => Some(message.clone()),
            _ => None,
        })
    }

    pub(super) fn ask(&self, question: Asked) {
        lock(&self.asked).push(question);
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }

    fn each<T>(&self, take: impl Fn(&ServerNotification) -> Option<T>) -> Vec<T> {
        lock(&self.events).iter().filter_map(|event| take(event.value())).collect()
    }
}

impl NotificationSink for Recorder {
    fn push(&self, event: &Arc<Published>) -> Result<(), NotPushed> {
        lock(&self.events).push(event.clone());
        Ok(())
    }
}

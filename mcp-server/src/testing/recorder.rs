//! Keeps what a call has reported.

use std::sync::{Arc, Mutex};

use mcp_core::{
    call::CallNotifications,
    jsonrpc::RequestId,
    model::{LogMessage, Progress, ProgressToken, ServerNotification},
    sink::{NotPushed, NotificationSink, Published},
    sync::lock,
};

/// Takes the progress and the log messages of calls, in the order in which they come.
#[derive(Default)]
pub(super) struct Recorder {
    events: Mutex<Vec<Arc<Published>>>,
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

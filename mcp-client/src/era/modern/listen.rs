//! What both transports say and hear when a subscription is opened (*Subscriptions*).

use mcp_core::{
    era::{
        Method,
        modern::{ListenFilter, read_acknowledged},
    },
    jsonrpc::Notification,
};

use crate::{changes::Changes, error::Error};

pub(super) const METHOD: &str = Method::Listen.name();

pub(super) fn filter(wanted: &Changes) -> ListenFilter {
    let mut filter = ListenFilter::default();
    filter.tools_list_changed = wanted.wants_tools();
    filter.prompts_list_changed = wanted.wants_prompts();
    filter.resources_list_changed = wanted.wants_resources();
    filter.resource_subscriptions = wanted.uris().to_vec();
    filter
}

/// What the server agreed to send, if that is what the notification says.
pub(super) fn acknowledged(notification: &Notification) -> Option<Changes> {
    let agreed = read_acknowledged(notification)?;
    let mut changes = Changes::none();
    if agreed.tools_list_changed {
        changes = changes.tools();
    }
    if agreed.prompts_list_changed {
        changes = changes.prompts();
    }
    if agreed.resources_list_changed {
        changes = changes.resources();
    }
    Some(agreed.resource_subscriptions.into_iter().fold(changes, Changes::resource))
}

pub(super) fn ended_at_once() -> Error {
    Error::transport("the server ended the subscription before it began")
}

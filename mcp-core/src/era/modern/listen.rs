//! What a `subscriptions/listen` stream carries.

use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    json::{RawJson, list_within},
};

/// Which events a client wants, or which of them a server will send (2026-07-28, basic/patterns/subscriptions,
/// "Notification Filter", "Acknowledgment").
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListenFilter {
    /// Changes of the list of tools.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tools_list_changed: bool,
    /// Changes of the list of prompts.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prompts_list_changed: bool,
    /// Changes of the list of resources.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub resources_list_changed: bool,
    /// Changes of these resources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resource_subscriptions: Vec<String>,
}

impl ListenFilter {
    /// Reads what a client wants, with at most `max` resources.
    ///
    /// # Errors
    ///
    /// `InvalidParams` if it is no filter, or names more resources.
    pub(super) fn read(raw: &RawJson, max: usize) -> Result<Self, Error> {
        #[derive(Default, Deserialize)]
        #[serde(default, rename_all = "camelCase")]
        struct Wire {
            tools_list_changed: bool,
            prompts_list_changed: bool,
            resources_list_changed: bool,
            resource_subscriptions: Option<RawJson>,
        }
        let wrong = |place: &'static str| move |error| Error::invalid_params(format!("`{place}`: {error}"));
        let Wire { tools_list_changed, prompts_list_changed, resources_list_changed, resource_subscriptions } =
            raw.parse().map_err(wrong("params.notifications"))?;
        let resource_subscriptions = match resource_subscriptions {
            None => Vec::new(),
            Some(uris) => list_within(&uris, max).map_err(wrong("params.notifications.resourceSubscriptions"))?,
        };
        Ok(Self { tools_list_changed, prompts_list_changed, resources_list_changed, resource_subscriptions })
    }
}

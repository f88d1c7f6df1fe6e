//! What a peer says it can do.

use serde::{Deserialize, Serialize};

use crate::json::RawObject;

/// What a client offers to servers. A server may use only what is declared here (2026-07-28, basic/patterns/mrtr,
/// "Server Requirements (Basic Workflow)").
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ClientCapabilities {
    /// It can list its roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roots: Option<RootsCapability>,
    /// It can sample a model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sampling: Option<SamplingCapability>,
    /// It can ask its user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub elicitation: Option<ElicitationCapability>,
    /// Extensions by identifier, each with its settings (2026-07-28, schema, "ClientCapabilities").
    #[serde(skip_serializing_if = "RawObject::is_empty")]
    pub extensions: RawObject,
    /// Features outside the protocol (2026-07-28, schema, "ClientCapabilities").
    #[serde(skip_serializing_if = "RawObject::is_empty")]
    pub experimental: RawObject,
}

impl ClientCapabilities {
    /// How much memory it holds, in bytes.
    pub(crate) fn kept_bytes(&self) -> usize {
        let Self { roots: _, sampling, elicitation, extensions, experimental } = self;
        let sampling = sampling.iter().flat_map(|SamplingCapability { context, tools }| [context, tools]);
        let elicitation = elicitation.iter().flat_map(|ElicitationCapability { form, url }| [form, url]);
        let settings = sampling.chain(elicitation).flatten().chain([extensions, experimental]);
        size_of::<Self>() + settings.map(|object| object.as_raw().as_str().len()).sum::<usize>()
    }
}

/// The client can list its roots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct RootsCapability {
    /// It says when they change; until 2025-11-25.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_changed: Option<bool>,
}

/// The client can sample a model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct SamplingCapability {
    /// Requests may include context from servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<RawObject>,
    /// Requests may offer tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<RawObject>,
}

/// The client can ask its user. With neither member it means forms only (2026-07-28, client/elicitation,
/// "Capabilities").
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ElicitationCapability {
    /// It shows forms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<RawObject>,
    /// It opens URLs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<RawObject>,
}

/// What a server offers. What is not declared does not exist (2026-07-28, server/discover, "DiscoverResult").
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ServerCapabilities {
    /// It has tools.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<ListChangedCapability>,
    /// It has prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompts: Option<ListChangedCapability>,
    /// It has resources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<ResourcesCapability>,
    /// It completes arguments; since 2025-03-26.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completions: Option<RawObject>,
    /// It sends log messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging: Option<RawObject>,
    /// Extensions by identifier, each with its settings (2026-07-28, schema, "ClientCapabilities").
    #[serde(skip_serializing_if = "RawObject::is_empty")]
    pub extensions: RawObject,
    /// Features outside the protocol (2026-07-28, schema, "ClientCapabilities").
    #[serde(skip_serializing_if = "RawObject::is_empty")]
    pub experimental: RawObject,
}

/// The server has such a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ListChangedCapability {
    /// It says when the list changes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub list_changed: bool,
}

impl ListChangedCapability {
    /// A list whose changes are announced, or not.
    pub fn new(list_changed: bool) -> Self {
        Self { list_changed }
    }
}

/// The server has resources.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourcesCapability {
    /// It says when the list changes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub list_changed: bool,
    /// It says when a resource changes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub subscribe: bool,
}

impl ResourcesCapability {
    /// Resources whose list and contents are announced when they change, or not.
    pub fn new(list_changed: bool, subscribe: bool) -> Self {
        Self { list_changed, subscribe }
    }
}

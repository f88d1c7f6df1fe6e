//! Resources: what a server lets clients read, by URI.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Annotations, CacheHint, Icon, Meta, ResourceContents, meta::collect};
use crate::json::whole_number;

/// A resource's definition, as lists show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Resource {
    /// The URI it is read by (RFC 3986).
    pub uri: String,
    /// Its name.
    pub name: String,
    /// The name to show, since 2025-06-18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Its media type, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Its size in bytes, if known.
    #[serde(default, deserialize_with = "whole_number", skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Hints for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Pictures to show, since 2025-11-25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icons: Option<Vec<Icon>>,
    /// Open metadata, since 2025-06-18.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
}

impl Resource {
    /// A URI and a name; the rest can be set on the fields.
    pub fn new(uri: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            size: None,
            annotations: None,
            icons: None,
            meta: None,
        }
    }
}

/// A family of resources whose URIs follow a template (RFC 6570).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceTemplate {
    /// The template of the URIs.
    pub uri_template: String,
    /// Its name.
    pub name: String,
    /// The name to show, since 2025-06-18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The media type, if all resources of the family have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime_type: Option<String>,
    /// Hints for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// Pictures to show, since 2025-11-25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icons: Option<Vec<Icon>>,
    /// Open metadata, since 2025-06-18.
    #[serde(default, rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub meta: Option<Box<Meta>>,
}

impl ResourceTemplate {
    /// A template and a name; the rest can be set on the fields.
    pub fn new(uri_template: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            uri_template: uri_template.into(),
            name: name.into(),
            title: None,
            description: None,
            mime_type: None,
            annotations: None,
            icons: None,
            meta: None,
        }
    }
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadResourceResult {
    /// The contents; several if the URI names several.
    pub contents: Vec<ResourceContents>,
    /// How long they may be kept. `None` leaves it to whoever offers the resource; on the wire that is no reuse.
    pub cache: Option<CacheHint>,
    /// Open metadata.
    pub meta: Option<Box<Meta>>,
}

impl ReadResourceResult {
    /// A result of these contents, which says nothing about how long they may be kept.
    pub fn new(contents: Vec<ResourceContents>) -> Self {
        Self { contents, ..Self::default() }
    }

    /// Says how long they may be kept.
    #[must_use]
    pub fn with_cache(mut self, hint: CacheHint) -> Self {
        self.cache = Some(hint);
        self
    }

    /// Adds open metadata: `[("com.example/source", "station 7")]`, or a whole [`Meta`].
    #[must_use]
    pub fn with_meta(mut self, meta: impl IntoIterator<Item = (impl Into<String>, impl Into<Value>)>) -> Self {
        self.meta = Some(collect(meta));
        self
    }
}

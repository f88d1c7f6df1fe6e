//! Who a peer says it is.

use serde::{Deserialize, Serialize};

use super::Icon;

/// Name and version of a server or client, as it reports them itself.
///
/// For display and logs only: nothing about it is verified (2026-07-28, basic, "`_meta`").
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Implementation {
    /// The program's name.
    pub name: String,
    /// The name to show, since 2025-06-18.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The program's version.
    pub version: String,
    /// What it is for, since 2025-11-25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Pictures to show, since 2025-11-25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icons: Option<Vec<Icon>>,
    /// The program's home page, since 2025-11-25.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website_url: Option<String>,
}

impl Implementation {
    /// How much memory it holds, in bytes.
    pub(crate) fn kept_bytes(&self) -> usize {
        let Self { name, title, version, description, icons, website_url } = self;
        let texts = [Some(name), title.as_ref(), Some(version), description.as_ref(), website_url.as_ref()];
        let texts: usize = texts.into_iter().flatten().map(String::len).sum();
        let icons: usize = icons.iter().flatten().map(Icon::kept_bytes).sum();
        size_of::<Self>() + texts + icons
    }

    /// A name and a version; the rest can be set on the fields.
    pub fn new(name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            version: version.into(),
            title: None,
            description: None,
            icons: None,
            website_url: None,
        }
    }
}

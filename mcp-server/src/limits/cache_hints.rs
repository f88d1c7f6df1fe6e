//! What a server says about caches, if a program does not say otherwise.

use mcp_core::model::CacheHint;

/// For how long, and by whom, what a server says may be kept. By default nothing is.
///
/// Lists that show different things to different callers are never kept by others than the one who asked, whatever
/// is said here. A resource may say otherwise for itself, with
/// [`ServerResource::cache`](crate::ServerResource::cache).
///
/// ```
/// use std::time::Duration;
/// use mcp_server::{CacheHints, Server, model::CacheHint};
///
/// let mut hints = CacheHints::lists(CacheHint::public(Duration::from_secs(300)));
/// hints.contents = CacheHint::private(Duration::from_secs(5));
/// Server::builder("shop", "1.0.0").cache_hints(hints).build();
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheHints {
    /// What the server is and can do.
    pub discovery: CacheHint,
    /// The list of tools.
    pub tools: CacheHint,
    /// The list of prompts.
    pub prompts: CacheHint,
    /// The list of resources.
    pub resources: CacheHint,
    /// The list of resource templates.
    pub resource_templates: CacheHint,
    /// What is read of resources that do not say it themselves.
    pub contents: CacheHint,
}

impl CacheHints {
    /// The same for discovery and all lists; what is read is not kept.
    pub fn lists(hint: CacheHint) -> Self {
        Self {
            discovery: hint,
            tools: hint,
            prompts: hint,
            resources: hint,
            resource_templates: hint,
            contents: CacheHint::default(),
        }
    }
}

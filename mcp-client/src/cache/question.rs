//! What an answer answers: it is never given for another method, another cursor or URI, to another server, or to somebody
//! else's credentials (2026-07-28, server/utilities/caching, "Cache Keys").

use std::{fmt, sync::Arc};

use mcp_core::{
    era::Method,
    model::{CacheScope, Request},
};
use serde::Serialize;

/// A request whose answer may be kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    pub(super) method: &'static str,
    /// The cursor of a list, the URI of a resource.
    pub(super) param: Option<String>,
}

impl Question {
    /// `None` for what has to be asked each time.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        let (method, param) = match request {
            Request::ListTools { cursor } => (Method::ListTools, cursor.as_ref()),
            Request::ListPrompts { cursor } => (Method::ListPrompts, cursor.as_ref()),
            Request::ListResources { cursor } => (Method::ListResources, cursor.as_ref()),
            Request::ListResourceTemplates { cursor } => (Method::ListResourceTemplates, cursor.as_ref()),
            Request::ReadResource { uri } => (Method::ReadResource, Some(uri)),
            _ => return None,
        };
        Some(Self { method: method.name(), param: param.map(ToString::to_string) })
    }

    /// Whether it asks for a page of a list that another page has named.
    pub(crate) fn is_later_page(&self) -> bool {
        self.is_list() && self.param.is_some()
    }

    /// Whether it asks for one page of a list.
    pub(super) fn is_list(&self) -> bool {
        self.method != Method::ReadResource.name()
    }
}

/// The name of a kept answer. Its text, which `Display` writes, is the same in every process and contains all of it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(Arc<str>);

impl CacheKey {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CacheKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CacheKey").field(&self.0).finish()
    }
}

/// Whose answers they are.
pub(super) struct Partition {
    server: String,
    credentials: String,
}

impl Partition {
    pub(super) fn new(server: &str, credentials: &str) -> Self {
        Self { server: server.to_owned(), credentials: credentials.to_owned() }
    }

    /// The keys under which an answer may be kept: what is anybody's first.
    pub(super) fn keys(&self, question: &Question) -> [CacheKey; 2] {
        [CacheScope::Public, CacheScope::Private].map(|scope| self.key(question, scope))
    }

    pub(super) fn key(&self, question: &Question, scope: CacheScope) -> CacheKey {
        #[derive(Serialize)]
        struct Text<'a>(&'a str, Option<&'a str>, &'a str, Option<&'a str>);
        let credentials = (scope == CacheScope::Private).then_some(self.credentials.as_str());
        let text = Text(&self.server, credentials, question.method, question.param.as_deref());
        // A list of texts is always JSON.
        CacheKey(serde_json::to_string(&text).unwrap_or_default().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_questions_have_one_key() {
        let ask = |method: &'static str, param: Option<&str>| Question { method, param: param.map(str::to_owned) };
        let mine = Partition::new("https://a", "me");
        let theirs = Partition::new("https://a", "they");
        let elsewhere = Partition::new("https://b", "me");
        let mut keys = Vec::new();
        for partition in [&mine, &theirs, &elsewhere] {
            for question in [
                ask("tools/list", None),
                ask("tools/list", Some("")),
                ask("tools/list", Some("a")),
                ask("prompts/list", None),
            ] {
                keys.extend(partition.keys(&question));
            }
        }
        keys.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        let all = keys.len();
        keys.dedup();
        // What is public is the same whoever asks; everything else differs.
        assert_eq!(all - keys.len(), 4);
        assert_eq!(mine.keys(&ask("tools/list", None))[1].as_str(), r#"["https://a","me","tools/list",null]"#);
    }
}

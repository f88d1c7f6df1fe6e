//! What may change on a server, and which of it somebody wants to know.

use mcp_core::{model::ServerNotification, uri::normal};

/// Something on the server is not as it was. What is known about it is out of date: ask again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Change {
    /// The list of tools.
    Tools,
    /// The list of prompts.
    Prompts,
    /// The list of resources.
    Resources,
    /// One resource, or a part of it.
    Resource(String),
}

impl Change {
    pub(crate) fn of(notification: &ServerNotification) -> Option<Self> {
        Some(match notification {
            ServerNotification::ToolsListChanged => Self::Tools,
            ServerNotification::PromptsListChanged => Self::Prompts,
            ServerNotification::ResourcesListChanged => Self::Resources,
            ServerNotification::ResourceUpdated { uri } => Self::Resource(uri.to_string()),
            _ => return None,
        })
    }
}

/// Which changes somebody wants to know.
///
/// ```
/// use mcp_client::Changes;
///
/// let lists = Changes::all();
/// let some = Changes::none().tools().resource("file:///etc/hosts");
/// assert!(lists.wants_tools() && !some.wants_prompts());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    tools: bool,
    prompts: bool,
    resources: bool,
    uris: Vec<String>,
}

impl Changes {
    /// The lists of tools, prompts and resources. Single resources are named with [`Changes::resource`].
    pub fn all() -> Self {
        Self::none().tools().prompts().resources()
    }

    /// Nothing yet.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the list of tools.
    #[must_use]
    pub fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// Adds the list of prompts.
    #[must_use]
    pub fn prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// Adds the list of resources.
    #[must_use]
    pub fn resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// Adds the contents of one resource.
    #[must_use]
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        let uri = uri.into();
        if !self.uris.contains(&uri) {
            self.uris.push(uri);
        }
        self
    }

    /// Whether the list of tools is among them.
    pub fn wants_tools(&self) -> bool {
        self.tools
    }

    /// Whether the list of prompts is among them.
    pub fn wants_prompts(&self) -> bool {
        self.prompts
    }

    /// Whether the list of resources is among them.
    pub fn wants_resources(&self) -> bool {
        self.resources
    }

    /// The resources whose contents are among them.
    pub fn uris(&self) -> &[String] {
        &self.uris
    }

    /// What was asked for that this is a change of: itself, or the resource that it is a part of.
    pub(crate) fn asked_for(&self, change: &Change) -> Option<Change> {
        let wanted = match change {
            Change::Tools => self.tools,
            Change::Prompts => self.prompts,
            Change::Resources => self.resources,
            Change::Resource(uri) => {
                let part = normal(uri);
                let of = self.uris.iter().find(|wanted| is_part(&part, &normal(wanted)))?;
                return Some(Change::Resource(of.clone()));
            }
        };
        wanted.then(|| change.clone())
    }

    /// Everything wanted, as if it had changed just now.
    pub(crate) fn each(&self) -> impl Iterator<Item = Change> + '_ {
        [(self.tools, Change::Tools), (self.prompts, Change::Prompts), (self.resources, Change::Resources)]
            .into_iter()
            .filter_map(|(wanted, change)| wanted.then_some(change))
            .chain(self.uris.iter().cloned().map(Change::Resource))
    }
}

/// Whether a URI is that of a resource, or of a part of it: what announces a change may be more exact than what was asked
/// for (resources, *Subscriptions*). Both are in normal form.
fn is_part(uri: &str, of: &str) -> bool {
    const ENDS: [char; 3] = ['/', '?', '#'];
    uri.strip_prefix(of).is_some_and(|rest| rest.is_empty() || of.ends_with(ENDS) || rest.starts_with(ENDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_begins_where_a_segment_ends() {
        for (of, uri, part) in [
            ("file:///a", "file:///a", true),
            ("file:///a", "file:///a/b", true),
            ("file:///a", "file:///a?b", true),
            ("file:///a", "file:///a#b", true),
            ("file:///a", "file:///ab", false),
            ("file:///a/", "file:///a/b", true),
            ("file:///a/", "file:///a", false),
            ("file:///a?x=1", "file:///a?x=10", false),
            ("File:///%7Ea", "file:///~a/b", true),
        ] {
            let wanted = Changes::none().resource(of);
            let asked_for = wanted.asked_for(&Change::Resource(uri.to_owned()));
            assert_eq!(asked_for, part.then(|| Change::Resource(of.to_owned())), "{uri} of {of}");
        }
    }
}

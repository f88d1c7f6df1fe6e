//! The tools of a server as they are searched, and who sees which of them in the list.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use mcp_core::{
    error::Error,
    json::RawJson,
    model::{Request, Tool},
    sync::lock,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    groups::OpenGroups,
    index::{Fields, Index},
    options::Discovery,
};
use crate::{
    context::CallScope,
    handler::{ServerTool, Viewer},
    registry::ToolRegistry,
};

/// Most tools of all sources that one search looks at.
const MOST_OF_SOURCES: usize = 10_000;

/// What is known of all tools.
pub(crate) struct Catalogue {
    /// The registry owns the tools that search it.
    registry: Weak<ToolRegistry>,
    pub(super) options: Discovery,
    /// The groups of a tool, by its name.
    groups: HashMap<String, Vec<usize>>,
    pub(super) open: OpenGroups,
    /// Counts the changes of the registry.
    changes: Arc<AtomicU64>,
    /// What was known after so many changes.
    known: Mutex<Option<(u64, Arc<Known>)>>,
}

/// Tools, and where their words stand.
struct Known {
    tools: Vec<Arc<ServerTool>>,
    index: Index,
}

impl Known {
    fn new(tools: Vec<Arc<ServerTool>>) -> Self {
        let index = Index::new(tools.iter().map(|tool| fields(tool.definition())));
        Self { tools, index }
    }
}

/// A call that is made by way of another tool.
#[derive(Deserialize)]
struct Redirected {
    name: String,
    arguments: Option<RawJson>,
}

impl Catalogue {
    pub(super) fn new(options: Discovery, registry: &Arc<ToolRegistry>) -> Self {
        let mut groups: HashMap<String, Vec<usize>> = HashMap::new();
        for (number, group) in options.groups.iter().enumerate() {
            for tool in &group.tools {
                groups.entry(tool.clone()).or_default().push(number);
            }
        }
        let changes = Arc::new(AtomicU64::new(0));
        let counted = Arc::downgrade(&changes);
        registry.on_change(move || {
            counted.upgrade().is_some_and(|changes| {
                changes.fetch_add(1, Ordering::Relaxed);
                true
            })
        });
        let registry = Arc::downgrade(registry);
        Self { registry, options, groups, open: OpenGroups::default(), changes, known: Mutex::default() }
    }

    pub(super) fn registry(&self) -> Result<Arc<ToolRegistry>, Error> {
        self.registry.upgrade().ok_or_else(|| Error::internal("the server is gone"))
    }

    /// The names of the tools that find the others.
    pub(super) fn is_own(&self, name: &str) -> bool {
        let Discovery { search, describe, call, open, groups, .. } = &self.options;
        name == search || name == describe || call.as_deref() == Some(name) || (name == open && !groups.is_empty())
    }

    /// Whether a tool that the viewer may know of stands in its list.
    pub(super) fn is_listed(&self, name: &str, viewer: &Viewer<'_>) -> bool {
        self.is_own(name)
            || self.options.always.iter().any(|always| always == name)
            || self.groups.get(name).is_some_and(|groups| self.open.is_open(viewer.caller(), groups))
    }

    /// Makes a call by way of `call_tool` the call that is meant, before anything else looks at it. Says whether it was
    /// one. What cannot be read goes to `call_tool` itself, which says what is wrong.
    pub(crate) fn redirect(&self, request: &mut Request) -> bool {
        let Request::CallTool { name, arguments } = request else { return false };
        if self.options.call.as_deref() != Some(&**name) {
            return false;
        }
        let Ok(Redirected { name, arguments }) = arguments.parse::<Redirected>() else { return false };
        let Ok(arguments) = arguments.map_or_else(|| RawJson::from_value(&serde_json::json!({})), Ok) else {
            return false;
        };
        if self.is_own(&name) || !arguments.is_object() {
            return false;
        }
        *request = Request::CallTool { name: name.into(), arguments };
        true
    }

    /// The tools that answer a question, best first, of those that the caller may know of; and how many there are to be
    /// found.
    pub(super) async fn search(
        &self,
        query: &str,
        limit: usize,
        scope: &CallScope,
    ) -> Result<(Vec<Arc<ServerTool>>, usize), Error> {
        let registry = self.registry()?;
        let known = self.known(&registry, scope).await?;
        let viewer = Viewer::of(scope);
        let is_for_viewer = |tool: &ServerTool| {
            let name = &tool.definition().name;
            // Of what is not registered only what the caller may know of was asked for.
            !self.is_own(name) && (registry.get(name).is_none() || registry.visible(name, &viewer).is_some())
        };
        let all = known.tools.iter().filter(|tool| is_for_viewer(tool)).count();
        let ranked = known.index.search(query).into_iter();
        let found = ranked.filter_map(|number| known.tools.get(usize::try_from(number).ok()?));
        Ok((found.filter(|tool| is_for_viewer(tool)).take(limit).cloned().collect(), all))
    }

    /// The tool of that name, if the caller may know of it.
    pub(super) async fn find(&self, name: &str, scope: &CallScope) -> Result<Option<Arc<ServerTool>>, Error> {
        let registry = self.registry()?;
        if registry.get(name).is_some() {
            return Ok(registry.visible(name, &Viewer::of(scope)));
        }
        match registry.elsewhere() {
            Some(elsewhere) => Ok(elsewhere.get(name, scope).await?.map(Arc::new)),
            None => Ok(None),
        }
    }

    async fn known(&self, registry: &ToolRegistry, scope: &CallScope) -> Result<Arc<Known>, Error> {
        if let Some(elsewhere) = registry.elsewhere() {
            let mut tools = registry.all();
            let others = elsewhere.all(scope, MOST_OF_SOURCES).await?;
            tools.extend(
                others.into_iter().filter(|tool| registry.get(&tool.definition().name).is_none()).map(Arc::new),
            );
            return Ok(Arc::new(Known::new(tools)));
        }
        // Counted before the look: what changes meanwhile is looked at again.
        let changes = self.changes.load(Ordering::Relaxed);
        if let Some((_, known)) = lock(&self.known).as_ref().filter(|(of, _)| *of == changes) {
            return Ok(known.clone());
        }
        let known = Arc::new(Known::new(registry.all()));
        *lock(&self.known) = Some((changes, known.clone()));
        Ok(known)
    }
}

/// What is searched of a tool.
fn fields(tool: &Tool) -> Fields {
    let annotated = tool.annotations.as_ref().and_then(|annotations| annotations.title.clone());
    let mut arguments = String::new();
    for (name, schema) in tool.input_schema.as_map().get("properties").and_then(Value::as_object).into_iter().flatten()
    {
        arguments.push_str(name);
        arguments.push(' ');
        arguments.push_str(schema.get("description").and_then(Value::as_str).unwrap_or_default());
        arguments.push(' ');
    }
    let title = tool.title.clone().or(annotated).unwrap_or_default();
    [tool.name.clone(), title, tool.description.clone().unwrap_or_default(), arguments]
}

//! The tools of a server as they are searched, and who sees which of them in the list.

use std::{
    collections::HashMap,
    panic::resume_unwind,
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
};

use mcp_core::{
    error::Error,
    json::RawJson,
    model::{Request, Tool},
};
use serde::Deserialize;
use serde_json::Value;
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    task::spawn_blocking,
};

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
    /// What was known after so many changes. Whoever indexes tools has the lock for so long: several searches at once wait
    /// for one index, and at most one thread is at work, whatever clients ask for and cancel.
    known: Arc<Mutex<Remembered>>,
}

/// With the number of changes before it.
type Remembered = Option<(u64, Arc<Known>)>;

/// Tools, and where their words stand.
struct Known {
    tools: Vec<Arc<ServerTool>>,
    /// How many of them, from the first on, were registered: who may know of them is asked with every search.
    registered: usize,
    index: Index,
}

impl Known {
    fn new(tools: Vec<Arc<ServerTool>>, registered: usize) -> Self {
        let index = Index::new(tools.iter().map(|tool| fields(tool.definition())));
        Self { tools, registered, index }
    }

    /// Indexes tools on a thread that may block: many take long, and the runtime has other things to do. The work holds the
    /// lock, so that it is not lost with a search that is dropped.
    async fn indexed(
        mut lock: OwnedMutexGuard<Remembered>,
        tools: Vec<Arc<ServerTool>>,
        registered: usize,
        changes: Option<u64>,
    ) -> Result<Arc<Self>, Error> {
        let index = move || {
            let known = Arc::new(Self::new(tools, registered));
            if let Some(changes) = changes {
                *lock = Some((changes, known.clone()));
            }
            known
        };
        spawn_blocking(index).await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(_) => Error::internal("the runtime has stopped"),
        })
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
        Self { registry, options, groups, open: OpenGroups::default(), changes, known: Arc::default() }
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
        let is_for_viewer = |number: usize, tool: &ServerTool| {
            let name = &tool.definition().name;
            // Of what is not registered only what the caller may know of was asked for.
            number >= known.registered || registry.visible(name, &viewer).is_some()
        };
        let all = known.tools.iter().enumerate().filter(|(number, tool)| is_for_viewer(*number, tool)).count();
        let ranked = known.index.search(query).into_iter().filter_map(|number| usize::try_from(number).ok());
        let found = ranked.filter_map(|number| known.tools.get(number).filter(|tool| is_for_viewer(number, tool)));
        Ok((found.take(limit).cloned().collect(), all))
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

    /// What is registered and may be found. Not the tools of this catalogue, which own it: it would never go away.
    fn registered(&self, registry: &ToolRegistry) -> Vec<Arc<ServerTool>> {
        let mut tools = registry.all();
        tools.retain(|tool| !self.is_own(&tool.definition().name));
        tools
    }

    async fn known(&self, registry: &ToolRegistry, scope: &CallScope) -> Result<Arc<Known>, Error> {
        if let Some(elsewhere) = registry.elsewhere() {
            // Asked before the lock is taken: a source may be slow.
            let others = elsewhere.all(scope, MOST_OF_SOURCES).await?;
            let mut tools = self.registered(registry);
            let registered = tools.len();
            tools.extend(
                others.into_iter().filter(|tool| registry.get(&tool.definition().name).is_none()).map(Arc::new),
            );
            return Known::indexed(self.known.clone().lock_owned().await, tools, registered, None).await;
        }
        let known = self.known.clone().lock_owned().await;
        // Counted before the look: what changes meanwhile is looked at again.
        let changes = self.changes.load(Ordering::Relaxed);
        match &*known {
            Some((of, known)) if *of == changes => Ok(known.clone()),
            _ => {
                let tools = self.registered(registry);
                let registered = tools.len();
                Known::indexed(known, tools, registered, Some(changes)).await
            }
        }
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

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        sync::mpsc,
        task::{Context as TaskContext, Poll, Waker},
    };

    use serde_json::{Map, json};

    use super::*;
    use crate::{Server, testing::TestClient};

    fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
        future.poll(&mut TaskContext::from_waker(Waker::noop()))
    }

    fn tool(name: &str) -> ServerTool {
        ServerTool::new(name, |_: Map<String, Value>| async { "" })
    }

    /// A server with one tool, and the catalogue of it.
    fn server(tool: ServerTool) -> (Server, Arc<Catalogue>) {
        let server = Server::builder("test", "1.0.0").tools([tool]).discovery(Discovery::new()).build();
        let catalogue = server.inner.engine.catalogue.clone().unwrap();
        (server, catalogue)
    }

    /// A runtime of one thread, with one more for what blocks, which waits until the sender is dropped.
    fn runtime() -> (tokio::runtime::Runtime, mpsc::Sender<()>) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap();
        let (hold, held) = mpsc::channel::<()>();
        runtime.spawn_blocking(move || held.recv());
        (runtime, hold)
    }

    #[test]
    fn tools_are_indexed_once_for_several_searches_and_not_by_the_thread_of_the_runtime() {
        let (runtime, hold) = runtime();
        runtime.block_on(async {
            let (server, catalogue) = server(tool("bake"));
            let client = TestClient::new(&server);
            let search = || client.call("search_tools", json!({"query": "bake"}));
            let (mut dropped, mut one, mut other) = (Box::pin(search()), pin!(search()), pin!(search()));
            // The thread goes on while the tools wait to be indexed.
            assert!(poll_once(dropped.as_mut()).is_pending());
            assert!(poll_once(one.as_mut()).is_pending());
            drop(dropped);
            drop(hold);
            one.await.unwrap();
            let first = catalogue.known.lock().await.clone().unwrap().1;
            assert!(other.as_mut().await.unwrap().joined_text().contains("bake"));
            let second = catalogue.known.lock().await.clone().unwrap().1;
            assert!(Arc::ptr_eq(&first, &second));
        });
    }

    #[test]
    fn what_was_begun_for_a_search_that_is_dropped_is_there_for_the_next() {
        let (runtime, hold) = runtime();
        runtime.block_on(async {
            let (server, catalogue) = server(tool("bake"));
            let client = TestClient::new(&server);
            let mut dropped = Box::pin(client.call("search_tools", json!({"query": "bake"})));
            assert!(poll_once(dropped.as_mut()).is_pending());
            drop((dropped, hold));
            assert!(catalogue.known.lock().await.is_some());
        });
    }

    #[tokio::test]
    async fn a_server_that_was_searched_goes_away_with_its_last_handle() {
        let held = Arc::new(());
        let of_tool = held.clone();
        let tool = ServerTool::new("bake", move |_: Map<String, Value>| {
            let _held = of_tool.clone();
            async { "" }
        });
        let (server, catalogue) = server(tool);
        drop(catalogue);
        crate::testing::call(&server, "search_tools", json!({"query": "bake"})).await.unwrap();
        drop(server);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}

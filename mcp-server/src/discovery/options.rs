//! How a catalogue is found out about.

/// Keeps a large catalogue of tools small for models: `tools/list` shows a few tools that find the others.
///
/// - `search_tools(query, limit)` ranks the tools that the caller may know of, over names, titles, descriptions and
///   arguments, and returns for each its name, one line, and its arguments in short.
/// - `describe_tools(names)` returns full definitions.
/// - `call_tool(name, arguments)` calls a tool by its name, for hosts that let their model call nothing but what is
///   listed. It is that call, in every respect: layers, conditions and logs see the tool itself.
/// - `open_group(group)`, if there are [groups](Self::group).
///
/// All other tools are registered as ever and may be called by their names; they just stand in no list, but for those that
/// are always shown. A tool that is hidden from a caller is never found by it. Tools of
/// [sources](crate::ToolSource) are searched as well, which asks each source for all its pages, of up to 10 000 tools.
/// A server that is mounted in another brings its tools, and the outer server decides how they are found: give this to
/// the outermost one.
///
/// Only with the cargo feature `discovery`. For a handful of tools it is a detour; see `docs/discovery.md`.
///
/// ```
/// use mcp_server::{Discovery, Server, tool, tools};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// let server = Server::builder("calculator", "1.0.0")
///     .tools(tools![add]) // and a thousand others
///     .discovery(Discovery::new().always(["add"]))
///     .build();
/// # drop(server);
/// ```
#[derive(Debug, Clone)]
#[must_use = "give it to `ServerBuilder::discovery`"]
pub struct Discovery {
    pub(super) always: Vec<String>,
    pub(super) groups: Vec<Group>,
    pub(super) search: String,
    pub(super) describe: String,
    pub(super) call: Option<String>,
    pub(super) open: String,
}

/// Tools that appear together.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) tools: Vec<String>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self::new()
    }
}

impl Discovery {
    /// Nothing is always shown, and the tools have the names above.
    pub fn new() -> Self {
        Self {
            always: Vec::new(),
            groups: Vec::new(),
            search: "search_tools".into(),
            describe: "describe_tools".into(),
            call: Some("call_tool".into()),
            open: "open_group".into(),
        }
    }

    /// Shows these tools in the list all the same. Said again, it adds to them. A name that no tool has does nothing.
    pub fn always(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.always.extend(names.into_iter().map(Into::into));
        self
    }

    /// A group of tools, which appear in the list of whoever asks for the group with `open_group`.
    ///
    /// In a session, its list has them from then on, and this session alone is told that its list has changed. Where
    /// there is no session, nothing is kept: the answer holds their definitions, and they are called by name.
    ///
    /// The name and the description are for everybody who may know of one of the tools; the others are told that there is
    /// no such group, but they read its name in the description of `open_group`.
    pub fn group(
        mut self,
        name: impl Into<String>,
        description: impl Into<String>,
        tools: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        let tools = tools.into_iter().map(Into::into).collect();
        self.groups.push(Group { name: name.into(), description: description.into(), tools });
        self
    }

    /// Another name for `search_tools`.
    pub fn search_name(mut self, name: impl Into<String>) -> Self {
        self.search = name.into();
        self
    }

    /// Another name for `describe_tools`.
    pub fn describe_name(mut self, name: impl Into<String>) -> Self {
        self.describe = name.into();
        self
    }

    /// Another name for `call_tool`.
    pub fn call_name(mut self, name: impl Into<String>) -> Self {
        self.call = Some(name.into());
        self
    }

    /// Offers no `call_tool`: for hosts that call what they were told of, also if no list has it. Hosts that ask their user
    /// before a tool runs then ask about that tool, and not about `call_tool`.
    pub fn without_call(mut self) -> Self {
        self.call = None;
        self
    }

    /// Another name for `open_group`.
    pub fn open_name(mut self, name: impl Into<String>) -> Self {
        self.open = name.into();
        self
    }
}

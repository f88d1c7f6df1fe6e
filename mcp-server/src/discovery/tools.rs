//! The tools that find the others.

use std::{fmt::Write as _, sync::Arc};

use mcp_core::{
    error::{Error, shown},
    model::{ServerNotification, ToolAnnotations},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{catalogue::Catalogue, options::Discovery, text::in_short};
use crate::{
    context::Context,
    handler::{SchemaProfile, ServerTool, ToolError},
    registry::ToolRegistry,
};

const USUAL: u32 = 5;
const MOST: u32 = 20;

/// What a search asks for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchArguments {
    /// What you want to do, in a few words, such as "merge a pull request".
    query: String,
    /// How many tools to return: 5 by default, 20 at most.
    limit: Option<u32>,
}

/// Which tools are described.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DescribeArguments {
    /// Names of tools, 20 at most.
    names: Vec<String>,
}

/// What is called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CallArguments {
    /// The name of the tool.
    name: String,
    /// Its arguments, as its definition says.
    #[serde(default)]
    arguments: Map<String, Value>,
}

/// Which group is opened.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OpenArguments {
    /// The name of the group.
    group: String,
}

impl Catalogue {
    /// Puts the tools that find the others into a registry, which lists only those from now on.
    ///
    /// # Errors
    ///
    /// If one of their names is taken.
    pub(crate) fn install(
        options: Discovery,
        registry: &Arc<ToolRegistry>,
        profile: SchemaProfile,
    ) -> Result<Arc<Self>, String> {
        let catalogue = Arc::new(Self::new(options, registry));
        let tools = tools(&catalogue, profile);
        for tool in &tools {
            let name = &tool.definition().name;
            if registry.get(name).is_some() {
                return Err(format!("a tool is called `{name}`, as one of `Discovery`: give that one another name"));
            }
        }
        registry.fill(tools);
        let lists = Arc::downgrade(&catalogue);
        registry.show_only(move |tool, viewer| {
            lists.upgrade().is_none_or(|catalogue| catalogue.is_listed(&tool.definition().name, viewer))
        });
        Ok(catalogue)
    }
}

fn tools(catalogue: &Arc<Catalogue>, profile: SchemaProfile) -> Vec<ServerTool> {
    let Discovery { search, describe, call, open, groups, .. } = &catalogue.options;
    let how = match call {
        Some(call) => format!("call it by its name, or with `{call}`"),
        None => "call it by its name".to_owned(),
    };
    let of = catalogue.clone();
    let mut tools = vec![
        ServerTool::with_context(search, move |arguments, ctx: Context| {
            let catalogue = of.clone();
            async move { search_tools(&catalogue, arguments, &ctx).await }
        })
        .description(format!(
            "Finds tools by what they do: this server has more than its list shows. Say what you want to do, then {how}."
        ))
        .annotations(read_only()),
    ];
    let of = catalogue.clone();
    tools.push(
        ServerTool::with_context(describe, move |arguments, ctx: Context| {
            let catalogue = of.clone();
            async move { describe_tools(&catalogue, profile, arguments, &ctx).await }
        })
        .description(format!(
            "The full definitions of tools that `{search}` found, with all that their arguments may be."
        ))
        .annotations(read_only()),
    );
    if let Some(call) = call {
        let own = call.clone();
        tools.push(
            ServerTool::with_context(call, move |arguments: CallArguments, ctx: Context| {
                let (of, within) = (own.clone(), ctx);
                async move { not_redirected(&of, &arguments, &within) }
            })
            .description(format!("Calls a tool that `{search}` found, with its arguments.")),
        );
    }
    if !groups.is_empty() {
        let mut about = "Opens a group of tools. Groups:".to_owned();
        for group in groups {
            // Writing to a text cannot fail.
            let _ = write!(about, "\n- {}: {}", group.name, group.description);
        }
        let of = catalogue.clone();
        tools.push(
            ServerTool::with_context(open, move |arguments, ctx: Context| {
                let catalogue = of.clone();
                async move { open_group(&catalogue, profile, arguments, &ctx).await }
            })
            .description(about)
            .annotations(read_only()),
        );
    }
    tools
}

fn read_only() -> ToolAnnotations {
    let mut hints = ToolAnnotations::default();
    hints.read_only_hint = Some(true);
    hints.open_world_hint = Some(false);
    hints
}

async fn search_tools(catalogue: &Catalogue, asked: SearchArguments, ctx: &Context) -> Result<String, ToolError> {
    let SearchArguments { query, limit } = asked;
    let limit = limit.unwrap_or(USUAL).clamp(1, MOST);
    // A longer question is no better one.
    let query: String = query.chars().take(1000).collect();
    let (found, all) =
        catalogue.search(&query, usize::try_from(limit).unwrap_or(1), ctx.scope()).await.map_err(failed)?;
    if found.is_empty() {
        return Ok(format!("None of {all} tools fits `{}`: say it in other words.", shown(&query)));
    }
    let mut text = format!("{} of {all} tools, the best first; `?` marks what may be left out:\n", found.len());
    for tool in found {
        let _ = write!(text, "\n- {}", in_short(tool.definition()));
    }
    Ok(text)
}

async fn describe_tools(
    catalogue: &Catalogue,
    profile: SchemaProfile,
    asked: DescribeArguments,
    ctx: &Context,
) -> Result<String, ToolError> {
    let DescribeArguments { names } = asked;
    let most = usize::try_from(MOST).unwrap_or(1);
    if names.is_empty() || names.len() > most {
        return Err(ToolError::new(format!("name 1 to {most} tools, not {}", names.len())));
    }
    let mut text = String::new();
    for name in names {
        match catalogue.find(&name, ctx.scope()).await.map_err(failed)? {
            Some(tool) => text.push_str(&definition(&tool, profile)?),
            None => {
                let search = &catalogue.options.search;
                let _ = write!(text, "unknown tool `{}`: `{search}` finds those there are", shown(&name));
            }
        }
        text.push('\n');
    }
    Ok(text)
}

fn definition(tool: &ServerTool, profile: SchemaProfile) -> Result<String, ToolError> {
    serde_json::to_string(&profile.show(tool.definition())).map_err(ToolError::new)
}

/// What is wrong with a call by way of `call_tool` that did not become the call that is meant.
fn not_redirected(own: &str, arguments: &CallArguments, _: &Context) -> Result<String, ToolError> {
    let name = shown(&arguments.name);
    Err(ToolError::new(format!(
        "`{own}` cannot call `{name}` ({} arguments): tools of discovery, and tools of a server that is part of another, are \
         called by their own names",
        arguments.arguments.len()
    )))
}

async fn open_group(
    catalogue: &Catalogue,
    profile: SchemaProfile,
    asked: OpenArguments,
    ctx: &Context,
) -> Result<String, ToolError> {
    let Discovery { groups, .. } = &catalogue.options;
    let number = groups.iter().position(|group| group.name == asked.group);
    let mut tools = Vec::new();
    for name in number.and_then(|number| groups.get(number)).into_iter().flat_map(|group| &group.tools) {
        tools.extend(catalogue.find(name, ctx.scope()).await.map_err(failed)?);
    }
    // A group of which the caller may know nothing does not exist.
    let (Some(number), false) = (number, tools.is_empty()) else {
        let all: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
        let text = format!("there is no group `{}` for you; groups are: {}", shown(&asked.group), all.join(", "));
        return Err(ToolError::new(text));
    };
    let scope = ctx.scope();
    let Some(client) = &scope.client else {
        let mut text =
            "This connection has no session, so the list of tools stays as it is. Call these by name:\n".to_owned();
        for tool in tools {
            text.push_str(&definition(&tool, profile)?);
            text.push('\n');
        }
        return Ok(text);
    };
    if catalogue.open.open(&scope.caller, number) {
        client.tell(ServerNotification::ToolsListChanged);
    }
    let mut text = "The list of tools has these as well now, in this session:\n".to_owned();
    for tool in tools {
        let _ = write!(text, "\n- {}", in_short(tool.definition()));
    }
    Ok(text)
}

/// What a source fails with is no answer.
fn failed(error: Error) -> ToolError {
    ToolError::protocol(error)
}

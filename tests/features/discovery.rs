//! Large catalogues of tools: found instead of listed, in groups, with results that are held to a bound.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Waker},
};

use mcp_server::{
    Context, Discovery, Error, Limits, Page, Schema, Server, ServerBuilder, ServerTool, ToolSource, async_trait,
    middleware::{Call, Next, from_fn},
    testing,
};
use mcp_tests::clients::{self, Client};
use serde_json::{Map, Value, json};

use crate::panics;

type Nothing = Map<String, Value>;

/// Public tools by the hundred; see `tests/catalogue/derive.mjs`.
const CATALOGUE: &str = include_str!("../catalogue/tools.json");

/// What an agent would ask for, and the tool that it means. The ranking was adjusted by these, so that all are found says
/// little about other questions.
const QUERIES: [(&str, &str); 40] = [
    ("file a bug report in a repo", "issues_create"),
    ("which people have starred this repository", "activity_list_stargazers_for_repo"),
    ("merge the pull request now that checks pass", "pulls_merge"),
    ("invite someone to the organization", "orgs_create_invitation"),
    ("give a user push rights on one repository", "repos_add_collaborator"),
    ("kick off a workflow by hand on a branch", "actions_create_workflow_dispatch"),
    ("see the logs of a failed workflow run", "actions_download_workflow_run_logs"),
    ("put a file into the repo with a commit", "repos_create_or_update_file_contents"),
    ("make a fork of somebody's project", "repos_create_fork"),
    ("protect the main branch from force pushes", "repos_update_branch_protection"),
    ("store an encrypted secret for actions in a repository", "actions_create_or_update_repo_secret"),
    ("search code for a function name", "search_code"),
    ("leave a comment on an issue", "issues_create_comment"),
    ("stick labels onto an issue", "issues_add_labels"),
    ("read a text file from disk", "read_text_file"),
    ("rename a file on the local file system", "move_file"),
    ("what folders am I permitted to touch", "list_allowed_directories"),
    ("add two numbers together", "get-sum"),
    ("show me the environment variables of the server", "get-env"),
    ("publish a new release with notes", "repos_create_release"),
    ("who follows me on github", "users_list_followers_for_authenticated_user"),
    ("block an abusive user in our org", "orgs_block_user"),
    ("delete an old tag or branch reference", "git_delete_ref"),
    ("compare two commits and see the diff", "repos_compare_commits_with_basehead"),
    ("ask reviewers to look at my PR", "pulls_request_reviewers"),
    ("approve a pull request", "pulls_create_review"),
    ("list the open issues of a repository", "issues_list_for_repo"),
    ("stop a running CI job", "actions_cancel_workflow_run"),
    ("rerun only the jobs that failed", "actions_re_run_workflow_failed_jobs"),
    ("get the readme of a repository", "repos_get_readme"),
    ("how many API calls do I have left", "rate_limit_get"),
    ("set up a webhook for push events", "repos_create_webhook"),
    ("create a gist with a few files", "gists_create"),
    ("turn markdown into html", "markdown_render"),
    ("lock the conversation on an issue", "issues_lock"),
    ("mark my notifications as read", "activity_mark_notifications_as_read"),
    ("close a milestone or change its due date", "issues_update_milestone"),
    ("list alerts about vulnerable dependencies", "dependabot_list_alerts_for_repo"),
    ("tree view of a directory with all its subfolders", "directory_tree"),
    ("make a new folder", "create_directory"),
];

/// More of the same, written before anybody saw how they are ranked, and not changed since. Nothing was adjusted by them:
/// 15 were found when they were written, and 16 after the ranking was adjusted so that all of the others are. Words that
/// only these need ("visitors" for views) are left out of what is known to mean the same, so that they go on to show how
/// other questions fare.
const UNSEEN: [(&str, &str); 20] = [
    ("transfer a repository to a new owner", "repos_transfer"),
    ("how many visitors did the repository get", "repos_get_views"),
    ("unfollow someone", "users_unfollow"),
    ("register an SSH key for my account", "users_create_public_ssh_key_for_authenticated_user"),
    ("turn on GitHub Pages for a repository", "repos_create_pages_site"),
    ("assign somebody to an issue", "issues_add_assignees"),
    ("which files did this pull request touch", "pulls_list_files"),
    ("throw away a gist", "gists_delete"),
    ("accept an invitation to a repository", "repos_accept_invitation_for_authenticated_user"),
    ("programming languages used in a repo", "repos_list_languages"),
    ("kick a member out of the org", "orgs_remove_member"),
    ("switch off a workflow", "actions_disable_workflow"),
    ("respond to a review comment on a PR", "pulls_create_reply_for_review_comment"),
    ("download the repo as a zip", "repos_download_zipball_archive"),
    ("set the topics of a repository", "repos_replace_all_topics"),
    ("attach a binary to a release", "repos_upload_release_asset"),
    ("start up my codespace", "codespaces_start_for_authenticated_user"),
    ("overwrite a file on disk with new content", "write_file"),
    ("how big is each file in a folder", "list_directory_with_sizes"),
    ("show the profile I am logged in with", "users_get_authenticated"),
];

fn catalogue() -> Vec<ServerTool> {
    let catalogue: Value = serde_json::from_str(CATALOGUE).unwrap();
    let mut names = std::collections::HashSet::new();
    let mut tools = Vec::new();
    for tool in catalogue["tools"].as_array().unwrap() {
        let (name, about) = (tool[0].as_str().unwrap(), tool[1].as_str().unwrap());
        let mut schema = json!({"type": "object", "properties": {}, "required": []});
        for argument in tool[2].as_array().unwrap() {
            let name = argument[0].as_str().unwrap();
            schema["properties"][name] = json!({"type": argument[1], "description": argument[3]});
            if argument[2] == 1 {
                schema["required"].as_array_mut().unwrap().push(json!(name));
            }
        }
        if names.insert(name.to_owned()) {
            let schema = Schema::try_from(schema).unwrap();
            tools.push(ServerTool::from_schema(name, schema, |_: Value, _: Context| async { "x" }).description(about));
        }
    }
    tools
}

async fn call(client: &mut Client, name: &str, arguments: Value) -> Value {
    client.ask("tools/call", json!({"name": name, "arguments": arguments})).await
}

async fn said(client: &mut Client, name: &str, arguments: Value) -> String {
    let answer = call(client, name, arguments).await;
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// The names that a search has found, the best first.
async fn found(client: &mut Client, arguments: Value) -> Vec<String> {
    let text = said(client, "search_tools", arguments).await;
    let lines = text.lines().filter_map(|line| line.strip_prefix("- "));
    lines.map(|line| line.split('(').next().unwrap().to_owned()).collect()
}

async fn listed(client: &mut Client) -> Vec<String> {
    let list = client.result("tools/list", json!({})).await;
    list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_thousand_tools_take_few_bytes_before_the_first_call() {
    let server = Server::builder("catalogue", "1.0.0")
        .instructions("GitHub, files, and some tools for tests. Search for what you need.")
        .tools(catalogue())
        .discovery(Discovery::new().always(["read_file"]))
        .build();
    assert!(server.tools().names().len() > 1000);
    for mut client in clients::all(&server).await {
        let first = if client.has_session() {
            // The answer to the handshake holds less than this: its capabilities, and the texts above.
            json!({"capabilities": client.capabilities().await, "instructions": "x".repeat(300)})
        } else {
            client.result("server/discover", json!({})).await
        };
        let list = client.result("tools/list", json!({})).await;
        let bytes = first.to_string().len() + list.to_string().len();
        println!("{bytes} bytes");
        assert!(bytes < 8 << 10, "{bytes} bytes");
        assert_eq!(listed(&mut client).await, ["read_file", "search_tools", "describe_tools", "call_tool"]);
    }
}

/// Those of these questions that do not have the right tool among the first five that are found.
async fn missed(questions: &[(&str, &str)]) -> Vec<String> {
    let server = Server::builder("catalogue", "1.0.0").tools(catalogue()).discovery(Discovery::new()).build();
    let mut client = Client::on_pipe(&server, None).await;
    let mut missed = Vec::new();
    for (query, tool) in questions {
        assert!(server.tools().get(tool).is_some(), "{tool}");
        let found = found(&mut client, json!({"query": query})).await;
        assert!(found.len() <= 5, "{found:?}");
        if !found.iter().any(|name| name == tool) {
            missed.push(format!("{query:?} for {tool} found {found:?}"));
        }
    }
    missed
}

#[tokio::test]
async fn the_right_tool_is_among_the_first_five() {
    let missed = missed(&QUERIES).await;
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test]
async fn four_of_five_questions_that_nothing_was_adjusted_by_find_the_right_tool() {
    let missed = missed(&UNSEEN).await;
    assert!(missed.len() <= 4, "{missed:#?}");
}

/// Two tools for everybody, two for admins, of which one is in a group.
fn offers(configure: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Server {
    let tool = |name: &str, about: &str| {
        let said = name.to_owned();
        ServerTool::with_context(name, move |_: Nothing, _: Context| std::future::ready(said.clone()))
            .description(about)
    };
    let for_admins = |tool: ServerTool| tool.visible_if(|viewer| viewer.meta("test/admin").is_some());
    let builder = Server::builder("offers", "1.0.0").prompts([]).tools([
        tool("price_of", "What a loaf of bread costs."),
        tool("order", "Orders a loaf of bread."),
        for_admins(tool("discount", "Makes bread cheaper for everybody.")),
        for_admins(tool("ban_customer", "Sells no more bread to somebody.")),
    ]);
    configure(builder).build()
}

fn discovery() -> Discovery {
    Discovery::new().group("orders", "What is sold", ["order", "price_of"]).group(
        "admin",
        "For the owners of the shop",
        ["ban_customer", "discount"],
    )
}

#[tokio::test]
async fn what_was_found_is_described_and_called() {
    for mut client in clients::all(&offers(|builder| builder.discovery(Discovery::new()))).await {
        assert_eq!(found(&mut client, json!({"query": "buy some bread"})).await.len(), 2);
        assert_eq!(found(&mut client, json!({"query": "cost of bread", "limit": 1})).await, ["price_of"]);
        let nothing = said(&mut client, "search_tools", json!({"query": "zebra"})).await;
        assert_eq!(nothing, "None of 2 tools fits `zebra`: say it in other words.");
        let described = said(&mut client, "describe_tools", json!({"names": ["order", "zebra"]})).await;
        let definition: Value = serde_json::from_str(described.lines().next().unwrap()).unwrap();
        assert_eq!((&definition["name"], &definition["inputSchema"]["type"]), (&json!("order"), &json!("object")));
        assert!(described.contains("unknown tool `zebra`"), "{described}");
        // By its name, and by way of another tool.
        assert_eq!(said(&mut client, "order", json!({})).await, "order");
        assert_eq!(said(&mut client, "call_tool", json!({"name": "order"})).await, "order");
        assert_eq!(said(&mut client, "call_tool", json!({"name": "order", "arguments": {}})).await, "order");
        // What is wrong is told as it is of the tool itself.
        let straight = call(&mut client, "zebra", json!({})).await;
        assert_eq!(call(&mut client, "call_tool", json!({"name": "zebra"})).await["error"], straight["error"]);
        let wrong = call(&mut client, "call_tool", json!({"arguments": {}})).await.to_string();
        assert!(wrong.contains("name"), "{wrong}");
        let circle = call(&mut client, "call_tool", json!({"name": "call_tool"})).await;
        assert_eq!(circle["result"]["isError"], true, "{circle}");
        let many = call(&mut client, "describe_tools", json!({"names": vec!["x"; 21]})).await;
        assert_eq!(many["result"]["isError"], true, "{many}");
    }
}

#[tokio::test]
async fn what_is_hidden_is_neither_found_nor_described_nor_in_a_group() {
    for mut client in clients::all(&offers(|builder| builder.discovery(discovery()))).await {
        let admin = json!({"test/admin": true});
        assert!(
            !found(&mut client, json!({"query": "discount, ban a customer, bread"})).await.contains(&"discount".into())
        );
        let as_admin = json!({"name": "search_tools", "arguments": {"query": "ban a customer"}, "_meta": admin});
        let text = client.result("tools/call", as_admin).await.to_string();
        assert!(text.contains("ban_customer"), "{text}");
        let described = said(&mut client, "describe_tools", json!({"names": ["discount"]})).await;
        assert!(described.starts_with("unknown tool"), "{described}");
        let by_way = call(&mut client, "call_tool", json!({"name": "discount"})).await;
        assert_eq!(by_way["error"]["code"], -32602, "{by_way}");
        let group = call(&mut client, "open_group", json!({"group": "admin"})).await;
        let none = call(&mut client, "open_group", json!({"group": "zebra"})).await;
        assert_eq!(group["result"]["isError"], true, "{group}");
        assert_eq!(group.to_string().replace("`admin`", "`zebra`"), none.to_string());
    }
}

/// A session's list grows by the group, and that session alone is told. Without a session the answer has it all.
#[tokio::test]
async fn a_group_appears_for_the_session_that_asked() {
    const OWN: [&str; 4] = ["search_tools", "describe_tools", "call_tool", "open_group"];
    let server = offers(|builder| builder.discovery(discovery()));
    let address = clients::serve(&server).await;
    for version in [Some(clients::WITH_SESSION), None] {
        let mut pipe = Client::on_pipe(&server, version).await;
        let mut http = Client::over_http(address, version).await;
        let others = [Client::on_pipe(&server, version).await, Client::over_http(address, version).await];
        for client in [&mut pipe, &mut http] {
            assert_eq!(listed(client).await, OWN);
            let answer = said(client, "open_group", json!({"group": "orders"})).await;
            let expected: Vec<&str> =
                if version.is_some() { ["price_of", "order"].into_iter().chain(OWN).collect() } else { OWN.into() };
            assert_eq!(listed(client).await, expected);
            let has_definitions = answer.contains("inputSchema");
            assert!(
                answer.contains("price_of(") != has_definitions && has_definitions == version.is_none(),
                "{answer}"
            );
        }
        if version.is_some() {
            let heard = http.again().await.listen(&[]).await.next().await;
            assert_eq!(heard["method"], "notifications/tools/list_changed", "{heard}");
        }
        for mut other in others {
            assert_eq!(listed(&mut other).await, OWN);
            let mut events = other.listen(&[]).await;
            server.notify_prompts_list_changed();
            let heard = events.next().await;
            assert_eq!(heard["method"], "notifications/prompts/list_changed", "{heard}");
        }
    }
}

/// A layer that lets nobody call a tool cannot be passed by way of another.
#[tokio::test]
async fn layers_see_the_tool_that_is_called_by_way_of_another() {
    let guard = from_fn(|call: Call, next: Next| async move {
        if call.name() == Some("order") {
            return Err(Error::invalid_params("nobody may order"));
        }
        next.run(call).await
    });
    for mut client in clients::all(&offers(|builder| builder.discovery(Discovery::new()).layer(guard))).await {
        let refused = call(&mut client, "call_tool", json!({"name": "order"})).await;
        assert_eq!(refused["error"]["message"], "nobody may order", "{refused}");
        assert_eq!(said(&mut client, "call_tool", json!({"name": "price_of"})).await, "price_of");
    }
}

#[tokio::test]
async fn the_tools_of_discovery_may_have_other_names_and_no_taken_ones() {
    let named = Discovery::new().search_name("find").describe_name("explain").without_call().always(["order"]);
    for mut client in clients::all(&offers(|builder| builder.discovery(named))).await {
        assert_eq!(listed(&mut client).await, ["order", "find", "explain"]);
        assert_eq!(call(&mut client, "call_tool", json!({"name": "order"})).await["error"]["code"], -32602);
    }
    let text = panics(|| drop(offers(|builder| builder.discovery(Discovery::new().search_name("order")))));
    assert!(text.contains("a tool is called `order`"), "{text}");
}

struct Cakes;

#[async_trait]
impl ToolSource for Cakes {
    async fn list(&self, cursor: Option<&str>, ctx: &Context) -> Result<Page<ServerTool>, Error> {
        let next = if cursor.is_none() { "cheese" } else { "carrot" };
        let page = Page::new(ToolSource::get(self, &format!("{next}_cake"), ctx).await?);
        Ok(if cursor.is_none() { page.next("more") } else { page })
    }

    async fn get(&self, name: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
        let tool = ServerTool::new(name, |_: Nothing| async { "cake" }).description("Bakes.");
        Ok(name.ends_with("_cake").then_some(tool))
    }
}

#[tokio::test]
async fn tools_of_sources_and_tools_that_come_later_are_found() {
    let server = offers(|builder| builder.tool_source(Cakes).discovery(Discovery::new()));
    for mut client in clients::all(&server).await {
        assert_eq!(found(&mut client, json!({"query": "bake a carrot cake"})).await[0], "carrot_cake");
        assert_eq!(listed(&mut client).await, ["search_tools", "describe_tools", "call_tool"]);
        assert!(said(&mut client, "describe_tools", json!({"names": ["cheese_cake"]})).await.contains("Bakes."));
        assert_eq!(said(&mut client, "call_tool", json!({"name": "cheese_cake"})).await, "cake");
    }
    let server = offers(|builder| builder.discovery(Discovery::new()));
    let mut client = Client::on_pipe(&server, None).await;
    assert_eq!(found(&mut client, json!({"query": "feed the zebra"})).await, [""; 0]);
    server.tools().insert(ServerTool::new("feed_zebra", |_: Nothing| async { "fed" }));
    assert_eq!(found(&mut client, json!({"query": "feed the zebra"})).await, ["feed_zebra"]);
    server.tools().remove("feed_zebra");
    assert_eq!(found(&mut client, json!({"query": "feed the zebra"})).await, [""; 0]);
}

/// So many pages with nothing on them, by numbers up to `names`.
struct Empty {
    pages: usize,
    names: usize,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl ToolSource for Empty {
    async fn list(&self, _: Option<&str>, _: &Context) -> Result<Page<ServerTool>, Error> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        let page = Page::new([]);
        Ok(if asked < self.pages { page.next((asked % self.names).to_string()) } else { page })
    }

    async fn get(&self, _: &str, _: &Context) -> Result<Option<ServerTool>, Error> {
        Ok(None)
    }
}

#[tokio::test]
async fn a_source_whose_pages_lead_in_a_circle_is_searched_in_vain_and_not_for_ever() {
    let source = Empty { pages: 100, names: 3, asked: Arc::default() };
    let server = offers(|builder| builder.tool_source(source).discovery(Discovery::new()));
    let error = testing::call(&server, "search_tools", json!({"query": "bake"})).await.unwrap_err();
    assert!(error.message().contains("names the same page twice"), "{error}");
}

#[tokio::test]
async fn a_source_that_never_waits_lets_others_work_between_its_pages() {
    let asked = Arc::<AtomicUsize>::default();
    let source = Empty { pages: 1_000, names: 1_000, asked: asked.clone() };
    let server = offers(|builder| builder.tool_source(source).discovery(Discovery::new()));
    let mut search = pin!(testing::call(&server, "search_tools", json!({"query": "bake"})));
    assert!(search.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())).is_pending());
    assert!(asked.load(Ordering::Relaxed) < 1_000);
    assert!(!search.await.unwrap().is_error);
    assert_eq!(asked.load(Ordering::Relaxed), 1_001);
}

#[tokio::test]
async fn the_text_of_a_result_is_cut_at_its_bound_and_says_so() {
    use mcp_server::{
        Json,
        model::{CallToolResult, Content},
    };
    let mut limits = Limits::default();
    limits.result_text_bytes = Some(1000);
    let long = "a line of ten\n".repeat(500);
    let text = long.clone();
    let blocks = long.clone();
    let server = Server::builder("long", "1.0.0")
        .limits(limits)
        .tools([
            ServerTool::new("text", move |_: Nothing| std::future::ready(text.clone())),
            ServerTool::new("short", |_: Nothing| async { "ä".repeat(500) }),
            ServerTool::new("wide", |_: Nothing| async { "ä".repeat(501) }),
            ServerTool::new("numbers", |_: Nothing| async { Json((0..1000).collect::<Vec<u32>>()) }),
            ServerTool::new("blocks", move |_: Nothing| {
                let content = vec![
                    Content::text("first"),
                    Content::text(blocks.clone()),
                    Content::image([1], "image/png"),
                    Content::text("last"),
                ];
                std::future::ready(CallToolResult::new(content))
            }),
            ServerTool::new("fails", |_: Nothing| async { CallToolResult::error("e".repeat(2000)) }),
        ])
        .build();
    for mut client in clients::all(&server).await {
        let cut = call(&mut client, "text", json!({})).await["result"].clone();
        let (shown, note) = (cut["content"][0]["text"].as_str().unwrap(), cut["content"][1]["text"].as_str().unwrap());
        assert!(shown.len() <= 1000 && shown.len() > 900 && shown.ends_with("a line of ten\n"), "{shown}");
        assert!(note.contains(&format!("{} of 7000 bytes", shown.len())) && note.contains("narrower"), "{note}");
        assert_eq!(said(&mut client, "short", json!({})).await.len(), 1000);
        assert_eq!(said(&mut client, "wide", json!({})).await.len(), 1000);
        let blocks = call(&mut client, "blocks", json!({})).await["result"]["content"].clone();
        let kinds: Vec<_> = blocks.as_array().unwrap().iter().map(|block| block["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["text", "text", "image", "text"], "{blocks}");
        assert!(!blocks.to_string().contains("last"), "{blocks}");
        let failed = call(&mut client, "fails", json!({})).await["result"].clone();
        assert!(failed["isError"] == true && failed["content"][1]["text"].is_string(), "{failed}");
        // JSON that is cut is none: the model is told, and the program gets nothing that is wrong.
        let numbers = call(&mut client, "numbers", json!({})).await["result"].clone();
        assert!(numbers["isError"] == true && numbers.get("structuredContent").is_none(), "{numbers}");
        assert!(numbers.to_string().contains("at most 1000"), "{numbers}");
    }
}

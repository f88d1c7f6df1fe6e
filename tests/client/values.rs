//! Replies of other people's servers that are odd and real: what is used of each, and what is told of it.

use mcp_client::{ErrorKind, McpClient, Result, model::CompletionReference};
use mcp_tests::{covers, seen::Seen};
use serde::Serialize;
use serde_json::{Value, json};
use tracing::Level;

use crate::support::{
    pipe::{Peer, Script},
    soon,
};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Call,
    Tools,
    Prompts,
    Resources,
    Templates,
    Prompt,
    Read,
    Complete,
    Ping,
}
use Ask::{Call, Complete, Ping, Prompt, Prompts, Read, Resources, Templates, Tools};

/// What has to become of a reply.
enum Want {
    /// It is read as this, without a word.
    As(Value),
    /// It is read as this, and the log has a warning that holds that.
    Mended(Value, &'static str),
    /// It fails at once, with a sentence that holds that.
    Fails(&'static str),
    /// It is the server's refusal, with that code and message.
    Refused(i64, &'static str),
}
use Want::{As, Fails, Mended, Refused};

async fn asked(client: &McpClient, ask: Ask) -> Result<Value> {
    fn shown(value: impl Serialize) -> Value {
        serde_json::to_value(value).unwrap()
    }
    Ok(match ask {
        Call => shown(client.call_tool("x", ()).await?.into_inner()),
        Tools => shown(client.list_tools().await?),
        Prompts => shown(client.list_prompts().await?),
        Resources => shown(client.list_resources().await?),
        Templates => shown(client.list_resource_templates().await?),
        Prompt => shown(client.get_prompt("x", ()).await?),
        Read => shown(client.read_resource("a:b").await?.contents),
        Complete => shown(client.complete(CompletionReference::prompt("x"), "a", "b").await?),
        Ping => shown(client.ping().await?),
    })
}

/// Asks both eras, and holds the row to what it wants. `@` stands for the id of the request.
async fn hold(ask: Ask, frame: &str, want: &Want) {
    for modern in [true, false] {
        let text = frame.to_owned();
        let play = move |mut peer: Peer| {
            let text = text.clone();
            async move {
                let request = peer.next().await.expect("a request");
                peer.raw(&text.replace('@', &request["id"].to_string())).await;
                peer.rest().await;
            }
        };
        let script = if modern { Script::modern(play) } else { Script::legacy(play) };
        let client = McpClient::connect_in_process(&script).await.unwrap();
        let (seen, _guard) = Seen::from(Level::WARN);
        let read = soon(asked(&client, ask)).await;
        let told = seen.text();
        match (want, read) {
            (As(want), Ok(read)) => {
                assert_eq!(read, *want, "{frame}");
                assert_eq!(told, "", "{frame}");
            }
            (Mended(want, warning), Ok(read)) => {
                assert_eq!(read, *want, "{frame}");
                assert!(told.contains(warning), "{frame}: {told}");
            }
            (Fails(why), Err(error)) => {
                assert_eq!(error.kind(), ErrorKind::Invalid, "{frame}: {error}");
                assert!(error.to_string().contains(why), "{frame}: {error}");
            }
            (Refused(code, message), Err(error)) => {
                let rejection = error.rejection().unwrap_or_else(|| panic!("{frame}: {error}"));
                assert_eq!((rejection.code, rejection.message.as_str()), (*code, *message), "{frame}");
            }
            (_, read) => panic!("{frame} (modern: {modern}) gave {read:?}"),
        }
    }
}

async fn hold_results(rows: Vec<(Ask, &str, Want)>) {
    for (ask, result, want) in rows {
        hold(ask, &format!(r#"{{"jsonrpc":"2.0","id":@,"result":{result}}}"#), &want).await;
    }
}

fn text(text: &str) -> Value {
    json!({"content": [{"type": "text", "text": text}]})
}

const SCHEMA: &str = r#""inputSchema":{"type":"object"}"#;

fn tool(more: Value) -> Value {
    let mut tool = json!({"name": "a", "inputSchema": {"type": "object"}});
    let Value::Object(more) = more else { panic!("{more} is no object") };
    tool.as_object_mut().unwrap().extend(more);
    tool
}

/// The envelope: what is an answer is taken, what was to be one fails its request at once, with the reason.
#[tokio::test]
async fn envelopes_that_are_not_quite_right() {
    let ok = r#"{"content":[{"type":"text","text":"ok"}]}"#;
    let frame = |members: &str| format!("{{{}}}", members.replace("OK", ok));
    for (frame, want) in [
        (frame(r#""jsonrpc":"2.0","id":@,"result":OK,"error":null"#), As(text("ok"))),
        (frame(r#""error":null,"result":OK,"id":@,"jsonrpc":"2.0""#), As(text("ok"))),
        (frame(r#""jsonrpc":"2.0","id":"@","result":OK"#), As(text("ok"))),
        (frame(r#""jsonrpc":"2.0","id":@.0,"result":OK"#), As(text("ok"))),
        (frame(r#""jsonrpc":"2.0","id":@,"result":OK,"took_ms":3"#), As(text("ok"))),
        (format!("\u{feff}{}", frame(r#""jsonrpc":"2.0","id":@,"result":OK"#)), Mended(text("ok"), "byte order mark")),
        (frame(r#""id":@,"result":OK"#), Fails("`jsonrpc`")),
        (frame(r#""jsonrpc":"1.0","id":@,"result":OK"#), Fails("`jsonrpc`")),
        (frame(r#""jsonrpc":2.0,"id":@,"result":OK"#), Fails("`jsonrpc`")),
        (frame(r#""jsonrpc":"2.0","id":@"#), Fails("neither a result nor an error")),
        (frame(r#""id":@"#), Fails("neither a result nor an error")),
        (
            frame(r#""jsonrpc":"2.0","id":@,"result":OK,"error":{"code":1,"message":"x"}"#),
            Fails("a result and an error"),
        ),
        (frame(r#""jsonrpc":"2.0","id":@,"result":{"content":[NaN]}"#), Fails("not JSON")),
        (frame(r#""jsonrpc":"2.0","id":@,"result":{"content":[],}"#), Fails("not JSON")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":null"#), Fails("no integer code")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":"out of order""#), Fails("out of order")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":{"message":"no code"}"#), Fails("no code")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":{"code":-32000.0,"message":"busy"}"#), Refused(-32000, "busy")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":{"code":-32000}"#), Refused(-32000, "")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":{"code":-32000,"message":null}"#), Refused(-32000, "")),
        (frame(r#""jsonrpc":"2.0","id":@,"error":{"code":-32000,"message":["a"]}"#), Refused(-32000, r#"["a"]"#)),
        (
            frame(r#""jsonrpc":"2.0","id":@,"error":{"code":-32000,"message":"half \ud83d"}"#),
            Refused(-32000, "half \u{fffd}"),
        ),
    ] {
        hold(Call, &frame, &want).await;
    }
}

/// Results of tools: a block of content that is strange hides no other.
#[tokio::test]
async fn results_of_tools_that_are_not_quite_right() {
    covers!("JRPC-033");
    let block = |result: &str| serde_json::from_str::<Value>(result).unwrap();
    hold_results(vec![
        (Call, r#"{"content":[],"_meta":null}"#, As(json!({"content": []}))),
        (
            Call,
            r#"{"content":[],"isError":null,"structuredContent":null}"#,
            As(json!({"content": [], "structuredContent": null})),
        ),
        (
            Call,
            r#"{"content":null,"structuredContent":{"a":1}}"#,
            As(json!({"content": [], "structuredContent": {"a": 1}})),
        ),
        (Call, r#"{"content":[],"_meta":["x"]}"#, Mended(json!({"content": []}), "`_meta`")),
        (Call, r#"{"content":[],"_meta":{"a":1e999,"b":2}}"#, Mended(json!({"content": [], "_meta": {"b": 2}}), "`a`")),
        (Call, r#"{"content":[{"type":"text","text":"a \ud83d b"}]}"#, Mended(text("a \u{fffd} b"), "U+FFFD")),
        (
            Call,
            r#"{"content":[{"type":"video","data":"x","n":[1]},{"type":"text","text":"b"}]}"#,
            As(block(r#"{"content":[{"type":"video","data":"x","n":[1]},{"type":"text","text":"b"}]}"#)),
        ),
        (
            Call,
            r#"{"content":[{"text":"no kind"},"bare",{"type":"text","text":"b"}]}"#,
            Mended(block(r#"{"content":[{"text":"no kind"},"bare",{"type":"text","text":"b"}]}"#), "content[0]"),
        ),
        (
            Call,
            r#"{"content":[{"type":"image","data":5,"mimeType":"image/png"}]}"#,
            Mended(block(r#"{"content":[{"type":"image","data":5,"mimeType":"image/png"}]}"#), "kept as it came"),
        ),
        (
            Call,
            r#"{"content":[{"type":"text","text":"a","annotations":{"audience":["user","robot"],"priority":"high"}}]}"#,
            Mended(
                json!({"content": [{"type": "text", "text": "a", "annotations": {"audience": ["user"]}}]}),
                "priority",
            ),
        ),
        (
            Call,
            r#"{"content":[{"type":"text","text":"a","annotations":[],"_meta":7}]}"#,
            Mended(text("a"), "annotations"),
        ),
        (
            Call,
            r#"{"content":[{"type":"resource_link","uri":"a:b","name":"n","size":1024.0,"mimeType":null}]}"#,
            As(json!({"content": [{"type": "resource_link", "uri": "a:b", "name": "n", "size": 1024}]})),
        ),
        (
            Call,
            r#"{"content":[{"type":"resource","resource":{"uri":"a:b","text":"t","mimeType":["x"]}}]}"#,
            Mended(json!({"content": [{"type": "resource", "resource": {"uri": "a:b", "text": "t"}}]}), "mimeType"),
        ),
        // What changes the meaning of everything else is not guessed.
        (Call, r#"{"content":[],"isError":"yes"}"#, Fails("isError")),
        (Call, r#"{"content":{"type":"text","text":"a"}}"#, Fails("content")),
        (Call, "[]", Fails("")),
        (Call, r#"{"task":{"taskId":"1","status":"working"}}"#, Fails("a task")),
    ])
    .await;
}

/// Lists: what an item can do without costs itself, what it cannot costs the item, and no item costs another.
#[tokio::test]
async fn lists_that_are_not_quite_right() {
    let tools = |tool: &str| format!(r#"{{"tools":[{{"name":"a",{SCHEMA},{tool}}},{{"name":"b",{SCHEMA}}}]}}"#);
    let b = json!({"name": "b", "inputSchema": {"type": "object"}});
    let both = |more: Value| json!([tool(more), b]);
    let icons = tools(r#""icons":[{"src":"https://a/i.png","sizes":"48x48"},{"sizes":["any"]}]"#);
    let hints = tools(r#""annotations":{"title":"A","readOnlyHint":"yes","destructiveHint":false}"#);
    let cases = [
        (icons.as_str(), Mended(both(json!({"icons": [{"src": "https://a/i.png"}]})), "icons[0].sizes")),
        (&tools(r#""icons":"https://a/i.png""#), Mended(both(json!({})), "icons")),
        (
            &tools(r#""icons":[{"src":"https://a/i.png","theme":"sepia"}]"#),
            Mended(both(json!({"icons": [{"src": "https://a/i.png"}]})), "theme"),
        ),
        (&tools(r#""title":null,"description":null,"icons":null,"_meta":null"#), As(both(json!({})))),
        (&tools(r#""description":["a","b"],"execution":{"taskSupport":7}"#), Mended(both(json!({})), "description")),
        (&hints, Mended(both(json!({"annotations": {"title": "A", "destructiveHint": false}})), "readOnlyHint")),
        (&tools(r#""outputSchema":true"#), Mended(both(json!({})), "outputSchema")),
        (&tools(r#""_meta":"x""#), Mended(both(json!({})), "_meta")),
        (r#"{"tools":[{"name":"a"},{"name":"b","inputSchema":{"type":"object"}}]}"#, Mended(json!([b]), "tools[0]")),
        (r#"{"tools":null,"nextCursor":null}"#, As(json!([]))),
        (r#"{"tools":[],"ttlMs":"5","cacheScope":7}"#, Mended(json!([]), "ttlMs")),
        (r#"{"tools":{}}"#, Fails("tools")),
        // An end that is none would hide what follows.
        (r#"{"tools":[],"nextCursor":5}"#, Fails("nextCursor")),
    ];
    for (result, want) in cases {
        hold(Tools, &format!(r#"{{"jsonrpc":"2.0","id":@,"result":{result}}}"#), &want).await;
    }
    hold_results(vec![
        (
            Prompts,
            r#"{"prompts":[{"name":"p","arguments":[{"name":"x","required":"no"},{"required":true}]}]}"#,
            Mended(json!([{"name": "p", "arguments": [{"name": "x"}]}]), "arguments[1]"),
        ),
        (Prompts, r#"{"prompts":[{"name":"p","arguments":null}]}"#, Mended(json!([{"name": "p"}]), "arguments")),
        (
            Resources,
            r#"{"resources":[{"uri":"a:b","name":"r","size":1.0},{"uri":"a:c","name":"s","size":-1,"mimeType":7}]}"#,
            Mended(json!([{"uri": "a:b", "name": "r", "size": 1}, {"uri": "a:c", "name": "s"}]), "size"),
        ),
        (
            Templates,
            r#"{"resourceTemplates":[{"uriTemplate":"a:{x}","name":"t","annotations":{"lastModified":5}},{"name":"u"}]}"#,
            Mended(json!([{"uriTemplate": "a:{x}", "name": "t", "annotations": {}}]), "resourceTemplates[1]"),
        ),
    ])
    .await;
}

/// Prompts, resources, completions and pings.
#[tokio::test]
async fn other_results_that_are_not_quite_right() {
    covers!("COMP-007");
    hold_results(vec![
        (
            Prompt,
            r#"{"description":5,"messages":[{"role":"user","content":{"type":"poem","lines":["a"]}}]}"#,
            Mended(json!({"messages": [{"role": "user", "content": {"type": "poem", "lines": ["a"]}}]}), "description"),
        ),
        (Prompt, r#"{"messages":[{"role":"system","content":{"type":"text","text":"a"}}]}"#, Fails("system")),
        (Prompt, "{}", Fails("messages")),
        (
            Read,
            r#"{"contents":[{"uri":"a:b","text":"t","blob":null,"mimeType":5,"_meta":[]}],"ttlMs":null}"#,
            Mended(json!([{"uri": "a:b", "text": "t"}]), "mimeType"),
        ),
        (Read, r#"{"contents":[{"uri":"a:b","text":"t"},{"uri":"a:c"}]}"#, Fails("contents[1]")),
        (Read, "{}", Fails("contents")),
        (
            Complete,
            r#"{"completion":{"values":["a",5,"b"],"total":2.0,"hasMore":null}}"#,
            Mended(json!({"values": ["a", "b"], "total": 2}), "values[1]"),
        ),
        (Complete, r#"{"completion":{}}"#, As(json!({"values": []}))),
        (Complete, r#"{"values":["a"]}"#, Fails("completion")),
        (Ping, "{}", As(Value::Null)),
        (Ping, r#"{"ok":true,"_meta":null}"#, As(Value::Null)),
        (Ping, "null", As(Value::Null)),
    ])
    .await;
}

/// A result of a kind that nobody offered is no result, whatever else it looks like.
#[tokio::test]
async fn kinds_that_were_not_offered_are_told_before_anything_is_read() {
    covers!("JRPC-009", "JRPC-010");
    for (ask, result) in [
        (Call, r#"{"resultType":"partial","content":[]}"#),
        (Call, r#"{"resultType":"partial","content":{}}"#),
        (Tools, r#"{"resultType":"partial","tools":7}"#),
        (Prompt, r#"{"resultType":"partial"}"#),
        (Read, r#"{"resultType":"partial"}"#),
        (Complete, r#"{"resultType":"partial","completion":{"values":[]}}"#),
        (Ping, r#"{"resultType":"partial"}"#),
        (Call, r#"{"resultType":["partial"],"content":[]}"#),
    ] {
        let script = Script::modern(move |mut peer: Peer| async move {
            let request = peer.next().await.expect("a request");
            peer.raw(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, request["id"])).await;
            peer.rest().await;
        });
        let client = McpClient::connect_in_process(&script).await.unwrap();
        let error = soon(asked(&client, ask)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.to_string().contains("a result of the kind") && error.to_string().contains("partial"), "{error}");
    }
}

/// What a server says of itself is read in the same way.
#[tokio::test]
async fn an_introduction_that_is_not_quite_right_is_one() {
    let odd = r#""capabilities":{"tools":{"listChanged":null},"resources":{"subscribe":true},"experimental":null,"logging":[]},"instructions":7"#;
    let modern = Script::new(move |mut peer, _| async move {
        let probe = peer.request("server/discover").await;
        let info = r#"{"io.modelcontextprotocol/serverInfo":{"name":"n","version":"1","icons":[{"sizes":"1x1"}]}}"#;
        let result = format!(r#"{{"supportedVersions":["2026-07-28",5],{odd},"_meta":{info}}}"#);
        peer.raw(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, probe["id"])).await;
        peer.rest().await;
    });
    let legacy = Script::new(move |mut peer, _| async move {
        peer.refuse_probe().await;
        let request = peer.request("initialize").await;
        let result = format!(
            r#"{{"protocolVersion":"2025-06-18",{odd},"_meta":null,"serverInfo":{{"name":"n","version":"1","title":5}}}}"#
        );
        peer.raw(&format!(r#"{{"jsonrpc":"2.0","id":{},"result":{result}}}"#, request["id"])).await;
        peer.rest().await;
    });
    for script in [modern, legacy] {
        let (seen, _guard) = Seen::from(Level::WARN);
        let client = soon(McpClient::connect_in_process(&script)).await.unwrap();
        assert_eq!(client.server_info().unwrap().name, "n");
        let capabilities = client.capabilities();
        assert!(capabilities.resources.is_some_and(|resources| resources.subscribe), "{capabilities:?}");
        assert!(capabilities.tools.is_some() && capabilities.logging.is_none(), "{capabilities:?}");
        assert_eq!(client.instructions(), None);
        assert!(seen.text().contains("listChanged"), "{}", seen.text());
    }
}

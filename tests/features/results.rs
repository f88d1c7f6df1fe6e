//! What a tool may return, as clients see it.

use std::borrow::Cow;

use bytes::Bytes;
use mcp_server::{
    Blob, ContentStream, Context, Json, JsonWithText, Server, ToolError, model::Content, resource, resources, testing,
    tool, tools,
};
use mcp_tests::clients;
use serde_json::{Value, json};
use tokio_stream::StreamExt;

#[derive(Clone, Copy, serde::Serialize, schemars::JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds, and says so.
#[tool]
async fn add(a: i64, b: i64) -> Result<JsonWithText<Sum>, ToolError> {
    let sum = a.checked_add(b).ok_or("the sum is too large")?;
    Ok(Json(Sum { sum }).with_text(format!("{a} and {b} make {sum}")))
}

/// Counts, block by block.
#[tool]
async fn count(to: u32, ctx: Context) -> ContentStream {
    let numbers = tokio_stream::iter(1..=to).then(move |n| {
        let ctx = ctx.clone();
        async move {
            tokio::task::yield_now().await;
            ctx.progress(f64::from(n), f64::from(to), "").await;
            if n == 4 { Err(ToolError::new("four is too much")) } else { Ok(Content::text(n.to_string())) }
        }
    });
    ContentStream::new(numbers)
}

/// Refuses before it streams.
#[tool]
async fn count_or_not(begin: bool) -> Result<ContentStream, ToolError> {
    if !begin {
        return Err("not today".into());
    }
    Ok(ContentStream::new(tokio_stream::iter(["a", "b"])))
}

/// Finds a name.
#[tool]
async fn find(id: u8) -> Option<&'static str> {
    (id == 1).then_some("Ada")
}

/// Finds a sum.
#[tool]
async fn find_sum(id: u8) -> Result<Option<Json<Sum>>, ToolError> {
    Ok((id == 1).then_some(Json(Sum { sum: 1 })))
}

/// Says something, or nothing new.
#[tool]
async fn say(what: Option<String>) -> Cow<'static, str> {
    what.map_or(Cow::Borrowed("nothing new"), Cow::Owned)
}

/// Does something.
#[tool]
async fn act(fail: bool) -> Result<(), String> {
    if fail { Err("it did not work".to_owned()) } else { Ok(()) }
}

/// Draws a picture, says something, and adds a report.
#[tool]
async fn draw() -> (Blob, Blob, Blob) {
    (
        Blob::new(vec![1, 2, 3], "image/png"),
        Blob::new(Bytes::from_static(b"RIFF"), "audio/wav"),
        Blob::new("a,b", "text/csv").with_uri("report://today"),
    )
}

#[resource("report://picture", mime_type = "image/png")]
async fn picture() -> Bytes {
    Bytes::from_static(&[1, 2, 3])
}

#[resource("report://motto")]
async fn motto() -> Cow<'static, str> {
    "Everything must go".into()
}

#[resource("report://table")]
async fn table() -> Blob {
    Blob::new("a,b", "text/csv")
}

fn server() -> Server {
    Server::builder("results", "1.0.0")
        .tools(tools![add, count, count_or_not, find, find_sum, say, act, draw])
        .resources(resources![picture, motto, table])
        .build()
}

async fn text(tool: &str, arguments: Value) -> (bool, String) {
    let result = testing::call(&server(), tool, arguments).await.unwrap();
    (result.is_error, result.joined_text())
}

#[tokio::test]
async fn a_structured_result_with_a_text_of_its_own_keeps_its_schema() {
    assert!(add::tool().definition().output_schema.is_some());
    for mut client in clients::all(&server()).await {
        let answer = client.ask("tools/call", json!({"name": "add", "arguments": {"a": 1, "b": 2}})).await;
        assert_eq!(answer["result"]["structuredContent"], json!({"sum": 3}), "{answer}");
        assert_eq!(answer["result"]["content"], json!([{"type": "text", "text": "1 and 2 make 3"}]), "{answer}");
    }
    assert_eq!(text("add", json!({"a": i64::MAX, "b": 1})).await, (true, "the sum is too large".to_owned()));
}

#[tokio::test]
async fn a_stream_is_collected_in_order_and_reports_meanwhile() {
    let client = testing::TestClient::new(&server());
    let result = client.call("count", json!({"to": 3})).await.unwrap();
    assert_eq!(result.content, ["1", "2", "3"].map(Content::text));
    assert_eq!(client.progress().len(), 3);
    assert_eq!(text("count_or_not", json!({"begin": true})).await, (false, "a\nb".to_owned()));
}

#[tokio::test]
async fn a_failure_in_a_stream_is_the_result() {
    assert_eq!(text("count", json!({"to": 9})).await, (true, "four is too much".to_owned()));
    assert_eq!(text("count_or_not", json!({"begin": false})).await, (true, "not today".to_owned()));
}

#[tokio::test]
async fn nothing_found_is_no_failure() {
    assert_eq!(text("find", json!({"id": 1})).await, (false, "Ada".to_owned()));
    assert_eq!(text("find", json!({"id": 2})).await, (false, "nothing found".to_owned()));
    assert_eq!(text("find_sum", json!({"id": 1})).await, (false, r#"{"sum":1}"#.to_owned()));
    assert_eq!(text("find_sum", json!({"id": 2})).await, (false, "nothing found".to_owned()));
    assert!(find_sum::tool().definition().output_schema.is_none());
}

#[tokio::test]
async fn texts_that_may_be_borrowed_and_nothing_at_all_are_results() {
    assert_eq!(text("say", json!({})).await, (false, "nothing new".to_owned()));
    assert_eq!(text("say", json!({"what": "x"})).await, (false, "x".to_owned()));
    assert_eq!(text("act", json!({"fail": false})).await, (false, String::new()));
    assert_eq!(text("act", json!({"fail": true})).await, (true, "it did not work".to_owned()));
}

#[tokio::test]
async fn bytes_become_what_their_media_type_says() {
    for mut client in clients::all(&server()).await {
        let answer = client.ask("tools/call", json!({"name": "draw", "arguments": {}})).await;
        let content = json!([
            {"type": "image", "data": "AQID", "mimeType": "image/png"},
            {"type": "audio", "data": "UklGRg==", "mimeType": "audio/wav"},
            {"type": "resource", "resource": {"uri": "report://today", "mimeType": "text/csv", "text": "a,b"}},
        ]);
        assert_eq!(answer["result"]["content"], content);
        for (uri, contents) in [
            ("report://picture", json!({"uri": "report://picture", "mimeType": "image/png", "blob": "AQID"})),
            ("report://motto", json!({"uri": "report://motto", "text": "Everything must go"})),
            ("report://table", json!({"uri": "report://table", "mimeType": "text/csv", "text": "a,b"})),
        ] {
            let answer = client.ask("resources/read", json!({"uri": uri})).await;
            assert_eq!(answer["result"]["contents"], json!([contents]));
        }
    }
}

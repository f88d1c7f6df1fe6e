//! Types of other crates as arguments and results: times, identifiers, addresses.

use mcp_server::{Json, Server, ServerTool, testing, tool};
use serde_json::{Value, json};

/// Calls a tool, and gives the structured result or the text of the refusal.
async fn call(tool: ServerTool, arguments: Value) -> Result<Value, String> {
    let name = tool.definition().name.clone();
    let server = Server::builder("others", "1.0.0").tools([tool]).build();
    let result = testing::call(&server, &name, arguments).await.unwrap();
    if result.is_error { Err(result.joined_text()) } else { Ok(result.structured_content.unwrap().parse().unwrap()) }
}

/// What the schema says of an argument.
fn format_of(tool: &ServerTool, argument: &str) -> String {
    tool.definition().input_schema.get("properties").unwrap()[argument]["format"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn jiff() {
    use jiff::{Span, Timestamp, ToSpan, civil::Date};

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Day {
        begins: Timestamp,
        date: Date,
        length: Span,
    }

    /// When a day begins.
    #[tool]
    async fn day(begins: Timestamp, date: Date, length: Option<Span>) -> Json<Day> {
        Json(Day { begins, date, length: length.unwrap_or(24.hours()) })
    }

    let tool = day::tool();
    assert_eq!((format_of(&tool, "begins"), format_of(&tool, "date")), ("date-time".to_owned(), "date".to_owned()));
    let given = json!({"begins": "2026-11-30T20:00:00Z", "date": "2026-11-30", "length": "PT12H"});
    assert_eq!(call(tool.clone(), given.clone()).await.unwrap(), given);
    let told = call(tool, json!({"begins": "2026-11-30T20:00:00Z", "date": "yesterday"})).await.unwrap_err();
    assert!(told.contains("argument `date`"), "{told}");
}

#[tokio::test]
async fn chrono() {
    use chrono::{DateTime, NaiveDate, Utc};

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Day {
        begins: DateTime<Utc>,
        date: NaiveDate,
    }

    /// When a day begins.
    #[tool]
    async fn day(begins: DateTime<Utc>, date: NaiveDate) -> Json<Day> {
        Json(Day { begins, date })
    }

    let tool = day::tool();
    assert_eq!((format_of(&tool, "begins"), format_of(&tool, "date")), ("date-time".to_owned(), "date".to_owned()));
    let given = json!({"begins": "2026-11-30T20:00:00Z", "date": "2026-11-30"});
    assert_eq!(call(tool.clone(), given.clone()).await.unwrap(), given);
    let told = call(tool, json!({"begins": "soon", "date": "2026-11-31"})).await.unwrap_err();
    assert!(told.contains("argument `begins`") && told.contains("argument `date`"), "{told}");
}

#[tokio::test]
async fn uuid() {
    use uuid::Uuid;

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Order {
        id: Uuid,
    }

    /// Finds an order.
    #[tool]
    async fn order(id: Uuid) -> Json<Order> {
        Json(Order { id })
    }

    let tool = order::tool();
    assert_eq!(format_of(&tool, "id"), "uuid");
    let given = json!({"id": "67e55044-10b1-426f-9247-bb680e5fe0c8"});
    assert_eq!(call(tool.clone(), given.clone()).await.unwrap(), given);
    let told = call(tool, json!({"id": "seven"})).await.unwrap_err();
    assert!(told.contains("argument `id`"), "{told}");
}

#[tokio::test]
async fn url() {
    use url::Url;

    #[derive(serde::Serialize, schemars::JsonSchema)]
    struct Page {
        url: Url,
    }

    /// Fetches a page.
    #[tool]
    async fn fetch(url: Url) -> Json<Page> {
        Json(Page { url })
    }

    let tool = fetch::tool();
    assert_eq!(format_of(&tool, "url"), "uri");
    let given = json!({"url": "https://example.com/a?b=c"});
    assert_eq!(call(tool.clone(), given.clone()).await.unwrap(), given);
    let told = call(tool, json!({"url": "not a url"})).await.unwrap_err();
    assert!(told.contains("argument `url`"), "{told}");
}

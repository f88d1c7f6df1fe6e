//! `conformance-client URL` does what the official conformance suite expects of a client: it lists the tools of the
//! suite's server, calls them, and answers what it is asked.
//!
//! `tests/conformance/run client` lets the suite start it. The suite says in the environment which scenario runs
//! (`MCP_CONFORMANCE_SCENARIO`) and, where a scenario wants certain calls, which (`MCP_CONFORMANCE_CONTEXT`). The
//! revision that its server speaks is for the client to find out.

use std::{env, error::Error};

use mcp_client::{
    FormAnswer, McpClient,
    model::{FieldKind, FormQuestion, FormSchema, Tool},
};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).ok_or("usage: conformance-client URL")?;
    let client = McpClient::builder("conformance-client", "1.0.0")
        .on_elicit(async |form| FormAnswer::accept(entered(&form)))
        .connect_http(&url)
        .await?;
    let tools = client.list_tools().await?;
    for (name, arguments) in calls(&tools)? {
        // What the server makes of a call is the suite's affair.
        match client.call_tool(&name, arguments).await {
            Ok(result) => println!("{name}: {}", result.joined_text()),
            Err(error) => println!("{name}: {error}"),
        }
    }
    client.close().await;
    Ok(())
}

/// What a user enters who leaves alone what is filled in already, and says yes to the rest.
fn entered(form: &FormQuestion) -> Value {
    let entries = form.form.iter().flat_map(FormSchema::entries);
    let value = |kind: &FieldKind| match kind {
        FieldKind::Boolean { .. } => json!(true),
        FieldKind::Number { .. } | FieldKind::Integer { .. } => json!(2),
        FieldKind::OneOf { options, .. } => json!(options.first().map(|option| &option.value)),
        FieldKind::SeveralOf { .. } => json!([]),
        _ => json!("text"),
    };
    let missing = entries.filter(|entry| entry.field.default_value().is_none());
    missing.map(|entry| (entry.name.clone(), value(&entry.field.kind))).collect::<Map<_, _>>().into()
}

/// The calls that the suite asks for; otherwise one of each tool.
fn calls(tools: &[Tool]) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    if let Ok(context) = env::var("MCP_CONFORMANCE_CONTEXT")
        && let Some(calls) = serde_json::from_str::<Value>(&context)?["toolCalls"].as_array()
    {
        let call = |call: &Value| Some((call["name"].as_str()?.to_owned(), call["arguments"].clone()));
        return Ok(calls.iter().filter_map(call).collect());
    }
    if env::var("MCP_CONFORMANCE_SCENARIO").is_ok_and(|name| name == "json-schema-2020-12-preservation") {
        let observed = tools.iter().find(|tool| tool.name == "json_schema_2020_12_tool");
        let schema = observed.ok_or("the tool whose schema is to be echoed is not listed")?.input_schema.as_map();
        return Ok(vec![("json_schema_echo".to_owned(), json!({"schema": schema}))]);
    }
    Ok(tools.iter().map(|tool| (tool.name.clone(), arguments(tool))).collect())
}

/// A value of the right type for each property.
fn arguments(tool: &Tool) -> Value {
    let Some(properties) = tool.input_schema.get("properties").and_then(Value::as_object) else {
        return json!({});
    };
    let value = |schema: &Value| match schema["type"].as_str() {
        Some("integer" | "number") => json!(2),
        Some("boolean") => json!(true),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("text"),
    };
    properties.iter().map(|(name, schema)| (name.clone(), value(schema))).collect::<Map<_, _>>().into()
}

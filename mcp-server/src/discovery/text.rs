//! A tool in short, for models to read.

use std::fmt::Write as _;

use mcp_core::model::Tool;
use serde_json::Value;

/// Most characters of a description, and most arguments, of a tool in short.
const DESCRIPTION: usize = 160;
const ARGUMENTS: usize = 12;

/// One line: the name and the arguments, then what it does.
pub(super) fn in_short(tool: &Tool) -> String {
    let mut text = tool.name.clone();
    text.push('(');
    let schema = tool.input_schema.as_map();
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema.get("properties").and_then(Value::as_object);
    // What is required comes first: it is what a call needs.
    let is_optional = |name: &str| !required.contains(&name);
    let mut arguments: Vec<(&String, &Value)> = properties.into_iter().flatten().collect();
    arguments.sort_by_key(|(name, _)| is_optional(name));
    for (place, (name, schema)) in arguments.iter().take(ARGUMENTS).enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        let mark = if is_optional(name) { "?" } else { "" };
        // Writing to a text cannot fail.
        let _ = write!(text, "{comma}{name}{mark}: {}", kind(schema));
    }
    if arguments.len() > ARGUMENTS {
        let _ = write!(text, ", … {} more", arguments.len() - ARGUMENTS);
    }
    text.push(')');
    let about = tool.description.as_deref().or(tool.title.as_deref()).unwrap_or_default();
    let line = about.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    if !line.is_empty() {
        let _ = write!(text, ": {}", cut(line));
    }
    text
}

/// What an argument may be, in a word or two.
fn kind(schema: &Value) -> String {
    let few = |values: &&Vec<Value>| values.len() <= 5 && values.iter().all(Value::is_string);
    if let Some(values) = schema.get("enum").and_then(Value::as_array).filter(few) {
        return values.iter().map(Value::to_string).collect::<Vec<_>>().join("|");
    }
    match schema.get("type") {
        Some(Value::String(name)) => name.clone(),
        Some(Value::Array(names)) => {
            let names = names.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            names.collect::<Vec<_>>().join("|")
        }
        _ => "any".to_owned(),
    }
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(DESCRIPTION) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use mcp_core::schema::Schema;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tool_in_short_has_what_a_call_needs_first() {
        let schema = json!({"type": "object", "required": ["b"], "properties": {
            "a": {"type": ["integer", "null"]}, "b": {"enum": ["x", "y"]}, "c": {}}});
        let mut tool = Tool::new("t", Schema::try_from(schema).unwrap());
        assert_eq!(in_short(&tool), "t(b: \"x\"|\"y\", a?: integer, c?: any)");
        tool.description = Some(format!("\n{}\nmore", "ä".repeat(200)));
        assert!(in_short(&tool).ends_with(&format!(": {}…", "ä".repeat(160))), "{}", in_short(&tool));
    }
}

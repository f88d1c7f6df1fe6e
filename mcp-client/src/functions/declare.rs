//! Tools as functions of one API.

use std::collections::HashMap;

use mcp_core::model::Tool;
use serde_json::{Map, Value, json};

use super::{
    api::FunctionApi, gemini::gemini, names::name_for, note::Note, plain::plain, restore::restore, strict::strict,
};

/// Where the schema of the arguments stands in a tool's definition.
const AT: &str = "/inputSchema";

/// Tools as functions that an API of a model takes, and the way back from a function that a model calls to the tool.
///
/// ```
/// use mcp_client::{FunctionApi, Functions, Schema, model::Tool};
/// use serde_json::json;
///
/// let input = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
/// let tool = Tool::new("weather.current", Schema::try_from(input).unwrap());
///
/// let mut functions = Functions::new(FunctionApi::Anthropic);
/// let function = functions.add(&tool);
/// assert!(function.notes.iter().any(|note| note.pointer == "/name"), "dots are not taken in names");
/// let name = function.name.clone();
/// assert_eq!(functions.tool_name(&name), Some("weather.current"));
/// assert_eq!(functions.declarations()[0]["input_schema"]["required"], json!(["city"]));
/// ```
#[derive(Debug, Clone)]
pub struct Functions {
    api: FunctionApi,
    strict: bool,
    functions: Vec<Function>,
    by_name: HashMap<String, usize>,
}

/// A tool as a function.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Function {
    /// Its name for the API.
    pub name: String,
    /// The name of the tool.
    pub tool: String,
    /// What the API takes.
    pub declaration: Value,
    /// Whether the API is told to hold the model to the schema: see [`Functions::strict`].
    pub strict: bool,
    /// What the declaration does not say as the tool does.
    pub notes: Vec<Note>,
    schema: Value,
}

impl Functions {
    /// No functions yet.
    pub fn new(api: FunctionApi) -> Self {
        Self { api, strict: false, functions: Vec::new(), by_name: HashMap::new() }
    }

    /// Functions of these tools, such as [`McpClient::list_tools`](crate::McpClient::list_tools) returns.
    pub fn of<'a>(api: FunctionApi, tools: impl IntoIterator<Item = &'a Tool>) -> Self {
        let mut functions = Self::new(api);
        for tool in tools {
            functions.add(tool);
        }
        functions
    }

    /// Has OpenAI hold the model to the schemas of functions that are added from now on (strict mode). The other APIs know no
    /// such thing here.
    ///
    /// Every member of a strict schema is required, and null stands for what a model leaves out:
    /// [`Functions::arguments`] takes these nulls out again. A schema that strict mode cannot say (members of any name,
    /// several parts at once, lists of anything) stays as it is: its function is not strict, and a note says why.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Adds a tool. Two tools of one name become two functions.
    pub fn add(&mut self, tool: &Tool) -> &Function {
        self.add_as(&tool.name, tool)
    }

    /// Adds a tool under another name, such as one that says which server it is of.
    pub fn add_as(&mut self, name: &str, tool: &Tool) -> &Function {
        let mut notes = Vec::new();
        let function = name_for(self.api, name, &self.by_name);
        if function != name {
            notes.push(Note::new(
                "/name",
                format!("written as `{function}`: the API does not take it, or another has it"),
            ));
        }
        let schema = Value::Object(tool.input_schema.as_map().clone());
        let (written, strict) = self.schema(&schema, &mut notes);
        let declaration = self.declaration(&function, tool, written, strict);
        if tool.output_schema.is_some() {
            notes.push(Note::new("/outputSchema", "left out: the API takes no schema of results"));
        }
        let index = self.functions.len();
        self.by_name.insert(function.clone(), index);
        self.functions.push(Function { name: function, tool: name.to_owned(), declaration, strict, notes, schema });
        &self.functions[index]
    }

    /// The schema that the API takes, and whether it is strict.
    fn schema(&self, schema: &Value, notes: &mut Vec<Note>) -> (Option<Value>, bool) {
        if self.api == FunctionApi::Gemini {
            return (gemini(schema, AT, notes), false);
        }
        if self.strict && self.api != FunctionApi::Anthropic {
            match strict(schema, AT, notes) {
                Ok(written) => return (Some(written), true),
                Err(why) => notes.push(Note::new(why.pointer, format!("{}: the function is not strict", why.message))),
            }
        }
        (Some(plain(schema, AT, self.api, notes)), false)
    }

    fn declaration(&self, name: &str, tool: &Tool, schema: Option<Value>, strict: bool) -> Value {
        let mut out = Map::new();
        if self.api == FunctionApi::OpenAiResponses {
            out.insert("type".into(), "function".into());
        }
        out.insert("name".into(), name.into());
        // Gemini wants a description.
        let description = tool.description.as_deref().unwrap_or_else(|| tool.display_name());
        out.insert("description".into(), description.into());
        let key = if self.api == FunctionApi::Anthropic { "input_schema" } else { "parameters" };
        if let Some(schema) = schema {
            out.insert(key.into(), schema);
        }
        match self.api {
            FunctionApi::OpenAiChat => {
                out.insert("strict".into(), strict.into());
                json!({"type": "function", "function": out})
            }
            FunctionApi::OpenAiResponses => {
                // Left out, it would mean that the API tries.
                out.insert("strict".into(), strict.into());
                Value::Object(out)
            }
            FunctionApi::Anthropic | FunctionApi::Gemini => Value::Object(out),
        }
    }

    /// The functions, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = &Function> {
        self.functions.iter()
    }

    /// The function of a name that a model called.
    pub fn get(&self, function: &str) -> Option<&Function> {
        self.functions.get(*self.by_name.get(function)?)
    }

    /// The tool that a function stands for; `None` for a name that the model made up.
    pub fn tool_name(&self, function: &str) -> Option<&str> {
        Some(&self.get(function)?.tool)
    }

    /// The value of the API's member `tools`.
    pub fn declarations(&self) -> Value {
        let all: Vec<Value> = self.functions.iter().map(|function| function.declaration.clone()).collect();
        if self.api == FunctionApi::Gemini { json!([{"functionDeclarations": all}]) } else { Value::Array(all) }
    }

    /// The arguments for the tool, from those that a model wrote for a function: of a strict one, members are taken out
    /// that are null, optional, and nothing that the tool takes as null.
    pub fn arguments(&self, function: &str, arguments: Value) -> Value {
        let mut arguments = arguments;
        if let Some(function) = self.get(function).filter(|function| function.strict) {
            restore(&mut arguments, &function.schema, &function.schema, 0);
        }
        arguments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(schema: Value) -> Tool {
        let Value::Object(schema) = schema else { panic!("no object") };
        Tool::new("t", schema.into())
    }

    fn rich() -> Tool {
        tool(json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "city": {"$ref": "#/$defs/City", "description": "Where"},
                "unit": {"oneOf": [{"const": "C"}, {"const": "F"}]},
                "days": {"type": "integer", "format": "uint8", "minimum": 1, "default": 3},
                "note": {"type": ["string", "null"], "minLength": 1},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/Tag"}}
            },
            "required": ["city"],
            "$defs": {
                "City": {"type": "object", "properties": {"name": {"type": "string"}, "zip": {"type": "string"}}, "required": ["name"]},
                "Tag": {"type": "object", "properties": {"key": {"type": "string"}, "below": {"$ref": "#/$defs/Tag"}}, "required": ["key"]}
            }
        }))
    }

    fn pointers(function: &Function) -> Vec<&str> {
        function.notes.iter().map(|note| note.pointer.as_str()).collect()
    }

    #[test]
    fn strict_requires_everything_and_takes_nulls_out_again() {
        let mut functions = Functions::new(FunctionApi::OpenAiResponses).strict();
        let function = functions.add(&rich()).clone();
        assert!(function.strict, "{:?}", function.notes);
        let parameters = &function.declaration["parameters"];
        assert_eq!(parameters["required"], json!(["city", "unit", "days", "note", "tags"]));
        assert_eq!(
            parameters["properties"]["city"],
            json!({"description": "Where", "anyOf": [{"$ref": "#/$defs/City"}]})
        );
        assert_eq!(
            parameters["properties"]["days"],
            json!({"type": ["integer", "null"], "minimum": 1, "description": "(format: \"uint8\", default: 3)"})
        );
        assert_eq!(
            parameters["properties"]["unit"]["anyOf"],
            json!([{"enum": ["C"]}, {"enum": ["F"]}, {"type": "null"}])
        );
        assert_eq!(parameters["$defs"]["City"]["properties"]["zip"]["type"], json!(["string", "null"]));
        assert_eq!(parameters["$defs"]["Tag"]["additionalProperties"], json!(false));
        assert!(pointers(&function).contains(&"/inputSchema/properties/days/default"), "{:?}", function.notes);

        let written = json!({
            "city": {"name": "Oslo", "zip": null}, "unit": null, "days": null, "note": null,
            "tags": [{"key": "a", "below": {"key": "b", "below": null}}]
        });
        let expected = json!({
            "city": {"name": "Oslo"}, "note": null, "tags": [{"key": "a", "below": {"key": "b"}}]
        });
        assert_eq!(functions.arguments(&function.name, written), expected);
    }

    #[test]
    fn what_strict_mode_cannot_say_is_not_strict_and_unchanged() {
        for (schema, pointer) in [
            (json!({"type": "object", "additionalProperties": {"type": "string"}}), "/inputSchema"),
            (json!({"type": "object", "properties": {"any": {}}}), "/inputSchema/properties/any"),
            (json!({"type": "object", "properties": {"l": {"type": "array"}}}), "/inputSchema/properties/l"),
            (json!({"type": "object", "properties": {"r": {"$ref": "#/nowhere"}}}), "/inputSchema/properties/r/$ref"),
        ] {
            let mut functions = Functions::new(FunctionApi::OpenAiChat).strict();
            let function = functions.add(&tool(schema.clone()));
            assert!(!function.strict, "{schema}");
            assert_eq!(pointers(function), [pointer]);
            let function = &function.declaration["function"];
            assert_eq!(function["strict"], json!(false));
            assert_eq!(function["parameters"].get("additionalProperties"), schema.get("additionalProperties"));
        }
    }

    #[test]
    fn schemas_that_are_taken_stay_as_they_are() {
        let schema = json!({
            "type": "object", "properties": {"a": {"oneOf": [{"const": 1}, {"$ref": "#/$defs/x"}]}}, "$defs": {"x": {"type": "null"}}
        });
        for (api, key) in [(FunctionApi::Anthropic, "input_schema"), (FunctionApi::OpenAiResponses, "parameters")] {
            let mut functions = Functions::new(api);
            let function = functions.add(&tool(schema.clone()));
            assert_eq!(function.declaration[key], schema);
            assert_eq!(function.notes, []);
        }
    }

    #[test]
    fn a_choice_at_the_root_becomes_all_of_its_members() {
        let schema = json!({
            "type": "object", "oneOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"$ref": "#/$defs/b"}],
            "$defs": {"b": {"properties": {"b": {"type": "string"}}}}
        });
        let mut functions = Functions::new(FunctionApi::Anthropic);
        let function = functions.add(&tool(schema));
        let written = &function.declaration["input_schema"];
        assert_eq!(written["properties"], json!({"a": {"type": "string"}, "b": {"type": "string"}}));
        assert!(written.get("oneOf").is_none() && written.get("required").is_none());
        assert_eq!(pointers(function), ["/inputSchema/oneOf"]);
    }

    #[test]
    fn gemini_gets_no_references_no_null_types_and_no_end() {
        let mut functions = Functions::new(FunctionApi::Gemini);
        let function = functions.add(&rich()).clone();
        let text = function.declaration.to_string();
        for absent in ["$ref", "$defs", "oneOf", "const", "null\"", "uint8\"}", "additionalProperties"] {
            assert!(!text.contains(absent), "{absent}: {text}");
        }
        let parameters = &function.declaration["parameters"];
        assert_eq!(parameters["type"], json!("OBJECT"));
        assert_eq!(parameters["properties"]["city"]["description"], json!("Where"));
        assert_eq!(parameters["properties"]["note"], json!({"type": "STRING", "nullable": true, "minLength": 1}));
        assert_eq!(parameters["properties"]["unit"]["anyOf"][0], json!({"type": "STRING", "enum": ["C"]}));
        assert!(function.notes.iter().any(|note| note.message.contains("no end")), "{:?}", function.notes);
        let none = functions.add(&tool(json!({"type": "object", "additionalProperties": false})));
        assert!(none.declaration.get("parameters").is_none());
    }

    #[test]
    fn references_that_multiply_are_cut() {
        let mut defs = Map::new();
        for level in 0..15 {
            let next = json!({"$ref": format!("#/$defs/d{}", level + 1)});
            defs.insert(
                format!("d{level}"),
                json!({"type": "object", "properties": {"a": next, "b": next, "c": next}}),
            );
        }
        defs.insert("d15".into(), json!({"type": "string"}));
        let schema = json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/d0"}}, "$defs": defs});
        let mut functions = Functions::new(FunctionApi::Gemini);
        let function = functions.add(&tool(schema));
        assert!(function.declaration.to_string().len() < 1 << 20);
    }
}

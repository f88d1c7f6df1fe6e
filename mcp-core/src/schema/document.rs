//! JSON Schema documents, carried as they are (SEP-1613).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A JSON Schema whose root is an object. Keywords are neither checked nor reordered here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schema(Map<String, Value>);

impl Schema {
    /// The schema of a tool without arguments: an object with no members (2026-07-28, server/tools, "Tool").
    pub fn no_arguments() -> Self {
        let mut map = Map::new();
        map.insert("type".into(), "object".into());
        map.insert("additionalProperties".into(), false.into());
        Self(map)
    }

    /// The value of a keyword at the root.
    pub fn get(&self, keyword: &str) -> Option<&Value> {
        self.0.get(keyword)
    }

    /// The keywords at the root, in their order.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether the root says `"type": "object"`, as every input schema must (2026-07-28, server/tools, "Tool").
    pub fn is_object_type(&self) -> bool {
        self.get("type").is_some_and(|kind| kind == "object")
    }
}

impl From<Map<String, Value>> for Schema {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

impl TryFrom<Value> for Schema {
    type Error = Value;

    /// Gives the value back if it is no object.
    fn try_from(value: Value) -> Result<Self, Value> {
        match value {
            Value::Object(map) => Ok(Self(map)),
            other => Err(other),
        }
    }
}

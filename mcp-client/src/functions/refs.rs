//! References inside of one schema.

use serde_json::Value;

/// How many references may lead to one another before they count as a circle.
const HOPS: usize = 32;

/// What a schema refers to inside of its document, or the schema itself if it refers to nothing.
pub(super) fn resolved<'a>(schema: &'a Value, root: &'a Value) -> Option<&'a Value> {
    let mut schema = schema;
    for _ in 0..HOPS {
        match schema.get("$ref") {
            None => return Some(schema),
            Some(target) => schema = pointed_to(target.as_str()?, root)?,
        }
    }
    None
}

/// What a reference such as `#/$defs/city` points to.
pub(super) fn pointed_to<'a>(reference: &str, root: &'a Value) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

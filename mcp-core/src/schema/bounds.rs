//! What a schema must be before anything is validated by it: closed in itself, and small (2026-07-28, basic,
//! "Implementation Requirements", "`$ref` Resolution", "Composition-Keyword Resource Use").

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::keywords::{Inside, Place, inside};

/// How deeply the subschemas of a schema may be nested, and how many may apply to one value inside each other.
const DEEPEST: usize = 64;
/// How many subschemas a schema may have.
const MOST: usize = 10_000;
/// How often subschemas may be applied to one value, and along one path into a value that a schema repeats on.
const WORK: f64 = 100_000.0;

const DIALECTS: [&str; 2] = ["json-schema.org/draft/2020-12/schema", "json-schema.org/draft-07/schema"];

/// How deeply a value may be nested that is validated by the schema. `None` if the schema itself ends.
///
/// A schema that refers to itself through alternatives would be applied anew for each of them at each level.
pub type Deepest = Option<usize>;

/// Refuses a schema that leads elsewhere or that has no bound.
///
/// # Errors
///
/// A sentence that says why, to be put behind the name of the schema.
pub fn check(schema: &Map<String, Value>) -> Result<Deepest, String> {
    check_dialect(schema)?;
    let mut graph = Graph::default();
    graph.node(schema, String::new(), 1)?;
    graph.link()?;
    graph.work()
}

fn check_dialect(schema: &Map<String, Value>) -> Result<(), String> {
    let Some(named) = schema.get("$schema") else { return Ok(()) };
    let text = named.as_str().unwrap_or_default();
    let plain = text.trim_end_matches('#');
    let known = ["https://", "http://"]
        .iter()
        .any(|scheme| plain.strip_prefix(scheme).is_some_and(|rest| DIALECTS.contains(&rest)));
    match known {
        true => Ok(()),
        false => Err(format!(
            "its `$schema` {named} is a dialect that is not supported: write it in draft 2020-12 or draft-07, or leave \
             `$schema` out for 2020-12"
        )),
    }
}

/// Which subschemas lead to which.
#[derive(Default)]
struct Graph {
    by_name: HashMap<String, usize>,
    nodes: Vec<Node>,
    references: Vec<(usize, String)>,
}

#[derive(Default)]
struct Node {
    /// Applied to the same value.
    same: Vec<usize>,
    /// Applied to what is inside the value.
    below: Vec<usize>,
}

impl Graph {
    fn node(&mut self, schema: &Map<String, Value>, pointer: String, depth: usize) -> Result<usize, String> {
        if depth > DEEPEST {
            return Err(format!("its subschemas are nested deeper than {DEEPEST}"));
        }
        let id = self.nodes.len();
        if id >= MOST {
            return Err(format!("it has more than {MOST} subschemas"));
        }
        self.nodes.push(Node::default());
        for (keyword, value) in schema {
            match (keyword.as_str(), value.as_str()) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", target) => {
                    self.references.push((id, local(target)?));
                }
                ("$anchor" | "$dynamicAnchor", Some(anchor)) => _ = self.by_name.insert(anchor.to_owned(), id),
                ("$id", Some(_)) if !pointer.is_empty() => {
                    return Err("a subschema has an `$id` of its own: only the root may have one".into());
                }
                ("$schema", _) if !pointer.is_empty() => {
                    return Err("a subschema names a dialect of its own: only the root may have a `$schema`".into());
                }
                _ => {}
            }
        }
        for Inside { schema, path, place } in inside(schema) {
            let child = self.node(schema, format!("{pointer}/{path}"), depth + 1)?;
            let node = &mut self.nodes[id];
            match place {
                Place::Same => node.same.push(child),
                Place::Below => node.below.push(child),
                Place::Apart => {}
            }
        }
        self.by_name.insert(pointer, id);
        Ok(id)
    }

    fn link(&mut self) -> Result<(), String> {
        for (from, target) in std::mem::take(&mut self.references) {
            match self.by_name.get(&target) {
                Some(to) => self.nodes[from].same.push(*to),
                None => return Err(format!("its reference `#{target}` leads to no subschema of it")),
            }
        }
        Ok(())
    }

    /// Bounds the work per value, and says how deeply values may be nested if the schema does not.
    fn work(&self) -> Result<Deepest, String> {
        let mut costs = vec![None; self.nodes.len()];
        let mut most: f64 = 1.0;
        for id in 0..self.nodes.len() {
            most = most.max(self.cost(id, 1, &mut costs)?);
        }
        if most > WORK {
            return Err("its alternatives multiply: too many subschemas would be applied to one value".into());
        }
        // With one way through each level the work is that of the value's size.
        let branches = self.nodes.iter().any(|node| node.same.len() > 1);
        Ok((branches && self.repeats()).then(|| (WORK.ln() / most.max(2.0).ln()) as usize))
    }

    /// How many subschemas are applied to a value when this one is.
    fn cost(&self, id: usize, depth: usize, costs: &mut [Option<f64>]) -> Result<f64, String> {
        if depth > DEEPEST {
            return Err(format!(
                "it refers to itself without going into the value, or through more than {DEEPEST} references"
            ));
        }
        if let Some(cost) = costs[id] {
            return Ok(cost);
        }
        let mut cost = 1.0;
        for next in &self.nodes[id].same {
            cost += self.cost(*next, depth + 1, costs)?;
        }
        costs[id] = Some(cost);
        Ok(cost)
    }

    /// Whether a subschema leads to itself. Nodes that nothing leads to any more are taken away; circles remain.
    fn repeats(&self) -> bool {
        let edges = |node: &Node| node.same.iter().chain(&node.below).copied().collect::<Vec<_>>();
        let mut incoming = vec![0_usize; self.nodes.len()];
        self.nodes.iter().flat_map(edges).for_each(|to| incoming[to] += 1);
        let mut free: Vec<usize> = (0..self.nodes.len()).filter(|id| incoming[*id] == 0).collect();
        let mut left = self.nodes.len();
        while let Some(id) = free.pop() {
            left -= 1;
            for to in edges(&self.nodes[id]) {
                incoming[to] -= 1;
                if incoming[to] == 0 {
                    free.push(to);
                }
            }
        }
        left > 0
    }
}

/// The fragment of a reference that stays inside the schema (2026-07-28, basic, "`$ref` Resolution").
fn local(target: Option<&str>) -> Result<String, String> {
    let target = target.unwrap_or_default();
    match target.strip_prefix('#') {
        Some(fragment) => Ok(percent_decoded(fragment)),
        None => Err(format!(
            "its reference `{}` leads out of it, and nothing is ever fetched: put the subschema into `$defs` and refer \
             to it as `#/$defs/…`",
            target.chars().take(128).collect::<String>()
        )),
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| *byte == b'%') {
            Some(decoded) => {
                bytes.push(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(schema: &Value) -> Result<Deepest, String> {
        check(schema.as_object().unwrap())
    }

    /// Held to 2026-07-28, basic, "`$ref` Resolution".
    #[test]
    fn references_stay_inside() {
        let elsewhere = ["https://example.com/a.json", "file:///etc/passwd", "other.json#/a", "#/$defs/none", "#none"];
        for target in elsewhere {
            let error = checked(&json!({"properties": {"a": {"$ref": target}}})).unwrap_err();
            assert!(error.contains(target), "{error}");
        }
        let inside = json!({"$defs": {"a b": {"$anchor": "x"}, "c/d": true, "c": {}}, "properties": {
            "a": {"$ref": "#/$defs/a%20b"}, "b": {"$ref": "#x"}, "c": {"$ref": "#/$defs/c"}, "$ref": {"const": {"$ref": "x:y"}},
        }});
        assert_eq!(checked(&inside), Ok(None));
    }

    /// Held to 2026-07-28, basic, "Schema Dialect", "Implementation Requirements".
    #[test]
    fn two_dialects_are_known() {
        for known in ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"] {
            assert_eq!(checked(&json!({"$schema": known})), Ok(None));
        }
        for unknown in [json!("https://json-schema.org/draft/2019-09/schema"), json!("urn:mine"), json!(7)] {
            assert!(checked(&json!({"$schema": unknown})).unwrap_err().contains("dialect"), "{unknown}");
        }
    }

    /// Held to 2026-07-28, basic, "Composition-Keyword Resource Use".
    #[test]
    fn what_has_no_bound_is_refused() {
        let mut deep = json!({});
        for _ in 0..DEEPEST {
            deep = json!({"not": deep});
        }
        assert!(checked(&deep).unwrap_err().contains("nested deeper"));
        assert!(checked(&json!({"allOf": vec![json!({}); MOST]})).unwrap_err().contains("more than"));
        let circle = json!({"$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"$ref": "#/$defs/a"}}});
        assert!(checked(&circle).unwrap_err().contains("refers to itself"));
        let mut doubled = Map::new();
        for level in 0..30 {
            let next = json!({"$ref": format!("#/$defs/{}", level + 1)});
            doubled.insert(level.to_string(), json!({"anyOf": [next, next]}));
        }
        doubled.insert("30".into(), json!({}));
        assert!(checked(&json!({"$defs": doubled})).unwrap_err().contains("multiply"));
    }

    #[test]
    fn values_of_a_schema_that_repeats_through_alternatives_have_a_depth() {
        let list = json!({"properties": {"next": {"$ref": "#"}}});
        assert_eq!(checked(&list), Ok(None));
        let tree = json!({"oneOf": [{"properties": {"a": {"$ref": "#"}}}, {"properties": {"a": {"$ref": "#"}}}]});
        let deepest = checked(&tree).unwrap().unwrap();
        assert!((2..20).contains(&deepest), "{deepest}");
    }
}

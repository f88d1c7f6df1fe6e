//! Whether decoding refuses what a schema refuses. A schema does not tell what its type is made of from what somebody
//! wrote beside it, so values that break one rule each are decoded.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::{
    evaluate::{allows, resolve},
    implied::{Implied, integer_bounds},
};

/// The most values that are tried, so that a large schema costs no more than it would to validate by it.
const MOST_TRIED: usize = 4096;

/// How deep a schema is looked into.
const DEEPEST: usize = 32;

/// What no name and no text of a schema is.
const OTHER: &str = "none of these";

/// Tries the rules of a schema that says no more than [`implied`](super::implied) knows: values, names that are
/// required, names that are refused, and widths of integers. `decodes` says whether a text can be decoded as the type.
///
/// Where it cannot be told, because the type refuses values that the schema allows, it is not implied; but where
/// nothing can be validated it is assumed to be, so that the type can be used at all.
pub(in crate::handler) fn enforced(schema: &Value, decodes: &dyn Fn(&str) -> bool) -> Implied {
    let mut probes = Probes { root: schema, decodes, seen: HashSet::from(["#"]), tried: 0, found: Found::Enforced };
    probes.node(schema, 0, &|value| value);
    match probes.found {
        Found::Enforced => Implied::Whole,
        Found::Unclear if cfg!(not(feature = "json-schema")) => Implied::Whole,
        Found::Unclear | Found::Broken => Implied::Not,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Enforced,
    Unclear,
    Broken,
}

struct Probes<'s> {
    root: &'s Value,
    decodes: &'s dyn Fn(&str) -> bool,
    /// The references that were followed.
    seen: HashSet<&'s str>,
    tried: usize,
    found: Found,
}

impl<'s> Probes<'s> {
    /// Tries the rules of a part of the schema, and of the parts inside it. `whole` puts a value of the part where it
    /// belongs in a value of the root.
    fn node(&mut self, schema: &'s Value, depth: usize, whole: &dyn Fn(Value) -> Value) {
        let Value::Object(map) = schema else { return };
        if self.found == Found::Broken {
            return;
        }
        if depth > DEEPEST || self.tried > MOST_TRIED {
            self.found = Found::Unclear;
            return;
        }
        if let Some(target) = map.get("$ref").and_then(Value::as_str) {
            match resolve(self.root, target) {
                Some(part) if self.seen.insert(target) => self.node(part, depth + 1, whole),
                Some(_) => {}
                None => self.found = Found::Unclear,
            }
        }
        let Some(sample) = sample(self.root, schema, DEEPEST) else {
            self.found = Found::Unclear;
            return;
        };
        let broken: Vec<Value> = broken(map, &sample).into_iter().map(whole).collect();
        self.attempt(&whole(sample.clone()), &broken);
        for keyword in ["anyOf", "oneOf"] {
            for part in parts(map, keyword) {
                let own = members(self.root, map, DEEPEST);
                self.node(part, depth + 1, &|value| whole(merged(own.clone(), value)));
            }
        }
        self.inside(map, &sample, depth, whole);
    }

    fn inside(&mut self, map: &'s Map<String, Value>, sample: &Value, depth: usize, whole: &dyn Fn(Value) -> Value) {
        let with = |name: &str, value: Value| {
            let mut object = sample.clone();
            if let Value::Object(members) = &mut object {
                members.insert(name.to_owned(), value);
            }
            whole(object)
        };
        for (name, part) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.node(part, depth + 1, &|value| with(name, value));
        }
        if let Some(part) = map.get("additionalProperties") {
            self.node(part, depth + 1, &|value| with(OTHER, value));
        }
        if let Some(part) = map.get("items") {
            let before = sample.as_array().cloned().unwrap_or_default();
            self.node(part, depth + 1, &|value| whole(before.iter().cloned().chain([value]).collect()));
        }
        for (at, part) in parts(map, "prefixItems").iter().enumerate() {
            self.node(part, depth + 1, &|value| {
                let mut array = sample.clone();
                // A value that somebody wrote may be no array, or a shorter one.
                if let Some(place) = array.get_mut(at) {
                    *place = value;
                }
                whole(array)
            });
        }
    }

    /// Decodes a value that fits and values that do not.
    fn attempt(&mut self, fits: &Value, broken: &[Value]) {
        let mut broken = broken.iter().filter(|value| !allows(self.root, self.root, value)).peekable();
        if broken.peek().is_none() {
            return;
        }
        self.tried += 1 + broken.size_hint().1.unwrap_or_default();
        if !allows(self.root, self.root, fits) || !(self.decodes)(&fits.to_string()) {
            self.found = Found::Unclear;
        } else if broken.any(|value| (self.decodes)(&value.to_string())) {
            self.found = Found::Broken;
        }
    }
}

/// Values that break a rule of this very part, or may.
fn broken(map: &Map<String, Value>, sample: &Value) -> Vec<Value> {
    let mut broken = Vec::new();
    let listed = parts(map, "enum").iter().chain(map.get("const"));
    for value in listed {
        match value {
            Value::String(_) => broken.push(json!(OTHER)),
            Value::Number(number) => {
                broken.extend(number.as_i64().map(|number| json!(number.wrapping_add(1))));
            }
            Value::Bool(value) => broken.push(json!(!value)),
            _ => {}
        }
    }
    if let Some((lowest, highest)) = integer_bounds(map) {
        broken.extend(lowest.map(|lowest| json!(lowest - 1)));
        broken.extend(highest.map(|highest| json!(highest + 1)));
    }
    if let Value::Object(members) = sample {
        broken.extend(members.keys().map(|name| {
            let mut fewer = members.clone();
            fewer.shift_remove(name);
            Value::Object(fewer)
        }));
        broken.push(merged(members.clone(), json!({OTHER: 1})));
    }
    broken
}

/// A small value that the schema allows, if one is easily found: what is optional is left out.
fn sample(root: &Value, schema: &Value, fuel: usize) -> Option<Value> {
    let Value::Object(map) = schema else { return (schema == &Value::Bool(true)).then(|| json!(1)) };
    let fuel = fuel.checked_sub(1)?;
    if let Some(value) = map.get("const").or_else(|| parts(map, "enum").first()) {
        return Some(value.clone());
    }
    if let Some(target) = map.get("$ref").and_then(Value::as_str) {
        return sample(root, resolve(root, target)?, fuel);
    }
    let alternatives = [parts(map, "anyOf"), parts(map, "oneOf")].concat();
    if !alternatives.is_empty() {
        // Those that lead elsewhere may lead back here.
        let (far, near): (Vec<_>, Vec<_>) = alternatives.iter().partition(|part| part.get("$ref").is_some());
        let value = near.into_iter().chain(far).find_map(|part| sample(root, part, fuel))?;
        return Some(merged(members(root, map, fuel), value));
    }
    let kind = match map.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find(|kind| *kind != "null")?.as_str()?,
        Some(kind) => kind.as_str()?,
        None if map.contains_key("properties") => "object",
        None => return Some(json!(1)),
    };
    Some(match kind {
        "null" => Value::Null,
        "boolean" => json!(true),
        "integer" => json!(1),
        "number" => json!(0.5),
        "string" => json!("a"),
        "array" => parts(map, "prefixItems").iter().map(|part| sample(root, part, fuel)).collect::<Option<Value>>()?,
        "object" => Value::Object(members(root, map, fuel)),
        _ => return None,
    })
}

/// The members that an object must have, those that can be found.
fn members(root: &Value, map: &Map<String, Value>, fuel: usize) -> Map<String, Value> {
    let properties = map.get("properties").and_then(Value::as_object);
    let required = parts(map, "required").iter().filter_map(Value::as_str);
    let value = |name: &str| match properties.and_then(|properties| properties.get(name)) {
        Some(part) => sample(root, part, fuel),
        None => Some(json!(1)),
    };
    required.filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
}

/// The value, with the members of an object that it leaves out.
fn merged(mut members: Map<String, Value>, value: Value) -> Value {
    match value {
        Value::Object(more) => {
            members.extend(more);
            Value::Object(members)
        }
        other => other,
    }
}

fn parts<'m>(map: &'m Map<String, Value>, keyword: &str) -> &'m [Value] {
    map.get(keyword).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::{JsonSchema, generate::SchemaSettings};
    use serde::{Deserialize, de::DeserializeOwned};

    use super::*;

    fn judged<T: JsonSchema + DeserializeOwned>() -> Implied {
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<T>();
        enforced(schema.as_value(), &|json| serde_json::from_str::<T>(json).is_ok())
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Plain {
        text: String,
        byte: u8,
        wide: Option<u64>,
        #[serde(default)]
        unit: Unit,
        maybe: Option<Unit>,
        list: Vec<(bool, Unit)>,
        map: BTreeMap<String, Named>,
        any: Value,
        tree: Option<Box<Plain>>,
        forest: Vec<Plain>,
        tagged: Tagged,
        adjacent: Adjacent,
    }

    #[derive(Default, Deserialize, JsonSchema)]
    enum Unit {
        #[default]
        A,
        /// Described.
        B,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        A { size: i8, unit: Unit },
        B,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind", content = "value")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Adjacent {
        A(u32),
        B { unit: Unit },
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Named {
        A(u8),
        B { x: bool },
        C,
    }

    macro_rules! beside {
        ($($name:ident: $(#[$container:meta])* { $(#[$field:meta])* $type:ty })*) => {$(
            #[derive(Deserialize, JsonSchema)]
            $(#[$container])*
            #[expect(dead_code, reason = "only its schema is looked at")]
            struct $name {
                $(#[$field])*
                field: $type,
            }
        )*};
    }

    beside! {
        Enum: { #[schemars(extend("enum" = ["eu", "us"]))] String }
        Narrowed: { #[schemars(extend("enum" = ["A"]))] Unit }
        Const: { #[schemars(extend("const" = 3))] u8 }
        Required: #[schemars(extend("required" = ["field"]))] { Option<bool> }
        Unnamed: #[schemars(extend("required" = ["field", "other"]))] { bool }
        Closed: #[schemars(extend("additionalProperties" = false))] { bool }
        Shorter: { #[schemars(extend("enum" = [[1], "a"]))] (u8, u8) }
        Width: { #[schemars(with = "u8")] i64 }
        InList: { Vec<Option<Region>> }
        InMap: { BTreeMap<String, Region> }
        InTuple: { (u8, Region) }
        InEnum: { Either }
        InTree: { Option<Tree> }
    }

    #[derive(Deserialize, JsonSchema)]
    #[schemars(extend("enum" = ["eu", "us"]))]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Region(String);

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Either {
        A,
        B { region: Region },
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Tree {
        more: Vec<Tree>,
        region: Region,
    }

    /// A type that refuses more than its schema says.
    #[derive(Deserialize, JsonSchema)]
    #[serde(try_from = "String")]
    #[schemars(with = "String")]
    struct Even(#[expect(dead_code, reason = "only its schema is looked at")] String);

    impl TryFrom<String> for Even {
        type Error = &'static str;

        fn try_from(text: String) -> Result<Self, Self::Error> {
            if text.len().is_multiple_of(2) { Ok(Self(text)) } else { Err("odd") }
        }
    }

    beside! { Unclear: { Even } }

    #[test]
    fn what_a_derived_type_refuses_is_enforced() {
        assert_eq!(judged::<Plain>(), Implied::Whole);
        assert_eq!(judged::<Value>(), Implied::Whole);
        assert_eq!(judged::<BTreeMap<String, u8>>(), Implied::Whole);
    }

    #[test]
    fn what_somebody_wrote_beside_a_type_is_not() {
        let judged = [
            ("enum", judged::<Enum>()),
            ("narrowed", judged::<Narrowed>()),
            ("const", judged::<Const>()),
            ("required", judged::<Required>()),
            ("unnamed", judged::<Unnamed>()),
            ("closed", judged::<Closed>()),
            ("shorter", judged::<Shorter>()),
            ("width", judged::<Width>()),
            ("in a list", judged::<InList>()),
            ("in a map", judged::<InMap>()),
            ("in a tuple", judged::<InTuple>()),
            ("in an enum", judged::<InEnum>()),
            ("in a tree", judged::<InTree>()),
        ];
        for (what, judged) in judged {
            assert_eq!(judged, Implied::Not, "{what}");
        }
    }

    #[test]
    fn where_it_cannot_be_told_the_schema_is_validated_if_it_can_be() {
        let expected = if cfg!(feature = "json-schema") { Implied::Not } else { Implied::Whole };
        assert_eq!(judged::<Unclear>(), expected);
    }
}

//! Whether a schema lists values where no type does. Of a type that is only written, nothing can be tried.

use serde_json::{Map, Value};

/// Where a part of a schema stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// It is all that is said of a type with a name. Such a type may be a list of values.
    Type,
    /// It is one variant of such a type.
    Variant,
    /// It is a member of a variant, which may be the tag.
    Member,
    /// It says how one type uses another.
    Use,
}

/// Whether values are listed beside the name of a type, which somebody must have written: a field whose type is text, or
/// has a name, says nothing of values by itself. The schema must lead to types with names by references.
///
/// What was written on the type itself looks like what was derived of it, and is not found.
pub(in crate::handler) fn lists_values_beside(schema: &Value) -> bool {
    let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flat_map(Map::values);
    definitions.chain([schema]).any(|part| is_listed(part, Place::Type))
}

fn is_listed(schema: &Value, place: Place) -> bool {
    let Value::Object(map) = schema else { return false };
    let here = match place {
        Place::Type => map.contains_key("const"),
        Place::Variant => has_several_tags(map),
        Place::Member => map.contains_key("enum"),
        Place::Use => map.contains_key("enum") || map.contains_key("const"),
    };
    here || map.iter().any(|(keyword, said)| {
        let inside = match (keyword.as_str(), place) {
            ("oneOf", Place::Type) => Place::Variant,
            ("properties", Place::Variant) => Place::Member,
            _ => Place::Use,
        };
        match (keyword.as_str(), said) {
            ("properties", Value::Object(parts)) => parts.values().any(|part| is_listed(part, inside)),
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter().any(|part| is_listed(part, inside))
            }
            ("items" | "additionalProperties", part) => is_listed(part, inside),
            _ => false,
        }
    })
}

/// A variant is told by one tag.
fn has_several_tags(variant: &Map<String, Value>) -> bool {
    let members = variant.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    members.filter(|member| member.get("const").is_some()).count() > 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use schemars::{JsonSchema, generate::SchemaSettings};

    use super::*;

    fn found<T: JsonSchema>() -> bool {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        lists_values_beside(settings.into_generator().into_root_schema_for::<T>().as_value())
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Plain {
        unit: Unit,
        maybe: Option<Unit>,
        list: Vec<(Unit, Described)>,
        map: BTreeMap<String, Tagged>,
        adjacent: Adjacent,
        named: Named,
        #[schemars(flatten)]
        more: Tagged,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Unit {
        A,
        B,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Described {
        A,
        /// Described.
        B,
    }

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Tagged {
        A { size: i8, unit: Unit },
        B,
    }

    #[derive(JsonSchema)]
    #[serde(tag = "kind", content = "value")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Adjacent {
        A(u32),
        B { unit: Unit },
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum Named {
        A(u8),
        B { unit: Unit },
        C,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Text {
        #[schemars(extend("enum" = ["eu", "us"]))]
        region: String,
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    struct Number {
        #[schemars(extend("const" = 1))]
        level: u8,
    }

    #[derive(JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum InVariant {
        A {
            #[schemars(extend("const" = "eu"))]
            region: String,
        },
    }

    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is looked at")]
    enum InNamed {
        A {
            #[schemars(extend("enum" = ["eu", "us"]))]
            region: String,
        },
    }

    #[test]
    fn only_values_beside_a_type_are_found() {
        for (what, found) in [
            ("a type", found::<Plain>()),
            ("an enum", found::<Unit>()),
            ("variants", found::<Described>()),
            ("tags", found::<Tagged>()),
            ("tags and content", found::<Adjacent>()),
            ("names", found::<Named>()),
        ] {
            assert!(!found, "{what}");
        }
        for (what, found) in [
            ("text", found::<Text>()),
            ("a number", found::<Number>()),
            ("in a variant", found::<InVariant>()),
            ("in a named variant", found::<InNamed>()),
            ("in a list", found::<Vec<Text>>()),
            ("in a map", found::<BTreeMap<String, (bool, Number)>>()),
        ] {
            assert!(found, "{what}");
        }
    }
}

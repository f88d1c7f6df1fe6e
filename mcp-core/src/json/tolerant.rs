//! Reading at the cost of what cannot be read.

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::{JsonError, RawJson, RawObject, Text, read::elements, strict::Strict};

/// How many members of one value may be given up.
const MOST: usize = 16;

/// Decodes a value that cannot be decoded as it is: what stands in the way is taken out, as little as possible of it, and
/// told of. So a member that the type can do without costs itself, and an element of a list costs itself. For values of
/// peers whose other parts are of use; it decodes anew for each loss, up to 16 of them.
///
/// # Errors
///
/// What stood in the way first, if the type cannot do without it.
pub(crate) fn tolerant<T: DeserializeOwned>(raw: &RawJson, lost: &mut Vec<String>) -> Result<T, JsonError> {
    let mut rest = raw.clone();
    let mut losses = Vec::new();
    let mut first = None;
    for _ in 0..=MOST {
        let mut parser = serde_json::Deserializer::from_str(rest.as_str());
        let error = match serde_path_to_error::deserialize(Strict(&mut parser)) {
            Ok(value) => {
                lost.append(&mut losses);
                return Ok(value);
            }
            Err(error) => error,
        };
        let steps = steps(error.path());
        let shorter = without(&rest, &steps);
        let (place, error) = (error.path().to_string(), JsonError(error.into_inner()));
        losses.push(format!("`{place}` ({})", error.reason()));
        first.get_or_insert(error);
        let Some(shorter) = shorter else { break };
        rest = shorter;
    }
    Err(first.unwrap_or_else(|| JsonError::custom("nothing of it can be read")))
}

enum Step<'a> {
    Member(&'a str),
    Element(usize),
}

fn steps(path: &Path) -> Vec<Step<'_>> {
    path.iter().map_while(step).collect()
}

fn step(segment: &Segment) -> Option<Step<'_>> {
    match segment {
        Segment::Map { key } => Some(Step::Member(key)),
        Segment::Seq { index } => Some(Step::Element(*index)),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// The value without what stands at the end of the path; `None` if nothing stands there, or the path is of no steps.
fn without(raw: &RawJson, path: &[Step<'_>]) -> Option<RawJson> {
    let (step, rest) = path.split_first()?;
    match step {
        Step::Member(key) => {
            let mut members = RawObject::from_raw(raw.clone())?.members();
            let at = members.iter().position(|(name, _)| name == key)?;
            match rest {
                [] => _ = members.remove(at),
                rest => members[at].1 = without(&members[at].1, rest)?,
            }
            Some(RawObject::from_iter(members).as_raw().clone())
        }
        Step::Element(index) => {
            let own = |element| Text::from_utf8(element).map(RawJson::scanned);
            let mut all: Vec<RawJson> = elements(raw.as_bytes())?.into_iter().map(own).collect::<Option<_>>()?;
            let element = all.get_mut(*index)?;
            match rest {
                [] => _ = all.remove(*index),
                rest => *element = without(element, rest)?,
            }
            let all: Vec<&str> = all.iter().map(RawJson::as_str).collect();
            Some(RawJson::scanned(Text::from(format!("[{}]", all.join(",")))))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Item {
        name: String,
        #[serde(default)]
        parts: Vec<Part>,
        meta: Option<BTreeMap<String, Value>>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Part {
        size: u8,
        note: Option<String>,
    }

    fn read(text: &str) -> (Result<Item, JsonError>, Vec<String>) {
        let mut lost = Vec::new();
        (tolerant(&RawJson::scanned(Text::from(text)), &mut lost), lost)
    }

    #[test]
    fn what_cannot_be_read_costs_itself_and_no_more() {
        let (item, lost) = read(
            r#"{"name": "a", "meta": {"x": 1e400, "y": 1},
            "parts": [{"size": 1, "note": 7}, {"size": 300}, 5, {"size": 2, "note": null}]}"#,
        );
        let item = item.unwrap();
        assert_eq!(item.parts, [Part { size: 1, note: None }, Part { size: 2, note: None }]);
        assert_eq!(item.meta, Some(BTreeMap::from([("y".to_owned(), Value::from(1))])));
        assert_eq!(lost.len(), 5, "{lost:?}");
        assert!(lost[0].starts_with("`meta.x` (number out of range"), "{lost:?}");
    }

    #[test]
    fn what_it_cannot_do_without_is_told_as_it_was_met_first() {
        for (text, why) in [
            (r#"{"name": 5, "parts": {}}"#, "invalid type: integer `5`, expected a string"),
            (r#"{"parts": 5}"#, "invalid type: integer `5`, expected a sequence"),
            ("[]", "invalid type: sequence"),
            (&format!(r#"{{"name": "a", "parts": [{}]}}"#, ["5"; 40].join(",")), "invalid type: integer `5`"),
        ] {
            let (item, lost) = read(text);
            let error = item.unwrap_err().to_string();
            assert!(error.starts_with(why), "{text}: {error}");
            assert_eq!(lost, [] as [String; 0]);
        }
    }
}

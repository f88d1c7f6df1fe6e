//! Where in a JSON text a position lies, in words: `filter.since`, `items[2].name`.

/// The path of the value that ends or begins at `offset` of valid JSON text; empty at the root.
pub(in crate::handler) fn path_at(json: &str, offset: usize) -> Vec<Step> {
    let mut open: Vec<Option<Step>> = Vec::new();
    let mut rest = json.get(..offset).unwrap_or(json).char_indices();
    while let Some((start, character)) = rest.next() {
        match character {
            '{' => open.push(None),
            '[' => open.push(Some(Step::Index(0))),
            '}' | ']' => _ = open.pop(),
            ',' => match open.last_mut() {
                Some(Some(Step::Index(index))) => *index += 1,
                Some(step) => *step = None,
                None => {}
            },
            '"' => {
                let mut end = json.len();
                while let Some((at, character)) = rest.next() {
                    match character {
                        '\\' => _ = rest.next(),
                        '"' => {
                            end = at + 1;
                            break;
                        }
                        _ => {}
                    }
                }
                // A string that is not yet followed by a value is the key.
                if let Some(key @ None) = open.last_mut() {
                    *key = json.get(start..end).and_then(|text| serde_json::from_str(text).ok()).map(Step::Key);
                }
            }
            _ => {}
        }
    }
    open.into_iter().flatten().collect()
}

/// One step into a JSON value.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::handler) enum Step {
    Key(String),
    Index(usize),
}

impl Step {
    pub(in crate::handler) fn is_key(&self, name: &str) -> bool {
        matches!(self, Self::Key(key) if key == name)
    }
}

/// The steps as a model would write them.
pub(in crate::handler) fn written(path: &[Step]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => {
                text.push('.');
                text.push_str(key);
            }
            Step::Index(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(json: &str, needle: &str) -> String {
        let start = json.find(needle).unwrap();
        written(&path_at(json, start + needle.len()))
    }

    #[test]
    fn the_path_leads_to_the_value() {
        let json = r#"{"a":1,"filter":{"since":"x, }","names":["p","q",{"deep":true}]},"z":[]}"#;
        assert_eq!(at(json, ":1"), "a");
        assert_eq!(at(json, "x, }\""), "filter.since");
        assert_eq!(at(json, "\"q\""), "filter.names[1]");
        assert_eq!(at(json, "true"), "filter.names[2].deep");
        assert_eq!(at(json, "true}]"), "filter.names");
        assert_eq!(at(json, "true}]}"), "filter");
        assert_eq!(at(json, "\"z\":"), "z");
        assert_eq!(at(json, "[]}"), "");
    }

    #[test]
    fn keys_are_unescaped() {
        assert_eq!(at(r#"{"a\"b":1}"#, ":1"), "a\"b");
    }
}

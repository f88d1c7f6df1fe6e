//! `${NAME}`, `${NAME:-default}` and `${env:NAME}` in texts of a configuration.

/// Fills in the variables of a text.
pub(super) fn filled(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        out.push_str(before);
        let Some((inside, after)) = after.split_once('}') else {
            return Err("`${` has no `}`".to_owned());
        };
        out.push_str(&value(inside, lookup)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn value(inside: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let name = name.strip_prefix("env:").unwrap_or(name);
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Err(format!(
            "`${{{name}}}` is no variable: write `${{NAME}}`, `${{NAME:-default}}` or `${{env:NAME}}`, with letters, digits and `_` in the name"
        ));
    }
    match (lookup(name), default) {
        // As in a shell, the default also stands for what is empty.
        (Some(value), Some(default)) if value.is_empty() => Ok(default.to_owned()),
        (Some(value), _) => Ok(value),
        (None, Some(default)) => Ok(default.to_owned()),
        (None, None) => Err(format!(
            "the environment variable {name} is not set: set it, or give a default with `${{{name}:-default}}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn variables_are_filled_in_and_never_left_out_in_silence() {
        let lookup = |name: &str| match name {
            "A" => Some("1".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let filled = |text| super::filled(text, &lookup);
        assert_eq!(filled("x${A}y${env:A}$A{}").unwrap(), "x1y1$A{}");
        assert_eq!(filled("${B:-two}${EMPTY:-three}${EMPTY}").unwrap(), "twothree");
        for (text, says) in
            [("${B}", "B is not set"), ("${A", "no `}`"), ("${input:key}", "no variable"), ("${}", "no variable")]
        {
            assert!(filled(text).unwrap_err().contains(says), "{text}");
        }
    }
}

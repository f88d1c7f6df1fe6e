//! An answer, held to the form that was asked.

use std::{cmp::Ordering, collections::BTreeSet};

use super::{FieldKind, FieldSchema, FormEntry, FormOption, FormSchema};
use crate::{
    decimal::Decimal,
    error::shown,
    json::{RawJson, RawObject},
};

impl FormSchema {
    /// Holds an answer to this form, and gives of it what the form asks for, in the form's order.
    ///
    /// - Members that the form does not ask for are left out: a form allows them, as its schema says nothing of
    ///   `additionalProperties` (JSON Schema 2020-12, core, section 10.3.2.3), and nobody reads them.
    /// - A field that is missing stays missing, whatever its default: a default is what the client filled in before the
    ///   user looked (2026-07-28, client/elicitation, "Requested Schema"), so what is missing now was taken out, or
    ///   was never shown.
    /// - `null` for a field that may be missing means that it is missing. The protocol has no such value, but some
    ///   clients write it for what was left empty.
    /// - An option that is chosen twice is refused.
    ///
    /// # Errors
    ///
    /// Every problem, each as a sentence that names its field.
    pub fn check(&self, answer: &RawObject) -> Result<RawObject, Vec<String>> {
        let mut problems = Vec::new();
        let mut kept = Vec::new();
        let members = answer.members();
        for FormEntry { name, required, field } in self.entries() {
            // Of a key that stands twice the last counts, here as wherever the answer is read.
            let value = members.iter().rfind(|(key, _)| key == name).map(|(_, value)| value);
            match value.filter(|value| *required || !value.is_null()) {
                None if *required => problems.push(format!("`{}` is missing", shown(name))),
                None => {}
                Some(value) => match field.check(value) {
                    Ok(()) => kept.push((name, value.clone())),
                    Err(problem) => problems.push(format!("`{}` {problem}", shown(name))),
                },
            }
        }
        if problems.is_empty() { Ok(kept.into_iter().collect()) } else { Err(problems) }
    }
}

impl FieldSchema {
    /// Holds one value to this field.
    ///
    /// # Errors
    ///
    /// A sentence without its subject, such as `must be at least 18`.
    pub fn check(&self, value: &RawJson) -> Result<(), String> {
        match &self.kind {
            FieldKind::Text { min_length, max_length, format, .. } => {
                let text = value.to_text().ok_or("must be a text")?;
                let length = text.chars().count() as u64;
                within(length, *min_length, *max_length, "characters")?;
                match format.filter(|format| !format.fits(&text)) {
                    Some(format) => Err(format!("must be {}", format.noun())),
                    None => Ok(()),
                }
            }
            FieldKind::Number { min, max, .. } => {
                let number = Decimal::parse(value.as_str()).ok_or("must be a number")?;
                between(number, min.map(|min| min.to_string()), max.map(|max| max.to_string()))
            }
            FieldKind::Integer { min, max, .. } => {
                let number = Decimal::parse(value.as_str()).filter(Decimal::is_integer);
                let number = number.ok_or("must be a whole number")?;
                between(number, min.map(|min| min.to_string()), max.map(|max| max.to_string()))
            }
            FieldKind::Boolean { .. } => match value.as_str() {
                "true" | "false" => Ok(()),
                _ => Err("must be `true` or `false`".to_owned()),
            },
            FieldKind::OneOf { options, .. } => match value.to_text() {
                Some(text) if options.iter().any(|option| option.value == *text) => Ok(()),
                _ => Err(format!("must be one of {}", list(options))),
            },
            FieldKind::SeveralOf { options, min_items, max_items, .. } => {
                let chosen =
                    value.parse::<Vec<String>>().map_err(|_| format!("must be a list of {}", list(options)))?;
                if !chosen.iter().all(|value| options.iter().any(|option| option.value == *value)) {
                    return Err(format!("must be a list of {}", list(options)));
                }
                if chosen.iter().collect::<BTreeSet<_>>().len() < chosen.len() {
                    return Err("must not name an option twice".to_owned());
                }
                within(chosen.len() as u64, *min_items, *max_items, "options")
            }
        }
    }

    /// Whether the field, its default included, can be asked for.
    ///
    /// # Errors
    ///
    /// A sentence without its subject.
    pub(crate) fn check_itself(&self) -> Result<(), String> {
        self.own_problem().map_or(Ok(()), Err)
    }

    /// Why no answer could be held to this field, or its default is none.
    pub(super) fn own_problem(&self) -> Option<String> {
        let is_crossed = match &self.kind {
            FieldKind::Text { min_length: Some(min), max_length: Some(max), .. }
            | FieldKind::SeveralOf { min_items: Some(min), max_items: Some(max), .. } => min > max,
            FieldKind::Integer { min: Some(min), max: Some(max), .. } => min > max,
            FieldKind::Number { min, max, default } => {
                if [min, max, default].into_iter().flatten().any(|number| !number.is_finite()) {
                    return Some("its bounds and its default must be finite".to_owned());
                }
                matches!((min, max), (Some(min), Some(max)) if min > max)
            }
            FieldKind::OneOf { options, .. } | FieldKind::SeveralOf { options, .. } => {
                let values: BTreeSet<_> = options.iter().map(|option| &option.value).collect();
                if values.is_empty() || values.len() < options.len() {
                    return Some("its options must be one or more, each with a value of its own".to_owned());
                }
                false
            }
            _ => false,
        };
        if is_crossed {
            return Some("its lower bound lies above its upper bound".to_owned());
        }
        if let FieldKind::SeveralOf { options, min_items: Some(min), .. } = &self.kind
            && u64::from(*min) > options.len() as u64
        {
            return Some("more options must be chosen than there are".to_owned());
        }
        let default = self.default_value()?;
        self.check(&default).err().map(|problem| format!("its default {problem}"))
    }

    /// What is filled in before the user looks, as JSON.
    pub fn default_value(&self) -> Option<RawJson> {
        match &self.kind {
            FieldKind::Text { default, .. } | FieldKind::OneOf { default, .. } => {
                default.as_ref().map(RawJson::from_value)
            }
            FieldKind::Number { default, .. } => default.as_ref().map(RawJson::from_value),
            FieldKind::Integer { default, .. } => default.as_ref().map(RawJson::from_value),
            FieldKind::Boolean { default } => default.as_ref().map(RawJson::from_value),
            FieldKind::SeveralOf { default, .. } => default.as_ref().map(RawJson::from_value),
        }
        .and_then(Result::ok)
    }
}

fn within(count: u64, min: Option<u32>, max: Option<u32>, what: &str) -> Result<(), String> {
    match (min, max) {
        (Some(min), _) if count < u64::from(min) => Err(format!("must have at least {min} {what}")),
        (_, Some(max)) if count > u64::from(max) => Err(format!("must have at most {max} {what}")),
        _ => Ok(()),
    }
}

/// Compares without rounding. Bounds are written as JSON writes them.
fn between(number: Decimal<'_>, min: Option<String>, max: Option<String>) -> Result<(), String> {
    let bound = |text: &Option<String>| text.as_deref().and_then(Decimal::parse).map(|bound| number.cmp(&bound));
    if bound(&min).is_some_and(Ordering::is_lt) {
        return Err(format!("must be at least {}", min.unwrap_or_default()));
    }
    if bound(&max).is_some_and(Ordering::is_gt) {
        return Err(format!("must be at most {}", max.unwrap_or_default()));
    }
    Ok(())
}

/// The values that can be chosen, for a sentence.
fn list(options: &[FormOption]) -> String {
    const SHOWN: usize = 20;
    let mut names: Vec<_> = options.iter().take(SHOWN).map(|option| format!("`{}`", shown(&option.value))).collect();
    if options.len() > SHOWN {
        names.push(format!("{} more", options.len() - SHOWN));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TextFormat;

    fn form() -> FormSchema {
        FormSchema::new()
            .required("name", FieldSchema::text().with_length(2, 3))
            .optional("mail", FieldSchema::text().with_format(TextFormat::Email).with_default("a@b"))
            .required("age", FieldSchema::integer().with_min(18).with_max(130))
            .optional("share", FieldSchema::number().with_min(0.1).with_max(1))
            .required("sure", FieldSchema::boolean())
            .required("color", FieldSchema::one_of([FormOption::titled("#f00", "Red"), FormOption::new("#0f0")]))
            .optional("sizes", FieldSchema::several_of(["S", "M", "L"]).with_min_items(1).with_max_items(2))
    }

    fn checked(answer: &str) -> Result<String, Vec<String>> {
        let answer = serde_json::from_str(answer).unwrap();
        form().check(&answer).map(|kept| kept.as_raw().as_str().to_owned())
    }

    #[test]
    fn an_answer_that_fits_keeps_what_was_asked_for() {
        let answer =
            r##"{"x":[{}],"color":"#f00","age":18.0,"name":"äé","sure":false,"share":0.10,"sizes":["L","S"]}"##;
        let kept = r##"{"name":"äé","age":18.0,"share":0.10,"sure":false,"color":"#f00","sizes":["L","S"]}"##;
        assert_eq!(checked(answer).unwrap(), kept);
        // Neither `null` nor a default stands for what was left empty.
        let kept = r##"{"name":"abc","age":130,"sure":true,"color":"#0f0"}"##;
        let answer = r##"{"name":"no","name":"abc","age":130,"sure":true,"color":"#0f0","mail":null,"share":null}"##;
        assert_eq!(checked(answer).unwrap(), kept);
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let answer = r##"{"name":"a","mail":"b","age":17.5,"share":0.0999999999999999999999,"sure":"true","color":"Red","sizes":["S","XL"]}"##;
        let problems = [
            "`name` must have at least 2 characters",
            "`mail` must be an address of mail, such as ada@example.com",
            "`age` must be a whole number",
            "`share` must be at least 0.1",
            "`sure` must be `true` or `false`",
            "`color` must be one of `#f00`, `#0f0`",
            "`sizes` must be a list of `S`, `M`, `L`",
        ];
        assert_eq!(checked(answer).unwrap_err(), problems);
        let missing = ["`name` is missing", "`age` is missing", "`sure` is missing", "`color` is missing"];
        assert_eq!(checked("{}").unwrap_err(), missing);
    }

    #[test]
    fn each_bound_and_each_type_is_held() {
        for (member, problem) in [
            (r#""name":"abcd""#, "`name` must have at most 3 characters"),
            (r#""name":null"#, "`name` must be a text"),
            (r#""name":["ab"]"#, "`name` must be a text"),
            (r#""age":17"#, "`age` must be at least 18"),
            (r#""age":131"#, "`age` must be at most 130"),
            (r#""age":1e400"#, "`age` must be at most 130"),
            (r#""age":"20""#, "`age` must be a whole number"),
            (r#""share":1.0000000000000000000001"#, "`share` must be at most 1"),
            (r#""share":"1""#, "`share` must be a number"),
            (r#""sure":1"#, "`sure` must be `true` or `false`"),
            (r#""sure":null"#, "`sure` must be `true` or `false`"),
            (r#""color":null"#, "`color` must be one of `#f00`, `#0f0`"),
            (r#""color":["\#f00"]"#, "`color` must be one of `#f00`, `#0f0`"),
            (r#""sizes":[]"#, "`sizes` must have at least 1 options"),
            (r#""sizes":["S","M","L"]"#, "`sizes` must have at most 2 options"),
            (r#""sizes":["S","S"]"#, "`sizes` must not name an option twice"),
            (r#""sizes":"S""#, "`sizes` must be a list of `S`, `M`, `L`"),
            (r#""sizes":[1]"#, "`sizes` must be a list of `S`, `M`, `L`"),
        ] {
            let answer =
                format!(r##"{{"name":"abc","age":20,"sure":true,"color":"#0f0",{}}}"##, member.replace("\\#", "#"));
            assert_eq!(checked(&answer).unwrap_err(), [problem], "{answer}");
        }
    }
}

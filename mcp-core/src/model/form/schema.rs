//! A form as data.

use super::FieldSchema;

/// A form: its fields, in the order in which they are shown.
///
/// Types that derive `Form` make theirs; write one by hand if its fields are known only while the program runs.
///
/// ```
/// use mcp_core::model::{FieldSchema, FormSchema};
/// use mcp_core::json::RawObject;
///
/// let form = FormSchema::new()
///     .required("name", FieldSchema::text().with_length(1, 80).with_title("Your name"))
///     .optional("age", FieldSchema::integer().with_min(18));
///
/// let answer: RawObject = serde_json::from_str(r#"{"age": 7}"#)?;
/// assert_eq!(form.check(&answer).unwrap_err(), ["`name` is missing", "`age` must be at least 18"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FormSchema {
    entries: Vec<FormEntry>,
}

/// A field of a form, with its name.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FormEntry {
    /// The name of the answer's member.
    pub name: String,
    /// Whether an answer must have it.
    pub required: bool,
    /// What may be entered.
    pub field: FieldSchema,
}

impl FormSchema {
    /// A form without fields: the user accepts or declines, and enters nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field that an answer must have.
    ///
    /// # Panics
    ///
    /// If the form has a field of that name, or the field's default is not one that the field takes.
    #[must_use]
    #[track_caller]
    pub fn required(self, name: impl Into<String>, field: FieldSchema) -> Self {
        self.with_field(name, true, field)
    }

    /// Adds a field that may be left out.
    ///
    /// # Panics
    ///
    /// As [`required`](Self::required).
    #[must_use]
    #[track_caller]
    pub fn optional(self, name: impl Into<String>, field: FieldSchema) -> Self {
        self.with_field(name, false, field)
    }

    /// Adds a field.
    ///
    /// # Panics
    ///
    /// As [`required`](Self::required).
    #[must_use]
    #[track_caller]
    pub fn with_field(mut self, name: impl Into<String>, required: bool, field: FieldSchema) -> Self {
        let name = name.into();
        assert!(self.get(&name).is_none(), "the form has two fields `{name}`: give one of them another name");
        let problem = field.own_problem();
        assert!(problem.is_none(), "the field `{name}` cannot be asked for: {}", problem.unwrap_or_default());
        self.entries.push(FormEntry { name, required, field });
        self
    }

    /// Adds a field of a form that somebody else made; `None` if it cannot be asked for.
    pub(crate) fn and(mut self, name: String, required: bool, field: FieldSchema) -> Option<Self> {
        if self.get(&name).is_some() || field.own_problem().is_some() {
            return None;
        }
        self.entries.push(FormEntry { name, required, field });
        Some(self)
    }

    /// The fields, in order.
    pub fn entries(&self) -> &[FormEntry] {
        &self.entries
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&FormEntry> {
        self.entries.iter().find(|entry| entry.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn fields_keep_their_order_and_names_are_unique() {
        let form = FormSchema::new().required("b", FieldSchema::boolean()).optional("a", FieldSchema::text());
        let names: Vec<_> = form.entries().iter().map(|entry| (entry.name.as_str(), entry.required)).collect();
        assert_eq!(names, [("b", true), ("a", false)]);
        assert!(form.get("c").is_none());
        assert!(catch_unwind(|| form.optional("b", FieldSchema::text())).is_err());
    }

    #[test]
    fn a_field_whose_default_it_would_refuse_is_no_part_of_a_form() {
        for field in [
            FieldSchema::text().with_length(2, 3).with_default("x"),
            FieldSchema::text().with_format(crate::model::TextFormat::Email).with_default("nobody"),
            FieldSchema::integer().with_min(5).with_default(4),
            FieldSchema::number().with_max(0.5).with_default(0.75),
            FieldSchema::one_of(["a", "b"]).with_default("c"),
            FieldSchema::several_of(["a", "b"]).with_min_items(1).with_default(Vec::<String>::new()),
            FieldSchema::several_of(["a", "b"]).with_default(["a", "a"]),
            FieldSchema::integer().with_min(5).with_max(4),
            FieldSchema::text().with_length(3, 2),
            FieldSchema::one_of(["a", "a"]),
            FieldSchema::one_of(Vec::<String>::new()),
        ] {
            assert!(catch_unwind(|| FormSchema::new().required("f", field.clone())).is_err(), "{field:?}");
        }
    }
}

//! Types that have a form: what `#[derive(Form)]` implements, and programs may.

use super::{
    FieldSchema, FormOption, FormSchema, TextFormat,
    field::{FieldDefault, FieldNumber},
};
use crate::{
    error::shown,
    json::{RawJson, RawObject},
};

/// A type that a user fills in: a struct whose fields each are a [`FormField`].
///
/// Derive it. Written by hand it looks so:
///
/// ```
/// use mcp_core::json::RawObject;
/// use mcp_core::model::{Form, FormField, FormSchema};
///
/// struct Confirm {
///     yes: bool,
///     reason: Option<String>,
/// }
///
/// impl Form for Confirm {
///     fn form() -> FormSchema {
///         FormSchema::new()
///             .required("yes", bool::field().with_title("Deploy now?"))
///             .optional("reason", Option::<String>::field().with_max_length(200))
///     }
///
///     fn from_content(content: &RawObject) -> Result<Self, Vec<String>> {
///         let mut problems = Vec::new();
///         let yes = bool::read_from(content, "yes", &mut problems);
///         let reason = Option::read_from(content, "reason", &mut problems);
///         match (yes, reason) {
///             (Some(yes), Some(reason)) => Ok(Self { yes, reason }),
///             _ => Err(problems),
///         }
///     }
/// }
///
/// let answer: RawObject = serde_json::from_str(r#"{"yes": true}"#)?;
/// let confirm = Confirm::read(&answer).unwrap();
/// assert!(confirm.yes && confirm.reason.is_none());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no form that a user could fill in",
    label = "no form",
    note = "derive `Form` for a struct with named fields, each a text, a number, a `bool`, an enum that derives `Form`, or a `Vec` of such an enum"
)]
pub trait Form: Sized {
    /// The form that is asked.
    fn form() -> FormSchema;

    /// Takes the value from an answer that has passed [`FormSchema::check`].
    ///
    /// # Errors
    ///
    /// Every problem, each as a sentence that names its field.
    fn from_content(content: &RawObject) -> Result<Self, Vec<String>>;

    /// Holds an answer to the form, and takes the value from it.
    ///
    /// # Errors
    ///
    /// Every problem, each as a sentence that names its field.
    fn read(answer: &RawObject) -> Result<Self, Vec<String>> {
        Self::from_content(&Self::form().check(answer)?)
    }
}

/// A type that one field of a form can hold: `String`, `bool`, a number, an enum that derives `Form`, a `Vec` of such an
/// enum, and the `Option` of any of these.
#[diagnostic::on_unimplemented(
    message = "a form of MCP cannot have a field of the type `{Self}`",
    label = "no field of a form",
    note = "forms are flat: a field holds a text, a number, a `bool`, one option or several options; the protocol has no nested objects, maps or lists of free text in them",
    note = "write `String`, `bool`, an integer, `f64`, an enum without data that derives `Form`, a `Vec` of such an enum, or an `Option` of any of these; put the fields of a nested struct into the form itself"
)]
pub trait FormField: Sized {
    /// Whether an answer must have it.
    const REQUIRED: bool = true;

    /// What may be entered.
    fn field() -> FieldSchema;

    /// Takes the value from an answer's member, or from the absence of it.
    ///
    /// # Errors
    ///
    /// A sentence without its subject, such as `must be a text`.
    fn read(value: Option<&RawJson>) -> Result<Self, String>;

    /// Takes the value from the member `name` of an answer; adds to `problems` why it could not.
    fn read_from(content: &RawObject, name: &str, problems: &mut Vec<String>) -> Option<Self> {
        let read = Self::read(content.get(name).as_ref());
        read.map_err(|problem| problems.push(format!("`{}` {problem}", shown(name)))).ok()
    }
}

/// A type that is one of several options: an enum without data. Derive `Form` for it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not one of a fixed set of options",
    label = "no enum that derives `Form`",
    note = "a list in a form of MCP is a choice of several options; the protocol has no lists of free text, of numbers or of objects",
    note = "write a `Vec` of an enum without data that derives `Form`, or one `String` that the user fills with what you take apart"
)]
pub trait FormChoice: Sized {
    /// The options, in the order in which they are shown.
    fn options() -> Vec<FormOption>;

    /// The option with that value.
    fn from_value(value: &str) -> Option<Self>;

    /// What an answer says if this is chosen.
    fn value(&self) -> &'static str;

    /// Takes the choice from an answer's member: what [`FormField::read`] is for such a type.
    ///
    /// # Errors
    ///
    /// A sentence without its subject.
    fn read_choice(value: Option<&RawJson>) -> Result<Self, String> {
        let text = value.ok_or("is missing")?.to_text();
        text.and_then(|text| Self::from_value(&text)).ok_or_else(|| {
            let options: Vec<_> = Self::options().iter().map(|option| format!("`{}`", shown(&option.value))).collect();
            format!("must be one of {}", options.join(", "))
        })
    }
}

/// A field that can be filled in before the user looks: each that this crate knows.
#[diagnostic::on_unimplemented(
    message = "a field of the type `{Self}` has no default",
    label = "no default",
    note = "implement `DefaultField` for it"
)]
pub trait DefaultField: FormField {
    /// What is filled in; for an `Option<T>` it is a `T`.
    type Value;

    /// The value as the form says it.
    fn to_default(value: Self::Value) -> FieldDefault;

    /// Adds what is filled in; `#[form(default = ..)]` writes it.
    #[track_caller]
    fn with_default(field: FieldSchema, value: Self::Value) -> FieldSchema {
        field.with_default(Self::to_default(value))
    }
}

/// A field with a least and a greatest value: a number.
#[diagnostic::on_unimplemented(
    message = "`min` and `max` bound a number, and `{Self}` is none",
    label = "no number",
    note = "the length of a text is bounded by `min_length` and `max_length`, the number of chosen options by `min_items` and `max_items`"
)]
pub trait BoundedField: FormField {
    /// What bounds it; for an `Option<T>` it is a `T`.
    type Bound;

    /// The bound as the form says it.
    fn to_bound(bound: Self::Bound) -> FieldNumber;

    /// Adds the least value; `#[form(min = ..)]` writes it.
    #[track_caller]
    fn with_min(field: FieldSchema, min: Self::Bound) -> FieldSchema {
        field.with_min(Self::to_bound(min))
    }

    /// Adds the greatest value; `#[form(max = ..)]` writes it.
    #[track_caller]
    fn with_max(field: FieldSchema, max: Self::Bound) -> FieldSchema {
        field.with_max(Self::to_bound(max))
    }
}

/// A field with a length and a format: a text.
#[diagnostic::on_unimplemented(
    message = "`min_length`, `max_length` and `format` are about a text, and `{Self}` is none",
    label = "no text",
    note = "a number is bounded by `min` and `max`, the number of chosen options by `min_items` and `max_items`"
)]
pub trait TextField: FormField {
    /// Adds the fewest characters; `#[form(min_length = ..)]` writes it.
    #[track_caller]
    fn with_min_length(field: FieldSchema, min: u32) -> FieldSchema {
        field.with_min_length(min)
    }

    /// Adds the most characters; `#[form(max_length = ..)]` writes it.
    #[track_caller]
    fn with_max_length(field: FieldSchema, max: u32) -> FieldSchema {
        field.with_max_length(max)
    }

    /// Adds what the text spells; `#[form(format = "..")]` writes it.
    #[track_caller]
    fn with_format(field: FieldSchema, format: TextFormat) -> FieldSchema {
        field.with_format(format)
    }
}

/// A field in which several options are chosen.
#[diagnostic::on_unimplemented(
    message = "`min_items` and `max_items` bound how many options are chosen, and `{Self}` is no `Vec` of options",
    label = "no choice of several options",
    note = "a number is bounded by `min` and `max`, the length of a text by `min_length` and `max_length`"
)]
pub trait SeveralField: FormField {
    /// Whether an answer must have it if at least one option must be chosen.
    const REQUIRED_IF_ANY: bool;

    /// Adds the fewest options; `#[form(min_items = ..)]` writes it.
    #[track_caller]
    fn with_min_items(field: FieldSchema, min: u32) -> FieldSchema {
        field.with_min_items(min)
    }

    /// Adds the most options; `#[form(max_items = ..)]` writes it.
    #[track_caller]
    fn with_max_items(field: FieldSchema, max: u32) -> FieldSchema {
        field.with_max_items(max)
    }
}

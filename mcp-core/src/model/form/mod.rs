//! Forms: what a server asks its client's user for, field by field, and how an answer is held to it.
//!
//! A form is flat: its fields are texts, numbers, yes or no, one of several options, or several of them (2026-07-28,
//! client/elicitation, "Requested Schema"). [`FormSchema`] is a form as data; types that implement [`Form`] have one.

mod check;
mod field;
mod format;
mod schema;
mod traits;
mod values;

pub use field::{FieldDefault, FieldKind, FieldNumber, FieldSchema, FormOption, TextFormat};
pub use schema::{FormEntry, FormSchema};
pub use traits::{BoundedField, DefaultField, Form, FormChoice, FormField, SeveralField, TextField};

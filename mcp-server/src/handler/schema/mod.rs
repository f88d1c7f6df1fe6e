//! What a schema says: what it is for a type, whether a type implies it, whether it is safe to validate by, and what is wrong with a value.

mod beside;
#[cfg(feature = "json-schema")]
mod checked;
mod derived;
mod did_you_mean;
mod document;
mod evaluate;
mod implied;
mod json_path;
mod json_text;
mod probes;
mod profile;
#[cfg(feature = "json-schema")]
mod representation;
#[cfg(all(test, feature = "json-schema"))]
mod tests;
#[cfg(not(feature = "json-schema"))]
mod unchecked;
#[cfg(feature = "json-schema")]
mod validator;
mod words;

#[cfg(feature = "json-schema")]
pub(super) use checked::Checked;
pub(super) use derived::{SchemaProblem, input_schema, output_schema};
pub(super) use document::{At, Document, Repeated};
pub(super) use implied::Implied;
pub(super) use json_path::{Step, path_at, written};
pub(super) use json_text::numbers;
pub(super) use probes::enforced;
pub use profile::SchemaProfile;
#[cfg(not(feature = "json-schema"))]
pub(super) use unchecked::Checked;
pub(super) use words::{MOST, Problem, kinds, wrong_type};

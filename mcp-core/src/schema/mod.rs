//! JSON Schema documents, and what they must be before anything is validated by them.

pub mod bounds;
mod document;
pub mod keywords;

pub use document::Schema;

//! Large catalogues of tools that are searched instead of listed: less to read for a model before its first call.

mod catalogue;
mod groups;
mod index;
mod meaning;
mod options;
mod terms;
mod text;
mod tools;

pub(crate) use catalogue::Catalogue;
pub use options::Discovery;

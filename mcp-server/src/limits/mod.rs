//! Every default and every bound, as plain data.

mod bounds;
mod cache_hints;
mod check;

pub use bounds::Limits;
pub use cache_hints::CacheHints;

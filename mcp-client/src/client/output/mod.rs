//! The output schemas of tools that were listed, and whether results fit them.

#[cfg(feature = "json-schema")]
mod compiled;
#[cfg(feature = "json-schema")]
mod remembered;
#[cfg(not(feature = "json-schema"))]
mod unchecked;

#[cfg(feature = "json-schema")]
pub(super) use remembered::{Output, Outputs};
#[cfg(not(feature = "json-schema"))]
pub(super) use unchecked::{Output, Outputs};

//! What the example programs share: two servers, each of which several programs serve or call.

pub mod calculator;
pub mod weather;

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The programs of the page about schemas run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/schemas.md")]
struct Schemas;

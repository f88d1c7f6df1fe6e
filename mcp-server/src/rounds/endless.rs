//! A call that asks again and again.

use mcp_core::{
    call::InputRequired,
    error::{Error, excerpt},
};

/// The most rounds that one call may take where the server, or a test, drives them.
pub(crate) const ROUNDS: usize = 100;

/// The error for a call that has asked so often.
#[cold]
pub(crate) fn endless(asked: &InputRequired) -> Error {
    let keys: Vec<String> = asked.requests.iter().map(|request| format!("`{}`", excerpt(&request.key))).collect();
    Error::internal(format!(
        "the call asks again after {ROUNDS} rounds, the last time for {}: a question that is another one in each run never \
         finds its answer, so put what it depends on into a step",
        keys.join(", ")
    ))
}

//! Properties of any input: each takes bytes, and panics where it does not hold. Tests of this folder call them with
//! generated input and with what is kept in `corpus`; `guided` lets a fuzzer look for input that covers more code.

pub(crate) mod arguments;
pub(crate) mod conversation;
mod pairs;
pub(crate) mod reading;
pub(crate) mod resuming;

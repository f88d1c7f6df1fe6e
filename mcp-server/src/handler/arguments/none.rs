//! What stands for no arguments.

use std::any::TypeId;

use schemars::JsonSchema;
use serde::Deserialize;

/// An object without members.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::handler) struct NoArguments {}

/// Whether a handler says with its type that it takes no arguments.
pub(in crate::handler) fn is_unit<A: 'static>() -> bool {
    TypeId::of::<A>() == TypeId::of::<()>()
}

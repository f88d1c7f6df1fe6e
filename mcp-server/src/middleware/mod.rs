//! Layers around every call, between the era that read it and the router that answers it.
//!
//! A layer is a [`tower::Layer`](https://docs.rs/tower) whose service takes a [`Call`] and returns an [`Outcome`]. It
//! is the same for every transport and every revision of the protocol: nothing in it knows of HTTP or JSON-RPC.
//! [`ServerBuilder::layer`](crate::ServerBuilder::layer) adds one; [`from_fn`] makes one of a function.

mod from_fn;
mod next;

pub use from_fn::{FromFn, FromFnLayer, from_fn};
pub use mcp_core::{
    call::{Call, CallMetadata, Caller, Outcome},
    model::{Request, ServerResult},
};
pub(crate) use next::{Layered, Route};
pub use next::{Next, NextFuture};

//! The tools. Lists show them in the order of [`register`].

mod answers;
mod log;
mod odd_schemas;
mod structured;
mod touch;
mod work;

use mcp_server::{ServerBuilder, tools};

use crate::{resources::Updates, scratch::Scratch};

pub(crate) use odd_schemas::odd_schemas;

pub(crate) fn register(builder: ServerBuilder, scratch: &Scratch, updates: Updates) -> ServerBuilder {
    builder
        .tools(tools![answers::echo, answers::big, answers::whoami, answers::fail, answers::panic, log::log3])
        .tools([answers::count()])
        .tools(structured::all())
        .handlers(work::Work::new(scratch.clone()))
        .handlers(touch::Touch::new(updates))
}

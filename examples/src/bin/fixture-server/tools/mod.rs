//! The tools. Lists show them in the order of [`register`].

mod answers;
mod ask;
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
        .tools(tools![ask::ask, ask::ask_once, ask::ask_rich, ask::ask_two, ask::ask_parallel, ask::ask_url])
        .handlers(ask::Steps::new(scratch.clone()))
        .tools(tools![ask::sample, ask::sample_tools, ask::roots])
        .handlers(touch::Touch::new(updates))
}

//! The server that the options ask for.

use std::{collections::BTreeSet, error::Error, time::Duration};

use mcp_server::{Directory, Extension, Limits, Server, model::LogLevel};

use crate::{
    options::Options,
    prompts,
    resources::{Files, Resources},
    scratch::Scratch,
    tools,
};

pub(crate) fn build(options: &Options, scratch: &Scratch) -> Result<Server, Box<dyn Error>> {
    let resources = Resources::default();
    let mut builder = Server::builder("fixture-server", env!("CARGO_PKG_VERSION"))
        .versions(options.eras.versions())
        .limits(limits(options))
        // A client that sets no level sees everything.
        .logging_from(LogLevel::Debug);
    builder = tools::register(builder, scratch, resources.updates());
    if options.odd_schemas {
        builder = builder.tools(tools::odd_schemas());
    }
    if !options.no_prompts {
        builder = builder.prompts(prompts::all());
    }
    builder = builder.handlers(resources);
    if let Some(path) = &options.root {
        builder = builder.handlers(Files::below(Directory::open(path)?));
    }
    if let Some(key) = &options.state_key {
        // A test's key may be short; one that protects something must not be.
        builder = builder.state_key(key.repeat(32));
    }
    for extension in extensions(&options.extension)? {
        builder = builder.extension(extension);
    }
    Ok(builder.build())
}

fn extensions(ids: &[String]) -> Result<Vec<Extension>, Box<dyn Error>> {
    let distinct: BTreeSet<&String> = ids.iter().collect();
    distinct.into_iter().map(|id| Ok(Extension::try_new(id, ())?)).collect()
}

fn limits(options: &Options) -> Limits {
    let mut limits = Limits::default();
    limits.page_size = options.page_size.map(Into::into);
    limits.body_bytes = options.max_body.into();
    limits.line_bytes = options.max_body.into();
    limits.http_sessions = !options.stateless_legacy;
    limits.session_idle = Duration::from_secs(options.session_idle.into());
    limits.state_expiry = Duration::from_secs(options.request_state_ttl.into());
    limits.drain = Duration::from_secs(4);
    limits.drain_at_eof = Duration::from_secs(1);
    limits
}

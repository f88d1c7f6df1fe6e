//! What lists the resources of a family.

use std::{future::Future, pin::Pin};

use mcp_core::{error::Error, model::Resource};

use crate::{context::Context, handler::page::Page};

/// Lists the resources of a family, page by page.
pub(super) type Lister = dyn Fn(Option<String>, Context) -> ListFuture + Send + Sync;

type ListFuture = Pin<Box<dyn Future<Output = Result<Page<Resource>, Error>> + Send>>;

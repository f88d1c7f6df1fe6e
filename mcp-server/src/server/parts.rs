//! What a server consists of, and what it is when it is part of another.

use std::sync::{Arc, OnceLock, Weak};

use crate::{engine::Engine, era::Eras, handler::Origin, notifier::Attachment};

/// A server: its tools, its limits and its live sessions. Clones are handles to the same server.
///
/// Made by [`Server::builder`]. One server may serve any number of transports at the same time; it holds none of
/// them.
#[derive(Clone)]
pub struct Server {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) engine: Arc<Engine>,
    pub(crate) eras: Arc<Eras>,
    /// The servers that are part of this one. Set when it is built, and dropped with it.
    pub(crate) mounts: OnceLock<Mounts>,
}

/// A handle that does not keep its server alive: for tools, which the server owns.
#[derive(Clone)]
pub struct WeakServer {
    pub(super) inner: Weak<Inner>,
}

/// A server that is, or will be, part of another.
#[derive(Debug)]
pub(crate) struct Mount {
    pub(super) prefix: String,
    pub(super) server: Server,
    pub(super) origin: Arc<Origin>,
}

/// The servers that are part of another, and what keeps each in touch with it.
#[derive(Default)]
pub(crate) struct Mounts(pub(super) Box<[(Mount, Attachment)]>);

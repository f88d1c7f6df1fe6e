//! How the tools of a server are found out about.

use super::ServerBuilder;
use crate::discovery::Discovery;

impl ServerBuilder {
    /// Lists a few tools that find the others, instead of all: see [`Discovery`]. Said again, the last one counts.
    ///
    /// [`build`](Self::build) panics if a tool has a name of those tools.
    pub fn discovery(mut self, discovery: Discovery) -> Self {
        self.found_by = Some(discovery);
        self
    }
}

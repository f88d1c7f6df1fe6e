//! Servers that are part of the one that is built.

use super::{ServerBuilder, check};
use crate::{
    handler::{ServerResource, or_panic},
    server::{Mount, Server},
};

impl ServerBuilder {
    /// Offers the tools, prompts, resources and templates of another server as well, now and whenever they change.
    ///
    /// The names of tools and prompts begin with `prefix` and `_`; URIs stay as they are. A call is answered by the
    /// mounted server: [`Context::server`](crate::Context::server) is that one, its layers run around it, and its
    /// conditions of visibility hold. What it announces reaches the listeners of both servers. Deadlines, limits, pages
    /// and logs are those of the server that was asked.
    ///
    /// An item of the mounted server that comes later under a name, or with a URI, that is taken is not offered until
    /// the other goes: own items come first, then those of servers that were mounted earlier. A mounted server may have
    /// mounts itself; a circle cannot be built, because only a server that is finished is mounted.
    ///
    /// ```
    /// use mcp_server::{Server, tool, tools};
    ///
    /// #[tool]
    /// fn current(city: String) -> String {
    ///     format!("sunny in {city}")
    /// }
    ///
    /// let weather = Server::builder("weather", "1.0.0").tools(tools![current]).build();
    /// let server = Server::builder("gateway", "1.0.0").mount("weather", weather).build();
    /// assert_eq!(server.tools().names(), ["weather_current"]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the prefix is not made of `A-Z a-z 0-9 _ - .`, if a name would be too long, or if a name or URI is taken.
    #[track_caller]
    pub fn mount(mut self, prefix: impl Into<String>, server: Server) -> Self {
        let mount = or_panic(Mount::new(prefix.into(), server));
        for tool in mount.tools() {
            let name = &tool.definition().name;
            let known = self.tools.iter().flatten().any(|other| other.definition().name == *name)
                || self.mounts.iter().any(|other| other.has_tool(name));
            assert!(!known, "two tools are called `{name}`: mount the server under another prefix");
        }
        for prompt in mount.prompts() {
            let name = &prompt.definition().name;
            let known = self.prompts.iter().flatten().any(|other| other.definition().name == *name)
                || self.mounts.iter().any(|other| other.has_prompt(name));
            assert!(!known, "two prompts are called `{name}`: mount the server under another prefix");
        }
        let mounted: Vec<ServerResource> = self.mounts.iter().flat_map(Mount::resources).collect();
        for resource in mount.resources() {
            check::resource(&resource, self.resources.iter().flatten().chain(&mounted));
        }
        self.mounts.push(mount);
        self
    }
}

//! The guides: what a server is made of, page by page.
//!
//! - [`servers`]: a server as a whole: transports, capabilities, limits, stopping
//! - [`transports`]: standard streams, HTTP, Unix sockets, and streams of your own
//! - [`http`]: listeners, an application around the endpoint, who is let in, every bound
//! - [`tools`]: functions that a model may call
//! - [`schemas`]: what arguments and results are held to
//! - [`prompts`]: conversations that a user picks
//! - [`content`]: images, sound, links, icons, annotations, metadata
//! - [`resources`]: what a client reads, templates, subscriptions
//! - [`notifications`]: changes of lists and resources; sinks of a program's own, bridges, relays
//! - [`caching`]: how long lists and contents may be kept
//! - [`pagination`]: long lists in pages, cursors that replicas share
//! - [`discovery`]: large catalogues of tools, found instead of listed; bounds for what a model reads
//! - [`visibility`]: items that only some may know of
//! - [`composition`]: servers inside servers
//! - [`completions`]: values for arguments that a user is filling in
//! - [`extensions`]: JSON-RPC methods that the protocol does not have; our client calls them too
//! - [`calls`]: progress, cancellation, deadlines: what a handler may ask for
//! - [`logging`]: log messages for clients, and `tracing` events as such
//! - [`testing`]: handlers and servers without a client; snapshots of what a server offers
//! - [`middleware`]: tower layers around calls; headers and the host application's values
//!
//! They are the pages of `docs/`. Their programs are compiled and run by the tests.

/// Where the names that the pages call one another by lead to. Of two definitions of a link the first one counts: the
/// pages' own lead to files.
macro_rules! links {
    () => {
        concat!(
            "[servers.md]: crate::guide::servers\n",
            "[transports.md]: crate::guide::transports\n",
            "[http.md]: crate::guide::http\n",
            "[tools.md]: crate::guide::tools\n",
            "[schemas.md]: crate::guide::schemas\n",
            "[prompts.md]: crate::guide::prompts\n",
            "[content.md]: crate::guide::content\n",
            "[resources.md]: crate::guide::resources\n",
            "[notifications.md]: crate::guide::notifications\n",
            "[caching.md]: crate::guide::caching\n",
            "[pagination.md]: crate::guide::pagination\n",
            "[discovery.md]: crate::guide::discovery\n",
            "[visibility.md]: crate::guide::visibility\n",
            "[composition.md]: crate::guide::composition\n",
            "[completions.md]: crate::guide::completions\n",
            "[extensions.md]: crate::guide::extensions\n",
            "[calls.md]: crate::guide::calls\n",
            "[asking.md]: crate::guide::asking\n",
            "[logging.md]: crate::guide::logging\n",
            "[testing.md]: crate::guide::testing\n",
            "[middleware.md]: crate::guide::middleware\n",
        )
    };
}

/// A module for each page.
macro_rules! guides {
    ($($name:ident $page:literal;)*) => {
        $(
            #[doc = links!()]
            #[doc = include_str!($page)]
            pub mod $name {}
        )*
    };
}

guides! {
    servers "../../docs/servers.md";
    transports "../../docs/transports.md";
    http "../../docs/http.md";
    tools "../../docs/tools.md";
    schemas "../../docs/schemas.md";
    prompts "../../docs/prompts.md";
    content "../../docs/content.md";
    resources "../../docs/resources.md";
    notifications "../../docs/notifications.md";
    caching "../../docs/caching.md";
    pagination "../../docs/pagination.md";
    discovery "../../docs/discovery.md";
    visibility "../../docs/visibility.md";
    composition "../../docs/composition.md";
    completions "../../docs/completions.md";
    extensions "../../docs/extensions.md";
    calls "../../docs/calls.md";
    asking "../../docs/asking.md";
    logging "../../docs/logging.md";
    testing "../../docs/testing.md";
    middleware "../../docs/middleware.md";
}

//! What the example programs share: two servers, each of which several programs serve or call.

pub mod calculator;
pub mod weather;

/// The programs of the README compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// So do those of the pages, which also run.
#[cfg(doctest)]
#[doc = include_str!("../../docs/prompts.md")]
struct Prompts;

#[cfg(doctest)]
#[doc = include_str!("../../docs/discovery.md")]
struct Discovery;

#[cfg(doctest)]
#[doc = include_str!("../../docs/resources.md")]
struct Resources;

#[cfg(doctest)]
#[doc = include_str!("../../docs/notifications.md")]
struct Notifications;

#[cfg(doctest)]
#[doc = include_str!("../../docs/completions.md")]
struct Completions;

#[cfg(doctest)]
#[doc = include_str!("../../docs/content.md")]
struct Contents;

#[cfg(doctest)]
#[doc = include_str!("../../docs/extensions.md")]
struct Extensions;

#[cfg(doctest)]
#[doc = include_str!("../../docs/schemas.md")]
struct Schemas;

#[cfg(doctest)]
#[doc = include_str!("../../docs/middleware.md")]
struct Middleware;

#[cfg(doctest)]
#[doc = include_str!("../../docs/tools.md")]
struct Tools;

#[cfg(doctest)]
#[doc = include_str!("../../docs/calls.md")]
struct Calls;

#[cfg(doctest)]
#[doc = include_str!("../../docs/servers.md")]
struct Servers;

#[cfg(doctest)]
#[doc = include_str!("../../docs/transports.md")]
struct Transports;

#[cfg(doctest)]
#[doc = include_str!("../../docs/http.md")]
struct Http;

#[cfg(doctest)]
#[doc = include_str!("../../docs/caching.md")]
struct Caching;

#[cfg(doctest)]
#[doc = include_str!("../../docs/pagination.md")]
struct Pagination;

#[cfg(doctest)]
#[doc = include_str!("../../docs/visibility.md")]
struct Visibility;

#[cfg(doctest)]
#[doc = include_str!("../../docs/composition.md")]
struct Composition;

#[cfg(doctest)]
#[doc = include_str!("../../docs/asking.md")]
struct Asking;

#[cfg(doctest)]
#[doc = include_str!("../../docs/testing.md")]
struct Testing;

#[cfg(doctest)]
#[doc = include_str!("../../docs/answering.md")]
struct Answering;

#[cfg(doctest)]
#[doc = include_str!("../../docs/clients.md")]
struct Clients;

#[cfg(doctest)]
#[doc = include_str!("../../docs/agents.md")]
struct Agents;

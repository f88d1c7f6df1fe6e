//! HTTP as both eras need it: one request, one bounded answer, which is a body or a stream of events.
//!
//! Nothing here knows a method of the protocol. Who calls holds the deadline; dropping a future closes what it
//! was reading.

mod answer;
mod chunks;
mod endpoint;
mod events;
mod options;
mod request_headers;
mod silence;
mod status;

pub(crate) use answer::{Answer, Body};
pub(crate) use endpoint::Endpoint;
pub use endpoint::redirect_policy;
pub(crate) use events::Events;
pub(crate) use options::{HttpOptions, Secret};
pub use request_headers::RequestHeaders;
pub(crate) use request_headers::{HeaderSource, Problem, ProgramHeaders};
pub(crate) use reqwest::{
    Method, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
pub(crate) use status::Refusal;

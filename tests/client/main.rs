//! What the client promises, against peers that are scripted line by line: over channels, over HTTP spoken by
//! hand, and as real child processes.

mod answering;
mod caching;
mod calls;
mod child;
mod era_http;
mod era_pipe;
mod faults;
mod http_2024;
mod http_calls;
mod http_faults;
mod http_headers;
mod http_session;
mod http_subscriptions;
mod output;
mod pages;
mod real_server;
mod restart;
mod servers;
mod subscriptions;
mod support;
mod surface;
mod values;

//! What the tests share: a server that misbehaves on request, and peers that write bytes by hand.

pub mod fixture;
pub mod messages;
pub mod peer;
pub mod raw_http;

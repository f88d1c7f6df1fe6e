//! HTTP as far as it has nothing to do with eras: who may come in, what a body may be, how an answer looks.

mod access;
mod body;
mod boundary;
mod connection_state;
mod logged;
mod media;
mod reply;
mod single;
mod turn;

pub(crate) use access::Access;
pub(crate) use body::{Later, check_framing, leave, leave_body, read_body};
pub(crate) use connection_state::{ConnectionState, Phase, probe_delay};
pub(crate) use logged::Logged;
pub(crate) use media::{Accepted, is_event_stream_accepted, is_json, not_acceptable, whole};
pub use reply::ResponseBody;
pub(crate) use reply::{
    EventStream, Refusal, Reply, accepted, busy, count, count_or_busy, events, json, refuse, stream,
};
pub(crate) use single::{Single, text_of};
pub(crate) use turn::Turn;

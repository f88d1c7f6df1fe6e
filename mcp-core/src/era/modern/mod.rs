//! 2026-07-28 and later: no handshake; every request names its version, client and capabilities.

mod client;
mod envelope;
mod listen;
mod notification;
mod question;
mod request;
mod result;
mod revisions;
mod rounds;

pub use client::{
    ClientStamp, Discovered, read_acknowledged, read_supported, write_call, write_call_again, write_discover_request,
    write_listen_request,
};
pub use envelope::{Envelope, keys, unsupported_version};
pub use listen::ListenFilter;
pub use notification::{write_acknowledged, write_cancelled, write_notification};
pub(super) use question::{write_create_message, write_elicit_form, write_elicit_url};
pub use request::{ModernRequest, read_request, read_resume};
pub use result::{
    Stamp, write_answer, write_discover, write_error, write_input_required, write_listen_end, write_result,
};
pub use revisions::FIRST;
pub use rounds::{InputGiven, InputWanted, WantedInput, read_input_wanted};

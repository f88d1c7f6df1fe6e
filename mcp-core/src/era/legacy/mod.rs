//! 2024-11-05 to 2025-11-25: a handshake opens a session, and the session remembers.

mod client;
mod content;
mod handshake;
mod lists;
mod notification;
mod question;
mod request;
mod result;
mod revisions;

pub use client::{Initialized, write_call, write_initialize, write_initialized, write_set_level, write_subscribe};
pub use handshake::{Handshake, negotiate, write_initialize_result};
pub use notification::write_notification;
pub(super) use question::{read_content, write_create_message, write_elicit_form, write_elicit_url};
pub use request::{LegacyRequest, read_cancelled, read_request};
pub use result::{write_answer, write_error, write_result};
pub use revisions::{ASSUMED, LAST, has_batches};

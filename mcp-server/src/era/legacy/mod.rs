//! Serving the era in which a handshake opens a session. What pipes need of it stands with the pipes; here are the
//! sessions over HTTP.

mod lone;
mod post;
mod session;
mod sessions;
mod stream;

pub(super) use post::{notified, post, responded};
pub(super) use session::Visit;
pub(super) use sessions::Sessions;
pub(super) use stream::{end_session, open_stream};

//! The link to a server: what a client holds on to while connections come and go.
//!
//! ```text
//! up (epoch n) ─ its connection ends ─► down ─ connected anew ─► up (epoch n + 1)
//!      │                                 │ too often in a row
//!      │ ─── ends, and is not to be ─────┴──► ended, with the reason
//!      └ ─── `close` ───────────────────────► ended
//! ```
//!
//! One task per pipe sees the end of a connection and makes the next (`supervisor`); whoever asks in the meantime waits for
//! it (`epochs`). A subscription is opened again in each epoch (`keeper`). Over HTTP a connection is made for each request,
//! so that there is one epoch.

mod epochs;
mod keeper;
mod open;
mod repeatable;
mod restart;
mod supervisor;

pub(crate) use open::Link;
pub(crate) use restart::Reconnect;
pub use restart::Restart;

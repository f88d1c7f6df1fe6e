//! A pipe to a server that many requests share: what is written, what is read, and who waits for it.
//!
//! ```text
//! request ─► PendingRequest ─► frames ──► writer ─► peer
//!                   ▲         control ─►   │
//!                   └───── pending ◄──── reader ◄─ peer     (what belongs to nobody's request goes to the hub)
//! ```
//!
//! # States
//!
//! ```text
//!  open ── the server closes its output ─► over     what is pending fails as closed, and is told why
//!    │ ─── its process ends ──────────────► over     the same, whoever else may hold the pipe open
//!    │ ─── `close` ─► closing ─► over               what is pending fails as cancelled; the process is asked to end
//!    └ ─── dropped ─────────────► over              at once; the process is killed
//! ```

mod end;
mod environment;
mod listeners;
mod pending_request;
mod pipe;
mod policy;
mod process;
mod reader;
mod salvage;
mod writer;

pub(crate) use end::End;
pub(crate) use environment::Environment;
pub(crate) use pending_request::{Incoming, PendingRequest};
pub(crate) use pipe::{Connection, Connector};
pub(crate) use process::ProcessHandle;
pub(crate) use reader::{Read, Source};
pub(crate) use writer::Sink;

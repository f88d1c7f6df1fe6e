//! The two eras of the protocol: how neutral words become wire shapes and back.
//!
//! `legacy` covers 2024-11-05 to 2025-11-25: a handshake opens a session. `modern` covers 2026-07-28: every
//! request stands alone. What both share stands in `shared`.

mod client;
pub mod codes;
mod family;
pub mod legacy;
mod method;
pub mod modern;
mod request;
mod shared;

pub use client::{Misread, ToolPage, owner_of, read_notification, split_batch, write_answer, write_cancelled};
pub use family::Era;
pub use method::{Direction, Method, Purpose, defines};
pub use request::{read_request, tells_model};

//! The JSON-RPC 2.0 envelope: one scan finds it, and nothing is built that nobody asked for.
//!
//! [`decode`] walks a frame once. It checks that the whole text is JSON, holds the [`Limits`], and remembers
//! where the members of the envelope, of `params` and of `params._meta` stand. Everything else stays raw until
//! the method is known. [`encode`] writes the way back.

mod decode;
pub mod encode;
mod id;
mod lenient;
mod member;
mod message;
mod outline;
mod scan;

pub use decode::{Rejected, decode};
pub use id::{Digits, RequestId};
pub use lenient::decode_leniently;
pub use message::{ErrorObject, Message, Notification, Params, Request, Response};
pub use outline::{Outline, OutlineScanner};
pub use scan::Limits;

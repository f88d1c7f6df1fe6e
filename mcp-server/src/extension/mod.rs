//! Extensions: methods that the protocol does not define, and what is declared about them.
//!
//! An [`Extension`] has an identifier, settings and methods, whose handlers go from JSON to the handler's types and
//! back as those of tools do. A call is looked up here after the protocol's own methods have missed.

mod definition;
mod extensions;
mod method_result;

pub use definition::Extension;
pub(crate) use extensions::Extensions;
pub use method_result::IntoMethodResult;

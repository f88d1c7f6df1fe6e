//! Resources and families of them: their definitions, their handlers, and what these return.

mod annotations;
mod completion;
mod contents;
mod directory;
mod lister;
mod rows;
mod server_resource;
mod shared_state;

pub use contents::{IntoResourceContents, ResourceTarget};
pub use directory::{Directory, FileContents};
pub use server_resource::ServerResource;

//! What a server says of errors.

use super::ServerBuilder;

impl ServerBuilder {
    /// Keeps the texts of tools' errors, of mounted servers too, for the log: the model reads only under which reference
    /// the log says why. What a handler says on purpose stays: a
    /// [`CallToolResult::error`](crate::model::CallToolResult::error), an [`Error`](crate::Error); so does what is wrong
    /// with the arguments. Prompts, resources and completions mask errors always.
    pub fn mask_errors(mut self) -> Self {
        self.masks_errors = true;
        self
    }
}

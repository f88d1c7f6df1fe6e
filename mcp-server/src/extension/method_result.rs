//! What a method of an extension may return.

use mcp_core::{
    Error,
    json::{RawJson, RawObject},
};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::handler::{Json, ToolError, failure};

/// What a method of an extension may return: something that is a JSON object.
///
/// [`Json`] is written as its type says, `()` is the empty object. An `Err` that is an [`Error`] goes to the caller as
/// it is; any other becomes an internal error, and the log tells the cause. The member `_meta`, if there is one, is an
/// object, and the server adds to it what the revision wants there.
#[diagnostic::on_unimplemented(
    message = "a method of an extension cannot return `{Self}`",
    label = "no result of a method",
    note = "a method returns `Json<T>`, where `T` is `Serialize` and becomes a JSON object, `()`, `serde_json::Map`, `RawJson`, or a `Result` of one of these whose error is an error type"
)]
pub trait IntoMethodResult {
    /// The result as a JSON object, or the failure.
    ///
    /// # Errors
    ///
    /// When the method failed, or when its value is no JSON object.
    fn into_method_result(self) -> Result<RawJson, Error>;
}

impl<T: Serialize> IntoMethodResult for Json<T> {
    fn into_method_result(self) -> Result<RawJson, Error> {
        RawJson::from_value(&self.0).map_err(|error| failure("method", error))?.into_method_result()
    }
}

impl IntoMethodResult for RawJson {
    fn into_method_result(self) -> Result<RawJson, Error> {
        let meta = RawObject::from_raw(self.clone()).map(|object| object.get("_meta"));
        if !meta.is_some_and(|meta| meta.is_none_or(|meta| meta.is_object())) {
            return Err(failure(
                "method",
                "its result, and `_meta` in it, must be a JSON object: return a struct or a map",
            ));
        }
        Ok(self)
    }
}

impl IntoMethodResult for Map<String, Value> {
    fn into_method_result(self) -> Result<RawJson, Error> {
        Json(self).into_method_result()
    }
}

/// The empty object: there is nothing to say.
impl IntoMethodResult for () {
    fn into_method_result(self) -> Result<RawJson, Error> {
        Ok(RawJson::EMPTY_OBJECT)
    }
}

impl<T: IntoMethodResult, E: Into<ToolError>> IntoMethodResult for Result<T, E> {
    fn into_method_result(self) -> Result<RawJson, Error> {
        self.map_err(|error| failure("method", error))?.into_method_result()
    }
}

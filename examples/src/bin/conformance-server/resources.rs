//! The suite's resources that need no asking. Their texts are the suite's.

use mcp_server::{Json, ServerResource, model::ResourceContents, resource, resources};
use schemars::JsonSchema;
use serde::Serialize;

use crate::tools::PNG;

pub(crate) fn all() -> Vec<ServerResource> {
    resources![static_text, static_binary, template, watched]
}

/// A text.
#[resource("test://static-text", mime_type = "text/plain")]
fn static_text() -> &'static str {
    "This is the content of the static text resource."
}

/// A picture.
#[resource("test://static-binary", mime_type = "image/png")]
fn static_binary() -> ResourceContents {
    ResourceContents::Blob {
        uri: "test://static-binary".to_owned(),
        mime_type: Some("image/png".to_owned()),
        blob: PNG.to_owned(),
        meta: None,
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Data {
    id: String,
    template_test: bool,
    data: String,
}

/// Data by its id.
#[resource("test://template/{id}/data", mime_type = "application/json")]
fn template(id: String) -> Json<Data> {
    Json(Data { data: format!("Data for ID: {id}"), template_test: true, id })
}

/// Something that clients subscribe to.
#[resource("test://watched-resource", mime_type = "text/plain")]
fn watched() -> &'static str {
    "Watched resource content"
}

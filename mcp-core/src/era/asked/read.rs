//! A question of a server, as its client reads it.

use serde::Deserialize;

use super::{fields::read_form, sampled::read_sampling};
use crate::{
    era::{Method, asking, codes},
    error::{Error, shown},
    json::{RawJson, RawObject},
    jsonrpc::{ErrorObject, Notification, RequestId},
    model::{Ask, ClientCapabilities, CreateMessage, ElicitUrl, FormQuestion},
    version::ProtocolVersion,
};

/// What a server asks its client.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Asked {
    /// Its user, by a form.
    Form(FormQuestion),
    /// Its user, by a page to open. Only 2025-11-25 gives the question an id; it is empty otherwise.
    Url(ElicitUrl),
    /// Its model.
    Sampling(Box<CreateMessage>),
    /// Its folders.
    Roots,
}

/// Reads a question by its method, of a client with these capabilities. What has not been declared is refused (2025-11-25,
/// client/elicitation, "Error Handling"; 2025-11-25, client/roots, "Error Handling"; 2026-07-28, schema,
/// "CreateMessageRequestParams").
///
/// # Errors
///
/// `MethodNotFound` for what is no question, or one that the client does not take at all; `InvalidParams` for a kind of it
/// that the client does not take, and for parameters that do not fit.
pub fn read_asked(
    method: &str,
    params: &RawObject,
    version: ProtocolVersion,
    client: &ClientCapabilities,
) -> Result<Asked, Error> {
    let takes = |ask| asking(version, client, &[ask]).is_ok();
    let unknown = || Error::method_not_found(method);
    match Method::named(method) {
        Some(Method::Elicit) if takes(Ask::Elicitation) || takes(Ask::ElicitationUrl) => {
            read_elicit(params, takes(Ask::Elicitation), takes(Ask::ElicitationUrl))
        }
        Some(Method::CreateMessage) if takes(Ask::Sampling) => {
            let question = read_sampling(params)?;
            if question.asks().contains(&Ask::SamplingTools) && !takes(Ask::SamplingTools) {
                return Err(Error::invalid_params("this client has not declared `sampling.tools`"));
            }
            question.check().map_err(|problem| Error::invalid_params(format!("`params.messages`: {problem}")))?;
            Ok(Asked::Sampling(Box::new(question)))
        }
        Some(Method::ListRoots) if takes(Ask::Roots) => Ok(Asked::Roots),
        Some(Method::ListRoots) => {
            let reason = serde_json::json!({"reason": "Client does not have roots capability"});
            Err(unknown().with_data(reason))
        }
        _ => Err(unknown()),
    }
}

fn read_elicit(params: &RawObject, takes_forms: bool, takes_pages: bool) -> Result<Asked, Error> {
    let text = |key: &str| params.get(key).and_then(|value| value.to_text()).map(|text| text.to_string());
    let missing = |key: &str| Error::invalid_params(format!("`params.{key}` must be a string"));
    let message = text("message").ok_or_else(|| missing("message"))?;
    // No mode means a form (2026-07-28, client/elicitation, "Form Mode Elicitation Requests").
    let mode = params.get("mode").map(|mode| mode.to_text().unwrap_or_default());
    match mode.as_deref() {
        None | Some("form") if takes_forms => {
            let schema = params.get("requestedSchema").and_then(RawObject::from_raw);
            let schema = schema.ok_or_else(|| Error::invalid_params("`params.requestedSchema` must be an object"))?;
            let form = read_form(&schema);
            Ok(Asked::Form(FormQuestion::new(message, schema, form)))
        }
        Some("url") if takes_pages => {
            let url = text("url").ok_or_else(|| missing("url"))?;
            Ok(Asked::Url(ElicitUrl::new(message, url, text("elicitationId").unwrap_or_default())))
        }
        None | Some("form" | "url") => {
            Err(Error::invalid_params("this client has not declared that it takes questions of this mode"))
        }
        Some(other) => Err(Error::invalid_params(format!("`params.mode` is {}, which does not exist", shown(other)))),
    }
}

/// The question that a server no longer wants answered, if that is what the notification says.
pub fn read_cancelled_question(notification: &Notification) -> Option<RequestId> {
    let is_one = notification.method == Method::Cancelled.name();
    is_one.then(|| RequestId::from_json(&notification.params.get("requestId")?)).flatten()
}

/// The id of the page on which the user has finished, if that is what the notification says (2025-11-25,
/// client/elicitation, "Completion Notifications for URL Mode Elicitation").
pub fn read_elicitation_complete(notification: &Notification) -> Option<String> {
    let is_one = notification.method == Method::ElicitationComplete.name();
    is_one.then(|| notification.params.text("elicitationId").map(|id| id.to_string())).flatten()
}

/// The pages that the user has to open before the request can be made again, if that is what the error says (2025-11-25,
/// client/elicitation, "URL Elicitation Required Error").
pub fn read_required_pages(error: &ErrorObject) -> Option<Vec<ElicitUrl>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page {
        #[serde(default)]
        message: String,
        url: String,
        #[serde(default)]
        elicitation_id: String,
    }
    if error.code != codes::URL_ELICITATION_REQUIRED {
        return None;
    }
    let pages: Vec<RawJson> = RawObject::from_raw(error.data.clone()?)?.get("elicitations")?.parse().ok()?;
    let pages = pages.iter().filter_map(|page| page.parse::<Page>().ok());
    Some(pages.map(|Page { message, url, elicitation_id }| ElicitUrl::new(message, url, elicitation_id)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        era::{write_create_message, write_elicit_form, write_elicit_url},
        error::ErrorKind,
        model::{ElicitForm, FieldSchema, FormOption, FormSchema, IncludeContext, Tool, ToolChoice},
        schema::Schema,
    };

    const ALL: &str = r#"{"roots":{},"sampling":{"tools":{},"context":{}},"elicitation":{"form":{},"url":{}}}"#;

    fn read(method: &str, params: &RawJson, version: ProtocolVersion, client: &str) -> Result<Asked, ErrorKind> {
        let params = RawObject::from_raw(params.clone()).unwrap();
        let asked = read_asked(method, &params, version, &serde_json::from_str(client).unwrap());
        asked.map_err(|error| error.kind())
    }

    fn raw(value: &Value) -> RawJson {
        RawJson::from_value(value).unwrap()
    }

    #[test]
    fn what_a_server_writes_a_client_reads() {
        let form = FormSchema::new()
            .required("name", FieldSchema::text().with_title("Name").with_length(1, 9))
            .optional("color", FieldSchema::one_of([FormOption::titled("#f00", "Red")]))
            .optional("sure", FieldSchema::boolean().with_default(true));
        let question = ElicitForm::new("Which?", form.clone());
        let model = CreateMessage::new(7)
            .system("s")
            .user("a")
            .prefer_model("m")
            .temperature(0.5)
            .stop_at("x")
            .include_context(IncludeContext::ThisServer);
        for version in ProtocolVersion::ALL.into_iter().filter(|version| *version >= ProtocolVersion::V2025_06_18) {
            let params = write_elicit_form(&question, version);
            let Ok(Asked::Form(read_back)) = read("elicitation/create", &params, version, ALL) else { panic!() };
            assert_eq!((read_back.message.as_str(), read_back.form), ("Which?", Some(form.clone())), "{version}");
            let params = write_create_message(&model, version).unwrap();
            let read_back = read("sampling/createMessage", &params, version, ALL);
            assert_eq!(read_back, Ok(Asked::Sampling(Box::new(model.clone()))), "{version}");
        }
        let with_tools = model.tool(Tool::new("t", Schema::no_arguments())).tool_choice(ToolChoice::Required);
        let page = ElicitUrl::new("Open", "https://a.example/", "id-1");
        for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
            let params = write_create_message(&with_tools, version).unwrap();
            let Ok(Asked::Sampling(read_back)) = read("sampling/createMessage", &params, version, ALL) else {
                panic!()
            };
            assert_eq!((read_back.tools[0].name.as_str(), read_back.tool_choice), ("t", Some(ToolChoice::Required)));
            let id = if version == ProtocolVersion::V2025_11_25 { "id-1" } else { "" };
            let expected = Asked::Url(ElicitUrl::new("Open", "https://a.example/", id));
            assert_eq!(read("elicitation/create", &write_elicit_url(&page, version), version, ALL), Ok(expected));
        }
        let none = RawJson::EMPTY_OBJECT;
        assert_eq!(read("roots/list", &none, ProtocolVersion::V2024_11_05, ALL), Ok(Asked::Roots));
    }

    /// Held to 2025-11-25, client/elicitation, "Error Handling"; 2025-11-25, client/roots, "Error Handling"; 2026-07-28,
    /// schema, "CreateMessageRequestParams".
    #[test]
    fn what_was_not_declared_or_does_not_fit_is_refused() {
        let newest = ProtocolVersion::LATEST;
        let url = json!({"mode": "url", "message": "m", "url": "https://a.example/"});
        let form = json!({"message": "m", "requestedSchema": {"type": "object", "properties": {}}});
        let tools =
            json!({"messages": [], "maxTokens": 1, "tools": [{"name": "t", "inputSchema": {"type": "object"}}]});
        let unmatched = json!({"maxTokens": 1, "messages": [
            {"role": "assistant", "content": {"type": "tool_use", "id": "1", "name": "t", "input": {}}},
            {"role": "user", "content": {"type": "text", "text": "go on"}}
        ]});
        for (method, params, client, kind) in [
            ("elicitation/create", &form, "{}", ErrorKind::MethodNotFound),
            ("elicitation/create", &form, r#"{"elicitation":{"url":{}}}"#, ErrorKind::InvalidParams),
            ("elicitation/create", &url, r#"{"elicitation":{}}"#, ErrorKind::InvalidParams),
            ("elicitation/create", &json!({"message": "m"}), ALL, ErrorKind::InvalidParams),
            ("elicitation/create", &json!({"mode": "voice", "message": "m"}), ALL, ErrorKind::InvalidParams),
            ("sampling/createMessage", &tools, "{}", ErrorKind::MethodNotFound),
            ("sampling/createMessage", &tools, r#"{"sampling":{}}"#, ErrorKind::InvalidParams),
            ("sampling/createMessage", &unmatched, ALL, ErrorKind::InvalidParams),
            ("sampling/createMessage", &json!({"messages": []}), ALL, ErrorKind::InvalidParams),
            ("sampling/createMessage", &json!({"messages": [], "maxTokens": -1}), ALL, ErrorKind::InvalidParams),
            ("roots/list", &json!({}), "{}", ErrorKind::MethodNotFound),
            ("tasks/get", &json!({}), ALL, ErrorKind::MethodNotFound),
        ] {
            assert_eq!(read(method, &raw(params), newest, client), Err(kind), "{method} {params}");
        }
    }

    #[test]
    fn pages_that_are_required_are_told_by_the_error_that_names_them() {
        let data = json!({"elicitations": [
            {"mode": "url", "elicitationId": "e1", "url": "https://a.example/", "message": "Sign in"}, 7
        ]});
        let error = |code| ErrorObject { code, message: "m".into(), data: Some(raw(&data)) };
        let page = ElicitUrl::new("Sign in", "https://a.example/", "e1");
        assert_eq!(read_required_pages(&error(-32042)), Some(vec![page]));
        assert_eq!(read_required_pages(&error(-32602)), None);
    }
}

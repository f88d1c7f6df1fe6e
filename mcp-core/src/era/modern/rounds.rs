//! A request that takes several rounds, as its client sees it: it is asked in place of a result, and asks again with its
//! answers (2026-07-28, basic/patterns/mrtr).

use serde::{Deserialize, Serialize};

use crate::{
    era::shared::ObjectWriter,
    json::{RawJson, RawObject},
};

/// What a server wants to know before it answers a request (2026-07-28, basic/patterns/mrtr, "InputRequiredResult").
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct InputWanted {
    /// The questions. None if the server only wants to be asked again.
    pub requests: Vec<WantedInput>,
    /// What the server wants back, byte for byte: a JSON string that nobody here reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RawJson>,
}

/// One question of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WantedInput {
    /// Its answer has the same key.
    pub key: String,
    /// What is asked, such as `elicitation/create`.
    pub method: String,
    /// The parameters.
    #[serde(default)]
    pub params: RawObject,
}

/// What a client brings when it asks again.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct InputGiven {
    /// The answers, each under the key of its question; `None` if there were no questions.
    pub responses: Option<RawObject>,
    /// The state that came with them.
    pub state: Option<RawJson>,
}

impl InputGiven {
    /// The answers to questions, and the state that came with these.
    pub fn new(responses: Option<RawObject>, state: Option<RawJson>) -> Self {
        Self { responses, state }
    }

    /// Writes the members that it adds to the parameters of the request.
    pub(super) fn write_members(&self, params: &mut ObjectWriter<'_>) {
        if let Some(responses) = &self.responses {
            params.raw("inputResponses", responses.as_raw());
        }
        if let Some(state) = &self.state {
            params.raw("requestState", state);
        }
    }
}

/// Reads what a server wants to know, if that is what it answers in place of a result; `None` if it is something else.
///
/// # Errors
///
/// A sentence, if it wants to know something and does not say what.
pub fn read_input_wanted(raw: &RawJson) -> Result<Option<InputWanted>, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        result_type: Option<RawJson>,
        input_requests: Option<RawJson>,
        request_state: Option<RawJson>,
    }
    #[derive(Deserialize)]
    struct Request {
        method: String,
        params: Option<RawObject>,
    }
    const KIND: &str = "input_required";
    // Nearly every answer is a result, and is not looked through any further.
    if !raw.as_str().contains(KIND) {
        return Ok(None);
    }
    let Ok(Wire { result_type, input_requests, request_state }) = raw.parse() else { return Ok(None) };
    if result_type.and_then(|kind| kind.to_text()).as_deref() != Some(KIND) {
        return Ok(None);
    }
    let mut requests: Vec<WantedInput> = Vec::new();
    let wanted = input_requests.filter(|requests| !requests.is_null()).unwrap_or(RawJson::EMPTY_OBJECT);
    let wanted = RawObject::from_raw(wanted).ok_or("`inputRequests` is no object")?;
    for (key, request) in wanted.members() {
        let request = request.parse().map_err(|error| format!("`inputRequests.{key}`: {}", error.reason()))?;
        let Request { method, params } = request;
        if requests.iter().any(|other| other.key == key) {
            return Err(format!("`inputRequests` has two questions under `{key}`"));
        }
        requests.push(WantedInput { key, method, params: params.unwrap_or_default() });
    }
    let state = request_state.filter(|state| !state.is_null());
    if state.as_ref().is_some_and(|state| !state.as_str().starts_with('"')) {
        return Err("`requestState` is no string".to_owned());
    }
    if requests.is_empty() && state.is_none() {
        return Err("there is neither `inputRequests` nor `requestState`".to_owned());
    }
    Ok(Some(InputWanted { requests, state }))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<Option<InputWanted>, String> {
        read_input_wanted(&RawJson::from_value(value).unwrap())
    }

    /// Held to 2026-07-28, basic/patterns/mrtr, "InputRequiredResult".
    #[test]
    fn a_result_that_asks_is_told_from_one_that_speaks_of_it() {
        assert_eq!(read(&json!({"resultType": "complete", "content": ["input_required"]})), Ok(None));
        assert_eq!(read(&json!({"content": [{"resultType": "input_required"}]})), Ok(None));
        let asks = json!({"resultType": "input_required", "requestState": "s", "inputRequests": {
            "b": {"method": "roots/list"}, "a": {"method": "elicitation/create", "params": {"message": "m"}}
        }});
        let InputWanted { requests, state } = read(&asks).unwrap().unwrap();
        let names: Vec<_> = requests.iter().map(|request| (request.key.as_str(), request.method.as_str())).collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&("b", "roots/list")) && names.contains(&("a", "elicitation/create")));
        assert_eq!(state.unwrap().as_str(), "\"s\"");
        for wrong in [
            json!({"resultType": "input_required"}),
            json!({"resultType": "input_required", "requestState": 7}),
            json!({"resultType": "input_required", "inputRequests": [1]}),
            json!({"resultType": "input_required", "inputRequests": {"a": {"params": {}}}}),
        ] {
            assert!(read(&wrong).is_err(), "{wrong}");
        }
        let twice = r#"{"resultType":"input_required","inputRequests":{"a":{"method":"roots/list"},"a":{"method":"roots/list"}}}"#;
        assert!(read_input_wanted(&serde_json::from_str(twice).unwrap()).is_err());
    }

    /// Held to 2026-07-28, basic/patterns/mrtr, "Client Requirements (Basic Workflow)".
    #[test]
    fn a_state_goes_back_as_it_came() {
        let came = r#"{"resultType":"input_required","requestState":"\u0041\/\ud83d x"}"#;
        let wanted = read_input_wanted(&serde_json::from_str(came).unwrap()).unwrap().unwrap();
        let mut out = Vec::new();
        let mut params = ObjectWriter::open(&mut out);
        InputGiven::new(None, wanted.state).write_members(&mut params);
        params.close();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"requestState":"\u0041\/\ud83d x"}"#);
    }
}

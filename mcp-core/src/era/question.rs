//! What a server asks its client, as the client's revision has it, and what comes back.

use super::{Era, legacy, modern};
use crate::{
    error::Error,
    json::RawJson,
    model::{CreateMessage, CreateMessageResult, ElicitAction, ElicitForm, ElicitResult, ElicitUrl, ListRootsResult},
    version::ProtocolVersion,
};

/// Writes the parameters of `elicitation/create` for a form. What the revision lacks is said in what it has; of an option
/// that is asked about alone the answer is read back by [`read_elicit_form`].
pub fn write_elicit_form(question: &ElicitForm, version: ProtocolVersion) -> RawJson {
    match Era::of(version) {
        Era::Legacy => legacy::write_elicit_form(question, version),
        Era::Modern => modern::write_elicit_form(question, version),
    }
}

/// Reads the answer to a form. What was entered is held to the form, and holds nothing that it does not ask for.
///
/// # Errors
///
/// Every problem, each as a sentence.
pub fn read_elicit_form(
    question: &ElicitForm,
    answer: &RawJson,
    version: ProtocolVersion,
) -> Result<ElicitResult, Vec<String>> {
    let mut result: ElicitResult = answer.parse().map_err(|error| vec![error.reason()])?;
    if result.action == ElicitAction::Accept {
        let content = result.content.unwrap_or_default();
        let content = match Era::of(version) {
            Era::Legacy => legacy::read_content(&question.form, content, version),
            Era::Modern => content,
        };
        result.content = Some(question.form.check(&content)?);
    }
    Ok(result)
}

/// Writes the parameters of `elicitation/create` for a page to open.
pub fn write_elicit_url(question: &ElicitUrl, version: ProtocolVersion) -> RawJson {
    match Era::of(version) {
        Era::Legacy => legacy::write_elicit_url(question, version),
        Era::Modern => modern::write_elicit_url(question, version),
    }
}

/// Reads the answer to a page that was to be opened. It has no contents (2026-07-28, schema, "ElicitResult").
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub fn read_elicit_url(answer: &RawJson, _: ProtocolVersion) -> Result<ElicitResult, Vec<String>> {
    let result: ElicitResult = answer.parse().map_err(|error| vec![error.reason()])?;
    Ok(ElicitResult { content: None, ..result })
}

/// Writes the parameters of `sampling/createMessage`. Tools are written only if the revision has them; whether the client
/// takes them says [`asking`](super::asking), of [`CreateMessage::asks`].
///
/// # Errors
///
/// If the conversation does not pass [`CreateMessage::check`], or the revision has no word for a block.
pub fn write_create_message(question: &CreateMessage, version: ProtocolVersion) -> Result<RawJson, Error> {
    question.check().map_err(|sentence| Error::internal(format!("the model cannot be asked: {sentence}")))?;
    match Era::of(version) {
        Era::Legacy => legacy::write_create_message(question, version),
        Era::Modern => Ok(modern::write_create_message(question, version)),
    }
}

/// Reads the answer to a question to a model.
///
/// # Errors
///
/// A sentence that says what is wrong with it.
pub fn read_create_message(answer: &RawJson, _: ProtocolVersion) -> Result<CreateMessageResult, Vec<String>> {
    answer.parse().map_err(|error| vec![error.reason()])
}

/// Writes the parameters of `roots/list`: there are none.
pub fn write_list_roots(_: ProtocolVersion) -> RawJson {
    RawJson::EMPTY_OBJECT
}

/// Reads the roots of a client.
///
/// # Errors
///
/// A sentence that says what is wrong with them.
pub fn read_list_roots(answer: &RawJson, _: ProtocolVersion) -> Result<ListRootsResult, Vec<String>> {
    answer.parse().map_err(|error| vec![error.reason()])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        json::RawObject,
        model::{
            AudioContent, CallToolResult, FieldSchema, FormOption, FormSchema, IncludeContext, ModelPreferences, Role,
            SamplingContent, SamplingMessage, TextFormat, Tool, ToolChoice, ToolResultContent, ToolUseContent,
        },
        schema::Schema,
    };

    const ALL: [ProtocolVersion; 5] = ProtocolVersion::ALL;

    fn value(raw: &RawJson) -> Value {
        raw.parse().unwrap()
    }

    fn raw(value: &Value) -> RawJson {
        RawJson::from_value(value).unwrap()
    }

    fn everything() -> ElicitForm {
        let titled = || [FormOption::titled("#f00", "Red"), FormOption::new("#0f0")];
        let form = FormSchema::new()
            .required("name", FieldSchema::text().with_title("Name").with_length(1, 9).with_default("Ada"))
            .optional("mail", FieldSchema::text().with_format(TextFormat::Email).with_description("Where to"))
            .required("share", FieldSchema::number().with_min(0.5).with_max(2).with_default(1.5))
            .optional("count", FieldSchema::integer().with_min(-1).with_max(7).with_default(3))
            .required("sure", FieldSchema::boolean().with_default(true))
            .required("size", FieldSchema::one_of(["S", "L"]).with_default("S"))
            .optional("color", FieldSchema::one_of(titled()).with_title("Color"))
            .required("sizes", FieldSchema::several_of(["S", "L"]).with_min_items(1).with_max_items(2))
            .optional("colors", FieldSchema::several_of(titled()).with_title("Colors").with_default(["#f00"]));
        ElicitForm::new("Which?", form)
    }

    /// All five forms of a choice, of which the fifth is that of 2025-06-18.
    #[test]
    fn a_form_is_written_as_the_revision_has_it() {
        let expected = json!({
            "mode": "form",
            "message": "Which?",
            "requestedSchema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 9, "default": "Ada"},
                    "mail": {"type": "string", "description": "Where to", "format": "email"},
                    "share": {"type": "number", "minimum": 0.5, "maximum": 2.0, "default": 1.5},
                    "count": {"type": "integer", "minimum": -1, "maximum": 7, "default": 3},
                    "sure": {"type": "boolean", "default": true},
                    "size": {"type": "string", "enum": ["S", "L"], "default": "S"},
                    "color": {
                        "type": "string",
                        "title": "Color",
                        "oneOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "#0f0"}],
                    },
                    "sizes": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "enum": ["S", "L"]}},
                    "colors": {
                        "type": "array",
                        "title": "Colors",
                        "items": {"anyOf": [{"const": "#f00", "title": "Red"}, {"const": "#0f0", "title": "#0f0"}]},
                        "default": ["#f00"],
                    },
                },
                "required": ["name", "share", "sure", "size", "sizes"],
            },
        });
        for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
            assert_eq!(value(&write_elicit_form(&everything(), version)), expected, "{version}");
        }
        let expected = json!({
            "message": "Which?",
            "requestedSchema": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 9},
                    "mail": {"type": "string", "description": "Where to", "format": "email"},
                    "share": {"type": "number", "minimum": 0.5, "maximum": 2.0},
                    "count": {"type": "integer", "minimum": -1, "maximum": 7},
                    "sure": {"type": "boolean", "default": true},
                    "size": {"type": "string", "enum": ["S", "L"]},
                    "color": {
                        "type": "string",
                        "title": "Color",
                        "enum": ["#f00", "#0f0"],
                        "enumNames": ["Red", "#0f0"],
                    },
                    "sizes.S": {"type": "boolean", "title": "sizes: S"},
                    "sizes.L": {"type": "boolean", "title": "sizes: L"},
                    "colors.#f00": {"type": "boolean", "title": "Colors: Red", "default": true},
                    "colors.#0f0": {"type": "boolean", "title": "Colors: #0f0", "default": false},
                },
                "required": ["name", "share", "sure", "size"],
            },
        });
        assert_eq!(value(&write_elicit_form(&everything(), ProtocolVersion::V2025_06_18)), expected);
    }

    #[test]
    fn names_of_options_stand_beside_their_values_where_they_are_to() {
        let options = [FormOption::titled("#f00", "Red"), FormOption::new("#0f0")];
        let form = FormSchema::new().optional("color", FieldSchema::one_of(options).with_enum_names());
        let expected = json!({"color": {"type": "string", "enum": ["#f00", "#0f0"], "enumNames": ["Red", "#0f0"]}});
        for version in [ProtocolVersion::V2025_06_18, ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
            let written = value(&write_elicit_form(&ElicitForm::new("m", form.clone()), version));
            assert_eq!(written["requestedSchema"]["properties"], expected, "{version}");
        }
    }

    #[test]
    fn fields_keep_their_order_on_the_wire() {
        let form = FormSchema::new().required("z", FieldSchema::text()).required("a", FieldSchema::text());
        let written = write_elicit_form(&ElicitForm::new("m", form), ProtocolVersion::V2026_07_28);
        let schema =
            r#"{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}},"required":["z","a"]}"#;
        assert_eq!(written.as_str(), format!(r#"{{"mode":"form","message":"m","requestedSchema":{schema}}}"#));
    }

    #[test]
    fn an_answer_is_the_same_whatever_the_revision_made_of_the_form() {
        let asked_whole = json!({
            "name": "Bob", "share": 1, "sure": false, "size": "L", "sizes": ["S", "L"], "colors": [], "more": 1,
        });
        let asked_apart = json!({
            "name": "Bob", "share": 1, "sure": false, "size": "L", "sizes.L": true, "sizes.S": true,
            "colors.#f00": false, "more": 1,
        });
        for (version, content) in [
            (ProtocolVersion::V2025_06_18, asked_apart),
            (ProtocolVersion::V2025_11_25, asked_whole.clone()),
            (ProtocolVersion::V2026_07_28, asked_whole),
        ] {
            let answer = raw(&json!({"action": "accept", "content": content}));
            let result = read_elicit_form(&everything(), &answer, version).unwrap();
            let content = value(result.content.unwrap().as_raw());
            let expected = json!({
                "name": "Bob", "share": 1, "sure": false, "size": "L", "sizes": ["S", "L"], "colors": [],
            });
            assert_eq!(content, expected, "{version}");
        }
    }

    #[test]
    fn a_choice_that_was_taken_apart_is_held_to_its_bounds() {
        let base = json!({"name": "Bob", "share": 1, "sure": false, "size": "L"});
        let read = |more: Value| {
            let mut content = base.clone();
            content.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let answer = raw(&json!({"action": "accept", "content": content}));
            read_elicit_form(&everything(), &answer, ProtocolVersion::V2025_06_18)
                .map(|result| value(result.content.unwrap().as_raw()))
        };
        assert_eq!(read(json!({"sizes.S": true})).unwrap()["sizes"], json!(["S"]));
        assert_eq!(read(json!({"sizes.S": false})).unwrap_err(), ["`sizes` must have at least 1 options"]);
        assert_eq!(read(json!({})).unwrap_err(), ["`sizes` is missing"]);
        assert_eq!(read(json!({"sizes.S": "yes"})).unwrap_err(), ["`sizes` must be a list of `S`, `L`"]);
        assert_eq!(read(json!({"sizes.S": true, "sizes.L": null})).unwrap()["sizes"], json!(["S"]));
    }

    #[test]
    fn the_parts_of_a_choice_have_names_of_their_own() {
        let form = FormSchema::new()
            .optional("a", FieldSchema::several_of(["b.c", "d"]))
            .optional("a.b", FieldSchema::several_of(["c"]))
            .optional("a.d", FieldSchema::text());
        let question = ElicitForm::new("m", form);
        let written = value(&write_elicit_form(&question, ProtocolVersion::V2025_06_18));
        let mut names: Vec<&String> = written["requestedSchema"]["properties"].as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["a.b.c", "a.b.c_", "a.d", "a.d_"]);
        let answer = raw(&json!({"action": "accept", "content": {"a.b.c_": true, "a.d": "text", "a.d_": true}}));
        let result = read_elicit_form(&question, &answer, ProtocolVersion::V2025_06_18).unwrap();
        assert_eq!(value(result.content.unwrap().as_raw()), json!({"a": ["d"], "a.b": ["c"], "a.d": "text"}));
    }

    #[test]
    fn only_what_is_accepted_is_held_to_the_form() {
        for version in ALL {
            let read = |answer: Value| read_elicit_form(&everything(), &raw(&answer), version);
            assert_eq!(read(json!({"action": "decline"})).unwrap(), ElicitResult::decline());
            assert_eq!(read(json!({"action": "cancel", "content": {"name": 1}})).unwrap(), ElicitResult::cancel());
            assert!(read(json!({"action": "accept"})).unwrap_err().contains(&"`name` is missing".to_owned()));
            assert_eq!(read(json!({})).unwrap_err(), ["missing field `action`"]);
            let nothing = ElicitForm::new("Sure?", FormSchema::new());
            let accepted = read_elicit_form(&nothing, &raw(&json!({"action": "accept"})), version).unwrap();
            assert_eq!(accepted, ElicitResult::accept(RawObject::EMPTY));
            let opened = read_elicit_url(&raw(&json!({"action": "accept", "content": {"a": 1}})), version).unwrap();
            assert_eq!((opened.action, opened.content), (ElicitAction::Accept, None));
        }
    }

    #[test]
    fn a_page_is_named_by_an_id_where_the_revision_has_one() {
        let question = ElicitUrl::new("Pay here", "https://example.com/pay/1", "id-1");
        let expected = json!({"mode": "url", "message": "Pay here", "url": "https://example.com/pay/1"});
        assert_eq!(value(&write_elicit_url(&question, ProtocolVersion::V2026_07_28)), expected);
        let mut expected = expected;
        expected["elicitationId"] = "id-1".into();
        assert_eq!(value(&write_elicit_url(&question, ProtocolVersion::V2025_11_25)), expected);
    }

    fn question() -> CreateMessage {
        let preferences = ModelPreferences::default().with_hint("sonnet").with_cost_priority(0.25);
        CreateMessage::new(100)
            .user("a")
            .assistant("b")
            .message(SamplingMessage::new(Role::User, ["c", "d"]))
            .system("Be brief.")
            .model_preferences(preferences)
            .include_context(IncludeContext::ThisServer)
            .temperature(0.5)
            .stop_at("END")
            .metadata(serde_json::from_str(r#"{"k": [1]}"#).unwrap())
    }

    #[test]
    fn a_question_to_a_model_is_written_as_the_revision_has_it() {
        let text = |text: &str| json!({"type": "text", "text": text});
        let expected = |messages: Value| {
            json!({
                "messages": messages,
                "modelPreferences": {"hints": [{"name": "sonnet"}], "costPriority": 0.25},
                "systemPrompt": "Be brief.",
                "includeContext": "thisServer",
                "temperature": 0.5,
                "maxTokens": 100,
                "stopSequences": ["END"],
                "metadata": {"k": [1]},
            })
        };
        let single = expected(json!([
            {"role": "user", "content": text("a")},
            {"role": "assistant", "content": text("b")},
            {"role": "user", "content": text("c")},
            {"role": "user", "content": text("d")},
        ]));
        let several = expected(json!([
            {"role": "user", "content": text("a")},
            {"role": "assistant", "content": text("b")},
            {"role": "user", "content": [text("c"), text("d")]},
        ]));
        for version in ALL {
            let expected = if version >= ProtocolVersion::V2025_11_25 { &several } else { &single };
            assert_eq!(value(&write_create_message(&question(), version).unwrap()), *expected, "{version}");
        }
        let least = write_create_message(&CreateMessage::new(1).user("a"), ProtocolVersion::V2026_07_28).unwrap();
        assert_eq!(
            least.as_str(),
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"a"}}],"maxTokens":1}"#
        );
    }

    #[test]
    fn tools_are_written_where_the_revision_has_them() {
        let call = ToolUseContent::new("1", "t", RawObject::EMPTY);
        let result = ToolResultContent::of("1", CallToolResult::error("no")).with_error();
        let result = ToolResultContent { structured_content: Some(raw(&json!([1]))), ..result };
        let question = CreateMessage::new(1)
            .user("a")
            .assistant(call)
            .user(result)
            .tool(Tool::new("t", Schema::no_arguments()))
            .tool_choice(ToolChoice::Required);
        for version in [ProtocolVersion::V2025_11_25, ProtocolVersion::V2026_07_28] {
            let written = value(&write_create_message(&question, version).unwrap());
            assert_eq!(written["tools"][0]["name"], "t", "{version}");
            assert_eq!(written["toolChoice"], json!({"mode": "required"}), "{version}");
            let call = json!({"type": "tool_use", "id": "1", "name": "t", "input": {}});
            assert_eq!(written["messages"][1]["content"], call, "{version}");
            let result = &written["messages"][2]["content"];
            assert_eq!((&result["toolUseId"], &result["isError"]), (&json!("1"), &json!(true)), "{version}");
            // 2026-07-28 lets a structured result be anything.
            let structured = (version == ProtocolVersion::V2026_07_28).then(|| json!([1]));
            assert_eq!(result.get("structuredContent"), structured.as_ref(), "{version}");
        }
        for version in [ProtocolVersion::V2024_11_05, ProtocolVersion::V2025_06_18] {
            let error = write_create_message(&question, version).unwrap_err();
            let sentence = format!("the client speaks {version}, which has no tools in questions to a model");
            assert_eq!(error.message(), sentence);
            let only_named = CreateMessage { messages: Vec::new(), ..question.clone() }.user("a");
            let written = value(&write_create_message(&only_named, version).unwrap());
            assert_eq!((written.get("tools"), written.get("toolChoice")), (None, None));
        }
    }

    #[test]
    fn what_a_model_could_not_take_is_not_asked() {
        let sound = CreateMessage::new(1).user(AudioContent::new(b"x", "audio/wav"));
        let written = |version| write_create_message(&sound, version).map(|_| ()).map_err(|error| error.to_string());
        for version in ALL {
            let has_sound = version >= ProtocolVersion::V2025_03_26;
            assert_eq!(written(version).is_ok(), has_sound, "{version}");
            let unmatched =
                CreateMessage::new(1).assistant(SamplingContent::from(ToolUseContent::new("1", "t", RawObject::EMPTY)));
            let error = write_create_message(&unmatched, version).unwrap_err();
            assert!(error.message().starts_with("the model cannot be asked: the last message wants"), "{error}");
        }
    }

    #[test]
    fn answers_of_models_and_roots_are_read() {
        for version in ALL {
            assert_eq!(write_list_roots(version).as_str(), "{}");
            let roots = raw(&json!({"roots": [{"uri": "file:///a", "name": "A", "more": 1}, {"uri": "file:///b"}]}));
            let roots = read_list_roots(&roots, version).unwrap().roots;
            assert_eq!((roots[0].name.as_deref(), roots[1].uri.as_str()), (Some("A"), "file:///b"));
            assert_eq!(read_list_roots(&raw(&json!({"roots": [{}]})), version).unwrap_err(), ["missing field `uri`"]);
            let said = raw(&json!({"role": "assistant", "content": {"type": "text", "text": "a"}, "model": "m"}));
            assert_eq!(read_create_message(&said, version).unwrap().text(), "a");
            assert_eq!(read_create_message(&raw(&json!({})), version).unwrap_err(), ["missing field `role`"]);
        }
    }
}

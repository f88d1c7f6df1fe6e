//! What a server asks, as this era writes it.

use crate::{
    era::{
        form::{Titles, write_form, write_url},
        sampling::{one_or_more, write_question},
        shared::{ObjectWriter, write_array, write_value},
    },
    json::RawJson,
    model::{CreateMessage, ElicitForm, ElicitUrl, SamplingMessage},
    version::ProtocolVersion,
};

/// Writes the parameters of `elicitation/create` for a form (2026-07-28, schema, "ElicitRequestFormParams").
pub(in crate::era) fn write_elicit_form(question: &ElicitForm, _: ProtocolVersion) -> RawJson {
    write_form(&question.message, &question.form, Titles::EachItsOwn, true)
}

/// Writes the parameters of `elicitation/create` for a page to open. They do not name the question: its answer comes with
/// the state (2026-07-28, schema, "ElicitRequestURLParams").
pub(in crate::era) fn write_elicit_url(question: &ElicitUrl, _: ProtocolVersion) -> RawJson {
    write_url(question, false)
}

/// Writes the parameters of `sampling/createMessage` (2026-07-28, schema, "CreateMessageRequestParams").
pub(in crate::era) fn write_create_message(question: &CreateMessage, _: ProtocolVersion) -> RawJson {
    write_question(question, |out, messages| write_array(out, messages, write_message), write_value)
}

fn write_message(out: &mut Vec<u8>, SamplingMessage { role, content, meta }: &SamplingMessage) {
    let mut message = ObjectWriter::open(out);
    message.value("role", role);
    one_or_more(message.key("content"), content, write_value);
    message.optional("_meta", meta.as_ref());
    message.close();
}

//! The two eras of the protocol: how neutral words become wire shapes and back.
//!
//! `legacy` covers 2024-11-05 to 2025-11-25: a handshake opens a session. `modern` covers 2026-07-28: every
//! request stands alone. What both share stands in `shared`.

mod ask;
mod asked;
mod client;
pub mod codes;
mod family;
mod form;
pub mod legacy;
mod method;
pub mod modern;
mod question;
mod request;
mod results;
mod sampling;
mod shared;

pub use ask::{Missing, asking};
pub use asked::{
    Asked, read_asked, read_cancelled_question, read_elicitation_complete, read_required_pages, write_asked_error,
    write_asked_result, write_elicit_result, write_list_roots_result, write_message_result, write_roots_list_changed,
};
pub use client::{
    RequestMeta, owner_of, read_notification, request_params, split_batch, write_answer, write_cancelled,
};
pub use family::Era;
pub use method::{Direction, Method, Purpose, defines};
pub use modern::{InputGiven, InputWanted, WantedInput, read_input_wanted};
pub use question::{
    read_create_message, read_elicit_form, read_elicit_url, read_list_roots, write_create_message, write_elicit_form,
    write_elicit_url, write_list_roots,
};
pub use request::{asks_in_rounds, read_request, tells_model};
pub use results::{Answer, ListItem, Misread, Page, Reading};

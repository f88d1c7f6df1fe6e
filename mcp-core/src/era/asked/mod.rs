//! The other side of a question: how a client reads what it is asked, and writes what it answers.

mod answer;
mod fields;
mod read;
mod sampled;

pub use answer::{
    write_asked_error, write_asked_result, write_elicit_result, write_list_roots_result, write_message_result,
    write_roots_list_changed,
};
pub use read::{Asked, read_asked, read_cancelled_question, read_elicitation_complete, read_required_pages};

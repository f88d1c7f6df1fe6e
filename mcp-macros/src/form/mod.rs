//! `#[derive(Form)]`: a struct that is a form, or an enum that is a choice in one.

mod choice;
mod derive;
mod fields;
mod options;

pub(crate) use derive::expand;

//! What must hold for whatever input: properties of reading, scanning, validating and framing, tried with generated
//! input and with input that a fuzzer has found.

mod frames;
mod json_text;
mod properties;
mod replay;
mod turns;

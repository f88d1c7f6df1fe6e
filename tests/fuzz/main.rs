//! What must hold for whatever input: properties of reading, scanning and framing, tried with generated input.

mod frames;
mod json_text;

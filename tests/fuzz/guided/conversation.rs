//! Looks for messages whose answers are no single lines, or too many.
#![no_main]

#[expect(dead_code, reason = "each target calls one of the properties")]
#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::conversation::hold(input));

//! Looks for bytes that are read otherwise than they were written.
#![no_main]

#[expect(dead_code, reason = "each target calls one of the properties")]
#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::reading::hold(input));

//! Looks for arguments that reach a handler whose schema refuses them.
#![no_main]

#[expect(dead_code, reason = "each target calls one of the properties")]
#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::arguments::hold(input));

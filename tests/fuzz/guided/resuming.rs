//! Looks for states and answers with which a call goes on that are not its own.
#![no_main]

#[expect(dead_code, reason = "each target calls one of the properties")]
#[path = "../properties/mod.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|input: &[u8]| properties::resuming::hold(input));

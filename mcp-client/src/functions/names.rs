//! Names that an API takes, and the way back.

use std::collections::HashMap;

use super::api::FunctionApi;

/// The name of a function for a tool: the tool's own if the API takes it and no other function has it. Otherwise what
/// the API does not take becomes `_`, and a hash of the tool's name tells it from others; it is the same every time.
pub(super) fn name_for<T>(api: FunctionApi, tool: &str, taken: &HashMap<String, T>) -> String {
    let fits = tool.len() <= api.name_max()
        && tool.bytes().next().is_some_and(|byte| api.takes_first(byte))
        && tool.bytes().all(|byte| api.takes_in_name(byte));
    if fits && !taken.contains_key(tool) {
        return tool.to_owned();
    }
    let mut legible: String = tool
        .chars()
        .map(|c| u8::try_from(c).ok().filter(|byte| api.takes_in_name(*byte)).map_or('_', char::from))
        .collect();
    if !legible.bytes().next().is_some_and(|byte| api.takes_first(byte)) {
        legible.insert(0, '_');
    }
    legible.truncate(api.name_max() - 9);
    // Two names of one hash are tried apart; among n functions one of the first n + 1 is free.
    (0u32..)
        .map(|salt| format!("{legible}_{:08x}", hash(tool, salt)))
        .find(|name| !taken.contains_key(name))
        .unwrap_or(legible)
}

/// FNV-1a with 32 bits: the same in every process, and no secret.
fn hash(text: &str, salt: u32) -> u32 {
    let bytes = text.bytes().chain(salt.to_le_bytes().into_iter().filter(|_| salt > 0));
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_the_api_and_stay_apart() {
        let mut taken = HashMap::new();
        let long = "x".repeat(200);
        let tools = ["add", "add", "files.read", "files/read", "files read", "1st", "", &long, "Größe"];
        for api in [FunctionApi::OpenAiChat, FunctionApi::Anthropic, FunctionApi::Gemini] {
            taken.clear();
            for tool in tools {
                let name = name_for(api, tool, &taken);
                assert!(!name.is_empty() && name.len() <= api.name_max(), "{name}");
                assert!(name.bytes().all(|byte| api.takes_in_name(byte)), "{name}");
                assert!(api.takes_first(name.as_bytes()[0]), "{name}");
                assert!(taken.insert(name, ()).is_none(), "{tool}");
            }
            assert!(taken.contains_key("add"));
        }
        assert!(taken.contains_key("files.read"), "Gemini takes dots: {taken:?}");
        let none = HashMap::<String, ()>::new();
        assert_eq!(name_for(FunctionApi::OpenAiChat, "a.b", &none), name_for(FunctionApi::OpenAiChat, "a.b", &none));
    }
}

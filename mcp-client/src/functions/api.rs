//! The APIs of models that functions are written for.

/// An API of a model that calls functions. What is assumed of each was read in its public documentation, and is of
/// 2026-12-01; APIs change, and refuse what they do not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FunctionApi {
    /// OpenAI's Chat Completions: `{"type": "function", "function": {..}}`. Names are 1 to 64 of `A-Z a-z 0-9 _ -`; the
    /// root of a schema is an object, not a choice of several.
    OpenAiChat,
    /// OpenAI's Responses: `{"type": "function", ..}`. As Chat Completions otherwise.
    OpenAiResponses,
    /// Anthropic's Messages: `{"name", "description", "input_schema"}`. Names are 1 to 64 of `A-Z a-z 0-9 _ -`; schemas
    /// are JSON Schema draft 2020-12 whose root is an object, not a choice of several; members have names of 1 to 64 of
    /// `A-Z a-z 0-9 _ . -`.
    Anthropic,
    /// Gemini's `functionDeclarations` with `parameters`, which are a subset of OpenAPI 3.0's schemas: no references, no
    /// constants, no null type, choices by `anyOf` only, options of `enum` as strings. Names begin with a letter or `_`
    /// and are 1 to 63 of `A-Z a-z 0-9 _ . -`.
    Gemini,
}

impl FunctionApi {
    /// Longest name of a function, in bytes.
    pub(super) fn name_max(self) -> usize {
        if self == Self::Gemini { 63 } else { 64 }
    }

    pub(super) fn takes_in_name(self, byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || b"_-".contains(&byte) || (self == Self::Gemini && byte == b'.')
    }

    /// Whether a name may begin with this.
    pub(super) fn takes_first(self, byte: u8) -> bool {
        self.takes_in_name(byte) && (self != Self::Gemini || byte.is_ascii_alphabetic() || byte == b'_')
    }
}

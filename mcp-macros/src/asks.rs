//! What a handler asks of its client: the option `asks(..)`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Error, Result, Token, ext::IdentExt, parenthesized, parse::ParseStream, token::Paren};

use crate::crate_path::CratePath;

/// What a client can be asked for, and the variants of `Ask`.
const KNOWN: [(&str, &str); 6] = [
    ("elicitation", "Elicitation"),
    ("elicitation_url", "ElicitationUrl"),
    ("sampling", "Sampling"),
    ("sampling_tools", "SamplingTools"),
    ("sampling_context", "SamplingContext"),
    ("roots", "Roots"),
];

/// The variants of `Ask` that a handler names.
#[derive(Default)]
pub(crate) struct Asks(Vec<Ident>);

impl Asks {
    /// Reads what stands behind the word `asks`.
    pub(crate) fn read(option: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let known = KNOWN.map(|(word, _)| format!("`{word}`")).join(", ");
        let wrong = || {
            let text = format!("`asks` names what the client is asked for: `asks(elicitation)`; there are {known}");
            Error::new(option.span(), text)
        };
        if !input.peek(Paren) {
            return Err(wrong());
        }
        let inside;
        parenthesized!(inside in input);
        let mut asks: Vec<Ident> = Vec::new();
        while !inside.is_empty() {
            let word = inside.call(Ident::parse_any).map_err(|_| wrong())?;
            let Some((_, variant)) = KNOWN.iter().find(|(known, _)| word == known) else {
                return Err(Error::new(
                    word.span(),
                    format!("a client cannot be asked for `{word}`: there are {known}"),
                ));
            };
            if asks.iter().any(|ask| ask == variant) {
                return Err(Error::new(word.span(), format!("`{word}` is said twice")));
            }
            asks.push(Ident::new(variant, word.span()));
            if !inside.is_empty() {
                inside.parse::<Token![,]>()?;
            }
        }
        if asks.is_empty() { Err(wrong()) } else { Ok(Self(asks)) }
    }

    /// The call that tells the builder, if there is anything to tell.
    pub(crate) fn builder_call(&self, library: &CratePath) -> Option<TokenStream> {
        let Self(asks) = self;
        (!asks.is_empty()).then(|| quote!(.asks([#(#library::Ask::#asks),*])))
    }
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser as _;

    use super::*;

    #[test]
    fn each_word_becomes_a_variant_in_its_order() {
        let read = |input: ParseStream<'_>| {
            let option: Ident = input.parse()?;
            Asks::read(&option, input)
        };
        let words = KNOWN.map(|(word, _)| word).join(",");
        let asks = read.parse_str(&format!("asks({words},)")).ok().unwrap();
        let variants = KNOWN.map(|(_, variant)| format!("::mcp_server::Ask::{variant}")).join(",");
        let call = asks.builder_call(&CratePath::default()).unwrap().to_string().replace(' ', "");
        assert_eq!(call, format!(".asks([{variants}])"));
        assert!(Asks::default().builder_call(&CratePath::default()).is_none());
    }
}

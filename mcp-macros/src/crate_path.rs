//! How what a macro writes names the crate `mcp-server`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{
    Error, LitStr, Path, Result, Token,
    parse::{Parse, ParseStream},
    parse_quote,
};

/// The path of the crate: `::mcp_server`, or what `crate = ..` says where it has another name or stands behind
/// another crate.
#[derive(Clone)]
pub(crate) struct CratePath(Path);

impl Default for CratePath {
    fn default() -> Self {
        Self(parse_quote!(::mcp_server))
    }
}

impl CratePath {
    /// Reads what stands behind the word `crate`.
    pub(crate) fn read(input: ParseStream<'_>) -> Result<Self> {
        let wrong = "`crate` takes the path of mcp_server: `crate = my_facade::mcp_server`";
        let at = input.span();
        input.parse::<Token![=]>().map_err(|_| Error::new(at, wrong))?;
        let at = input.span();
        input.parse().map_err(|_| Error::new(at, wrong))
    }

    /// A path inside the crate, as attributes of serde and schemars take it.
    pub(crate) fn text(&self, inside: &str) -> LitStr {
        let path: String = self.to_token_stream().into_iter().map(|token| token.to_string()).collect();
        LitStr::new(&format!("{path}::{inside}"), Span::call_site())
    }

    /// The path as if it stood at a token of the user, where errors are to point at.
    pub(crate) fn at(&self, span: Span) -> TokenStream {
        let respanned = self.to_token_stream().into_iter().map(|mut token| {
            token.set_span(token.span().located_at(span));
            token
        });
        respanned.collect()
    }

    /// Whether a path, without its last segment, leads to the crate.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let names = |path: &Path| path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>();
        let mut before = names(path);
        before.pop();
        before == names(&self.0)
    }
}

impl Parse for CratePath {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        // In quotes, as serde and schemars write it.
        if let Ok(text) = input.parse::<LitStr>() {
            return text.parse_with(Path::parse_mod_style).map(Self);
        }
        input.call(Path::parse_mod_style).map(Self)
    }
}

impl ToTokens for CratePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let path = &self.0;
        tokens.extend(quote!(#path));
    }
}

//! What a server asks the user, and what the user answers.

use mcp_core::{
    era::read_required_pages,
    json::{RawJson, RawObject},
    model::ElicitUrl,
};
use serde::Serialize;
use url::Url;

use crate::error::Error;

/// What the user answered to a form, which is what [`ClientBuilder::on_elicit`](crate::ClientBuilder::on_elicit) returns.
#[derive(Debug, Clone, PartialEq)]
pub struct FormAnswer(pub(crate) FormAction);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FormAction {
    /// What was entered, or why it cannot be written.
    Accept(Result<RawObject, String>),
    Decline,
    Cancel,
}

impl FormAnswer {
    /// The user entered this: anything that becomes a JSON object, such as `json!({..})`, a struct or a map.
    ///
    /// What is left out and has a default in the form gets the default; for a field that the user left empty on purpose
    /// write `null`. The answer is held to the form before it is sent.
    pub fn accept(content: impl Serialize) -> Self {
        let content = match RawJson::from_value(&content) {
            Ok(content) if content.is_null() => Ok(RawObject::EMPTY),
            Ok(content) => RawObject::from_raw(content).ok_or_else(|| "it is no JSON object".to_owned()),
            Err(error) => Err(format!("it cannot be written as JSON: {error}")),
        };
        Self(FormAction::Accept(content))
    }

    /// The user said no.
    pub fn decline() -> Self {
        Self(FormAction::Decline)
    }

    /// The user closed the form without a choice.
    pub fn cancel() -> Self {
        Self(FormAction::Cancel)
    }
}

/// A page that a server asks the user to open (2026-07-28, client/elicitation, "URL Mode Elicitation Requests").
///
/// Nothing is opened and nothing is fetched by this crate. Show the user the whole URL and who asks, open it only when the
/// user agrees, and where neither this program nor a model can see what is entered there (the same page, "Safe URL
/// Handling").
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlQuestion {
    /// Why it should be opened, in the server's words.
    pub message: String,
    /// The page, as the server wrote it; its scheme is `https` or `http`.
    pub url: String,
    /// The host alone, to be highlighted, in ASCII: letters of other scripts that look like Latin ones are seen for what they
    /// are (RFC 3492).
    pub host: String,
    /// What the server calls this question. Only 2025-11-25 has it; then
    /// [`ClientBuilder::on_elicitation_complete`](crate::ClientBuilder::on_elicitation_complete) may hear of it again.
    pub elicitation_id: Option<String>,
}

impl UrlQuestion {
    /// # Errors
    ///
    /// A sentence, if the URL is no page of the web.
    pub(crate) fn new(question: ElicitUrl) -> Result<Self, &'static str> {
        let ElicitUrl { message, url, elicitation_id, .. } = question;
        let parsed = Url::parse(&url).map_err(|_| "`params.url` is no URL")?;
        let host = match (parsed.scheme(), parsed.host_str()) {
            ("https" | "http", Some(host)) => host.to_owned(),
            _ => return Err("`params.url` must begin with `https://` or `http://` and name a host"),
        };
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err("`params.url` must not have a user in front of its host: it would pass for the host");
        }
        let elicitation_id = Some(elicitation_id).filter(|id| !id.is_empty());
        Ok(Self { message, url, host, elicitation_id })
    }

    /// Whether the host is written in letters that are no ASCII (as `xn--…` in [`host`](Self::host)), so that it may look like
    /// another: warn the user.
    pub fn is_punycode(&self) -> bool {
        self.host.split('.').any(|label| label.starts_with("xn--"))
    }

    /// Whether what the user enters there is encrypted on its way.
    pub fn is_encrypted(&self) -> bool {
        self.url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
    }
}

impl Error {
    /// The pages that the user has to open before the request can be made again, if that is what the server answered
    /// (-32042; 2025-11-25, client/elicitation, "URL Elicitation Required Error"). A page whose URL is none of the web is
    /// left out, with a warning in the log.
    ///
    /// ```no_run
    /// # async fn doc(client: mcp_client::McpClient) {
    /// if let Err(error) = client.call_tool("post", ()).await {
    ///     for page in error.required_pages().unwrap_or_default() {
    ///         println!("{} wants you to open {} (at {})", page.message, page.url, page.host);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn required_pages(&self) -> Option<Vec<UrlQuestion>> {
        let pages = self.rejection().and_then(read_required_pages)?;
        let usable = |page| {
            UrlQuestion::new(page).inspect_err(|problem| tracing::warn!(problem, "a page that the server wants opened"))
        };
        Some(pages.into_iter().filter_map(|page| usable(page).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(url: &str) -> Result<UrlQuestion, &'static str> {
        UrlQuestion::new(ElicitUrl::new("m", url, ""))
    }

    /// Held to 2026-07-28, client/elicitation, "Safe URL Handling".
    #[test]
    fn a_page_shows_the_host_that_will_be_asked() {
        let plain = page("https://mcp.example.com/connect?x=1").unwrap();
        assert_eq!((plain.host.as_str(), plain.is_punycode(), plain.is_encrypted()), ("mcp.example.com", false, true));
        // A Cyrillic "а".
        let other = page("http://\u{430}pple.com/").unwrap();
        assert_eq!((other.host.as_str(), other.is_punycode()), ("xn--pple-43d.com", true));
        assert!(!other.is_encrypted() && other.url.starts_with("http://\u{430}"));
        for wrong in ["javascript:alert(1)", "file:///etc/passwd", "not a url", "https://bank.example@evil.example/"] {
            assert!(page(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_answer_is_an_object() {
        assert_eq!(FormAnswer::accept(()), FormAnswer(FormAction::Accept(Ok(RawObject::EMPTY))));
        assert!(matches!(FormAnswer::accept(7), FormAnswer(FormAction::Accept(Err(_)))));
    }
}

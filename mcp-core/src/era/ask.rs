//! What a client must have said before it may be asked.

use serde_json::{Map, Value, json};

use super::{Era, shared::sentence_of};
use crate::{
    error::Error,
    model::{Ask, ClientCapabilities},
    version::ProtocolVersion,
};

/// Whether a client of that revision, with these capabilities, takes all of these questions (2026-07-28,
/// basic/patterns/mrtr, "Server Requirements (Basic Workflow)"; 2025-11-25, basic/lifecycle, "Operation").
///
/// ```
/// use mcp_core::{ProtocolVersion, era::asking, model::{Ask, ClientCapabilities}};
///
/// let client: ClientCapabilities = serde_json::from_str(r#"{"elicitation": {}}"#)?;
/// assert!(asking(ProtocolVersion::LATEST, &client, &[Ask::Elicitation]).is_ok());
/// let missing = asking(ProtocolVersion::LATEST, &client, &[Ask::ElicitationUrl]).unwrap_err();
/// assert_eq!(missing.required().to_string(), r#"{"elicitation":{"url":{}}}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// Which of them it does not take.
pub fn asking(version: ProtocolVersion, client: &ClientCapabilities, asks: &[Ask]) -> Result<(), Missing> {
    let missing: Vec<Ask> = asks.iter().copied().filter(|ask| !takes(version, client, *ask)).collect();
    if missing.is_empty() { Ok(()) } else { Err(Missing { version, asks: missing }) }
}

fn takes(version: ProtocolVersion, client: &ClientCapabilities, ask: Ask) -> bool {
    let ClientCapabilities { roots, sampling, elicitation, .. } = client;
    // Before 2025-11-25 the objects say nothing more (2025-06-18, client/elicitation, "Capabilities"; 2025-06-18,
    // client/sampling, "Capabilities").
    let has_modes = version >= ProtocolVersion::V2025_11_25;
    version >= since(ask)
        && match ask {
            Ask::Roots => roots.is_some(),
            Ask::Sampling => sampling.is_some(),
            Ask::SamplingTools => sampling.as_ref().is_some_and(|sampling| sampling.tools.is_some()),
            Ask::SamplingContext => sampling.as_ref().is_some_and(|sampling| !has_modes || sampling.context.is_some()),
            // Neither mode named means forms (2026-07-28, client/elicitation, "Capabilities").
            Ask::Elicitation => elicitation
                .as_ref()
                .is_some_and(|elicitation| !has_modes || elicitation.form.is_some() || elicitation.url.is_none()),
            Ask::ElicitationUrl => elicitation.as_ref().is_some_and(|elicitation| elicitation.url.is_some()),
        }
}

/// The first revision that has such questions.
fn since(ask: Ask) -> ProtocolVersion {
    match ask {
        Ask::Sampling | Ask::SamplingContext | Ask::Roots => ProtocolVersion::V2024_11_05,
        Ask::Elicitation => ProtocolVersion::V2025_06_18,
        Ask::ElicitationUrl | Ask::SamplingTools => ProtocolVersion::V2025_11_25,
    }
}

/// Where the capability stands: a member, and a member of that.
fn capability(ask: Ask) -> (&'static str, Option<&'static str>) {
    match ask {
        Ask::Elicitation => ("elicitation", Some("form")),
        Ask::ElicitationUrl => ("elicitation", Some("url")),
        Ask::Sampling => ("sampling", None),
        Ask::SamplingTools => ("sampling", Some("tools")),
        Ask::SamplingContext => ("sampling", Some("context")),
        Ask::Roots => ("roots", None),
    }
}

/// A client does not take what it was to be asked. `Error::from` makes the answer of it that a request gets which
/// cannot do without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    version: ProtocolVersion,
    asks: Vec<Ask>,
}

impl Missing {
    /// What the client does not take.
    pub fn asks(&self) -> &[Ask] {
        &self.asks
    }

    /// The capabilities that it would have to declare, as an object of capabilities holds them (2026-07-28, schema,
    /// "MissingRequiredClientCapabilityError").
    pub fn required(&self) -> Value {
        let mut required = Map::new();
        for (member, inner) in self.asks.iter().map(|ask| capability(*ask)) {
            let capability = required.entry(member).or_insert_with(|| json!({}));
            if let (Some(inner), Some(capability)) = (inner, capability.as_object_mut()) {
                capability.insert(inner.to_owned(), json!({}));
            }
        }
        Value::Object(required)
    }

    /// The error of the request where the client's revision has one for it, or the sentence for whoever reads the answer
    /// (2026-07-28, basic, "`_meta`").
    ///
    /// # Errors
    ///
    /// The sentence.
    pub fn into_error(self) -> Result<Error, String> {
        match Era::of(self.version) {
            Era::Modern => Ok(self.into()),
            Era::Legacy => Err(self.sentence()),
        }
    }

    /// What is missing and what would help, in one sentence.
    pub fn sentence(&self) -> String {
        let of = |asks: &mut dyn Iterator<Item = Ask>| {
            let names: Vec<String> = asks
                .map(|ask| match capability(ask) {
                    (member, Some(inner)) => format!("`{member}.{inner}`"),
                    (member, None) => format!("`{member}`"),
                })
                .collect();
            sentence_of(names.iter().map(String::as_str))
        };
        let (too_new, undeclared): (Vec<Ask>, Vec<Ask>) = self.asks.iter().partition(|ask| since(**ask) > self.version);
        let late = too_new.iter().map(|ask| since(*ask)).max();
        match late {
            Some(late) => format!(
                "this needs a client that speaks {late} or later and declares {} in its capabilities; this one speaks {}",
                of(&mut self.asks.iter().copied()),
                self.version
            ),
            None => format!(
                "this needs a client that declares {} in its capabilities{}",
                of(&mut undeclared.into_iter()),
                match Era::of(self.version) {
                    Era::Legacy => " when it initializes",
                    Era::Modern => "",
                }
            ),
        }
    }
}

impl From<Missing> for Error {
    fn from(missing: Missing) -> Self {
        Self::missing_capability(missing.sentence(), missing.required())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn taken(version: ProtocolVersion, client: &str) -> Vec<Ask> {
        let client = serde_json::from_str(client).unwrap();
        Ask::ALL.into_iter().filter(|ask| asking(version, &client, &[*ask]).is_ok()).collect()
    }

    #[test]
    fn each_revision_has_its_own_capabilities() {
        use Ask::{Elicitation, ElicitationUrl, Roots, Sampling, SamplingContext, SamplingTools};
        let everything =
            r#"{"roots":{"listChanged":true},"sampling":{"tools":{},"context":{}},"elicitation":{"form":{},"url":{}}}"#;
        let plain = r#"{"roots":{},"sampling":{},"elicitation":{}}"#;
        for (version, of_everything, of_plain) in [
            (
                ProtocolVersion::V2024_11_05,
                vec![Sampling, SamplingContext, Roots],
                vec![Sampling, SamplingContext, Roots],
            ),
            (
                ProtocolVersion::V2025_03_26,
                vec![Sampling, SamplingContext, Roots],
                vec![Sampling, SamplingContext, Roots],
            ),
            (
                ProtocolVersion::V2025_06_18,
                vec![Elicitation, Sampling, SamplingContext, Roots],
                vec![Elicitation, Sampling, SamplingContext, Roots],
            ),
            (
                ProtocolVersion::V2025_11_25,
                vec![Elicitation, ElicitationUrl, Sampling, SamplingTools, SamplingContext, Roots],
                vec![Elicitation, Sampling, Roots],
            ),
            (
                ProtocolVersion::V2026_07_28,
                vec![Elicitation, ElicitationUrl, Sampling, SamplingTools, SamplingContext, Roots],
                vec![Elicitation, Sampling, Roots],
            ),
        ] {
            assert_eq!(taken(version, everything), of_everything, "{version}");
            assert_eq!(taken(version, plain), of_plain, "{version}");
            assert_eq!(taken(version, "{}"), [], "{version}");
        }
        let url_only = r#"{"elicitation":{"url":{}}}"#;
        assert_eq!(taken(ProtocolVersion::V2026_07_28, url_only), [ElicitationUrl]);
        assert_eq!(taken(ProtocolVersion::V2025_11_25, url_only), [ElicitationUrl]);
        assert_eq!(taken(ProtocolVersion::V2025_06_18, url_only), [Elicitation]);
    }

    #[test]
    fn what_is_missing_is_named_all_at_once() {
        let client = ClientCapabilities::default();
        let missing = asking(ProtocolVersion::V2026_07_28, &client, &Ask::ALL).unwrap_err();
        let required = json!({
            "elicitation": {"form": {}, "url": {}},
            "sampling": {"tools": {}, "context": {}},
            "roots": {},
        });
        assert_eq!(missing.required(), required);
        // It is what a client would declare.
        let declared = serde_json::from_value(required.clone()).unwrap();
        assert_eq!(asking(ProtocolVersion::V2026_07_28, &declared, &Ask::ALL), Ok(()));
        let error = Error::from(missing);
        assert_eq!(error.kind(), ErrorKind::MissingCapability);
        assert_eq!(error.data(), Some(&json!({"requiredCapabilities": required})));
    }

    #[test]
    fn a_sentence_says_what_would_help() {
        let client = ClientCapabilities::default();
        let sentence = |version, asks: &[Ask]| asking(version, &client, asks).unwrap_err().sentence();
        assert_eq!(
            sentence(ProtocolVersion::V2026_07_28, &[Ask::Elicitation, Ask::Roots]),
            "this needs a client that declares `elicitation.form`, `roots` in its capabilities"
        );
        assert_eq!(
            sentence(ProtocolVersion::V2025_06_18, &[Ask::Sampling]),
            "this needs a client that declares `sampling` in its capabilities when it initializes"
        );
        assert_eq!(
            sentence(ProtocolVersion::V2025_03_26, &[Ask::ElicitationUrl, Ask::Sampling]),
            "this needs a client that speaks 2025-11-25 or later and declares `elicitation.url`, `sampling` in its \
             capabilities; this one speaks 2025-03-26"
        );
    }
}

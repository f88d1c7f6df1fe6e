//! What a server answers, as a client reads it in either era: strictly first, and then at the cost of what cannot be read.

use std::time::Duration;

use serde::{Deserialize, de::DeserializeOwned};

use super::Era;
use crate::{
    json::{JsonError, RawJson, RawObject, Text, present, tolerant},
    model::{
        AudioContent, CacheHint, CacheScope, CallToolResult, Completion, Content, EmbeddedResource, GetPromptResult,
        ImageContent, Meta, Prompt, PromptMessage, ReadResourceResult, Request, Resource, ResourceContents,
        ResourceLink, ResourceTemplate, Role, TextContent, Tool,
    },
};

/// A result that is not what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Misread {
    /// It has another shape.
    #[error(transparent)]
    Shape(#[from] JsonError),
    /// It says that it is of a kind that was not offered (2026-07-28, basic, "ResultType").
    #[error("a result of the kind {0:?}, which this client did not offer to handle")]
    Kind(String),
}

/// What could be read of a result.
#[derive(Debug, Clone)]
pub struct Reading<T> {
    /// The result.
    pub value: T,
    /// What of it could not be read and is left out, each with the reason. Somebody should be told.
    pub lost: Vec<String>,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items that could be read.
    pub items: Vec<T>,
    /// Asks for the next page; `None` at the end. An empty string is a cursor (2026-07-28, server/utilities/pagination, "Implementation
    /// Guidelines").
    pub next_cursor: Option<String>,
    /// How long the page may be kept.
    pub cache: CacheHint,
}

/// A result that a client reads.
pub trait Answer: Sized {
    /// Reads the result, and the kind that it says it is.
    ///
    /// # Errors
    ///
    /// If it is of another shape, and has lost more than decorations.
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError>;
}

impl Era {
    /// Reads a result of this era. What is of another kind than was asked for is told as such, whatever its shape.
    ///
    /// # Errors
    ///
    /// [`Misread`] if it is no such result.
    pub fn read<T: Answer>(self, raw: &RawJson) -> Result<Reading<T>, Misread> {
        match T::read(raw) {
            Ok((kind, reading)) => {
                self.expect_complete(kind)?;
                Ok(reading)
            }
            Err(error) => {
                self.expect_complete(Members::of(raw).ok().and_then(|members| members.kind()))?;
                Err(error.into())
            }
        }
    }

    /// Checks a result that the caller reads: it is what was asked for, and an object.
    ///
    /// # Errors
    ///
    /// [`Misread`] if it is of another kind, or no object.
    pub fn check(self, raw: &RawJson) -> Result<(), Misread> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            result_type: Option<String>,
        }
        let kind = match raw.parse::<Wire>() {
            Ok(wire) => wire.result_type,
            Err(_) => Members::of(raw)?.kind(),
        };
        self.expect_complete(kind)
    }

    /// For how long, and by whom, a result may be kept; not at all where nothing is said of it, as in the older era (2026-07-28,
    /// server/utilities/caching, "Cacheable Results").
    pub fn cache_hint(self, raw: &RawJson) -> CacheHint {
        if self == Self::Legacy || self.check(raw).is_err() {
            return CacheHint::default();
        }
        Members::of(raw).map(|members| members.cache(&mut Vec::new())).unwrap_or_default()
    }

    /// Missing means complete, and what was not negotiated is no answer (2026-07-28, basic, "ResultType"). The older era
    /// does not have the member; whatever stands there is the server's own.
    fn expect_complete(self, kind: Option<String>) -> Result<(), Misread> {
        match kind {
            Some(kind) if self == Self::Modern && kind != "complete" => Err(Misread::Kind(kind)),
            _ => Ok(()),
        }
    }
}

/// The members of a result, each read for itself.
struct Members(RawObject);

impl Members {
    fn of(raw: &RawJson) -> Result<Self, JsonError> {
        RawObject::from_raw(raw.clone()).map(Self).ok_or_else(|| JsonError::custom("the result is no object"))
    }

    /// The kind, also where it is no text.
    fn kind(&self) -> Option<String> {
        let kind = self.0.get("resultType").filter(|kind| !kind.is_null())?;
        Some(kind.to_text().map_or_else(|| kind.as_str().chars().take(64).collect(), |text| text.to_string()))
    }

    /// A member that the result means nothing without, if it is there; `null` is not.
    fn essential<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, JsonError> {
        let Some(raw) = self.0.get(key).filter(|raw| !raw.is_null()) else { return Ok(None) };
        raw.parse().map(Some).map_err(|error| JsonError::custom(format_args!("`{key}`: {error}")))
    }

    /// A member that the result can do without.
    fn decoration<T: DeserializeOwned>(&self, key: &str, lost: &mut Vec<String>) -> Option<T> {
        let raw = self.0.get(key).filter(|raw| !raw.is_null())?;
        let before = lost.len();
        let read = tolerant(&raw, lost);
        lost[before..].iter_mut().for_each(|place| place.insert_str(0, &format!("`{key}`: ")));
        read.map_err(|error| lost.push(format!("`{key}` ({error})"))).ok()
    }

    fn cache(&self, lost: &mut Vec<String>) -> CacheHint {
        let scope: Option<String> = self.decoration("cacheScope", lost);
        cache_hint(self.decoration("ttlMs", lost), scope.as_deref())
    }
}

/// What is absent, negative or not finite allows no reuse (2026-07-28, server/utilities/caching, "Time-to-Live (TTL)
/// Field").
fn cache_hint(ttl_ms: Option<f64>, scope: Option<&str>) -> CacheHint {
    let seconds = ttl_ms.unwrap_or_default() / 1000.0;
    CacheHint {
        ttl: Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default(),
        scope: if scope == Some("public") { CacheScope::Public } else { CacheScope::Private },
    }
}

/// One block of content. What is of no known kind, or lacks what its kind consists of, is kept as it came.
fn block(raw: &RawJson, lost: &mut Vec<String>) -> Content {
    fn of<T: DeserializeOwned>(raw: &RawJson, lost: &mut Vec<String>, make: fn(T) -> Content) -> Option<Content> {
        tolerant(raw, lost).map(make).ok()
    }
    if let Ok(block) = raw.parse() {
        return block;
    }
    let kind = RawObject::from_raw(raw.clone()).and_then(|block| block.get("type")?.to_text());
    let known = match kind.as_deref() {
        Some("text") => of::<TextContent>(raw, lost, Content::Text),
        Some("image") => of::<ImageContent>(raw, lost, Content::Image),
        Some("audio") => of::<AudioContent>(raw, lost, Content::Audio),
        Some("resource_link") => of::<ResourceLink>(raw, lost, Content::ResourceLink),
        Some("resource") => of::<EmbeddedResource>(raw, lost, Content::Resource),
        _ => None,
    };
    known.unwrap_or_else(|| {
        lost.push("the meaning of a block of content, which is kept as it came".to_owned());
        Content::Other(raw.clone())
    })
}

/// Reads the elements of a list; of each the cost is its own.
fn each<T>(
    raw: &[RawJson],
    what: &str,
    lost: &mut Vec<String>,
    mut read: impl FnMut(&RawJson, &mut Vec<String>) -> Result<T, JsonError>,
) -> Vec<T> {
    let mut all = Vec::with_capacity(raw.len());
    for (index, raw) in raw.iter().enumerate() {
        let before = lost.len();
        let read = read(raw, lost);
        lost[before..].iter_mut().for_each(|place| place.insert_str(0, &format!("`{what}[{index}]`: ")));
        match read {
            Ok(item) => all.push(item),
            Err(error) => lost.push(format!("`{what}[{index}]` ({error})")),
        }
    }
    all
}

impl<T: ListItem> Answer for Page<T> {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        if let Some((kind, value)) = T::strictly(raw) {
            return Ok((kind, Reading { value, lost: Vec::new() }));
        }
        let members = Members::of(raw)?;
        let mut lost = Vec::new();
        let items: Vec<RawJson> = members.essential(T::MEMBER)?.unwrap_or_default();
        let read = |raw: &RawJson, lost: &mut Vec<String>| raw.parse().or_else(|_| tolerant(raw, lost));
        let items = each(&items, T::MEMBER, &mut lost, read);
        let next_cursor = members.essential("nextCursor")?;
        let cache = members.cache(&mut lost);
        Ok((members.kind(), Reading { value: Self { items, next_cursor, cache }, lost }))
    }
}

/// What servers list in pages.
pub trait ListItem: DeserializeOwned + Send + 'static {
    /// The member of a result that holds them.
    const MEMBER: &'static str;

    /// Asks for a page.
    fn request(cursor: Option<Text>) -> Request;

    /// Reads a page that has the shape it should have, and the kind that it says it is.
    #[doc(hidden)]
    fn strictly(raw: &RawJson) -> Option<(Option<String>, Page<Self>)>;
}

macro_rules! list_item {
    ($item:ident, $request:ident, $items:ident = $member:literal) => {
        impl ListItem for $item {
            const MEMBER: &'static str = $member;

            fn request(cursor: Option<Text>) -> Request {
                Request::$request { cursor }
            }

            fn strictly(raw: &RawJson) -> Option<(Option<String>, Page<Self>)> {
                #[derive(Deserialize)]
                #[serde(rename_all = "camelCase")]
                struct Wire {
                    result_type: Option<String>,
                    $items: Option<Vec<$item>>,
                    next_cursor: Option<String>,
                    ttl_ms: Option<f64>,
                    cache_scope: Option<String>,
                }
                let Wire { result_type, $items, next_cursor, ttl_ms, cache_scope } = raw.parse().ok()?;
                let cache = cache_hint(ttl_ms, cache_scope.as_deref());
                Some((result_type, Page { items: $items.unwrap_or_default(), next_cursor, cache }))
            }
        }
    };
}

list_item!(Tool, ListTools, tools = "tools");
list_item!(Prompt, ListPrompts, prompts = "prompts");
list_item!(Resource, ListResources, resources = "resources");
list_item!(ResourceTemplate, ListResourceTemplates, resource_templates = "resourceTemplates");

/// One revision lets a server put a task in the place of a result, if it was asked for one (2025-11-25,
/// basic/utilities/tasks, "Creating Tasks").
#[cold]
fn no_task(raw: &RawJson) -> Result<(), JsonError> {
    match Members::of(raw)?.0.contains("task") {
        true => Err(JsonError::custom("it is a task, and none was asked for")),
        false => Ok(()),
    }
}

impl Answer for CallToolResult {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            result_type: Option<String>,
            content: Option<Vec<Content>>,
            #[serde(default, deserialize_with = "present")]
            structured_content: Option<RawJson>,
            is_error: Option<bool>,
            #[serde(rename = "_meta")]
            meta: Option<Box<Meta>>,
        }
        if let Ok(Wire { result_type, content, structured_content, is_error, meta }) = raw.parse() {
            if content.is_none() && structured_content.is_none() {
                no_task(raw)?;
            }
            let (content, is_error) = (content.unwrap_or_default(), is_error.unwrap_or_default());
            let value = Self { content, structured_content, is_error, meta };
            return Ok((result_type, Reading { value, lost: Vec::new() }));
        }
        let members = Members::of(raw)?;
        let mut lost = Vec::new();
        let content: Vec<RawJson> = members.essential("content")?.unwrap_or_default();
        let content = each(&content, "content", &mut lost, |raw, lost| Ok(block(raw, lost)));
        let structured_content = members.0.get("structuredContent");
        // Whether a tool has failed is never guessed.
        let is_error = members.essential("isError")?.unwrap_or_default();
        let meta = members.decoration("_meta", &mut lost);
        Ok((members.kind(), Reading { value: Self { content, structured_content, is_error, meta }, lost }))
    }
}

impl Answer for GetPromptResult {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            result_type: Option<String>,
            description: Option<String>,
            messages: Vec<PromptMessage>,
            #[serde(rename = "_meta")]
            meta: Option<Box<Meta>>,
        }
        #[derive(Deserialize)]
        struct Message {
            role: Role,
            content: RawJson,
        }
        let result = |messages, description, meta| Self { description, messages, meta };
        if let Ok(Wire { result_type, description, messages, meta }) = raw.parse() {
            return Ok((result_type, Reading { value: result(messages, description, meta), lost: Vec::new() }));
        }
        let members = Members::of(raw)?;
        let mut lost = Vec::new();
        // A conversation without one of its messages is another one.
        let messages: Vec<Message> =
            members.essential("messages")?.ok_or_else(|| JsonError::custom("it has no `messages`"))?;
        let of_message = |Message { role, content }| PromptMessage { role, content: block(&content, &mut lost) };
        let messages = messages.into_iter().map(of_message).collect();
        let description = members.decoration("description", &mut lost);
        let meta = members.decoration("_meta", &mut lost);
        Ok((members.kind(), Reading { value: result(messages, description, meta), lost }))
    }
}

impl Answer for ReadResourceResult {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire {
            result_type: Option<String>,
            contents: Vec<ResourceContents>,
            ttl_ms: Option<f64>,
            cache_scope: Option<String>,
            #[serde(rename = "_meta")]
            meta: Option<Box<Meta>>,
        }
        if let Ok(Wire { result_type, contents, ttl_ms, cache_scope, meta }) = raw.parse() {
            let cache = Some(cache_hint(ttl_ms, cache_scope.as_deref()));
            return Ok((result_type, Reading { value: Self { contents, cache, meta }, lost: Vec::new() }));
        }
        let members = Members::of(raw)?;
        let mut lost = Vec::new();
        let raw: Vec<RawJson> =
            members.essential("contents")?.ok_or_else(|| JsonError::custom("it has no `contents`"))?;
        // What was read is whole, or it was not read.
        let whole = |(index, raw): (usize, &RawJson)| {
            let read = raw.parse().or_else(|_| tolerant(raw, &mut lost));
            read.map_err(|error| JsonError::custom(format_args!("`contents[{index}]`: {error}")))
        };
        let contents = raw.iter().enumerate().map(whole).collect::<Result<_, _>>()?;
        let cache = Some(members.cache(&mut lost));
        let meta = members.decoration("_meta", &mut lost);
        Ok((members.kind(), Reading { value: Self { contents, cache, meta }, lost }))
    }
}

impl Answer for Completion {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        let members = Members::of(raw)?;
        let missing = || JsonError::custom("it has no `completion`");
        let completion = members.0.get("completion").ok_or_else(missing)?;
        let mut lost = Vec::new();
        let value = completion.parse().or_else(|_| tolerant(&completion, &mut lost))?;
        Ok((members.kind(), Reading { value, lost }))
    }
}

/// Answers that say no more than that there is one.
impl Answer for () {
    fn read(raw: &RawJson) -> Result<(Option<String>, Reading<Self>), JsonError> {
        let kind = Members::of(raw).ok().and_then(|members| members.kind());
        Ok((kind, Reading { value: (), lost: Vec::new() }))
    }
}

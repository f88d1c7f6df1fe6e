//! What both floors say: typed requests in, typed results out.

#![allow(dead_code, reason = "each of the two floors uses a part")]

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub struct Request<'a, A> {
    #[serde(borrow)]
    pub id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub method: Cow<'a, str>,
    #[serde(borrow, default = "none")]
    pub params: Option<Params<'a, A>>,
}

#[derive(Deserialize)]
pub struct Params<'a, A> {
    #[serde(borrow, default)]
    pub name: Option<Cow<'a, str>>,
    #[serde(default = "none")]
    pub arguments: Option<A>,
    #[serde(rename = "_meta", default)]
    pub meta: Meta<'a>,
}

#[derive(Deserialize, Default)]
pub struct Meta<'a> {
    #[serde(rename = "progressToken", borrow, default)]
    pub token: Option<&'a RawValue>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Deserialize)]
pub struct Add {
    #[serde(default)]
    pub a: i64,
    #[serde(default)]
    pub b: i64,
}

#[derive(Deserialize)]
pub struct Echo<'a> {
    #[serde(borrow)]
    pub text: Cow<'a, str>,
}

#[derive(Deserialize)]
pub struct Steps {
    pub steps: u32,
}

#[derive(Serialize)]
struct Response<'a> {
    jsonrpc: &'static str,
    id: &'a RawValue,
    result: CallResult<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallResult<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    result_type: Option<&'static str>,
    content: [Text<'a>; 1],
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<ResultMeta>,
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct ResultMeta {
    #[serde(rename = "io.modelcontextprotocol/serverInfo")]
    server: ServerInfo,
}

#[derive(Serialize)]
struct ServerInfo {
    name: &'static str,
    version: &'static str,
}

/// The answer to a call, in the shape of the newest revision or of those before it.
pub fn text_result(out: &mut Vec<u8>, id: &RawValue, text: &str, modern: bool) {
    let meta = ResultMeta { server: ServerInfo { name: "bench", version: "1.0.0" } };
    let result = CallResult {
        result_type: modern.then_some("complete"),
        content: [Text { r#type: "text", text }],
        meta: modern.then_some(meta),
    };
    serde_json::to_writer(out, &Response { jsonrpc: "2.0", id, result }).expect("written to memory");
}

pub fn raw_result(id: &RawValue, result: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(result.len() + 64);
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    out.extend_from_slice(id.get().as_bytes());
    out.extend_from_slice(br#","result":"#);
    out.extend_from_slice(result);
    out.push(b'}');
    out
}

pub const INITIALIZE: &[u8] = br#"{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"bench","version":"1.0.0"}}"#;
pub const DISCOVER: &[u8] = br#"{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"bench","version":"1.0.0"}}}"#;

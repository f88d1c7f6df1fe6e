//! From a message to bytes. Members are written in a fixed order, without white space: a frame never holds a line break
//! (2026-07-28/basic/transports/stdio).

use serde_json::Value;

use super::RequestId;
use crate::{
    error::one_line,
    json::{write, write_str},
};

/// Appends a request. `params` writes a JSON object; `None` leaves the member out.
pub fn request(out: &mut Vec<u8>, id: &RequestId, method: &str, params: Option<impl FnOnce(&mut Vec<u8>)>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    id.write(out);
    out.extend_from_slice(br#","method":"#);
    write_str(out, method);
    finish_with_params(out, params);
}

/// Appends a notification. `params` writes a JSON object; `None` leaves the member out.
pub fn notification(out: &mut Vec<u8>, method: &str, params: Option<impl FnOnce(&mut Vec<u8>)>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","method":"#);
    write_str(out, method);
    finish_with_params(out, params);
}

fn finish_with_params(out: &mut Vec<u8>, params: Option<impl FnOnce(&mut Vec<u8>)>) {
    if let Some(params) = params {
        out.extend_from_slice(br#","params":"#);
        params(out);
    }
    out.push(b'}');
}

/// Appends a successful response. `result` writes a JSON object (2024-11-05, basic/messages, "Responses").
pub fn response(out: &mut Vec<u8>, id: &RequestId, result: impl FnOnce(&mut Vec<u8>)) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","id":"#);
    id.write(out);
    out.extend_from_slice(br#","result":"#);
    result(out);
    out.push(b'}');
}

/// Appends an error response, whose message becomes one line. Without an id the member is left out (2026-07-28, schema,
/// "JSONRPCErrorResponse").
pub fn error(out: &mut Vec<u8>, id: Option<&RequestId>, code: i64, message: &str, data: Option<&Value>) {
    out.extend_from_slice(br#"{"jsonrpc":"2.0","#);
    if let Some(id) = id {
        out.extend_from_slice(br#""id":"#);
        id.write(out);
        out.push(b',');
    }
    out.extend_from_slice(br#""error":{"code":"#);
    // An integer, a string and a `Value` can always be written into memory.
    let _ = write(out, &code);
    out.extend_from_slice(br#","message":"#);
    write_str(out, &one_line(message));
    if let Some(data) = data {
        out.extend_from_slice(br#","data":"#);
        let _ = write(out, data);
    }
    out.extend_from_slice(b"}}");
}

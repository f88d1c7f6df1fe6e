//! `floor-stdio`: bare tokio on the standard streams. Everything that one read brought is answered with one write.

mod answer;

use answer::{Add, DISCOVER, INITIALIZE, Request, raw_result, text_result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::main]
async fn main() {
    let (mut input, mut output) = (tokio::io::stdin(), tokio::io::stdout());
    let (mut read, mut out) = (Vec::with_capacity(64 << 10), Vec::with_capacity(64 << 10));
    while input.read_buf(&mut read).await.is_ok_and(|length| length > 0) {
        let mut start = 0;
        while let Some(length) = read[start..].iter().position(|byte| *byte == b'\n') {
            answer(&mut out, &read[start..start + length]);
            start += length + 1;
        }
        read.drain(..start);
        if !out.is_empty() {
            output.write_all(&out).await.expect("the driver reads");
            output.flush().await.expect("the driver reads");
            out.clear();
        }
    }
}

fn answer(out: &mut Vec<u8>, line: &[u8]) {
    let request: Request<'_, Add> = serde_json::from_slice(line).expect("a request");
    let Some(id) = request.id else { return };
    match &*request.method {
        "tools/call" => {
            let arguments = request.params.and_then(|params| params.arguments).expect("arguments");
            text_result(out, id, &(arguments.a + arguments.b).to_string(), true);
        }
        "initialize" => out.extend_from_slice(&raw_result(id, INITIALIZE)),
        "server/discover" => out.extend_from_slice(&raw_result(id, DISCOVER)),
        _ => out.extend_from_slice(&raw_result(id, b"{}")),
    }
    out.push(b'\n');
}

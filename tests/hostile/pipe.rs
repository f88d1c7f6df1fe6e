//! A hostile server at the other end of a stream of bytes, one message per line.

use mcp_client::{ClientBuilder, McpClient};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream, duplex, split},
    task::{JoinHandle, yield_now},
};

use super::{
    dice::Dice,
    opening::Revision,
    replies::{Asked, Replies, bytes},
    trial::{Honesty, text_of},
};

/// A client, and the server that it talks to.
pub(crate) async fn connect(
    builder: ClientBuilder,
    revision: Revision,
    dice: Dice,
    honesty: Honesty,
) -> (McpClient, JoinHandle<()>) {
    let (ours, theirs) = duplex(64 << 10);
    let server = tokio::spawn(serve(theirs, revision, dice, honesty));
    let (reader, writer) = split(ours);
    let client = builder.connect_io(reader, writer).await.expect("the opening is honest");
    (client, server)
}

/// Answers until the client goes, or until it has had enough.
async fn serve(stream: DuplexStream, revision: Revision, mut dice: Dice, honesty: Honesty) {
    let (reader, mut writer) = split(stream);
    let mut lines = BufReader::new(reader).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let message: Value = serde_json::from_str(&line).expect("a client writes JSON");
        let mut out = Vec::new();
        if let Some(answer) = revision.opening(&message) {
            out.extend(bytes(&answer));
            out.push(b'\n');
        } else if let Some(text) = text_of(&message) {
            let asked = Asked { id: &message["id"], text };
            let Replies { messages, is_honest } = asked.replies(&mut dice);
            // A server may end in the middle of everything; now and then this one does.
            let ends = !is_honest && dice.once_in(200);
            honesty.note(text, is_honest);
            for message in messages {
                out.extend(message);
                out.extend_from_slice(if dice.once_in(5) { b"\r\n" } else { b"\n" });
            }
            if ends {
                out.truncate(out.len().saturating_sub(2));
                let _ = writer.write_all(&out).await;
                honesty.ends();
                return;
            }
        }
        if write(&mut writer, &out, &mut dice).await.is_err() {
            return;
        }
    }
}

/// Writes in pieces of any size.
async fn write(writer: &mut (impl AsyncWriteExt + Unpin), mut bytes: &[u8], dice: &mut Dice) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(if dice.once_in(3) { 1 + dice.below(bytes.len()) } else { bytes.len() });
        writer.write_all(piece).await?;
        if !rest.is_empty() {
            yield_now().await;
        }
        bytes = rest;
    }
    Ok(())
}

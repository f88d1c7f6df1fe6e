//! Finds an answer behind noise: some servers write to their output before the first message, and end no line.

use bytes::Bytes;
use mcp_core::jsonrpc::{self, Message, Response, decode};

/// How many beginnings of an object are tried.
const TRIES: usize = 8;

/// The answer that ends a line which begins with something else. Only answers are looked for: an answer belongs to a
/// question of ours, whereas anything else might be a server's log of what it was sent.
#[cold]
pub(super) fn response_in(line: &Bytes, limits: &jsonrpc::Limits) -> Option<Response> {
    let opens = |(at, pair): (usize, &[u8])| (pair == b"{\"").then_some(at);
    let starts = line.windows(2).enumerate().filter_map(opens).filter(|at| *at > 0).take(TRIES);
    starts.map(|start| decode(&line.slice(start..), limits)).find_map(|message| match message {
        Ok(Message::Response(response)) => Some(response),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_behind_noise_and_nothing_else_is() {
        let answer = r#"{"jsonrpc":"2.0","id":1,"result":{"jsonrpc":"2.0","id":2,"result":{}}}"#;
        let found = |line: String| response_in(&Bytes::from(line), &jsonrpc::Limits::default()).and_then(|it| it.id);
        for noise in ["Starting... ", "\u{1b}[2K\r", "{v1} [", r#"{"level":"info"}"#, "\u{feff}"] {
            assert_eq!(found(format!("{noise}{answer}")), Some(1.into()), "{noise:?}");
        }
        for none in [
            answer.to_owned(),
            format!("{answer} done"),
            r#"got {"jsonrpc":"2.0","id":1,"method":"ping"}"#.to_owned(),
            r#"got {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#.to_owned(),
            format!("{}{answer}", r#"{"a"}"#.repeat(TRIES + 1)),
        ] {
            assert_eq!(found(none.clone()), None, "{none}");
        }
    }
}

//! What a server that means no good answers to a call: messages, whatever carries them.

use serde_json::{Value, json};

use super::dice::Dice;

/// The largest message that the client of these tests takes.
pub(crate) const MESSAGE_BYTES: usize = 64 << 10;

/// What is sent for one call, in this order.
pub(crate) struct Replies {
    pub(crate) messages: Vec<Vec<u8>>,
    /// Whether the call must end in what was asked for.
    pub(crate) is_honest: bool,
}

/// What was asked: the call's id, and the text that is to come back.
pub(crate) struct Asked<'a> {
    pub(crate) id: &'a Value,
    pub(crate) text: &'a str,
}

impl Asked<'_> {
    fn honest(&self) -> Value {
        self.with(json!({"resultType": "complete", "content": [{"type": "text", "text": self.text}]}))
    }

    fn with(&self, result: Value) -> Value {
        let mut reply = json!({"jsonrpc": "2.0", "id": self.id});
        reply["result"] = result;
        reply
    }

    fn spoilt(&self) -> Value {
        self.with(json!({"resultType": "complete", "content": [{"type": "text", "text": "spoilt"}]}))
    }

    /// Throws what the call gets.
    pub(crate) fn replies(&self, dice: &mut Dice) -> Replies {
        let honest = |mut messages: Vec<Vec<u8>>| {
            messages.push(bytes(&self.honest()));
            Replies { messages, is_honest: true }
        };
        let hostile = |messages| Replies { messages, is_honest: false };
        match dice.below(12) {
            0 | 1 => honest(Vec::new()),
            2 => honest((0..dice.below(5)).map(|_| bytes(&self.noise(dice))).collect()),
            3 => honest((0..=dice.below(3)).map(|_| garbage(dice)).collect()),
            4 => {
                // What comes after the answer is nobody's.
                let mut replies = honest(Vec::new());
                replies.messages.push(bytes(&self.spoilt()));
                replies
            }
            5 => honest(vec![bytes(&self.to_another(dice))]),
            6 => hostile((0..=dice.below(2)).map(|_| self.mutilated(dice)).collect()),
            7 => hostile(vec![bytes(&self.odd_result(dice))]),
            8 => hostile(vec![bytes(&self.odd_error(dice))]),
            9 => hostile(vec![self.too_much(dice)]),
            10 => hostile(vec![bytes(&self.to_another(dice))]),
            _ if dice.once_in(4) => hostile(Vec::new()),
            _ => hostile(vec![garbage(dice), self.mutilated(dice)]),
        }
    }

    /// What is no answer.
    fn noise(&self, dice: &mut Dice) -> Value {
        let number = dice.below(1 << 20);
        match dice.below(8) {
            0 => {
                json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "error", "data": number}})
            }
            1 => {
                json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": number, "progress": 1}})
            }
            2 => {
                json!({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": self.id, "progress": "x"}})
            }
            3 => json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": self.id}}),
            4 => json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"}),
            5 => json!({"jsonrpc": "2.0", "id": number, "method": "ping"}),
            6 => {
                json!({"jsonrpc": "2.0", "id": self.id, "method": "sampling/createMessage", "params": {"messages": number}})
            }
            _ => json!({"jsonrpc": "2.0", "id": format!("{number}"), "method": "\u{0}\u{202e}", "params": [number]}),
        }
    }

    /// An answer to a call that nobody has made, or made no more.
    fn to_another(&self, dice: &mut Dice) -> Value {
        let mut reply = self.spoilt();
        reply["id"] = match dice.below(6) {
            0 => json!(-1),
            1 => json!(1_u64 << 60),
            2 => json!("another"),
            3 => json!(0.5),
            4 => json!([self.id]),
            _ => json!({"id": self.id}),
        };
        reply
    }

    fn odd_result(&self, dice: &mut Dice) -> Value {
        let odd = [
            json!(null),
            json!([]),
            json!("text"),
            json!(7),
            json!({}),
            json!({"resultType": "complete"}),
            json!({"resultType": "surprise", "content": []}),
            json!({"resultType": 7, "content": []}),
            json!({"resultType": "complete", "content": "text"}),
            json!({"resultType": "complete", "content": [{"type": "hologram", "data": {"x": [1]}}]}),
            json!({"resultType": "complete", "content": [{"type": "text"}]}),
            json!({"resultType": "complete", "content": [null, 1, "x", {"type": "image", "data": "%%%", "mimeType": 3}]}),
            json!({"resultType": "complete", "content": [], "isError": "yes", "structuredContent": null, "_meta": []}),
            json!({"resultType": "input_required"}),
            json!({"resultType": "input_required", "inputRequests": [], "requestState": 5}),
            json!({"resultType": "input_required", "requestState": "x".repeat(9000)}),
            json!({"resultType": "input_required", "inputRequests": {"a": {"method": "elicitation/create", "params": {"message": "?"}}}}),
            json!({"resultType": "input_required", "inputRequests": {"a": {"method": "dance"}}, "requestState": "s"}),
            json!({"resultType": "input_required", "inputRequests": {"a": {"method": "roots/list"}}, "requestState": "s"}),
            json!({"resultType": "task", "task": {"taskId": "x", "status": "working"}}),
            json!({"tools": [{"name": 1}], "nextCursor": "x"}),
        ];
        self.with(odd[dice.below(odd.len())].clone())
    }

    fn odd_error(&self, dice: &mut Dice) -> Value {
        let odd = [
            json!({"code": -32603, "message": "spoilt"}),
            json!({"code": -32603, "message": "spoilt", "data": {"a": [1, null]}}),
            json!({"code": "x", "message": "spoilt"}),
            json!({"code": 1.5, "message": 7}),
            json!({"message": "spoilt"}),
            json!({"code": -32000}),
            json!({"code": -32042, "message": "url", "data": {"elicitations": [{"mode": "url"}]}}),
            json!({"code": -32022, "message": "version", "data": {"supported": []}}),
            json!({"code": -32022, "message": "version", "data": {"supported": ["1999-01-01"]}}),
            json!({"code": -32021, "message": "capability", "data": {"requiredCapabilities": 3}}),
            json!({"code": -32020, "message": "header"}),
            json!({"code": 9_223_372_036_854_775_807_i64, "message": "\u{0}\u{7}"}),
            json!("text"),
            json!([]),
            json!({}),
        ];
        let mut reply = json!({"jsonrpc": "2.0", "id": self.id, "error": odd[dice.below(odd.len())]});
        match dice.below(6) {
            0 => reply["result"] = json!({"resultType": "complete", "content": []}),
            1 => reply["jsonrpc"] = json!("1.0"),
            2 => drop(reply.as_object_mut().unwrap().remove("id")),
            3 => reply["id"] = json!(null),
            _ => {}
        }
        reply
    }

    /// An answer with bytes turned over, but not those of its id: it might become another call's answer.
    fn mutilated(&self, dice: &mut Dice) -> Vec<u8> {
        let mut mutilated = format!(r#"{{"id":{},"#, self.id).into_bytes();
        let mut rest =
            br#""jsonrpc":"2.0","result":{"content":[{"text":"spoilt","type":"text"}],"resultType":"complete"}}"#
                .to_vec();
        dice.spoil(&mut rest);
        mutilated.extend(rest);
        mutilated
    }

    /// An answer that is larger, or deeper, or has more members, than the client takes.
    fn too_much(&self, dice: &mut Dice) -> Vec<u8> {
        let id = self.id;
        match dice.below(4) {
            0 => bytes(&self.with(
                json!({"resultType": "complete", "content": [{"type": "text", "text": "x".repeat(2 * MESSAGE_BYTES)}]}),
            )),
            1 => format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{}"#, "[".repeat(10_000)).into_bytes(),
            2 => {
                let deep = format!("{}{}", r#"{"a":"#.repeat(300), "1".to_owned() + &"}".repeat(300));
                format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{deep}}}"#).into_bytes()
            }
            _ => vec![b' '; MESSAGE_BYTES + dice.below(MESSAGE_BYTES)],
        }
    }
}

fn garbage(dice: &mut Dice) -> Vec<u8> {
    match dice.below(6) {
        0 => (0..dice.below(200)).map(|_| u8::try_from(dice.below(256)).unwrap()).collect(),
        1 => b"Starting...".to_vec(),
        2 => b"\x1b[31mwarning\x1b[0m \xff\xfe".to_vec(),
        3 => b"[]".to_vec(),
        4 => b"\xef\xbb\xbf{}".to_vec(),
        _ => br#"{"jsonrpc":"2.0","id":"\ud83d","result":NaN}"#.to_vec(),
    }
}

pub(crate) fn bytes(message: &Value) -> Vec<u8> {
    message.to_string().into_bytes()
}

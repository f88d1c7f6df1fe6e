//! Messages of a mebibyte: well-formed ones, and such as somebody wrote who knows how they are read.

/// How long each is, about.
const SIZE: usize = 1 << 20;

/// A message's name, and how it is made.
pub type Message = (&'static str, fn() -> String);

/// The well-formed ones begin with `fair`. The driver holds all of them to one.
pub const ALL: [Message; 19] = [
    ("fair numbers", || read(&format!("\"numbers\":[{}]", list("7")))),
    ("fair objects", || read(&format!("\"shapes\":[{}]", list(r#"{"kind":"Circle","radius":7}"#)))),
    ("fair members", || read(&format!("\"any\":{{{}}}", members(|n| format!("key_{n:05}"))))),
    ("wrong items", || read(&format!("\"numbers\":[{}]", list("\"\"")))),
    ("wrong last item", || read(&format!("\"numbers\":[{},10]", list("7")))),
    ("wrong alternatives", || read(&format!("\"shapes\":[{}]", list("{}")))),
    ("unknown names", || read(&members(|n| format!("nombers{n:05}")))),
    ("escaped names", || read(&format!("\"any\":{{{}}}", members(escaped)))),
    ("escaped params", || message("tools/call", &members(escaped))),
    ("twins at the end", || message("tools/call", &format!("{},\"key_00000\":1", members(|n| format!("key_{n:05}"))))),
    ("escaped text", || read(&format!("\"text\":\"{}\"", "\\u0061".repeat(SIZE / 6)))),
    ("text that nearly matches", || read(&format!("\"text\":\"{}c\"", "ab".repeat(SIZE / 2)))),
    ("a long number", || read(&format!("\"number\":1{}", "0".repeat(SIZE)))),
    ("numbers beyond floats", || read(&format!("\"numbers\":[{}]", list("1e400")))),
    ("nested", || read(&format!("\"any\":[{}]", list(&format!("{}{}", "[".repeat(55), "]".repeat(55)))))),
    ("a cut message", || {
        let mut cut = read(&format!("\"numbers\":[{}]", list("7")));
        cut.truncate(SIZE);
        cut
    }),
    ("an error with data", || {
        let data = list(&format!("{}{}", "[".repeat(55), "]".repeat(55)));
        format!(r#"{{"jsonrpc":"2.0","id":1,"error":{{"code":1,"message":"","data":[{data}]}}}}"#)
    }),
    ("a URI for a template", || message("resources/read", &format!("\"uri\":\"x://{}\"", "a".repeat(SIZE)))),
    ("a URI of escapes", || message("resources/read", &format!("\"uri\":\"x://{}\"", "%c3%bc".repeat(SIZE / 6)))),
];

/// Whether the message has an answer: a response has none.
pub fn is_answered(name: &str) -> bool {
    name != "an error with data"
}

fn message(method: &str, members: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{{members},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    )
}

/// A call with these arguments.
fn read(arguments: &str) -> String {
    message("tools/call", &format!("\"name\":\"read\",\"arguments\":{{{arguments}}}"))
}

fn list(item: &str) -> String {
    vec![item; SIZE / (item.len() + 1)].join(",")
}

/// As many members as fit, within the most that are read.
fn members(name: impl Fn(usize) -> String) -> String {
    let count = (SIZE / (name(0).len() + 5)).min(90_000);
    let members: Vec<String> = (0..count).map(|n| format!("\"{}\":1", name(n))).collect();
    members.join(",")
}

fn escaped(n: usize) -> String {
    format!("{n:05}").bytes().map(|digit| format!("\\u00{digit:02x}")).collect()
}

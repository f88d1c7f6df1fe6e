//! What people say for what tools do: words that mean the same, phrases, and what kind of thing a verb does.

/// What is done, in the roughest way: whoever wants to see something does not want a tool that deletes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// Shows what there is.
    Look,
    /// Makes or changes something, or sets it going.
    Do,
    /// Takes something away, or stops it.
    Undo,
}

/// Verbs that mean the same where tools are named, with what kind of thing they do. A query that has one of a line finds
/// the others as well, though less. A word with several senses stands in several lines.
pub(super) const VERBS: [(Deed, &[&str]); 30] = [
    (
        Deed::Do,
        &[
            "create", "add", "new", "make", "open", "start", "insert", "post", "submit", "publish", "leave", "put",
            "register", "write",
        ],
    ),
    (Deed::Undo, &["delete", "remove", "erase", "drop", "destroy", "revoke", "unset", "discard", "clear", "purge"]),
    (Deed::Do, &["update", "edit", "change", "modify", "set", "replace", "adjust", "configure"]),
    (Deed::Do, &["move", "rename"]),
    (Deed::Look, &["get", "read", "show", "fetch", "view", "see", "retrieve", "display", "look"]),
    (Deed::Look, &["list", "get", "show", "enumerate", "find"]),
    (Deed::Look, &["search", "find", "look", "query"]),
    (Deed::Look, &["check", "verify", "test", "validate"]),
    (Deed::Look, &["count", "total"]),
    // To add a label is one thing, to add numbers another.
    (Deed::Look, &["add", "sum", "total", "plus", "addition", "calculate"]),
    (Deed::Look, &["compare", "diff"]),
    (Deed::Look, &["download", "export"]),
    (Deed::Do, &["save", "store", "write"]),
    (Deed::Do, &["run", "execute", "trigger", "start", "rerun", "dispatch", "launch"]),
    (Deed::Undo, &["stop", "cancel", "abort", "halt", "terminate", "kill"]),
    (Deed::Do, &["enable", "activate"]),
    (Deed::Undo, &["disable", "deactivate", "suspend"]),
    (Deed::Do, &["give", "grant", "add", "allow", "assign"]),
    (Deed::Do, &["allow", "permit", "allowed", "permitted"]),
    (Deed::Do, &["approve", "accept", "confirm", "review"]),
    (Deed::Undo, &["reject", "decline", "refuse", "deny", "dismiss"]),
    (Deed::Do, &["report", "submit", "open", "create"]),
    (Deed::Do, &["restore", "recover", "undelete"]),
    (Deed::Do, &["send", "deliver", "notify"]),
    (Deed::Do, &["copy", "clone", "duplicate"]),
    (Deed::Do, &["merge", "join", "combine"]),
    (Deed::Do, &["invite", "add"]),
    (Deed::Do, &["lock", "protect", "restrict"]),
    (Deed::Do, &["ask", "request"]),
    (Deed::Do, &["convert", "turn", "transform", "render"]),
];

/// Other words that mean the same.
pub(super) const ALIKE: [&[&str]; 13] = [
    &["permission", "access", "right"],
    &["limit", "quota", "rate", "remaining", "left", "allowance"],
    &["issue", "bug", "ticket"],
    &["repository", "repo", "project"],
    &["organization", "org", "organisation"],
    &["directory", "folder", "dir"],
    &["environment", "env"],
    &["reference", "ref"],
    &["member", "user", "people", "person", "someone", "somebody", "collaborator"],
    &["setting", "configuration", "config", "option", "preference"],
    &["picture", "image", "photo"],
    &["message", "mail", "email"],
    &["webhook", "hook", "callback"],
];

/// Words that say together what one of them does not say, or short forms, and what they stand for. The longest that fits
/// counts.
pub(super) const PHRASES: [(&[&str], &[&str]); 28] = [
    (&["pr"], &["pull", "request"]),
    (&["prs"], &["pull", "request"]),
    (&["ci"], &["action", "workflow"]),
    (&["bug", "report"], &["issue"]),
    (&["feature", "request"], &["issue"]),
    (&["set", "up"], &["create"]),
    (&["put", "up"], &["create"]),
    (&["sign", "up"], &["register"]),
    (&["bring", "up"], &["start"]),
    (&["spin", "up"], &["start"]),
    (&["kick", "off"], &["trigger"]),
    (&["sign", "off"], &["approve"]),
    (&["turn", "on"], &["enable"]),
    (&["switch", "on"], &["enable"]),
    (&["turn", "off"], &["disable"]),
    (&["switch", "off"], &["disable"]),
    (&["shut", "down"], &["stop"]),
    (&["take", "down"], &["remove"]),
    (&["tear", "down"], &["delete"]),
    (&["get", "rid", "of"], &["delete"]),
    (&["throw", "away"], &["delete"]),
    (&["clean", "up"], &["delete"]),
    (&["bring", "back"], &["restore"]),
    (&["hand", "over"], &["transfer"]),
    (&["look", "up"], &["find"]),
    (&["find", "out"], &["get"]),
    (&["give", "me"], &["show"]),
    (&["tell", "me"], &["show"]),
];

/// Nouns that mean something else where they are what is to be done: "file a complaint", but "read a file".
pub(super) const AS_VERBS: [(&str, &str); 6] = [
    ("file", "create"),
    ("log", "write"),
    ("book", "create"),
    ("ship", "publish"),
    ("mail", "send"),
    ("message", "send"),
];

/// Words before what is named: a noun follows, and a word before them at the start of a question is what is to be done.
pub(super) const DETERMINERS: [&str; 12] =
    ["a", "an", "the", "this", "that", "these", "those", "my", "our", "your", "some", "another"];

/// How questions begin that ask to be shown something.
pub(super) const QUESTIONS: [&str; 8] = ["what", "which", "who", "whose", "where", "is", "are", "does"];

//! What `docs/architecture.md` names exists, unless it says that it comes later.

/// The names of a page for which nothing exists: a room or a file behind the name of its crate (server `era/legacy`),
/// and any path in code (`outbox/log.rs`), which may stand in any crate. What stands behind `later` in its line is free.
pub(crate) fn missing(page: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    for line in page.lines() {
        let mut before = "";
        for (at, part) in line.split('`').enumerate() {
            if at % 2 == 0 {
                before = part;
                if part.contains("later") {
                    break;
                }
            } else if is_path(part) && !places(before, part).iter().any(|place| exists(place)) {
                missing.push(part.to_owned());
            }
        }
    }
    missing
}

const CRATES: [&str; 4] = ["core", "server", "client", "macros"];

/// Where it may stand; nowhere in particular if it is a name without a crate.
fn places(before: &str, path: &str) -> Vec<String> {
    let of = |krate: &str| [format!("mcp-{krate}/src/{path}"), format!("mcp-{krate}/src/{path}.rs")];
    match CRATES.iter().find(|krate| before.trim_end().ends_with(*krate) && before.ends_with(' ')) {
        Some(krate) => of(krate).to_vec(),
        None if path.contains('/') => CRATES.iter().flat_map(|krate| of(krate)).chain([path.to_owned()]).collect(),
        None => vec![String::new()],
    }
}

fn is_path(code: &str) -> bool {
    !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_lowercase() || b"_/.".contains(&byte))
}

#[test]
fn what_does_not_exist_is_named() {
    let page = "| a session | server `era/legacy`, in `outbox/log.rs` |\n| x | core `sink`, `limits` |\n\
                | y | server `redis`; client `cache` |\n| z | server `era`; later: server `backplane`, `a/b.rs` |\n\
                the package `tests`, `tests/architecture`, `Frame`, `server.rs`, `outbox/gone.rs`\n";
    let exists =
        ["mcp-server/src/era/legacy", "mcp-server/src/outbox/log.rs", "mcp-core/src/sink.rs", "mcp-server/src/era"];
    let exists = |path: &str| path.is_empty() || exists.contains(&path) || path == "tests/architecture";
    assert_eq!(missing(page, exists), ["redis", "cache", "outbox/gone.rs"]);
}

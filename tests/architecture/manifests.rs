//! Every direct dependency on a crate that is not ours has its reason in `docs/dependencies.md`.

/// The names of a manifest's dependencies that no row of the page's section gives a reason for.
pub(crate) fn without_reason(manifest: &str, section: &str) -> Vec<String> {
    let reasons: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .flat_map(|names| names.split(|char: char| !char.is_alphanumeric() && !"-_".contains(char)))
        .collect();
    dependencies(manifest).filter(|name| !name.starts_with("mcp-") && !reasons.contains(&name.as_str())).collect()
}

/// The part of the page below a crate's heading.
pub(crate) fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let start = page.find(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no section `{heading}`"));
    let body = &page[start + 1..];
    &body[..body.find("\n## ").unwrap_or(body.len())]
}

fn dependencies(manifest: &str) -> impl Iterator<Item = String> {
    let mut inside = false;
    manifest.lines().filter_map(move |line| {
        if let Some(table) = line.strip_prefix('[') {
            inside = table.trim_end().ends_with("dependencies]");
            return None;
        }
        let name = line.split(['.', '=', ' ']).next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
        inside.then(|| name.to_owned())
    })
}

#[test]
fn a_dependency_without_a_reason_is_caught() {
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\n\n# Why not.\n\
                    [target.'cfg(unix)'.dependencies]\nrustix = { workspace = true }\n[lints]\nworkspace = true\n";
    let page = "# Dependencies\n\n## x\n\n| serde, other (tests) | because |\n\n## y\n\n| rustix | not here |\n";
    assert_eq!(without_reason(manifest, section(page, "x")), ["rustix"]);
    assert_eq!(without_reason(manifest, section(page, "y")), ["serde"]);
}

//! The pages about servers stand in `mcp_server::guide` as well, and their links lead somewhere there, too.

/// What is wrong with the guides: `readme` lists the pages, `guide` includes them, `read` gives the text of one.
pub(crate) fn check(readme: &str, guide: &str, read: impl Fn(&str) -> String) -> Vec<String> {
    let table = readme.split("\n## ").find(|part| part.starts_with("Servers\n")).unwrap_or_default();
    let pages: Vec<&str> = links(table).filter(|target| target.ends_with(".md")).collect();
    let mut problems = Vec::new();
    if pages.is_empty() {
        problems.push("docs/README.md has no table `Servers`".to_owned());
    }
    for page in &pages {
        let name = page.trim_end_matches(".md");
        if !guide.contains(&format!("{name} \"../../docs/{page}\";"))
            || !guide.contains(&format!("[{page}]: crate::guide::{name}"))
        {
            problems.push(format!("docs/{page}: give it a module and a link in mcp-server/src/guide.rs"));
        }
        for target in links(&read(page)).filter(|target| pages.contains(target)) {
            problems.push(format!(
                "docs/{page}: write the link to {target} as [text][{target}], with `[{target}]: {target}` at the end of \
                 the page, so that it leads to the page's module in the documentation of mcp-server"
            ));
        }
    }
    problems
}

/// The targets of the links that are written in place.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

#[test]
fn a_page_without_a_module_and_a_link_in_place_are_named() {
    let readme = "# Docs\n\n## Servers\n\n| [a.md](a.md) | [b.md](b.md) |\n\n## The project\n\n| [c.md](c.md) |\n";
    let guide = "\"[a.md]: crate::guide::a\\n\", guides! { a \"../../docs/a.md\"; }";
    let read = |page: &str| {
        if page == "a.md" { "see [b](b.md), [c](c.md)" } else { "see [a][a.md]\n\n[a.md]: a.md" }.to_owned()
    };
    let found = check(readme, guide, read);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("docs/a.md: write the link to b.md") && found[1].starts_with("docs/b.md: give"),
        "{found:?}"
    );
    assert_eq!(check("", guide, |_| String::new()).len(), 1);
}

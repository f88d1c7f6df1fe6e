//! Judges which requirements the tests of a recorded run hold. `tests/covers` runs this.
//!
//! ```text
//! covers judge PRINTED CLAIMS   what the tests printed, and what they claimed
//! covers write                  brings the counts in docs/conformance.md up to date
//! ```

use std::{path::Path, process::ExitCode};

use mcp_tests::verdict;

const BEGIN: &str = "<!-- counts: `tests/covers write` -->\n";
const END: &str = "<!-- end of counts -->";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package stands in the workspace");
    let page_path = root.join("docs/conformance.md");
    let page = read(&page_path);
    let list = verdict::requirements(&read(&root.join("tests/requirements.tsv")));
    let reasons = verdict::reasons(&page);
    let Some((before, _, after)) = counts(&page) else {
        eprintln!("{}: the marks around the counts are gone", page_path.display());
        return ExitCode::FAILURE;
    };
    let renewed = format!("{before}{BEGIN}{}{END}{after}", verdict::summary(&list, &reasons));
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write"] => {
            std::fs::write(&page_path, renewed).unwrap_or_else(|error| panic!("{}: {error}", page_path.display()));
            ExitCode::SUCCESS
        }
        ["judge", printed, claims] => {
            let run = verdict::run(&read(Path::new(printed)));
            let mut verdict = verdict::judge(&list, &reasons, &read(Path::new(claims)), &run);
            if renewed != page {
                verdict.problems.push("the counts in docs/conformance.md are old: run tests/covers write".to_owned());
            }
            report(&verdict)
        }
        _ => {
            eprintln!("covers judge PRINTED CLAIMS | covers write");
            ExitCode::from(2)
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The page before the counts, the counts, and the page after them.
fn counts(page: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (counts, after) = rest.split_once(END)?;
    Some((before, counts, after))
}

fn report(verdict: &verdict::Verdict) -> ExitCode {
    println!("{:<6} {:>5} {:>8} {:>11} {:>8}", "group", "MUST", "covered", "documented", "missing");
    for (group, count) in &verdict.groups {
        let missing = count.all - count.tested - count.reasoned;
        println!("{group:<6} {:>5} {:>8} {:>11} {missing:>8}", count.all, count.tested, count.reasoned);
    }
    let others = verdict.others.iter().map(|(group, count)| format!("{group} {count}"));
    println!("covered in groups that are not held to it: {}", others.collect::<Vec<_>>().join(", "));
    for problem in &verdict.problems {
        println!("{problem}");
    }
    match verdict.problems.len() {
        0 => ExitCode::SUCCESS,
        count => {
            println!("{count} to be mended");
            ExitCode::FAILURE
        }
    }
}

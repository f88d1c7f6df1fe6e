//! Which requirements are held: what tests claim, which of them passed, and which requirements have a reason instead.

use std::collections::{BTreeMap, BTreeSet};

use crate::covers::is_id;

/// The groups of which every MUST of a server needs a test or a reason.
pub const HELD: [&str; 10] = ["TOOL", "RES", "PROM", "COMP", "LOG", "PAGE", "CACHE", "SUBS", "HDR", "JSCH"];

/// One line of the list of requirements.
#[derive(Debug)]
pub struct Requirement {
    /// Its name, which never changes.
    pub id: String,
    side: String,
    level: String,
    /// What it says, in our words.
    pub sentence: String,
    /// Where the specification says it: a page and a heading on it.
    pub section: String,
}

impl Requirement {
    fn group(&self) -> &str {
        group(&self.id)
    }

    /// Whether this needs a test or a reason.
    fn is_held(&self) -> bool {
        HELD.contains(&self.group())
            && ["server", "both"].contains(&self.side.as_str())
            && self.level.starts_with("MUST")
    }
}

fn group(id: &str) -> &str {
    id.split('-').next().unwrap_or_default()
}

/// The list of requirements, from a file of tab-separated lines: id, side, revisions, level, sentence, section.
pub fn requirements(list: &str) -> Vec<Requirement> {
    let lines = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let [id, side, _revisions, level, sentence, section] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("no requirement: {line:?}");
            };
            assert!(is_id(id), "no id: {line:?}");
            assert!(sentence.ends_with('.') && !section.is_empty(), "{id} needs a sentence and a section: {line:?}");
            let [id, side, level, sentence, section] = [id, side, level, sentence, section].map(str::to_owned);
            Requirement { id, side, level, sentence, section }
        })
        .collect()
}

/// The heading below which the page gives reasons.
const WITHOUT_A_TEST: &str = "\n## Requirements without a test\n";

/// The requirements that the page gives a reason for: the rows of that part of it that begin with an id.
pub fn reasons(page: &str) -> BTreeSet<String> {
    let (_, part) = page.split_once(WITHOUT_A_TEST).unwrap_or_default();
    let part = part.split("\n## ").next().unwrap_or_default();
    let rows = part.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" | "));
    rows.filter(|(id, reason)| is_id(id) && reason.len() > 2).map(|(id, _)| id.to_owned()).collect()
}

/// What happened to the tests of a run, by program and name, from what cargo and the test harness printed.
pub fn run(printed: &str) -> BTreeMap<(String, String), bool> {
    let mut tests = BTreeMap::new();
    let mut program = String::new();
    for line in printed.lines().map(without_colours) {
        if let Some(started) = line.trim_start().strip_prefix("Running ") {
            // Running stdio/main.rs (target/debug/deps/stdio-0123456789abcdef)
            let file = started.trim_end_matches(')').rsplit(['/', '\\']).next().unwrap_or_default();
            program = file.rsplit_once('-').map_or(file, |(name, _)| name).replace('-', "_");
        } else if let Some((test, result)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... ")) {
            // What a test prints past the harness may stand before the harness's own line.
            let test = test.rsplit(" ... test ").next().unwrap_or_default();
            let test = test.split(" - should panic").next().unwrap_or_default();
            tests.insert((program.clone(), test.to_owned()), result == "ok");
        }
    }
    tests
}

fn without_colours(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or("", |(_, rest)| rest))
}

/// What is held, and what is wrong about it.
#[derive(Debug, Default)]
pub struct Verdict {
    /// For each held group: how many MUSTs it has, and how many of them have a test and a reason.
    pub groups: BTreeMap<String, Count>,
    /// For each other group: how many requirements have a test.
    pub others: BTreeMap<String, usize>,
    /// Sentences about what must be mended.
    pub problems: Vec<String>,
}

/// Counts of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// All that are held.
    pub all: usize,
    /// With a test that passed.
    pub tested: usize,
    /// With a reason for having none.
    pub reasoned: usize,
}

/// Judges the lines that tests have written, against the run in which they did so.
pub fn judge(
    list: &[Requirement],
    reasons: &BTreeSet<String>,
    claims: &str,
    run: &BTreeMap<(String, String), bool>,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut tested = BTreeSet::new();
    let mut of_test: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for line in claims.lines() {
        let [program, test, id] = line.split('\t').collect::<Vec<_>>()[..] else {
            verdict.problems.push(format!("no claim: {line:?}"));
            continue;
        };
        of_test.entry((program, test)).or_default().insert(id);
    }
    for ((program, test), ids) in of_test {
        let name = format!("{program}, test {test}");
        if ids.len() > 5 {
            verdict.problems.push(format!("{name}: covers {} requirements; a test covers at most five", ids.len()));
        }
        for id in &ids {
            if !list.iter().any(|requirement| requirement.id == *id) {
                verdict.problems.push(format!("{name}: {id} stands not in tests/requirements.tsv"));
            }
        }
        match run.get(&(program.to_owned(), test.to_owned())) {
            Some(true) => tested.extend(ids),
            Some(false) => verdict.problems.push(format!("{name}: did not pass")),
            None => verdict.problems.push(format!("{name}: no test of that name ran; covers! stands in a test's body")),
        }
    }
    for requirement in list.iter().filter(|requirement| requirement.is_held()) {
        let count = verdict.groups.entry(requirement.group().to_owned()).or_default();
        let (id, has_reason) = (requirement.id.as_str(), reasons.contains(&requirement.id));
        count.all += 1;
        if tested.contains(id) {
            count.tested += 1;
            if has_reason {
                verdict.problems.push(format!("{id}: a test covers it; take its row out of docs/conformance.md"));
            }
        } else if has_reason {
            count.reasoned += 1;
        } else {
            verdict.problems.push(format!(
                "{id}: no test that passed covers it; write one, or a row in docs/conformance.md that says why not\n    \
                 {}\n    {}",
                requirement.sentence, requirement.section
            ));
        }
    }
    for id in reasons {
        if !list.iter().any(|requirement| requirement.id == *id && requirement.is_held()) {
            verdict.problems.push(format!("{id}: needs no row in docs/conformance.md"));
        }
    }
    for id in tested.iter().filter(|id| !HELD.contains(&group(id))) {
        *verdict.others.entry(group(id).to_owned()).or_default() += 1;
    }
    verdict
}

/// The counts as a table of Markdown, as the page shows them: what has no reason has a test.
pub fn summary(list: &[Requirement], reasons: &BTreeSet<String>) -> String {
    let mut table = "| Group | MUST of a server | Tested | With a reason |\n|---|---|---|---|\n".to_owned();
    for held in HELD {
        let of_group = || list.iter().filter(|requirement| requirement.is_held() && requirement.group() == held);
        let (all, reasoned) =
            (of_group().count(), of_group().filter(|requirement| reasons.contains(&requirement.id)).count());
        table += &format!("| {held} | {all} | {} | {reasoned} |\n", all - reasoned);
    }
    table
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Count, WITHOUT_A_TEST, judge, requirements, run, summary};

    const LIST: &str = "# about\nTOOL-001\tserver\tall\tMUST\tLists answer.\ttools: Capabilities\n\
                        TOOL-002\tboth\tM\tMUST NOT\tNo surprises.\ttools: Tool\nTOOL-003\tserver\tM\tSHOULD\tS.\tp: h\n\
                        HDR-001\tclient\tM\tMUST\tS.\tp: h\nPING-001\tboth\tL\tMUST\tS.\tp: h\n";
    const RUN: &str = "     Running http/main.rs (target/debug/deps/http-0123456789abcdef)\n\nrunning 3 tests\n\
                       test other.rs ... test a::passes ... ok\ntest a::fails ... FAILED\ntest a::waits ... ignored\n\
                       \u{1b}[1m\u{1b}[32m     Running\u{1b}[0m stdio/main.rs (/x/target/debug/deps/std-io-9)\n\
                       test panics - should panic ... \u{1b}[32mok\u{1b}[0m\n";

    fn reasons(rows: &str) -> BTreeSet<String> {
        super::reasons(&format!(
            "| TOOL-001 | x |\n{WITHOUT_A_TEST}\n| Id | Why |\n|---|---|\n{rows}\n## Other\n\n| TOOL-001 | x |\n"
        ))
    }

    fn problems(page: &str, claims: &str) -> Vec<String> {
        judge(&requirements(LIST), &reasons(page), claims, &run(RUN)).problems
    }

    #[test]
    fn what_is_tested_or_has_a_reason_is_held() {
        let page = "| TOOL-002 | the host's affair |\n";
        let claims = "http\ta::passes\tTOOL-001\nstd_io\tpanics\tPING-001\n";
        let verdict = judge(&requirements(LIST), &reasons(page), claims, &run(RUN));
        assert_eq!(verdict.problems, [""; 0]);
        assert_eq!(verdict.groups["TOOL"], Count { all: 2, tested: 1, reasoned: 1 });
        assert_eq!((verdict.groups.len(), verdict.others["PING"]), (1, 1));
        assert!(summary(&requirements(LIST), &reasons(page)).contains("| TOOL | 2 | 1 | 1 |\n"));
    }

    #[test]
    fn a_requirement_without_test_and_reason_is_named() {
        let found = problems("| TOOL-002 |  |\n", "http\ta::passes\tTOOL-001\n");
        assert!(found.len() == 1 && found[0].starts_with("TOOL-002: no test that passed covers it"), "{found:?}");
        assert!(found[0].ends_with("No surprises.\n    tools: Tool"), "{found:?}");
    }

    #[test]
    fn only_a_test_that_passed_counts() {
        for test in ["a::fails", "a::waits", "a::helper"] {
            let found = problems("| TOOL-002 | why |\n", &format!("http\t{test}\tTOOL-001\n"));
            assert!(found.len() == 2 && found[0].contains(test) && found[1].starts_with("TOOL-001"), "{found:?}");
        }
        // A test of the same name in another program is another test.
        assert_eq!(problems("| TOOL-002 | why |\n", "std_io\ta::passes\tTOOL-001\n").len(), 2);
    }

    #[test]
    fn what_is_claimed_or_excused_wrongly_is_named() {
        let page = "| TOOL-001 | why |\n| TOOL-002 | why |\n| HDR-001 | why |\n| TOOL-003 | why |\n";
        let claims = "http\ta::passes\tTOOL-001\nhttp\ta::passes\tTOOL-999\nhttp a::passes TOOL-001\n";
        let found = problems(page, claims);
        for (part, id) in [
            ("no claim", ""),
            ("stands not in", "TOOL-999"),
            ("take its row out", "TOOL-001"),
            ("needs no row", "HDR-001"),
            ("needs no row", "TOOL-003"),
        ] {
            assert!(found.iter().any(|problem| problem.contains(part) && problem.contains(id)), "{part}: {found:?}");
        }
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn every_requirement_says_what_it_is_and_where_it_stands() {
        let list = requirements(include_str!("../requirements.tsv"));
        assert!(list.len() > 600);
        let known: BTreeSet<&str> = list.iter().map(|requirement| requirement.id.as_str()).collect();
        assert_eq!(known.len(), list.len(), "an id stands twice");
    }

    #[test]
    #[should_panic(expected = "TOOL-001 needs a sentence and a section")]
    fn a_requirement_without_its_sentence_is_refused() {
        requirements("TOOL-001\tserver\tall\tMUST\t\ttools: Tool\n");
    }

    #[test]
    fn a_test_covers_at_most_five() {
        let claims: String = (1..7).map(|number| format!("http\ta::passes\tTOOL-00{number}\n")).collect();
        assert!(problems("", &claims)[0].contains("covers 6 requirements"));
    }
}

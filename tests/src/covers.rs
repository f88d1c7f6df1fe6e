//! How a test says which requirements of the specification it holds.

use std::{fs::OpenOptions, io::Write};

/// Names the file that gets a line for each requirement that a test claims; without it nothing is written.
pub const FILE: &str = "MCP_TESTS_COVERS";

/// Says which requirements the surrounding test holds: one to five, by their ids.
///
/// Only what the test asserts may be claimed; what fails to hold makes the test fail. The ids are those of
/// `tests/requirements.tsv`. A claim counts once the test has passed: `tests/covers` compares the claims with a run.
/// It stands in the test's own body, not in a helper's, because that is where it takes the test's name from.
///
/// ```no_run
/// mcp_tests::covers!("TOOL-020", "TOOL-021");
/// ```
///
/// More than five, or what has not the shape of an id, does not compile:
///
/// ```compile_fail
/// mcp_tests::covers!("TOOL-001", "TOOL-002", "TOOL-003", "TOOL-004", "TOOL-005", "TOOL-006");
/// ```
///
/// ```compile_fail
/// mcp_tests::covers!("TOOL-20");
/// ```
#[macro_export]
macro_rules! covers {
    ($($id:literal),+ $(,)?) => {{
        const IDS: &[&str] = &[$($id),+];
        const { $crate::covers::check(IDS) };
        fn here() {}
        $crate::covers::claim(::std::any::type_name_of_val(&here), IDS);
    }};
}

/// Refuses what is no list of one to five ids.
pub const fn check(ids: &[&str]) {
    assert!(ids.len() <= 5, "a test covers at most five requirements: make two tests of it");
    let mut index = 0;
    while index < ids.len() {
        assert!(is_id(ids[index]), "an id is capital letters or digits, a dash and three digits: \"TOOL-001\"");
        index += 1;
    }
}

/// Whether this has the shape of an id.
pub const fn is_id(id: &str) -> bool {
    let Some((group, [b'-', a, b, c])) = id.as_bytes().split_last_chunk() else { return false };
    let mut index = 0;
    while index < group.len() {
        if !group[index].is_ascii_uppercase() && !group[index].is_ascii_digit() {
            return false;
        }
        index += 1;
    }
    !group.is_empty() && a.is_ascii_digit() && b.is_ascii_digit() && c.is_ascii_digit()
}

/// Writes what a test claims, one line for each id: the program of tests, the test, the id.
///
/// `here` is the path of a function in the test's body. The thread's name would be the test's too, but only on the
/// thread that the harness started.
pub fn claim(here: &str, ids: &[&str]) {
    let Some(path) = std::env::var_os(FILE) else { return };
    let (program, test) = test_of(here);
    let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: `{FILE}` must name a file that can be written", path.display());
    });
    for id in ids {
        // One write for each line, so that tests that run at once do not mix theirs.
        file.write_all(format!("{program}\t{test}\t{id}\n").as_bytes()).unwrap();
    }
}

/// The program and the name by which the harness knows the test around a function.
fn test_of(here: &str) -> (&str, String) {
    let (program, path) = here.split_once("::").expect("a function stands in a crate");
    let path: Vec<&str> = path.split("::").filter(|part| *part != "{{closure}}" && *part != "here").collect();
    (program, path.join("::"))
}

#[cfg(test)]
mod tests {
    use super::{is_id, test_of};

    fn name(here: &str) -> String {
        test_of(here).1
    }

    #[test]
    fn a_test_is_named_as_its_harness_names_it() {
        fn here() {}
        assert_eq!(name(std::any::type_name_of_val(&here)), "covers::tests::a_test_is_named_as_its_harness_names_it");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn wherever_it_runs() {
        let elsewhere = tokio::spawn(async {
            fn here() {}
            std::any::type_name_of_val(&here)
        });
        assert_eq!(test_of(elsewhere.await.unwrap()), ("mcp_tests", "covers::tests::wherever_it_runs".to_owned()));
    }

    #[test]
    fn ids_have_a_shape() {
        assert!(["TOOL-001", "SSE24-009"].into_iter().all(is_id));
        assert!(!["", "TOOL", "-001", "TOOL-01", "tool-001", "TOOL-0O1", "TOOL_001", "A-1é"].into_iter().any(is_id));
    }
}

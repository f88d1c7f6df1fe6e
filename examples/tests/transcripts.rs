//! The transcripts in the documents are what the server says.

#[path = "support/program.rs"]
mod program;

use std::{io::ErrorKind, path::Path};

use tokio::{process::Command, time::timeout};

use program::{DEADLINE, listening};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/transcripts");
const UPDATE: &str = "UPDATE_TRANSCRIPTS";

#[tokio::test]
async fn the_transcripts_are_what_the_server_says() {
    output("curl", &["--version"]).await;
    let (_server, url) = listening(env!("CARGO_BIN_EXE_calculator-http")).await;
    let script = format!("{FOLDER}/record");
    let recorded = output("bash", &[&script, &url]).await;

    let document = Path::new(FOLDER).join("README.md");
    if std::env::var_os(UPDATE).is_some_and(|value| value == "1") {
        std::fs::write(&document, recorded).expect("docs/transcripts/README.md can be written");
        return;
    }
    let committed = std::fs::read_to_string(&document).unwrap_or_default();
    assert!(
        recorded == committed,
        "docs/transcripts/README.md (-) is not what the server says (+):\n\n{}\n\
         If the new answers are right, write them down and commit them:\n\n    \
         {UPDATE}=1 cargo test -p mcp-examples --test transcripts\n",
        difference(&committed, &recorded)
    );
}

/// What a program prints. If the test gives up on the script, dropping it ends bash, and a curl that it left behind
/// ends with the server.
async fn output(program: &str, arguments: &[&str]) -> String {
    let run = Command::new(program).args(arguments).kill_on_drop(true).output();
    let output = match timeout(DEADLINE, run).await.unwrap_or_else(|_| panic!("{program} does not end in time")) {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("{program} is missing: install it (`apt-get install {program}`), the transcripts are made with it")
        }
        Err(error) => panic!("{program}: {error}"),
    };
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {}\n{stderr}", output.status);
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

/// The lines that differ, each run of them after the two lines that stand before it.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<_>, Vec<_>) = (old.lines().collect(), new.lines().collect());
    // How many lines the ends of both, from these lines on, have in common.
    let mut common = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] =
                if old[i] == new[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut same, mut text) = (0, 0, 0, String::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            (i, j, same) = (i + 1, j + 1, same + 1);
            continue;
        }
        if same > 0 {
            text += &format!("@@ line {} @@\n", j + 1);
            old[i - same.min(2)..i].iter().for_each(|line| text += &format!("  {line}\n"));
            same = 0;
        }
        if j == new.len() || (i < old.len() && common[i + 1][j] >= common[i][j + 1]) {
            text += &format!("- {}\n", old[i]);
            i += 1;
        } else {
            text += &format!("+ {}\n", new[j]);
            j += 1;
        }
    }
    text
}

#[test]
fn a_difference_is_shown_with_what_stands_before_it() {
    assert_eq!(
        difference("a\nb\nc\nd\ne\n", "a\nb\nc\nD\ne\nf\n"),
        "@@ line 4 @@\n  b\n  c\n- d\n+ D\n@@ line 6 @@\n  e\n+ f\n"
    );
    assert_eq!(difference("", "a\n"), "+ a\n");
}

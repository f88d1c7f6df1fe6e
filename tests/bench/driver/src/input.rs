//! What hostile input costs beside well-formed input, in instructions: a peer must not make a server work much more
//! than its own bytes are worth.

use std::{fs, process::Command};

use crate::{callgrind::Profile, process::program};

/// The well-formed message that the others are held to: a list of small objects, as programs send them.
const YARDSTICK: &str = "fair objects";
/// As many times a byte of another message may cost what a byte of that one does.
const MOST: f64 = 4.0;

/// Counts every message, and fails for those that cost too much.
pub fn run() -> Result<(), String> {
    let listed = Command::new(program("input")).output().map_err(|error| format!("input: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let (mut fair, mut others) = (0.0, Vec::new());
    for line in listed.lines() {
        let (name, bytes) = line.split_once('\t').ok_or("input lists names and sizes")?;
        let bytes: f64 = bytes.parse().map_err(|_| "a size is a number")?;
        let each = (count(name, "2")? - count(name, "1")?) as f64 / bytes;
        println!("{name:26} {each:8.1} instructions for each byte");
        if name == YARDSTICK {
            fair = each;
        } else {
            others.push((name.to_owned(), each));
        }
    }
    let over: Vec<String> = others
        .iter()
        .filter(|(_, each)| *each > MOST * fair)
        .map(|(name, each)| format!("{name}: {:.1} times", each / fair))
        .collect();
    if others.is_empty() || fair == 0.0 {
        return Err("no input was counted".to_owned());
    }
    if over.is_empty() {
        println!("{} messages: a byte of each costs at most {MOST} times one of `{YARDSTICK}`", others.len());
        return Ok(());
    }
    Err(format!("more than {MOST} times what a byte of `{YARDSTICK}` costs:\n{}", over.join("\n")))
}

fn count(name: &str, times: &str) -> Result<i64, String> {
    let out = std::env::temp_dir().join(format!("bench-input-{}", std::process::id()));
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program("input"))
        .args([name, times])
        .output();
    let run = run.map_err(|error| format!("valgrind: {error}"))?;
    if !run.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&run.stderr)));
    }
    let profile = Profile::read(&out).map_err(|error| format!("{name}: {error}"));
    let _ = fs::remove_file(&out);
    profile.map(|profile| profile.total.instructions)
}

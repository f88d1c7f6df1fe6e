//! A pair that talks: ours and theirs, over a transport, in a revision.

use std::{
    fmt::{Debug, Display},
    pin::Pin,
    time::{Duration, Instant},
};

/// How long a pair may take. Starting a peer takes most of it, on a machine that is busy.
const DEADLINE: Duration = Duration::from_secs(90);

/// What is not as it should be.
pub(crate) type Difference = String;
pub(crate) type Checked<T = ()> = Result<T, Difference>;

pub(crate) struct Case {
    ours: &'static str,
    theirs: String,
    transport: Transport,
    revision: &'static str,
    work: Pin<Box<dyn Future<Output = Checked>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Stdio,
    Http,
}

impl Transport {
    pub(crate) const BOTH: [Self; 2] = [Self::Stdio, Self::Http];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stdio => "stdio",
            Self::Http => "http",
        }
    }
}

impl Case {
    pub(crate) fn new(
        ours: &'static str,
        theirs: impl Into<String>,
        transport: Transport,
        revision: &'static str,
        work: impl Future<Output = Checked> + 'static,
    ) -> Self {
        Self { ours, theirs: theirs.into(), transport, revision, work: Box::pin(work) }
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.line().contains(part)
    }

    fn line(&self) -> String {
        format!("| {:<6} | {:<39} | {:<5} | {} |", self.ours, self.theirs, self.transport.name(), self.revision)
    }
}

/// Runs one after the other: how many agreed, and what was different with the others.
pub(crate) async fn run(cases: impl Iterator<Item = Case>) -> (usize, Vec<Difference>) {
    println!("\n| {:<6} | {:<39} | {:<5} | {:<10} | {:<8} | time", "ours", "theirs", "over", "revision", "verdict");
    let mut passed = 0;
    let mut failures = Vec::new();
    for case in cases {
        let line = case.line();
        let start = Instant::now();
        let verdict = match tokio::time::timeout(DEADLINE, case.work).await {
            Ok(Ok(())) => {
                passed += 1;
                "agree"
            }
            Ok(Err(difference)) => {
                failures.push(format!("{line}\n{difference}"));
                "DIFFER"
            }
            Err(_) => {
                failures.push(format!("{line}\ntook longer than {DEADLINE:?}"));
                "TOO SLOW"
            }
        };
        println!("{line} {verdict:<8} | {:.1} s", start.elapsed().as_secs_f64());
    }
    (passed, failures)
}

pub(crate) fn expect<T: PartialEq + Debug>(what: impl Display, found: &T, expected: &T) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

pub(crate) fn ensure(what: impl Display, holds: bool) -> Checked {
    if holds { Ok(()) } else { Err(what.to_string()) }
}

/// Says where something failed.
pub(crate) trait Context<T> {
    fn at(self, what: impl Display) -> Checked<T>;
}

impl<T, E: Display> Context<T> for Result<T, E> {
    fn at(self, what: impl Display) -> Checked<T> {
        self.map_err(|error| format!("{what}: {error}"))
    }
}

impl<T> Context<T> for Option<T> {
    fn at(self, what: impl Display) -> Checked<T> {
        self.ok_or_else(|| format!("{what}: there is none"))
    }
}

//! Mistakes of the program's author.

/// Tells a wrong definition at the line of whoever wrote it.
#[track_caller]
#[expect(clippy::panic, reason = "a wrong definition is a mistake in the program, told at the caller's line")]
pub(crate) fn or_panic<T>(made: Result<T, String>) -> T {
    match made {
        Ok(made) => made,
        Err(problem) => panic!("{problem}"),
    }
}

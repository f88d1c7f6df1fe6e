//! Which names a tool may have.

/// Refuses what is not 1 to 128 of `A-Z a-z 0-9 _ - .` (2026-07-28, server/tools, "Tool Names"), with a sentence that
/// says what to do.
pub(in crate::handler) fn check(name: &str) -> Result<(), String> {
    const LONGEST: usize = 128;
    let problem = if name.is_empty() {
        "it is empty".to_owned()
    } else if name.len() > LONGEST {
        format!("it has {} bytes", name.len())
    } else if let Some(wrong) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"_-.".contains(*c)) {
        format!("it contains {wrong:?}")
    } else {
        return Ok(());
    };
    let shown: String = name.chars().take(LONGEST).collect();
    Err(format!("{shown:?} cannot name a tool: {problem}; use 1 to {LONGEST} of A-Z a-z 0-9 `_` `-` `.`"))
}

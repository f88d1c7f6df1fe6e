//! What led to an error: for the log, and for whoever may read it.

use std::{error::Error, iter::successors};

use mcp_core::error::one_line;

/// The most causes of an error that are told: they may lead in a circle.
const MOST: usize = 16;

/// The most characters of each.
const LONGEST: usize = 1024;

/// The causes of an error, the nearest first, each on one line.
pub(super) struct Causes {
    /// The text of the error itself, to which the first cause is compared.
    above: String,
    lines: Vec<String>,
}

impl Causes {
    pub(super) fn of(error: &(dyn Error + 'static)) -> Self {
        let causes = successors(error.source(), |&cause| cause.source());
        Self { above: line(error), lines: causes.take(MOST).map(line).collect() }
    }

    pub(super) fn lines(&self) -> &[String] {
        &self.lines
    }

    /// The text with the causes below it. Errors that repeat their cause in their own text are many.
    pub(super) fn below(&self, mut text: String) -> String {
        let mut above = &self.above;
        for line in &self.lines {
            if !above.ends_with(line.as_str()) {
                text.push_str("\ncaused by: ");
                text.push_str(line);
            }
            above = line;
        }
        text
    }
}

/// The text of an error on one line of bounded length.
pub(super) fn line(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    let line = one_line(&text);
    match line.char_indices().nth(LONGEST) {
        None => line.into_owned(),
        Some(_) => line.chars().take(LONGEST - 1).chain(['…']).collect(),
    }
}

/// A name for a failure, by which who was told nothing else of it finds it in the log. No peer can guess or choose it.
pub(super) fn reference() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: String,
        source: Option<Box<Link>>,
    }

    fn chain<'a>(texts: impl IntoIterator<Item = &'a str, IntoIter: DoubleEndedIterator>) -> Box<Link> {
        let link = |source: Option<Box<Link>>, text: &str| Some(Box::new(Link { text: text.to_owned(), source }));
        texts.into_iter().rev().fold(None, link).unwrap()
    }

    #[test]
    fn causes_stand_in_order_on_one_line_each() {
        let causes = Causes::of(&*chain(["a", "b\r\nc", "d"]));
        assert_eq!(causes.lines(), ["b  c", "d"]);
        assert_eq!(causes.below("a".to_owned()), "a\ncaused by: b  c\ncaused by: d");
    }

    #[test]
    fn a_cause_that_was_repeated_is_told_once() {
        assert_eq!(
            Causes::of(&*chain(["a: b: c", "b: c", "c", "d"])).below("a: b: c".to_owned()),
            "a: b: c\ncaused by: d"
        );
    }

    #[test]
    fn causes_are_bounded_in_number_and_length() {
        let long = "é".repeat(LONGEST + 1);
        let causes = Causes::of(&*chain(std::iter::repeat_n(long.as_str(), 100)));
        assert_eq!(causes.lines().len(), MOST);
        assert!(causes.lines().iter().all(|line| line.chars().count() == LONGEST && line.ends_with('…')));
    }
}

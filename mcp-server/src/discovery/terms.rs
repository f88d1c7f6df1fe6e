//! From text to the terms that are compared: words of names and sentences, in lower case, by their stems.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

/// Words that say nothing about what a tool does.
const STOP_WORDS: [&str; 68] = [
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "let", "like",
    "me", "my", "need", "of", "on", "or", "our", "out", "please", "s", "should", "so", "some", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "those", "to", "us", "want", "was", "we", "what", "when",
    "which", "who", "will", "with", "you", "your",
];

/// Words that mean the same where tools are named: what is done to things, and the usual short forms. A query that has
/// one of a line finds the others as well, though less.
const ALIKE: [&[&str]; 21] = [
    &["create", "add", "new", "make", "open", "start", "insert", "post", "submit", "publish", "leave", "file", "put"],
    &["delete", "remove", "erase", "drop", "destroy", "revoke", "unset"],
    &["update", "edit", "change", "modify", "set", "replace"],
    &["move", "rename"],
    &["get", "read", "show", "fetch", "view", "see", "retrieve", "display", "look"],
    &["list", "get", "show", "enumerate", "find"],
    &["search", "find", "look", "query"],
    &["run", "execute", "trigger", "start", "rerun", "dispatch"],
    &["stop", "cancel", "abort", "halt"],
    &["give", "grant", "add", "allow"],
    &["allowed", "permitted", "allow", "permit"],
    &["permission", "access", "right"],
    &["limit", "quota"],
    &["issue", "bug", "ticket"],
    &["repository", "repo", "project"],
    &["organization", "org", "organisation"],
    &["directory", "folder", "dir"],
    &["environment", "env"],
    &["reference", "ref"],
    &["member", "user", "people", "person", "someone", "collaborator"],
    &["sum", "total", "plus", "addition"],
];

/// Short forms that stand for several words.
const SPELT_OUT: [(&str, &[&str]); 3] =
    [("pr", &["pull", "request"]), ("prs", &["pull", "request"]), ("ci", &["action", "workflow"])];

/// The words of a text: also those of `snake_case`, `kebab-case` and `camelCase`.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        // `listTools` and `HTTPServer`.
        let begins = letter.is_uppercase()
            && (before.is_lowercase()
                || (before.is_uppercase() && letters.peek().is_some_and(|next| next.is_lowercase())));
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Makes terms of words.
pub(super) struct Terms {
    stemmer: Stemmer,
}

impl Terms {
    pub(super) fn new() -> Self {
        Self { stemmer: Stemmer::create(Algorithm::English) }
    }

    fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word).into_owned()
    }

    /// The terms of a text, in order. `stems` holds those of words that came before.
    pub(super) fn of(&self, text: &str, stems: &mut HashMap<String, String>) -> Vec<String> {
        let words = words(text).into_iter().filter(|word| !STOP_WORDS.contains(&word.as_str()));
        words.map(|word| stems.entry(word).or_insert_with_key(|word| self.stem(word)).clone()).collect()
    }

    /// The terms of a question, each with those that mean the same.
    pub(super) fn of_query(&self, query: &str) -> Vec<QueryTerm> {
        let mut terms: Vec<QueryTerm> = Vec::new();
        for word in words(query) {
            let spelt_out = SPELT_OUT.iter().find(|(short, _)| *short == word).map(|(_, long)| *long);
            let all: Vec<&str> = match spelt_out {
                Some(long) => long.to_vec(),
                None => vec![&word],
            };
            for word in all.into_iter().filter(|word| !STOP_WORDS.contains(word)) {
                let term = self.stem(word);
                if terms.iter().any(|known| known.term == term) {
                    continue;
                }
                let lines = ALIKE.iter().filter(|line| line.iter().any(|other| self.stem(other) == term));
                let mut alike: Vec<String> = lines.flat_map(|line| line.iter().map(|other| self.stem(other))).collect();
                alike.sort_unstable();
                alike.dedup();
                alike.retain(|other| *other != term);
                terms.push(QueryTerm { term, alike });
            }
        }
        terms
    }
}

/// A term of a question.
pub(super) struct QueryTerm {
    pub(super) term: String,
    pub(super) alike: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_their_words() {
        assert_eq!(
            words("listPullRequests HTTPServer get_file-info v2.1 Größe"),
            ["list", "pull", "requests", "http", "server", "get", "file", "info", "v2", "1", "größe"]
        );
    }

    #[test]
    fn forms_of_a_word_are_one_term() {
        let terms = Terms::new();
        let of = |text| terms.of(text, &mut HashMap::new());
        assert_eq!(of("Listing the repositories"), of("list repository"));
        let pr = terms.of_query("open a PR");
        assert_eq!(pr.iter().map(|term| term.term.as_str()).collect::<Vec<_>>(), ["open", "pull", "request"]);
        assert!(pr[0].alike.contains(&"creat".to_owned()), "{:?}", pr[0].alike);
    }
}

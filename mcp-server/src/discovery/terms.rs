//! From text to the terms that are compared: words of names and sentences, in lower case, by their stems.

use std::collections::HashMap;

use rust_stemmers::{Algorithm, Stemmer};

use super::meaning::{ALIKE, AS_VERBS, DETERMINERS, Deed, PHRASES, QUESTIONS, VERBS};

/// Words that say nothing about what a tool does.
const STOP_WORDS: [&str; 70] = [
    "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "could", "do",
    "does", "for", "from", "had", "has", "have", "how", "i", "if", "in", "into", "is", "it", "its", "let", "like",
    "many", "me", "much", "my", "need", "of", "on", "or", "our", "out", "please", "s", "should", "so", "some", "that",
    "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "us", "want", "was", "we", "what",
    "when", "which", "who", "will", "with", "you", "your",
];

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

/// What is known of a term before any tool is.
#[derive(Default)]
struct Meaning {
    alike: Vec<String>,
    deeds: Vec<Deed>,
}

/// Makes terms of words.
pub(super) struct Terms {
    stemmer: Stemmer,
    meanings: HashMap<String, Meaning>,
    /// The terms of phrases, and the words that they stand for.
    phrases: Vec<(Vec<String>, &'static [&'static str])>,
}

impl Terms {
    pub(super) fn new() -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        let mut terms = Self { stemmer, meanings: HashMap::new(), phrases: Vec::new() };
        let phrase = |(words, means): &(&[&str], _)| (words.iter().map(|word| terms.stem(word)).collect(), *means);
        terms.phrases = PHRASES.iter().map(phrase).collect();
        let verbs = VERBS.iter().map(|(deed, line)| (Some(*deed), *line));
        for (deed, line) in verbs.chain(ALIKE.iter().map(|line| (None, *line))) {
            let stems: Vec<String> = line.iter().map(|word| terms.stem(word)).collect();
            for stem in &stems {
                let meaning = terms.meanings.entry(stem.clone()).or_default();
                meaning.deeds.extend(deed);
                for other in &stems {
                    if other != stem && !meaning.alike.contains(other) {
                        meaning.alike.push(other.clone());
                    }
                }
            }
        }
        terms
    }

    fn stem(&self, word: &str) -> String {
        self.stemmer.stem(word).into_owned()
    }

    /// The terms of a text, in order. `stems` holds those of words that came before.
    pub(super) fn of(&self, text: &str, stems: &mut HashMap<String, String>) -> Vec<String> {
        let words = words(text).into_iter().filter(|word| !STOP_WORDS.contains(&word.as_str()));
        words.map(|word| stems.entry(word).or_insert_with_key(|word| self.stem(word)).clone()).collect()
    }

    /// What the first verb of these terms does; several things if it has several senses, none if there is none.
    pub(super) fn deeds(&self, terms: &[String]) -> &[Deed] {
        let mut deeds = terms.iter().filter_map(|term| self.meanings.get(term)).map(|meaning| &meaning.deeds[..]);
        deeds.find(|deeds| !deeds.is_empty()).unwrap_or_default()
    }

    /// What a question asks for.
    pub(super) fn of_query(&self, query: &str) -> Query {
        let words = words(query);
        let mut terms: Vec<String> = Vec::new();
        for word in self.as_meant(&words).into_iter().filter(|word| !STOP_WORDS.contains(word)) {
            let term = self.stem(word);
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        let asks_to_see = match &words[..] {
            [how, many, ..] if how == "how" => many == "many" || many == "much",
            [first, ..] => QUESTIONS.contains(&first.as_str()),
            [] => false,
        };
        let deeds = if asks_to_see { &[Deed::Look] } else { self.deeds(&terms) }.to_vec();
        let alike = |term: &String| self.meanings.get(term).map(|meaning| meaning.alike.clone()).unwrap_or_default();
        let terms = terms.into_iter().map(|term| QueryTerm { alike: alike(&term), term }).collect();
        Query { terms, deeds }
    }

    /// The words of a question, with others for those that mean something else where they stand.
    fn as_meant<'a>(&self, words: &'a [String]) -> Vec<&'a str> {
        let stems: Vec<String> = words.iter().map(|word| self.stem(word)).collect();
        let mut meant = Vec::new();
        let mut place = 0;
        // Whether nothing was said yet but "please", "I want to" and the like.
        let mut begins = true;
        while let (Some(word), Some(rest)) = (words.get(place), stems.get(place..)) {
            let phrases = self.phrases.iter().filter(|(phrase, _)| rest.starts_with(phrase));
            if let Some((phrase, means)) = phrases.max_by_key(|(phrase, _)| phrase.len()) {
                meant.extend_from_slice(means);
                place += phrase.len();
                begins = false;
                continue;
            }
            let word = word.as_str();
            let names_follow = words.get(place + 1).is_some_and(|next| DETERMINERS.contains(&next.as_str()));
            let verb = AS_VERBS.iter().find(|(noun, _)| begins && names_follow && *noun == word);
            meant.push(verb.map_or(word, |(_, verb)| *verb));
            begins &= STOP_WORDS.contains(&word) && !DETERMINERS.contains(&word) && !QUESTIONS.contains(&word);
            place += 1;
        }
        meant
    }
}

/// A question, as it is compared with tools.
pub(super) struct Query {
    pub(super) terms: Vec<QueryTerm>,
    /// What the tool should do, as far as that is said.
    pub(super) deeds: Vec<Deed>,
}

/// A term of a question, with those that mean the same.
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
        let pr = terms.of_query("open a PR").terms;
        assert_eq!(pr.iter().map(|term| term.term.as_str()).collect::<Vec<_>>(), ["open", "pull", "request"]);
        assert!(pr[0].alike.contains(&"creat".to_owned()), "{:?}", pr[0].alike);
    }
    #[test]
    fn phrases_and_verbs_that_look_like_nouns_are_taken_as_they_are_meant() {
        let terms = Terms::new();
        let of = |text| terms.of_query(text).terms.into_iter().map(|term| term.term).collect::<Vec<_>>();
        assert_eq!(of("Getting rid of the hook"), of("delete the hook"));
        assert_eq!(of("setting up a hook"), of("create a hook"));
        assert_eq!(of("set the hook up"), ["set", "hook", "up"]);
        assert_eq!(of("please file a complaint"), of("create a complaint"));
        assert_eq!(of("read a file that my user wrote")[..2], ["read", "file"]);
        assert_eq!(of("the file my user wrote")[0], "file");
        assert_eq!(of("which file the user wrote")[0], "file");
        assert_eq!(of("file"), ["file"]);
    }

    #[test]
    fn what_is_to_be_done_is_said_by_the_first_verb_or_by_the_kind_of_question() {
        let terms = Terms::new();
        let deeds = |text| terms.of_query(text).deeds;
        assert_eq!(deeds("cancel what was created"), [Deed::Undo]);
        assert_eq!(deeds("how do I rename a thing"), [Deed::Do]);
        assert_eq!(deeds("how many things were created"), [Deed::Look]);
        assert_eq!(deeds("who deleted it"), [Deed::Look]);
        assert_eq!(deeds("zebras"), []);
        assert_eq!(terms.deeds(&terms.of("things_list_deleted", &mut HashMap::new())), [Deed::Look]);
    }
}

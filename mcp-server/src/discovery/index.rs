//! Ranks documents by the terms of a question: BM25 over several fields.

use std::collections::HashMap;

use super::{meaning::Deed, terms::Terms};

/// What counts how much: a term in the name of a tool, in its title, its description, the names and descriptions of its
/// arguments.
const WEIGHTS: [f64; FIELDS] = [4.0, 3.0, 1.0, 0.3];
/// How much a term is worth less in a longer field.
const LENGTH: [f64; FIELDS] = [0.75, 0.5, 0.75, 0.9];
/// How soon more of the same term adds nothing.
const SATURATION: f64 = 4.0;
/// What a word counts that only means the same.
const ALIKE: f64 = 0.6;
/// What is left of a tool that does another kind of thing than is asked for.
const OTHERWISE: f64 = 0.85;

const FIELDS: usize = 4;

/// What is known of a tool, field by field.
pub(super) type Fields = [String; FIELDS];

/// Documents, by their numbers. Nothing of their text is kept but terms.
pub(super) struct Index {
    terms: Terms,
    /// For each term the documents that have it, with its weight there.
    postings: HashMap<String, Vec<(u32, f64)>>,
    /// What the name of each document says that it does.
    deeds: Vec<Vec<Deed>>,
}

impl Index {
    pub(super) fn new(documents: impl IntoIterator<Item = Fields>) -> Self {
        let terms = Terms::new();
        // The same words stand in many tools.
        let mut stems = HashMap::new();
        let documents: Vec<[Vec<String>; FIELDS]> =
            documents.into_iter().map(|fields| fields.map(|field| terms.of(&field, &mut stems))).collect();
        let deeds = documents.iter().map(|[name, ..]| terms.deeds(name).to_vec()).collect();
        let mut lengths = [0.0; FIELDS];
        for document in &documents {
            for (sum, field) in lengths.iter_mut().zip(document) {
                *sum += as_float(field.len());
            }
        }
        let means = lengths.map(|sum| sum / as_float(documents.len().max(1)));
        let mut postings: HashMap<String, Vec<(u32, f64)>> = HashMap::new();
        for (number, document) in (0_u32..).zip(documents) {
            let mut weights: HashMap<String, f64> = HashMap::new();
            let settings = WEIGHTS.into_iter().zip(LENGTH).zip(means);
            for (field, ((weight, length), mean)) in document.into_iter().zip(settings) {
                let norm = 1.0 - length + length * as_float(field.len()) / mean.max(1.0);
                for term in field {
                    *weights.entry(term).or_default() += weight / norm;
                }
            }
            for (term, weight) in weights {
                postings.entry(term).or_default().push((number, weight));
            }
        }
        Self { terms, postings, deeds }
    }

    /// The documents that have any term of the question, best first.
    pub(super) fn search(&self, query: &str) -> Vec<u32> {
        let query = self.terms.of_query(query);
        let mut scores: HashMap<u32, (f64, usize)> = HashMap::new();
        for asked in &query.terms {
            // Of a term and its like only the best counts, so that a question does not grow by its synonyms.
            let mut best: HashMap<u32, f64> = HashMap::new();
            let all = std::iter::once((&asked.term, 1.0)).chain(asked.alike.iter().map(|term| (term, ALIKE)));
            for (term, worth) in all {
                let Some(found) = self.postings.get(term) else { continue };
                let rarity = self.rarity(found.len());
                for (number, weight) in found {
                    let score = worth * rarity * weight / (SATURATION + weight);
                    let known = best.entry(*number).or_default();
                    *known = known.max(score);
                }
            }
            for (number, score) in best {
                let (sum, terms) = scores.entry(number).or_default();
                *sum += score;
                *terms += 1;
            }
        }
        // What answers more of the question comes before what answers a part of it well.
        let asked = as_float(query.terms.len().max(1));
        let score = |(number, (sum, terms)): (u32, (f64, usize))| {
            (sum * (0.2 + 0.8 * as_float(terms) / asked) * self.fits(number, &query.deeds), number)
        };
        let mut ranked: Vec<(f64, u32)> = scores.into_iter().map(score).collect();
        ranked.sort_by(|(left, earlier), (right, later)| right.total_cmp(left).then(earlier.cmp(later)));
        ranked.into_iter().map(|(_, number)| number).collect()
    }

    /// What counts of a document in view of what is to be done. Where one of both does not say, all of it.
    fn fits(&self, number: u32, asked: &[Deed]) -> f64 {
        let deeds =
            usize::try_from(number).ok().and_then(|number| self.deeds.get(number)).map_or(&[][..], |deeds| deeds);
        let differ = !asked.is_empty() && !deeds.is_empty() && !asked.iter().any(|deed| deeds.contains(deed));
        if differ { OTHERWISE } else { 1.0 }
    }

    /// What a term is worth that so many documents have.
    fn rarity(&self, having: usize) -> f64 {
        let (all, having) = (as_float(self.deeds.len()), as_float(having));
        ((all - having + 0.5) / (having + 0.5)).ln_1p()
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and tools")]
fn as_float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(documents: &[(&str, &str)]) -> Index {
        Index::new(
            documents
                .iter()
                .map(|(name, about)| [(*name).to_owned(), String::new(), (*about).to_owned(), String::new()]),
        )
    }

    #[test]
    fn a_rare_word_counts_more_than_a_common_one_and_a_name_more_than_a_description() {
        let index = index(&[
            ("list_users", "Lists users."),
            ("list_teams", "Lists teams."),
            ("ban", "Bans users of a team."),
            ("list_logs", "Lists what users did."),
        ]);
        assert_eq!(index.search("list teams").first(), Some(&1));
        assert_eq!(index.search("which users are there").first(), Some(&0));
        assert_eq!(index.search("zebra"), [0_u32; 0]);
        assert_eq!(index.search(""), [0_u32; 0]);
    }

    #[test]
    fn words_that_mean_the_same_are_found_behind_the_word_itself() {
        let index = index(&[("folder_drop", ""), ("delete_folder", ""), ("create_folder", "")]);
        assert_eq!(index.search("delete the directory")[..2], [1, 0]);
    }

    #[test]
    fn a_tool_that_does_another_kind_of_thing_than_is_asked_for_comes_later() {
        let index = index(&[
            ("dismiss_review", "A review of a change."),
            ("list_reviews", "A review of a change."),
            ("submit_review", "A review of a change."),
            ("review", "A review of a change."),
        ]);
        assert_eq!(index.search("approve a change")[..2], [3, 2]);
        assert_eq!(index.search("which changes have a review").first(), Some(&1));
        assert_eq!(index.search("reject the change").first(), Some(&0));
    }
}

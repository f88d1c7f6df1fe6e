//! The name that somebody probably meant.

/// The candidate nearest to `word`, if it is near enough to be meant.
pub(super) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Names are told from a peer's text, so the work per name is bounded.
    const LONGEST: usize = 128;
    const MOST: usize = 1000;
    if word.len() > LONGEST {
        return None;
    }
    let plain = fold(word);
    candidates
        .into_iter()
        .take(MOST)
        .filter(|candidate| candidate.len() <= LONGEST)
        .filter_map(|candidate| {
            let (folded, farthest) = (fold(candidate), candidate.chars().count() / 3);
            // As many letters as one has more than the other are replaced by none.
            let distance = (folded.len().abs_diff(plain.len()) <= farthest).then(|| distance(&plain, &folded))?;
            (distance <= farthest).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `tokenBudget`, `token-budget` and `token_budget` are one word here.
fn fold(name: &str) -> Vec<char> {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ' | '.')).flat_map(char::to_lowercase).collect()
}

/// Insertions, removals, replacements and swaps of neighbours that make `a` into `b`.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let replaced = last[j] + usize::from(from != to);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *from == b[j - 1] && a[i - 1] == *to {
                best = best.min(before_last[j - 1] + 1);
            }
            row.push(best);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["token_budget", "tone", "b"];
        assert_eq!(did_you_mean("token_budge", names), Some("token_budget"));
        assert_eq!(did_you_mean("tokenBudget", names), Some("token_budget"));
        assert_eq!(did_you_mean("toen", names), Some("tone"));
        assert_eq!(did_you_mean("color", names), None);
        assert_eq!(did_you_mean("c", names), None);
        assert_eq!(did_you_mean("", names), None);
        assert_eq!(did_you_mean(&"a".repeat(1000), names), None);
    }

    #[test]
    fn a_swap_counts_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("abcd"), &chars("abdc")), 1);
        assert_eq!(distance(&chars("kitten"), &chars("sitting")), 3);
        assert_eq!(distance(&chars(""), &chars("abc")), 3);
    }
}

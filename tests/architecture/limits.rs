//! Every limit is kept by somebody.

use super::source::Source;

/// The public fields of `Limits` that no line reads but where they are made and checked.
pub(crate) fn unread(sources: &[Source]) -> Vec<String> {
    let is_check = |source: &&Source| source.module == ["limits", "check"];
    let Some(limits) = sources.iter().find(|source| source.module == ["limits", "bounds"]) else {
        return vec!["`Limits` stands in limits/bounds.rs no more".to_owned()];
    };
    let fields = limits.text.split_once("pub struct Limits {").and_then(|(_, rest)| rest.split_once("\n}"));
    let (fields, _) = fields.unwrap_or_default();
    let fields =
        fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(':')).map(|(name, _)| name);
    let is_read = |name: &str| {
        let reads = [format!("limits.{name}"), format!("self.{name}")];
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        // Line ends may stand before the dot. A limit is read by itself only in its own file.
        let is_read_in = |source: &Source| {
            let text: String = source.text.split_whitespace().collect();
            let own = source.module == ["limits", "bounds"];
            let found = |read: &String| text.match_indices(read).any(|(at, _)| ends(&text[at + read.len()..]));
            found(&reads[0]) || (own && found(&reads[1]))
        };
        sources.iter().filter(|source| !is_check(source)).any(is_read_in)
    };
    fields.filter(|name| !is_read(name)).map(str::to_owned).collect()
}

//! Doc comments as descriptions: of a function, of its parameters, and of these in a section of the former.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Error, Expr, ExprLit, Lit, LitStr, Meta, Result};

/// What the doc comment of a function says.
pub(crate) struct Documentation {
    /// All but the section `# Arguments`, as an expression of a string; `None` if there is nothing.
    pub(crate) description: Option<TokenStream>,
    pub(crate) arguments: Vec<Described>,
}

/// One item of the section `# Arguments`.
pub(crate) struct Described {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// A line, and where it stands.
type Line = (String, Span);

/// A line before the indentation is taken from it.
struct Written {
    line: String,
    at: Span,
    is_comment: bool,
}

enum Part {
    Lines(Vec<Line>),
    /// `#[doc = include_str!("..")]` and the like are known to the compiler only.
    Expression(Expr),
}

/// The text of the doc comments among `attributes`, as an expression of a string; `None` if there is none.
pub(crate) fn description(attributes: &[Attribute]) -> Option<TokenStream> {
    expression(parts(attributes))
}

/// The same, with the section `# Arguments` for itself.
pub(crate) fn documentation(attributes: &[Attribute]) -> Result<Documentation> {
    let mut arguments = Vec::new();
    let mut parts = parts(attributes);
    for part in &mut parts {
        if let Part::Lines(lines) = part {
            take_section(lines, &mut arguments)?;
        }
    }
    Ok(Documentation { description: expression(parts), arguments })
}

fn parts(attributes: &[Attribute]) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut written: Vec<Written> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attribute.meta else { continue };
        match written_out(&pair.value) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let value = text.value();
                let is_comment = is_comment(text);
                written.extend(lines_of(&value).into_iter().map(|line| Written { line, at: text.span(), is_comment }));
            }
            other => {
                parts.push(Part::Lines(plain(std::mem::take(&mut written))));
                parts.push(Part::Expression(other.clone()));
            }
        }
    }
    parts.push(Part::Lines(plain(written)));
    parts
}

/// The parts in their order, each on lines of its own, without empty lines before and after all of them.
fn expression(mut parts: Vec<Part>) -> Option<TokenStream> {
    let is_empty = |line: &Line| line.0.is_empty();
    if let Some(Part::Lines(lines)) = parts.first_mut() {
        let leading = lines.iter().take_while(|line| is_empty(line)).count();
        lines.drain(..leading);
    }
    if let Some(Part::Lines(lines)) = parts.last_mut() {
        while lines.last().is_some_and(is_empty) {
            lines.pop();
        }
    }
    parts.retain(|part| !matches!(part, Part::Lines(lines) if lines.is_empty()));
    let texts = parts.iter().map(|part| match part {
        Part::Lines(lines) => {
            let text = lines.iter().map(|(line, _)| line.as_str()).collect::<Vec<_>>().join("\n");
            quote!(#text)
        }
        Part::Expression(expression) => quote!(#expression),
    });
    let mut texts: Vec<TokenStream> = texts.collect();
    match texts.len() {
        0 => None,
        1 => texts.pop(),
        _ => {
            let (first, more) = texts.split_first()?;
            Some(quote!(::core::concat!(#first #(, "\n", #more)*)))
        }
    }
}

/// Takes the section `# Arguments` out of the lines, up to the next heading.
fn take_section(lines: &mut Vec<Line>, arguments: &mut Vec<Described>) -> Result<()> {
    let mut fenced = false;
    let mut inside = false;
    let mut kept = Vec::new();
    for (line, span) in std::mem::take(lines) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let heading = (!fenced).then(|| line.strip_prefix('#')).flatten();
        match heading.map(|text| text.trim_start_matches('#')).filter(|text| text.starts_with(' ')) {
            Some(text) if text.trim() == "Arguments" => inside = true,
            Some(_) => inside = false,
            None => {}
        }
        if inside {
            if heading.is_none() {
                read_item(&line, span, arguments)?;
            }
        } else {
            kept.push((line, span));
        }
    }
    *lines = kept;
    Ok(())
}

/// Reads a line of the section: the beginning of an item, or what goes on with one.
fn read_item(line: &str, span: Span, arguments: &mut Vec<Described>) -> Result<()> {
    let wrong = "an item of `# Arguments` names a parameter: write \"- `city`: where it is\"";
    match line.strip_prefix(['-', '*', '+']).and_then(|rest| rest.strip_prefix(' ')) {
        Some(item) => {
            let (name, text) = named(item).ok_or_else(|| Error::new(span, wrong))?;
            arguments.push(Described { name, text, span });
        }
        None if line.trim().is_empty() => {}
        None => match arguments.last_mut() {
            Some(described) => {
                let between = if described.text.is_empty() { "" } else { "\n" };
                described.text = format!("{}{between}{}", described.text, line.trim());
            }
            None => return Err(Error::new(span, wrong)),
        },
    }
    Ok(())
}

/// A name, in backticks or not, and what stands behind its colon or dash.
fn named(item: &str) -> Option<(String, String)> {
    let item = item.trim();
    let (name, rest) = match item.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => item.split_at(item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.len())),
    };
    let text = rest.trim_start();
    let said = text.strip_prefix([':', '-', '–', '—']).or_else(|| text.is_empty().then_some(""))?;
    (!name.is_empty()).then(|| (name.to_owned(), said.trim_start_matches('-').trim().to_owned()))
}

/// The lines of one comment, without the stars of a block.
fn lines_of(comment: &str) -> Vec<String> {
    let mut lines: Vec<&str> = comment.lines().collect();
    let starred = |line: &&str| line.trim_start().starts_with('*');
    let inner: Vec<&str> = lines.iter().skip(1).copied().filter(|line| !line.trim().is_empty()).collect();
    if !inner.is_empty() && inner.iter().all(starred) {
        for line in lines.iter_mut().skip(1) {
            *line = line.trim_start().strip_prefix('*').unwrap_or(line);
        }
    }
    if lines.is_empty() { vec![String::new()] } else { lines.into_iter().map(str::to_owned).collect() }
}

/// The lines without the indentation that all share; each kind of line for itself, as the space behind `///` is no part of
/// what `#[doc = ".."]` says.
fn plain(lines: Vec<Written>) -> Vec<Line> {
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = |comments: bool| {
        let of_kind = lines.iter().filter(|it| it.is_comment == comments && !it.line.trim().is_empty());
        of_kind.map(|it| indent(&it.line)).min().unwrap_or(0)
    };
    let (of_comments, of_attributes) = (shared(true), shared(false));
    let cut = |Written { line, at, is_comment }: Written| {
        let shared = if is_comment { of_comments } else { of_attributes };
        (line.get(shared..).unwrap_or("").trim_end().to_owned(), at)
    };
    lines.into_iter().map(cut).collect()
}

/// A text as it is written: a fragment of a macro, such as `$text`, comes inside a group that nobody sees.
fn written_out(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => written_out(&group.expr),
        other => other,
    }
}

/// Whether it was written as `///` or `/** */`; where nobody knows, the space in front tells.
fn is_comment(text: &LitStr) -> bool {
    let by_space = || text.value().starts_with([' ', '\n']);
    text.span().source_text().map_or_else(by_space, |source| source.starts_with("//") || source.starts_with("/*"))
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn read(attributes: &[Attribute]) -> (String, Vec<(String, String)>) {
        let Documentation { description, arguments } = documentation(attributes).unwrap();
        let text = description.map(|text| text.to_string()).unwrap_or_default();
        (text, arguments.into_iter().map(|Described { name, text, .. }| (name, text)).collect())
    }

    #[test]
    fn line_comments_lose_their_space() {
        let attributes: [Attribute; 4] = [
            parse_quote!(#[doc = " Adds."]),
            parse_quote!(#[doc = ""]),
            parse_quote!(#[doc = " * one"]),
            parse_quote!(#[doc = "   more"]),
        ];
        assert_eq!(read(&attributes).0, r#""Adds.\n\n* one\n  more""#);
    }

    #[test]
    fn block_comments_lose_their_stars() {
        let block: Attribute = parse_quote!(#[doc = " Adds.\n     * Two.\n     *   Three.\n     "]);
        assert_eq!(read(&[block]).0, r#""Adds.\nTwo.\n  Three.""#);
        assert_eq!(read(&[parse_quote!(#[doc = " Adds. "])]).0, r#""Adds.""#);
        assert_eq!(read(&[]).0, "");
    }

    #[test]
    fn what_is_included_stands_on_lines_of_its_own() {
        let attributes: [Attribute; 3] = [
            parse_quote!(#[doc = " Adds."]),
            parse_quote!(#[doc = include_str!("more.md")]),
            parse_quote!(#[doc = " End."]),
        ];
        assert_eq!(
            read(&attributes).0.replace(' ', ""),
            r#"::core::concat!("Adds.","\n",include_str!("more.md"),"\n","End.")"#
        );
        assert_eq!(read(&attributes[1..2]).0.replace(' ', ""), r#"include_str!("more.md")"#);
    }

    #[test]
    fn the_section_of_arguments_is_read_and_left_out() {
        let comment = " Looks up.\n\n # Arguments\n\n - `city`: where,\n   exactly\n * days - how many\n - `plain`\n\n # Notes\n\n Slow.";
        let (text, arguments) = read(&[parse_quote!(#[doc = #comment])]);
        assert_eq!(text, r##""Looks up.\n\n# Notes\n\nSlow.""##);
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(arguments, [pair("city", "where,\nexactly"), pair("days", "how many"), pair("plain", "")]);
        let code = " ```\n # Arguments\n ```";
        assert_eq!(read(&[parse_quote!(#[doc = #code])]).0, r#""```\n# Arguments\n```""#);
    }
}

//! Integers that are spelt as something else, in the text of arguments.

use std::borrow::Cow;

use mcp_core::decimal::Decimal;

use crate::handler::schema::numbers;

/// Most digits of an integer that some type of Rust holds: those of `u128::MAX`.
const MOST_DIGITS: usize = 39;

/// How much longer the text may become: `1e38` is four characters.
const MOST_GROWTH: usize = 1 << 20;

/// The same JSON, with every integer that some type holds written as one: `1.0` as `1`, `1e3` as `1000`.
///
/// To JSON Schema these are integers, to decoding only the latter are. No value is changed.
pub(super) fn with_plain_integers(json: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut kept = 0;
    for at in numbers(json) {
        let number = &json[at.clone()];
        if number.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        let Some(plain) = Decimal::parse(number).and_then(|number| number.to_integer(MOST_DIGITS)) else { continue };
        if plain != number && text.len() + at.start - kept + plain.len() <= at.end + MOST_GROWTH {
            text.push_str(&json[kept..at.start]);
            text.push_str(&plain);
            kept = at.end;
        }
    }
    match kept {
        0 => Cow::Borrowed(json),
        kept => Cow::Owned(text + &json[kept..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_any_width_are_written_plainly() {
        let json = r#"{"1.0":[1.0,-25e1,-0,1.5,340282366920938463463374607431768211455.0,1e39,"1.0"]}"#;
        let plain = r#"{"1.0":[1,-250,0,1.5,340282366920938463463374607431768211455,1e39,"1.0"]}"#;
        assert_eq!(with_plain_integers(json), plain);
        assert!(matches!(with_plain_integers(plain), Cow::Borrowed(_)));
    }

    #[test]
    fn a_text_grows_only_so_far() {
        let many = format!("[{}1e38]", "1e38,".repeat(100_000));
        assert!(with_plain_integers(&many).len() <= many.len() + MOST_GROWTH);
    }
}

//! Numbers as JSON writes them, exactly: `1e3` is a thousand, whatever fits into a float.

use std::cmp::Ordering;

/// The value of a JSON number (RFC 8259, section 6), without rounding. Compared by value: `1.0` is `1e0`.
///
/// ```
/// use mcp_core::decimal::Decimal;
///
/// let number = Decimal::parse("9007199254740993.0").unwrap();
/// assert_eq!(number.to_integer(20).as_deref(), Some("9007199254740993"));
/// assert_eq!(number, Decimal::parse("9007199254740993").unwrap());
/// assert!(number > Decimal::parse("9.007199254740992e15").unwrap());
/// ```
///
/// Exponents beyond 10^18 are taken for 10^18. Borrows the text; nothing is allocated.
#[derive(Debug, Clone, Copy)]
pub struct Decimal<'a> {
    is_negative: bool,
    /// The digits before and behind the point, without zeros at either end.
    digits: (&'a str, &'a str),
    /// The value is `0.digits` times ten to this power.
    power: i64,
}

impl<'a> Decimal<'a> {
    const LARGEST_EXPONENT: i64 = 1_000_000_000_000_000_000;

    /// Reads a number; `None` for any text that is no JSON number.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (rest, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_number =
            are_digits(whole) && fraction.is_none_or(are_digits) && (whole == "0" || !whole.starts_with('0'));
        is_number.then(|| Self::of(is_negative, whole, fraction.unwrap_or_default(), exponent))
    }

    fn of(is_negative: bool, whole: &'a str, fraction: &'a str, exponent: i64) -> Self {
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        let places = whole.len() as i64;
        let (digits, power) = match (whole, fraction) {
            ("", "") => (("", ""), 0),
            ("", fraction) => {
                let significant = fraction.trim_start_matches('0');
                (("", significant), exponent - (fraction.len() - significant.len()) as i64)
            }
            (whole, "") => ((whole.trim_end_matches('0'), ""), exponent + places),
            (whole, fraction) => ((whole, fraction), exponent + places),
        };
        Self { is_negative, digits, power }
    }

    /// Whether the value is zero, whatever its sign.
    pub fn is_zero(&self) -> bool {
        self.significant_digits() == 0
    }

    /// Whether the value is an integer, however it is spelt.
    pub fn is_integer(&self) -> bool {
        self.is_zero() || self.power >= self.significant_digits() as i64
    }

    /// How many digits say the value, without zeros at either end.
    pub fn significant_digits(&self) -> usize {
        self.digits.0.len() + self.digits.1.len()
    }

    /// The power of ten that is just larger than the value's size: 1 for `1` to `9.9`, 0 for `0.1`, -1 for `0.01`.
    pub fn magnitude(&self) -> i64 {
        self.power
    }

    /// The value as an integer is usually written, if it is one of at most `most` digits.
    pub fn to_integer(&self, most: usize) -> Option<String> {
        if self.is_zero() {
            return Some("0".to_owned());
        }
        let length = usize::try_from(self.power).ok().filter(|length| *length <= most && self.is_integer())?;
        let mut text = String::with_capacity(length + 1);
        text.extend(self.is_negative.then_some('-'));
        text.push_str(self.digits.0);
        text.push_str(self.digits.1);
        text.extend(std::iter::repeat_n('0', length - self.significant_digits()));
        Some(text)
    }

    /// The one text that all numbers of this value share, and no others.
    pub fn canonical(&self) -> String {
        let sign = if self.sign() < 0 { "-" } else { "" };
        format!("{sign}0.{}{}e{}", self.digits.0, self.digits.1, self.power)
    }

    fn sign(&self) -> i8 {
        match (self.is_zero(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        self.digits.0.bytes().chain(self.digits.1.bytes())
    }
}

fn read_exponent(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let are_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let size = digits.parse().unwrap_or(i64::MAX).min(Decimal::LARGEST_EXPONENT);
    are_digits.then_some(if is_negative { -size } else { size })
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal<'_> {}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = || self.power.cmp(&other.power).then_with(|| self.digits().cmp(other.digits()));
        self.sign().cmp(&other.sign()).then_with(|| match self.sign() {
            0 => Ordering::Equal,
            1 => sizes(),
            _ => sizes().reverse(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal<'_> {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn an_integer_is_one_however_it_is_spelt() {
        for (text, integer) in [
            ("0", "0"),
            ("-0.0e7", "0"),
            ("1.0", "1"),
            ("-1200e-2", "-12"),
            ("1e18", "1000000000000000000"),
            ("12.5E+1", "125"),
            ("0.0012e4", "12"),
            ("9007199254740993.0", "9007199254740993"),
        ] {
            assert!(decimal(text).is_integer());
            assert_eq!(decimal(text).to_integer(19).as_deref(), Some(integer), "{text}");
            assert_eq!(decimal(text), decimal(integer));
            assert_eq!(decimal(text).canonical(), decimal(integer).canonical());
        }
        for text in ["1.5", "1e-1", "0.1", "123e-3"] {
            assert!(!decimal(text).is_integer(), "{text}");
            assert_eq!(decimal(text).to_integer(19), None);
        }
        assert_eq!(decimal("1e19").to_integer(19), None);
        assert_eq!(decimal("1e999999999999999999999").to_integer(1000), None);
    }

    #[test]
    fn what_is_no_json_number_is_none() {
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x1", "1 ", "NaN", "inf", "1e1.0", "1_0", "--1"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_numbers(a in -2000_i64..2000, b in -2000_i64..2000, places in 0_usize..5) {
            let spelt = |n: i64| format!("{n}e-{places}");
            let moved = |n: i64| format!("{}{}.{:04}", if n < 0 { "-" } else { "" }, n.abs() / 10_000, n.abs() % 10_000);
            let (a_spelt, b_spelt, a_moved) = (spelt(a), spelt(b), moved(a));
            prop_assert_eq!(decimal(&a_spelt).cmp(&decimal(&b_spelt)), a.cmp(&b));
            let in_ten_thousandths = format!("{a}e-4");
            prop_assert_eq!(decimal(&in_ten_thousandths), decimal(&a_moved));
        }
    }
}

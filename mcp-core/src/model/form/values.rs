//! The types of Rust that a field of a form can hold.

use super::{
    BoundedField, DefaultField, FieldSchema, FormChoice, FormField, SeveralField, TextField,
    field::{FieldDefault, FieldNumber},
};
use crate::{decimal::Decimal, json::RawJson};

fn present(value: Option<&RawJson>) -> Result<&RawJson, String> {
    value.ok_or_else(|| "is missing".to_owned())
}

impl FormField for String {
    fn field() -> FieldSchema {
        FieldSchema::text()
    }

    fn read(value: Option<&RawJson>) -> Result<Self, String> {
        present(value)?.to_text().map(|text| text.to_string()).ok_or_else(|| "must be a text".to_owned())
    }
}

impl TextField for String {}

impl DefaultField for String {
    type Value = Self;

    fn to_default(value: Self) -> FieldDefault {
        value.into()
    }
}

impl FormField for bool {
    fn field() -> FieldSchema {
        FieldSchema::boolean()
    }

    fn read(value: Option<&RawJson>) -> Result<Self, String> {
        match present(value)?.as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err("must be `true` or `false`".to_owned()),
        }
    }
}

impl DefaultField for bool {
    type Value = Self;

    fn to_default(value: Self) -> FieldDefault {
        value.into()
    }
}

/// The bounds of a type that every reader of JSON holds exactly (RFC 8259, section 6). A wider type has none: some
/// clients could not even read them.
const LARGEST: i128 = (1 << 53) - 1;

macro_rules! integers {
    ($($type:ident)+) => {$(
        /// Bounded by what the type holds, as far as every reader of JSON can tell; the rest is held when it is read.
        impl FormField for $type {
            fn field() -> FieldSchema {
                let (least, most) = (<$type as BoundedField>::to_bound($type::MIN), <$type as BoundedField>::to_bound($type::MAX));
                let field = FieldSchema::integer();
                let field = if is_exact(least) { field.with_min(least) } else { field };
                if is_exact(most) { field.with_max(most) } else { field }
            }

            fn read(value: Option<&RawJson>) -> Result<Self, String> {
                const DIGITS: usize = 40;
                let number = Decimal::parse(present(value)?.as_str()).filter(Decimal::is_integer);
                let number = number.ok_or("must be a whole number")?;
                let integer = number.to_integer(DIGITS).and_then(|integer| integer.parse().ok());
                integer.ok_or_else(|| format!("must be between {} and {}", $type::MIN, $type::MAX))
            }
        }

        impl DefaultField for $type {
            type Value = Self;

            fn to_default(value: Self) -> FieldDefault {
                FieldDefault::Number(<$type as BoundedField>::to_bound(value))
            }
        }

        impl BoundedField for $type {
            type Bound = Self;

            fn to_bound(bound: Self) -> FieldNumber {
                FieldNumber::Integer(i128::try_from(bound).unwrap_or(i128::MAX))
            }
        }
    )+};
}

fn is_exact(number: FieldNumber) -> bool {
    matches!(number, FieldNumber::Integer(number) if (-LARGEST..=LARGEST).contains(&number))
}

integers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

macro_rules! floats {
    ($($type:ident)+) => {$(
        impl FormField for $type {
            fn field() -> FieldSchema {
                FieldSchema::number()
            }

            fn read(value: Option<&RawJson>) -> Result<Self, String> {
                let number = Decimal::parse(present(value)?.as_str()).and(value).and_then(|value| value.as_str().parse().ok());
                let number: Self = number.ok_or("must be a number")?;
                if number.is_finite() { Ok(number) } else { Err(format!("must be between {} and {}", $type::MIN, $type::MAX)) }
            }
        }

        impl DefaultField for $type {
            type Value = Self;

            fn to_default(value: Self) -> FieldDefault {
                value.into()
            }
        }

        impl BoundedField for $type {
            type Bound = Self;

            fn to_bound(bound: Self) -> FieldNumber {
                bound.into()
            }
        }
    )+};
}

floats!(f32 f64);

impl<T: FormField> FormField for Option<T> {
    const REQUIRED: bool = false;

    fn field() -> FieldSchema {
        T::field()
    }

    fn read(value: Option<&RawJson>) -> Result<Self, String> {
        value.filter(|value| !value.is_null()).map(|value| T::read(Some(value))).transpose()
    }
}

impl<T: DefaultField> DefaultField for Option<T> {
    type Value = T::Value;

    fn to_default(value: T::Value) -> FieldDefault {
        T::to_default(value)
    }
}

impl<T: BoundedField> BoundedField for Option<T> {
    type Bound = T::Bound;

    fn to_bound(bound: T::Bound) -> FieldNumber {
        T::to_bound(bound)
    }
}

impl<T: TextField> TextField for Option<T> {}

impl<T: SeveralField> SeveralField for Option<T> {
    const REQUIRED_IF_ANY: bool = false;
}

/// Nothing chosen and nothing said are the same, so that an answer may leave it out.
impl<T: FormChoice> FormField for Vec<T> {
    const REQUIRED: bool = false;

    fn field() -> FieldSchema {
        FieldSchema::several_of(T::options())
    }

    fn read(value: Option<&RawJson>) -> Result<Self, String> {
        let Some(value) = value else { return Ok(Self::new()) };
        let values: Vec<String> = value.parse().map_err(|_| "must be a list of options")?;
        let chosen = values.iter().map(|value| T::from_value(value)).collect::<Option<_>>();
        chosen.ok_or_else(|| "must be a list of the options that the form shows".to_owned())
    }
}

impl<T: FormChoice> SeveralField for Vec<T> {
    const REQUIRED_IF_ANY: bool = true;
}

impl<T: FormChoice> DefaultField for Vec<T> {
    type Value = Self;

    fn to_default(value: Self) -> FieldDefault {
        FieldDefault::Several(value.iter().map(|chosen| chosen.value().to_owned()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FieldKind, FormOption};

    #[derive(Debug, PartialEq, Clone, Copy)]
    enum Size {
        Small,
        Large,
    }

    impl FormChoice for Size {
        fn options() -> Vec<FormOption> {
            vec![FormOption::new("S"), FormOption::titled("L", "Large")]
        }

        fn from_value(value: &str) -> Option<Self> {
            match value {
                "S" => Some(Self::Small),
                "L" => Some(Self::Large),
                _ => None,
            }
        }

        fn value(&self) -> &'static str {
            match self {
                Self::Small => "S",
                Self::Large => "L",
            }
        }
    }

    fn read<T: FormField>(json: &str) -> Result<T, String> {
        T::read(Some(&serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        assert_eq!(read::<u8>("255.0"), Ok(255));
        assert_eq!(read::<u8>("2.55e2"), Ok(255));
        assert_eq!(read::<u8>("256").unwrap_err(), "must be between 0 and 255");
        assert_eq!(read::<i64>("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(read::<u64>("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(read::<u128>("340282366920938463463374607431768211455"), Ok(u128::MAX));
        assert_eq!(read::<u64>("-1").unwrap_err(), format!("must be between 0 and {}", u64::MAX));
        assert!(read::<i128>("1e1000000000000").is_err());
        assert_eq!(read::<i32>("0.5").unwrap_err(), "must be a whole number");
        assert_eq!(read::<i32>("\"1\"").unwrap_err(), "must be a whole number");
        assert_eq!(read::<f64>("0.1"), Ok(0.1));
        assert!(read::<f64>("1e400").unwrap_err().starts_with("must be between"));
        assert!(read::<f32>("1e39").unwrap_err().starts_with("must be between"));
        assert_eq!(read::<f64>("\"nan\"").unwrap_err(), "must be a number");
    }

    #[test]
    fn a_number_is_bounded_by_its_type_where_every_client_can_read_the_bound() {
        let bounds = |field: FieldSchema| match field.kind {
            FieldKind::Integer { min, max, .. } => (min, max),
            other => panic!("{other:?}"),
        };
        assert_eq!(bounds(u8::field()), (Some(0), Some(255)));
        assert_eq!(bounds(i32::field()), (Some(i32::MIN.into()), Some(i32::MAX.into())));
        assert_eq!(bounds(u64::field()), (Some(0), None));
        assert_eq!(bounds(i64::field()), (None, None));
        assert_eq!(bounds(u128::field()), (Some(0), None));
    }

    #[test]
    fn what_may_be_left_out_is_read_from_nothing() {
        assert_eq!(Option::<bool>::read(None), Ok(None));
        assert_eq!(read::<Option<bool>>("true"), Ok(Some(true)));
        assert_eq!(read::<Option<bool>>("1").unwrap_err(), "must be `true` or `false`");
        assert_eq!(String::read(None).unwrap_err(), "is missing");
        assert_eq!(Vec::<Size>::read(None), Ok(Vec::new()));
        assert_eq!(read::<Vec<Size>>(r#"["L","S"]"#), Ok(vec![Size::Large, Size::Small]));
        assert_eq!(Option::<Vec<Size>>::read(None), Ok(None));
        assert!(read::<Vec<Size>>(r#"["XL"]"#).is_err() && read::<Vec<Size>>("\"S\"").is_err());
        assert_eq!([bool::REQUIRED, Option::<bool>::REQUIRED, Vec::<Size>::REQUIRED], [true, false, false]);
    }
}

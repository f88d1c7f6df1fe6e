//! From strings into a handler's type: arguments of prompts and variables of templates.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error as _, MapAccess, VariantAccess, Visitor,
        value::{Error, StringDeserializer},
    },
    forward_to_deserialize_any,
};

/// The variables of a URI, or the arguments of a prompt, by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// Decodes a struct from strings: a number or a `bool` is read from its text, an `Option` is `Some`.
///
/// The error names the string that does not fit.
pub(in crate::handler) fn decode<T: DeserializeOwned>(strings: Variables) -> Result<T, String> {
    T::deserialize(Strings { rest: strings.into_iter(), value: None }).map_err(|error| error.to_string())
}

/// For `#[serde(deserialize_with = "..")]`: reads a field through its `FromStr`.
///
/// # Errors
///
/// When the text is no value of `T`.
pub fn from_str<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(deserializer: D) -> Result<T, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

/// Compiles for the types that a variable of a template may have, and says what is missing for others.
pub fn is_variable<T: Variable>() {}

#[diagnostic::on_unimplemented(
    message = "a resource cannot take `{Self}` as a variable",
    label = "no variable of a template",
    note = "a variable is read from a part of the URI: implement `std::str::FromStr` for its type, with an error that is `Display`",
    note = "if it is the call's context, write its type as `Context`: a macro knows it by that name"
)]
pub trait Variable {}

#[diagnostic::do_not_recommend]
impl<T: FromStr<Err: fmt::Display>> Variable for T {}

struct Strings {
    rest: std::collections::btree_map::IntoIter<String, String>,
    value: Option<(String, String)>,
}

impl<'de> Deserializer<'de> for Strings {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Strings {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        let decoded = seed.deserialize(StringDeserializer::<Error>::new(key.clone()))?;
        self.value = Some((key, value));
        Ok(Some(decoded))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let (key, value) = self.value.take().unwrap_or_default();
        seed.deserialize(OneString(value)).map_err(|error| Error::custom(format!("`{key}`: {error}")))
    }
}

/// One value, which is a string whatever it stands for.
struct OneString(String);

macro_rules! parsed {
    ($($method:ident $visit:ident $what:literal,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            match self.0.parse() {
                Ok(value) => visitor.$visit(value),
                Err(_) => Err(Error::custom(concat!("expected ", $what))),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for OneString {
    type Error = Error;

    parsed! {
        deserialize_bool visit_bool "`true` or `false`",
        deserialize_i8 visit_i8 "an integer from -128 to 127",
        deserialize_i16 visit_i16 "an integer of 16 bits",
        deserialize_i32 visit_i32 "an integer of 32 bits",
        deserialize_i64 visit_i64 "an integer of 64 bits",
        deserialize_i128 visit_i128 "an integer",
        deserialize_u8 visit_u8 "an integer from 0 to 255",
        deserialize_u16 visit_u16 "an integer from 0 to 65535",
        deserialize_u32 visit_u32 "a positive integer of 32 bits",
        deserialize_u64 visit_u64 "a positive integer of 64 bits",
        deserialize_u128 visit_u128 "a positive integer",
        deserialize_f32 visit_f32 "a number",
        deserialize_f64 visit_f64 "a number",
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_string(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for OneString {
    type Error = Error;
    type Variant = Unit;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Unit), Error> {
        Ok((seed.deserialize(StringDeserializer::<Error>::new(self.0))?, Unit))
    }
}

/// The variant of an enum that is written as a string has no content.
struct Unit;

impl<'de> VariantAccess<'de> for Unit {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Error> {
        Err(Error::custom("a string names a variant without content"))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a string names a variant without content"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::custom("a string names a variant without content"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Sky {
        Clear,
        Snow,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Day {
        city: String,
        degrees: Option<i32>,
        sky: Sky,
        #[serde(default)]
        dry: bool,
        #[serde(deserialize_with = "from_str", default = "nowhere")]
        station: std::net::IpAddr,
    }

    fn nowhere() -> std::net::IpAddr {
        [0, 0, 0, 0].into()
    }

    fn read(strings: &[(&str, &str)]) -> Result<Day, String> {
        decode(strings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }

    /// Values are strings, whatever they mean (2026-07-28, schema, "GetPromptRequestParams").
    #[test]
    fn strings_become_what_the_type_says() {
        let strings = [("city", "7"), ("degrees", "-3"), ("sky", "snow"), ("dry", "true"), ("station", "10.0.0.1")];
        let day = Day { city: "7".into(), degrees: Some(-3), sky: Sky::Snow, dry: true, station: [10, 0, 0, 1].into() };
        assert_eq!(read(&strings).unwrap(), day);
        assert_eq!(read(&[("city", "Oslo"), ("sky", "clear")]).unwrap().degrees, None);
        assert_eq!(decode::<Variables>(Variables::from([("a".into(), "b".into())])).unwrap()["a"], "b");
        decode::<()>(Variables::new()).unwrap();
    }

    #[test]
    fn an_error_names_what_does_not_fit() {
        let problem = read(&[("city", "Oslo"), ("sky", "snow"), ("degrees", "cold")]).unwrap_err();
        assert_eq!(problem, "`degrees`: expected an integer of 32 bits");
        assert!(read(&[("city", "Oslo"), ("sky", "fog")]).unwrap_err().starts_with("`sky`: unknown variant `fog`"));
        assert!(
            read(&[("city", "Oslo"), ("sky", "snow"), ("town", "x")]).unwrap_err().contains("unknown field `town`")
        );
        assert!(read(&[("city", "Oslo"), ("sky", "snow"), ("station", "x")]).unwrap_err().starts_with("`station`: "));
    }
}

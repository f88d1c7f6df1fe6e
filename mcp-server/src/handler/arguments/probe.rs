//! Whether any string can become an argument of a prompt or a variable of a template.

use std::fmt;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, EnumAccess, Error, MapAccess, Unexpected, VariantAccess, Visitor,
        value::StrDeserializer,
    },
    forward_to_deserialize_any,
};

/// Whether the type refuses every string as its member `name`: it wants an array or an object there.
///
/// It is asked for a value with that member alone, which is an empty string. What it says against the text of the
/// string does not count, only that it is one.
pub(in crate::handler) fn takes_no_string<T: DeserializeOwned>(name: &str) -> bool {
    matches!(T::deserialize(Asked { name: Some(name) }), Err(Refusal::OfStrings))
}

#[derive(Debug)]
enum Refusal {
    /// A string is not the kind of value that is wanted.
    OfStrings,
    Other,
}

impl Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }

    fn invalid_type(found: Unexpected<'_>, _: &dyn serde::de::Expected) -> Self {
        if matches!(found, Unexpected::Str(_)) { Self::OfStrings } else { Self::Other }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refusal {}

struct Asked<'a> {
    name: Option<&'a str>,
}

impl<'de> Deserializer<'de> for Asked<'_> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Asked<'_> {
    type Error = Refusal;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refusal> {
        let name = self.name.take();
        name.map(|name| seed.deserialize(StrDeserializer::<Refusal>::new(name))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refusal> {
        seed.deserialize(AString)
    }
}

/// A string that nobody has written yet.
struct AString;

macro_rules! read_from_text {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Refusal> {
            Err(Refusal::Other)
        }
    )*};
}

impl<'de> Deserializer<'de> for AString {
    type Error = Refusal;

    read_from_text! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8
        deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_string(String::new())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refusal> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refusal> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

impl<'de> EnumAccess<'de> for AString {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<(S::Value, Self), Refusal> {
        Err(Refusal::Other)
    }
}

impl<'de> VariantAccess<'de> for AString {
    type Error = Refusal;

    fn unit_variant(self) -> Result<(), Refusal> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, _: S) -> Result<S::Value, Refusal> {
        Err(Refusal::Other)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Refusal> {
        Err(Refusal::Other)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Refusal> {
        Err(Refusal::Other)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Arguments {
        text: String,
        number: Option<u8>,
        sky: Sky,
        address: std::net::IpAddr,
        letter: char,
        #[serde(deserialize_with = "split")]
        split: Vec<String>,
        list: Vec<String>,
        inner: Option<Inner>,
        pair: (u8, u8),
    }

    #[derive(Deserialize)]
    enum Sky {
        Clear,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Inner {
        x: u8,
    }

    fn split<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(String::deserialize(deserializer)?.split(',').map(str::to_owned).collect())
    }

    #[test]
    fn only_what_is_no_string_at_all_is_refused() {
        for name in ["text", "number", "sky", "address", "letter", "split"] {
            assert!(!takes_no_string::<Arguments>(name), "{name}");
        }
        for name in ["list", "inner", "pair"] {
            assert!(takes_no_string::<Arguments>(name), "{name}");
        }
        assert!(!takes_no_string::<BTreeMap<String, String>>("any"));
        let Sky::Clear = Sky::Clear;
    }
}

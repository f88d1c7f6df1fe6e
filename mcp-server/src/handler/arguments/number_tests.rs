//! Numbers on their way through validation to the handler, without a server.

use std::collections::BTreeMap;

use mcp_core::json::RawJson;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    ServerTool,
    handler::{call_failure::CallFailure, tests::scope},
};

/// The text that the tool returns, or why the arguments do not fit.
async fn call(tool: &ServerTool, arguments: &str) -> Result<String, String> {
    let arguments: RawJson = serde_json::from_str(arguments).unwrap();
    match tool.call(arguments, scope()).await {
        Ok(result) => Ok(result.joined_text()),
        Err(CallFailure::Arguments(text)) => {
            Err(text.split_once("do not fit:").unwrap().1.trim_start_matches(['\n', '-', ' ']).to_owned())
        }
        other => panic!("{other:?}"),
    }
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "kind")]
enum Shape {
    Dot { size: u32 },
}

/// A tool that takes one argument `x` of a type, and returns it as JSON.
fn echo<T: Serialize + DeserializeOwned + schemars::JsonSchema + Send + 'static>() -> ServerTool {
    ServerTool::new("echo", |arguments: X<T>| async move { serde_json::to_string(&arguments.x).unwrap() })
}

#[derive(Deserialize, schemars::JsonSchema)]
struct X<T> {
    x: T,
}

#[tokio::test]
async fn an_integer_is_an_integer_however_it_is_spelt() {
    async fn of<T: Serialize + DeserializeOwned + schemars::JsonSchema + Send + 'static>(largest: &str) {
        let tool = echo::<T>();
        for (spelt, exactly) in [("1", "1"), ("1.0", "1"), ("10e-1", "1"), ("1e2", "100"), ("-0", "0"), ("0.0", "0")] {
            assert_eq!(call(&tool, &format!("{{\"x\":{spelt}}}")).await.as_deref(), Ok(exactly), "{spelt}");
        }
        assert_eq!(call(&tool, &format!("{{\"x\":{largest}.0}}")).await.as_deref(), Ok(largest));
        assert_eq!(call(&tool, &format!("{{\"x\":0.{largest}e{}}}", largest.len())).await.as_deref(), Ok(largest));
        for wrong in ["1.5", "1e-1", "1e400", "1e39", &format!("{largest}0"), &format!("{largest}.5")] {
            let problem = call(&tool, &format!("{{\"x\":{wrong}}}")).await.unwrap_err();
            assert!(problem.starts_with("argument `x`: "), "{wrong}: {problem}");
        }
    }
    of::<i8>("127").await;
    of::<u8>("255").await;
    of::<i16>("32767").await;
    of::<u16>("65535").await;
    of::<i32>("2147483647").await;
    of::<u32>("4294967295").await;
    of::<i64>("9223372036854775807").await;
    of::<u64>("18446744073709551615").await;
    of::<isize>("9223372036854775807").await;
    of::<usize>("18446744073709551615").await;
    of::<i128>("170141183460469231731687303715884105727").await;
    of::<u128>("340282366920938463463374607431768211455").await;
    of::<Option<i64>>("9223372036854775807").await;
}

#[tokio::test]
async fn integers_inside_of_values_are_exact_too() {
    let list = echo::<Vec<Option<i64>>>();
    assert_eq!(
        call(&list, r#"{"x":[1e18,null,9007199254740993.0]}"#).await.as_deref(),
        Ok("[1000000000000000000,null,9007199254740993]")
    );
    let map = echo::<BTreeMap<String, u128>>();
    assert_eq!(call(&map, r#"{"x":{"1.0":1e38}}"#).await.as_deref(), Ok(&*format!("{{\"1.0\":1{}}}", "0".repeat(38))));
    // The members of a tagged enum are read from a copy of them.
    let tagged = echo::<(Shape, f64)>();
    assert_eq!(
        call(&tagged, r#"{"x":[{"size":3.0,"kind":"Dot"},0.1]}"#).await.as_deref(),
        Ok(r#"[{"kind":"Dot","size":3},0.1]"#)
    );
}

#[cfg(feature = "json-schema")]
mod validated {
    use mcp_core::{decimal::Decimal, schema::Schema};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Context, tool};

    fn written<A: DeserializeOwned + Send + 'static>(n: &Value, show: fn(A) -> String) -> ServerTool {
        let schema = Schema::try_from(json!({"type": "object", "properties": {"n": n}})).unwrap();
        ServerTool::from_schema("written", schema, move |arguments: A, _: Context| async move { show(arguments) })
    }

    #[tokio::test]
    async fn a_number_beyond_all_floats_leaves_nothing_unvalidated() {
        #[tool]
        fn level(#[schemars(range(max = 10))] level: i64, x: Option<f64>) -> String {
            format!("{level} {x:?}")
        }
        let integer = json!({"type": "integer", "maximum": 10});
        let raw = written(&integer, |raw: RawJson| raw.as_str().to_owned());
        let value = written(&integer, |value: Value| value.to_string());
        for (tool, name) in [(&level::tool(), "level"), (&raw, "n"), (&value, "n")] {
            for number in ["1e400", "-1e400", "1"] {
                let problem = call(tool, &format!("{{\"{name}\":9999,\"x\":{number}}}")).await.unwrap_err();
                assert_eq!(problem, format!("argument `{name}`: 9999 is greater than the maximum of 10"));
            }
        }
        // What the handler's type cannot hold is refused by its name; one that takes any text gets it as it is.
        for (tool, arguments) in [(&level::tool(), r#"{"level":1,"x":1e400}"#), (&value, r#"{"n":1,"x":1e400}"#)] {
            assert_eq!(call(tool, arguments).await.unwrap_err(), "argument `x`: number out of range");
        }
        assert_eq!(call(&raw, r#"{"n":1,"x":1e400}"#).await.as_deref(), Ok(r#"{"n":1,"x":1e400}"#));
    }

    #[tokio::test]
    async fn where_more_than_types_is_validated_integers_are_exact_too() {
        #[tool]
        fn wide(#[schemars(range(max = 10))] _level: Option<i64>, small: Option<i64>, wide: Option<u128>) -> String {
            format!("{small:?} {wide:?}")
        }
        let tool = wide::tool();
        assert_eq!(call(&tool, r#"{"small":9007199254740993.0}"#).await.as_deref(), Ok("Some(9007199254740993) None"));
        // A schema that says integer hands one over, also to a handler that takes any JSON.
        let any = written(&json!({"type": "integer"}), |value: Value| format!("{:?}", value["n"].as_i64()));
        assert_eq!(call(&any, r#"{"n":1e3}"#).await.as_deref(), Ok("Some(1000)"));
        for wide in ["18446744073709551615", "18446744073709551617", "340282366920938463463374607431768211455"] {
            let arguments = format!("{{\"wide\":{wide}}}");
            assert_eq!(call(&tool, &arguments).await.as_deref(), Ok(&*format!("None Some({wide})")));
        }
    }

    #[tokio::test]
    async fn a_number_that_floats_are_too_coarse_for_is_refused() {
        let tool = written(&json!({"maximum": 10}), |raw: RawJson| raw.as_str().to_owned());
        let problem = call(&tool, r#"{"n":10.00000000000000000001}"#).await.unwrap_err();
        assert!(problem.starts_with("argument `n`: 10.00000000000000000001 is too near to a limit"), "{problem}");
        assert!(call(&tool, r#"{"n":9.00000000000000000001}"#).await.is_ok());
        let tool = written(&json!({"exclusiveMinimum": 0}), |raw: RawJson| raw.as_str().to_owned());
        assert!(call(&tool, r#"{"n":1e-400}"#).await.is_err());
    }

    #[tokio::test]
    async fn a_key_that_stands_twice_is_refused_before_one_of_them_is_validated() {
        let tool = written(&json!({"properties": {"level": {"maximum": 10}}}), |raw: RawJson| raw.as_str().to_owned());
        for arguments in [r#"{"n":{"level":11,"level":1}}"#, r#"{"n":{"level":1,"\u006cevel":11}}"#] {
            let problem = call(&tool, arguments).await.unwrap_err();
            assert_eq!(problem, "argument `n.level`: stands there more than once");
        }
    }

    fn token() -> impl Strategy<Value = String> {
        prop_oneof![
            "-?(0|[1-9][0-9]{0,3})",
            "-?(0|[1-9][0-9]{0,24})",
            "-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,24}",
            "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,20})?[eE][+-]?[0-9]{1,3}",
            any::<f64>().prop_filter("finite", |float| float.is_finite()).prop_map(|float| json!(float).to_string()),
            any::<i64>().prop_map(|integer| integer.to_string()),
            any::<u64>().prop_map(|integer| format!("{integer}.0")),
        ]
    }

    /// A bound that stands near a number.
    fn near(token: &str) -> impl Strategy<Value = Value> + use<> {
        let float: f64 = token.parse().unwrap();
        let float = if float.is_finite() { float } else { 1e308 };
        prop_oneof![
            Just(json!(float)),
            Just(json!(float.next_up())),
            Just(json!(float.next_down())),
            Just(json!(float as i64))
        ]
    }

    /// What a float beyond 2^53 stands for, to the last digit: the shortest text that reads as it says less.
    fn exactly(text: &str) -> String {
        let float: f64 = text.parse().unwrap();
        match text.contains(['.', 'e']) && float.abs() >= 9_007_199_254_740_992.0 {
            true => format!("{float:.0}"),
            false => text.to_owned(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// Whatever reaches a handler lies, exactly, within the bounds of the schema, and says the same to every handler.
        #[test]
        fn what_validation_sees_is_what_the_handler_gets(
            (number, bound) in token().prop_flat_map(|token| (Just(token.clone()), near(&token))),
            keyword in prop_oneof![Just("minimum"), Just("exclusiveMinimum"), Just("maximum"), Just("exclusiveMaximum")],
        ) {
            #[derive(Deserialize)]
            struct N<T> { n: T }
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let schema = json!({ keyword: bound });
            let arguments = format!("{{\"n\":{number}}}");
            let call = |tool: ServerTool| runtime.block_on(call(&tool, &arguments)).ok();
            let handlers = [
                written(&schema, |raw: RawJson| raw.as_str()[5..raw.as_str().len() - 1].to_owned()),
                written(&schema, |value: Value| value["n"].to_string()),
                written(&schema, |N { n }: N<f64>| json!(n).to_string()),
                written(&schema, |N { n }: N<i64>| n.to_string()),
                written(&schema, |N { n }: N<i128>| n.to_string()),
                written(&schema, |N { n }: N<u128>| n.to_string()),
            ];
            let bound_text = exactly(&bound.to_string());
            let bound = Decimal::parse(&bound_text).unwrap();
            let mut first: Option<String> = None;
            for (at, handler) in handlers.into_iter().enumerate() {
                let Some(got) = call(handler) else { continue };
                // A tree holds what is no integer of 64 bits as a float (RFC 8259, section 6); two texts may be one float.
                let is_float = at == 2 || (at == 1 && got.parse::<i64>().is_err() && got.parse::<u64>().is_err());
                let got = if is_float { exactly(&got) } else { got };
                let got_number = Decimal::parse(&got).unwrap();
                // To a float an integer of 64 bits may be one of many.
                let (float, float_of_bound) = (got.parse::<f64>().unwrap(), bound_text.parse::<f64>().unwrap());
                let within = match keyword {
                    _ if is_float && float == float_of_bound => true,
                    "minimum" => got_number >= bound,
                    "exclusiveMinimum" => got_number > bound,
                    "maximum" => got_number <= bound,
                    _ => got_number < bound,
                };
                prop_assert!(within, "{} got {} for {} {}", number, got, keyword, schema);
                let first = first.get_or_insert_with(|| got.clone());
                let same = Decimal::parse(first).unwrap() == got_number
                    || is_float && first.parse::<f64>().unwrap() == float;
                prop_assert!(same, "{} and {} of {}", first, got, number);
            }
        }
    }
}

#[derive(Serialize, Deserialize, schemars::JsonSchema)]
struct Point {
    a: u8,
    b: u8,
}

/// serde takes a list of fields for an object; the schema, which the client has read, does not.
#[tokio::test]
async fn an_object_is_not_read_from_a_list_of_its_members() {
    for (tool, fits, list) in [
        (echo::<Point>(), r#"{"x":{"a":1,"b":2}}"#, r#"{"x":[1,2]}"#),
        (echo::<Option<Point>>(), r#"{"x":{"a":1,"b":2}}"#, r#"{"x":[1,2]}"#),
        (echo::<Vec<Point>>(), r#"{"x":[{"a":1,"b":2}]}"#, r#"{"x":[[1,2]]}"#),
    ] {
        assert!(call(&tool, fits).await.is_ok(), "{fits}");
        let problem = call(&tool, list).await.expect_err(list);
        assert!(problem.starts_with("argument `x"), "{list}: {problem}");
    }
}

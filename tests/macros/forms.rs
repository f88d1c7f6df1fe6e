//! What `#[derive(Form)]` makes of structs and enums.

use mcp_server::{
    Form, FormChoice, FormField, RawObject,
    model::{FieldKind, FieldSchema, FormOption, FormSchema, TextFormat},
};
use serde_json::{Value, json};

const LONGEST: u32 = 40;

/// Doc comments of the struct are for programmers.
#[derive(Debug, PartialEq, Form)]
struct Order {
    /// Who eats it.
    ///
    /// First and last.
    #[form(title = "Your name", min_length = 2, max_length = LONGEST, default = "Ada")]
    name: String,
    #[form(format = "email", description = "Where the bill goes")]
    mail: Option<String>,
    #[form(min = 1, max = 20, default = 2)]
    pizzas: u8,
    #[form(min = -0.5, max = 1.0)]
    tip: f64,
    #[form(rename = "isHungry", default)]
    hungry: bool,
    r#type: i64,
    #[form(default = Size::Large)]
    size: Size,
    #[form(default = Size::Small)]
    second: Option<Size>,
    #[form(min_items = 1, max_items = 2, default = vec![Topping::Olives])]
    toppings: Vec<Topping>,
    more: Vec<Topping>,
    #[form(min_items = 1)]
    extra: Option<Vec<Topping>>,
}

#[derive(Debug, PartialEq, Clone, Copy, Form)]
enum Size {
    /// For programmers.
    #[form(title = "24 cm", rename = "small")]
    Small,
    #[form(title = "32 cm")]
    #[form(rename = "large")]
    Large,
}

#[derive(Debug, PartialEq, Form)]
enum Topping {
    Olives,
    Capers,
    r#Gen,
}

#[derive(Debug, PartialEq, Form)]
struct Confirm;

#[derive(Debug, PartialEq, Form)]
struct Sure {}

fn object(value: &Value) -> RawObject {
    RawObject::from_value(value).unwrap().unwrap()
}

#[test]
fn a_struct_becomes_a_form() {
    let sizes = || [FormOption::titled("small", "24 cm"), FormOption::titled("large", "32 cm")];
    let toppings = || FieldSchema::several_of(["Olives", "Capers", "Gen"]);
    let expected = FormSchema::new()
        .required(
            "name",
            FieldSchema::text()
                .with_title("Your name")
                .with_description("Who eats it.\n\nFirst and last.")
                .with_length(2, 40)
                .with_default("Ada"),
        )
        .optional("mail", FieldSchema::text().with_format(TextFormat::Email).with_description("Where the bill goes"))
        .required("pizzas", FieldSchema::integer().with_min(1).with_max(20).with_default(2))
        .required("tip", FieldSchema::number().with_min(-0.5).with_max(1.0))
        .required("isHungry", FieldSchema::boolean().with_default(false))
        .required("type", FieldSchema::integer())
        .required("size", FieldSchema::one_of(sizes()).with_default("large"))
        .optional("second", FieldSchema::one_of(sizes()).with_default("small"))
        .required("toppings", toppings().with_min_items(1).with_max_items(2).with_default(["Olives"]))
        .optional("more", toppings())
        .optional("extra", toppings().with_min_items(1));
    assert_eq!(Order::form(), expected);
}

#[test]
fn each_width_of_number_has_its_own_bounds() {
    #[derive(Form)]
    #[allow(dead_code)]
    struct Numbers {
        a: u8,
        b: i16,
        c: Option<u32>,
        d: u64,
        e: i128,
        f: f32,
        g: usize,
    }
    let form = Numbers::form();
    let bounds: Vec<_> = form
        .entries()
        .iter()
        .map(|entry| match entry.field.kind {
            FieldKind::Integer { min, max, .. } => (min, max),
            _ => (None, None),
        })
        .collect();
    assert_eq!(
        bounds,
        [
            (Some(0), Some(255)),
            (Some(-32768), Some(32767)),
            (Some(0), Some(4_294_967_295)),
            (Some(0), None),
            (None, None),
            (None, None),
            (Some(0), None),
        ]
    );
    let answer = json!({"a": 1, "b": -1, "d": u64::MAX, "e": 1e20, "f": 0.5, "g": 7.0});
    let Numbers { a, b, c, d, e, f, g } = Numbers::read(&object(&answer)).ok().unwrap();
    assert_eq!((a, b, c, d, e, f, g), (1, -1, None, u64::MAX, 100_000_000_000_000_000_000, 0.5, 7));
}

fn answer() -> Value {
    json!({
        "name": "Bob", "pizzas": 3, "tip": 0.25, "isHungry": true, "type": -7, "size": "small", "toppings": ["Gen"],
    })
}

#[test]
fn an_answer_becomes_the_struct() {
    let mut order = Order {
        name: "Bob".to_owned(),
        mail: None,
        pizzas: 3,
        tip: 0.25,
        hungry: true,
        r#type: -7,
        size: Size::Small,
        second: None,
        toppings: vec![Topping::Gen],
        more: Vec::new(),
        extra: None,
    };
    assert_eq!(Order::read(&object(&answer())), Ok(order));
    let mut more = answer();
    for (name, value) in [
        ("mail", json!("bob@example.com")),
        ("second", json!("large")),
        ("more", json!(["Capers", "Olives"])),
        ("extra", json!(["Gen"])),
        ("unasked", json!({"deep": []})),
    ] {
        more[name] = value;
    }
    order = Order::read(&object(&more)).unwrap();
    assert_eq!((order.mail.as_deref(), order.second), (Some("bob@example.com"), Some(Size::Large)));
    assert_eq!((order.more, order.extra), (vec![Topping::Capers, Topping::Olives], Some(vec![Topping::Gen])));
}

/// A default is filled in by the client; what does not come back was taken out.
#[test]
fn a_default_is_no_answer() {
    let mut without = answer();
    without.as_object_mut().unwrap().retain(|name, _| name != "name" && name != "second");
    assert_eq!(Order::read(&object(&without)).unwrap_err(), ["`name` is missing"]);
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    for (name, value, problem) in [
        ("name", json!("B"), "`name` must have at least 2 characters"),
        ("name", json!("B".repeat(41)), "`name` must have at most 40 characters"),
        ("name", json!(1), "`name` must be a text"),
        ("mail", json!("bob"), "`mail` must be an address of mail, such as ada@example.com"),
        ("pizzas", json!(0), "`pizzas` must be at least 1"),
        ("pizzas", json!(21), "`pizzas` must be at most 20"),
        ("pizzas", json!(1.5), "`pizzas` must be a whole number"),
        ("tip", json!(-0.75), "`tip` must be at least -0.5"),
        ("tip", json!(1.25), "`tip` must be at most 1"),
        ("tip", json!("1"), "`tip` must be a number"),
        ("isHungry", json!("yes"), "`isHungry` must be `true` or `false`"),
        ("type", json!(u64::MAX), "`type` must be between -9223372036854775808 and 9223372036854775807"),
        ("size", json!("Small"), "`size` must be one of `small`, `large`"),
        ("second", json!("24 cm"), "`second` must be one of `small`, `large`"),
        ("toppings", json!([]), "`toppings` must have at least 1 options"),
        ("toppings", json!(["Gen", "Olives", "Capers"]), "`toppings` must have at most 2 options"),
        ("toppings", json!(["Gen", "Gen"]), "`toppings` must not name an option twice"),
        ("toppings", json!(["Ham"]), "`toppings` must be a list of `Olives`, `Capers`, `Gen`"),
        ("toppings", json!("Gen"), "`toppings` must be a list of `Olives`, `Capers`, `Gen`"),
        ("extra", json!([]), "`extra` must have at least 1 options"),
    ] {
        let mut wrong = answer();
        wrong[name] = value;
        assert_eq!(Order::read(&object(&wrong)).unwrap_err(), [problem], "{wrong}");
    }
    let problems = Order::read(&RawObject::EMPTY).unwrap_err();
    let required = ["name", "pizzas", "tip", "isHungry", "type", "size", "toppings"];
    assert_eq!(problems, required.map(|name| format!("`{name}` is missing")));
}

#[test]
fn an_enum_is_a_choice() {
    assert_eq!(Topping::options(), ["Olives", "Capers", "Gen"].map(FormOption::new));
    assert_eq!((Size::from_value("large"), Size::from_value("Large")), (Some(Size::Large), None));
    assert_eq!(Size::Small.value(), "small");
    assert_eq!(Size::read(None), Err("is missing".to_owned()));
}

#[test]
fn a_struct_without_fields_asks_for_nothing() {
    assert_eq!((Confirm::form(), Sure::form()), (FormSchema::new(), FormSchema::new()));
    assert_eq!(Confirm::read(&object(&json!({"unasked": 1}))), Ok(Confirm));
    assert_eq!(Sure::read(&RawObject::EMPTY), Ok(Sure {}));
}

/// A type of a program's own, with what it may say of itself.
#[test]
fn other_types_can_be_fields() {
    #[derive(Debug, PartialEq)]
    struct Percent(u8);

    impl FormField for Percent {
        fn field() -> FieldSchema {
            u8::field().with_max(100)
        }

        fn read(value: Option<&mcp_server::RawJson>) -> Result<Self, String> {
            u8::read(value).map(Self)
        }
    }

    #[derive(Debug, PartialEq, Form)]
    struct Discount {
        #[form(title = concat!("By", " how much"))]
        percent: Percent,
    }

    assert_eq!(Discount::read(&object(&json!({"percent": 5}))), Ok(Discount { percent: Percent(5) }));
    assert_eq!(Discount::read(&object(&json!({"percent": 101}))).unwrap_err(), ["`percent` must be at most 100"]);
    assert_eq!(Discount::form().entries()[0].field.title.as_deref(), Some("By how much"));
}

/// What is no literal is compared when the form is made.
#[test]
#[should_panic(expected = "the field `mail` cannot be asked for: its default must be an address of mail")]
fn a_default_of_another_format_is_no_form() {
    #[derive(Form)]
    #[allow(dead_code)]
    struct Mail {
        #[form(format = "email", default = "nobody")]
        mail: String,
    }
    drop(Mail::form());
}

/// Names of the program hide nothing that the derive writes.
#[test]
fn a_form_may_stand_among_names_of_its_own() {
    #[derive(Debug, PartialEq, Form)]
    #[allow(non_camel_case_types)]
    enum Option {
        Some,
        None,
    }
    struct Vec;
    struct String;
    fn shadow() -> (Vec, String) {
        (Vec, String)
    }

    #[derive(Debug, PartialEq, Form)]
    struct Names {
        content: Option,
        problems: bool,
        field: bool,
        field_0: bool,
    }
    let (Vec, String) = shadow();
    let answer = json!({"content": "None", "problems": true, "field": false, "field_0": true});
    let names = Names { content: Option::None, problems: true, field: false, field_0: true };
    assert_eq!(Names::read(&object(&answer)), Ok(names));
    assert_eq!(Option::from_value("Some"), std::option::Option::Some(Option::Some));
}

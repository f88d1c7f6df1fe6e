//! What may be entered into one field of a form.

/// One field of a form: what may be entered, and how it is shown.
///
/// ```
/// use mcp_core::model::{FieldSchema, FormOption, TextFormat};
///
/// let mail = FieldSchema::text().with_format(TextFormat::Email).with_description("Where the invoice goes");
/// let color = FieldSchema::one_of([FormOption::titled("#f00", "Red"), FormOption::titled("#0f0", "Green")]);
/// ```
///
/// # Panics
///
/// A method about something that the field's kind does not have, such as the length of a number, panics at its caller's
/// line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FieldSchema {
    /// The name to show.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// What may be entered.
    pub kind: FieldKind,
    /// Whether the names of a choice's options stand beside their values in every revision, as `enumNames`.
    pub enum_names: bool,
}

/// The kinds of field that a form may have (2026-07-28, client/elicitation, "Requested Schema").
///
/// A default is what clients fill in before the user looks. It is never taken for an answer: a field that the user left
/// empty is empty.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldKind {
    /// A text.
    Text {
        /// The fewest characters.
        min_length: Option<u32>,
        /// The most characters.
        max_length: Option<u32>,
        /// What it spells.
        format: Option<TextFormat>,
        /// What is filled in.
        default: Option<String>,
    },
    /// A number. Bounds and default are finite.
    Number {
        /// The smallest.
        min: Option<f64>,
        /// The largest.
        max: Option<f64>,
        /// What is filled in.
        default: Option<f64>,
    },
    /// A whole number.
    Integer {
        /// The smallest.
        min: Option<i128>,
        /// The largest.
        max: Option<i128>,
        /// What is filled in.
        default: Option<i128>,
    },
    /// Yes or no.
    Boolean {
        /// What is filled in.
        default: Option<bool>,
    },
    /// One of several options.
    OneOf {
        /// The options, in order.
        options: Vec<FormOption>,
        /// The value of the option that is chosen at first.
        default: Option<String>,
    },
    /// Any number of several options. A client of a revision without this kind is asked about each with a yes or no.
    SeveralOf {
        /// The options, in order.
        options: Vec<FormOption>,
        /// The fewest that may be chosen.
        min_items: Option<u32>,
        /// The most that may be chosen.
        max_items: Option<u32>,
        /// The values of the options that are chosen at first.
        default: Option<Vec<String>>,
    },
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormOption {
    /// What an answer says.
    pub value: String,
    /// What the user reads, if it is something else.
    pub title: Option<String>,
}

impl FormOption {
    /// An option that the user reads as the answer says it.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), title: None }
    }

    /// An option with a name to show.
    pub fn titled(value: impl Into<String>, title: impl Into<String>) -> Self {
        Self { value: value.into(), title: Some(title.into()) }
    }

    /// What the user reads.
    pub fn display_name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.value)
    }
}

impl<T: Into<String>> From<T> for FormOption {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

/// What a text spells. `#[non_exhaustive]`: later revisions may add formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextFormat {
    /// An address of mail (RFC 5321, section 4.1.2).
    Email,
    /// A URI (RFC 3986).
    Uri,
    /// A date, such as `2026-07-28` (RFC 3339, section 5.6).
    Date,
    /// A date with a time and its offset, such as `2026-07-28T12:00:00Z` (RFC 3339, section 5.6).
    DateTime,
}

impl TextFormat {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Email, Self::Uri, Self::Date, Self::DateTime];

    /// Its name in a schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Date => "date",
            Self::DateTime => "date-time",
        }
    }
}

macro_rules! set {
    ($field:expr, $kind:ident { $member:ident = $value:expr }, $what:literal) => {{
        let mut field = $field;
        let fits = match &mut field.kind {
            FieldKind::$kind { $member, .. } => {
                *$member = Some($value);
                true
            }
            _ => false,
        };
        assert!(fits, "a field for {} has no {}", field.kind.noun(), $what);
        field
    }};
}

impl FieldSchema {
    fn of(kind: FieldKind) -> Self {
        Self { title: None, description: None, kind, enum_names: false }
    }

    /// A text.
    pub fn text() -> Self {
        Self::of(FieldKind::Text { min_length: None, max_length: None, format: None, default: None })
    }

    /// A number.
    pub fn number() -> Self {
        Self::of(FieldKind::Number { min: None, max: None, default: None })
    }

    /// A whole number.
    pub fn integer() -> Self {
        Self::of(FieldKind::Integer { min: None, max: None, default: None })
    }

    /// Yes or no.
    pub fn boolean() -> Self {
        Self::of(FieldKind::Boolean { default: None })
    }

    /// One of these options.
    pub fn one_of(options: impl IntoIterator<Item = impl Into<FormOption>>) -> Self {
        Self::of(FieldKind::OneOf { options: options.into_iter().map(Into::into).collect(), default: None })
    }

    /// Any number of these options.
    pub fn several_of(options: impl IntoIterator<Item = impl Into<FormOption>>) -> Self {
        let options = options.into_iter().map(Into::into).collect();
        Self::of(FieldKind::SeveralOf { options, min_items: None, max_items: None, default: None })
    }

    /// Adds the name to show.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds what it is.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Writes the names of a choice's options beside their values, as `enumNames`, also for clients of revisions that have a
    /// better way: some clients show names only so. Deprecated since 2025-11-25 (2026-07-28, schema,
    /// "LegacyTitledEnumSchema").
    #[must_use]
    #[track_caller]
    pub fn with_enum_names(mut self) -> Self {
        let fits = matches!(self.kind, FieldKind::OneOf { .. });
        assert!(fits, "a field for {} has no names of options beside values", self.kind.noun());
        self.enum_names = true;
        self
    }

    /// A text of at least and at most so many characters.
    #[must_use]
    #[track_caller]
    pub fn with_length(self, min: u32, max: u32) -> Self {
        self.with_min_length(min).with_max_length(max)
    }

    /// A text of at least so many characters.
    #[must_use]
    #[track_caller]
    pub fn with_min_length(self, min: u32) -> Self {
        set!(self, Text { min_length = min }, "shortest length")
    }

    /// A text of at most so many characters.
    #[must_use]
    #[track_caller]
    pub fn with_max_length(self, max: u32) -> Self {
        set!(self, Text { max_length = max }, "longest length")
    }

    /// A text that spells something.
    #[must_use]
    #[track_caller]
    pub fn with_format(self, wanted: TextFormat) -> Self {
        set!(self, Text { format = wanted }, "format")
    }

    /// A number, whole or not, of at least so much.
    #[must_use]
    #[track_caller]
    pub fn with_min(mut self, least: impl Into<FieldNumber>) -> Self {
        let fits = match (&mut self.kind, least.into()) {
            (FieldKind::Integer { min, .. }, FieldNumber::Integer(least)) => {
                *min = Some(least);
                true
            }
            (FieldKind::Number { min, .. }, least) => {
                *min = Some(least.to_f64());
                true
            }
            _ => false,
        };
        assert!(fits, "a field for {} has no such least value", self.kind.noun());
        self
    }

    /// A number, whole or not, of at most so much.
    #[must_use]
    #[track_caller]
    pub fn with_max(mut self, most: impl Into<FieldNumber>) -> Self {
        let fits = match (&mut self.kind, most.into()) {
            (FieldKind::Integer { max, .. }, FieldNumber::Integer(most)) => {
                *max = Some(most);
                true
            }
            (FieldKind::Number { max, .. }, most) => {
                *max = Some(most.to_f64());
                true
            }
            _ => false,
        };
        assert!(fits, "a field for {} has no such greatest value", self.kind.noun());
        self
    }

    /// At least so many options.
    #[must_use]
    #[track_caller]
    pub fn with_min_items(self, min: u32) -> Self {
        set!(self, SeveralOf { min_items = min }, "fewest number of options")
    }

    /// At most so many options.
    #[must_use]
    #[track_caller]
    pub fn with_max_items(self, max: u32) -> Self {
        set!(self, SeveralOf { max_items = max }, "greatest number of options")
    }

    /// Adds what is filled in before the user looks: a text, a number, a `bool`, the value of an option, or the values of
    /// several. It is a hint for clients that can do so, and never taken for an answer.
    #[must_use]
    #[track_caller]
    pub fn with_default(mut self, filled_in: impl Into<FieldDefault>) -> Self {
        let fits = match (&mut self.kind, filled_in.into()) {
            (FieldKind::Text { default, .. } | FieldKind::OneOf { default, .. }, FieldDefault::Text(text)) => {
                *default = Some(text);
                true
            }
            (FieldKind::Integer { default, .. }, FieldDefault::Number(FieldNumber::Integer(number))) => {
                *default = Some(number);
                true
            }
            (FieldKind::Number { default, .. }, FieldDefault::Number(number)) => {
                *default = Some(number.to_f64());
                true
            }
            (FieldKind::Boolean { default }, FieldDefault::Boolean(value)) => {
                *default = Some(value);
                true
            }
            (FieldKind::SeveralOf { default, .. }, FieldDefault::Several(values)) => {
                *default = Some(values);
                true
            }
            _ => false,
        };
        assert!(fits, "a field for {} has no default of that type", self.kind.noun());
        self
    }
}

impl FieldKind {
    /// What is entered.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Text { .. } => "a text",
            Self::Number { .. } => "a number",
            Self::Integer { .. } => "a whole number",
            Self::Boolean { .. } => "`true` or `false`",
            Self::OneOf { .. } => "one option",
            Self::SeveralOf { .. } => "several options",
        }
    }
}

/// A number that bounds a field, or is filled in.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FieldNumber {
    /// A whole number.
    Integer(i128),
    /// Any number.
    Float(f64),
}

impl FieldNumber {
    fn to_f64(self) -> f64 {
        match self {
            Self::Integer(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// What is filled in before the user looks.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum FieldDefault {
    /// A text, or the value of an option.
    Text(String),
    /// A number.
    Number(FieldNumber),
    /// Yes or no.
    Boolean(bool),
    /// The values of several options.
    Several(Vec<String>),
}

macro_rules! numbers {
    ($($variant:ident($as:ty): $($type:ty)+;)+) => {$($(
        impl From<$type> for FieldNumber {
            fn from(number: $type) -> Self {
                Self::$variant(<$as>::from(number))
            }
        }

        impl From<$type> for FieldDefault {
            fn from(number: $type) -> Self {
                Self::Number(number.into())
            }
        }
    )+)+};
}

numbers! {
    Integer(i128): i8 i16 i32 i64 i128 u8 u16 u32 u64;
    Float(f64): f32 f64;
}

impl From<&str> for FieldDefault {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for FieldDefault {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for FieldDefault {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl<T: Into<String>> From<Vec<T>> for FieldDefault {
    fn from(values: Vec<T>) -> Self {
        Self::Several(values.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<String>, const N: usize> From<[T; N]> for FieldDefault {
    fn from(values: [T; N]) -> Self {
        Self::Several(values.into_iter().map(Into::into).collect())
    }
}

//! Questions that are asked most: one answer each.

use std::collections::BTreeSet;

use mcp_core::{
    error::excerpt,
    json::{RawJson, RawObject},
    model::{ElicitForm, FieldSchema, FormOption, FormSchema},
};

use super::{Answer, Context, NotAnswered};

/// The only field of such a form.
const FIELD: &str = "answer";

#[expect(clippy::missing_errors_doc, reason = "as those of `Context::elicit`")]
impl Context {
    /// Asks for yes or no. As [`elicit`](Self::elicit); `Accept(false)` is a no as well.
    ///
    /// ```
    /// use mcp_server::{Answer, Context, ToolError, tool};
    ///
    /// #[tool(destructive, asks(elicitation))]
    /// async fn clear(ctx: Context) -> Result<&'static str, ToolError> {
    ///     let Answer::Accept(true) = ctx.confirm("sure", "Remove everything?").await? else { return Ok("kept") };
    ///     Ok("removed")
    /// }
    /// ```
    pub async fn confirm(&self, key: impl AsRef<str>, message: impl Into<String>) -> Result<Answer<bool>, NotAnswered> {
        self.ask_one(key, message, FieldSchema::boolean()).await
    }

    /// Asks for a text. As [`elicit`](Self::elicit).
    pub async fn ask_text(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
    ) -> Result<Answer<String>, NotAnswered> {
        self.ask_one(key, message, FieldSchema::text()).await
    }

    /// Asks for a number. As [`elicit`](Self::elicit).
    pub async fn ask_number(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
    ) -> Result<Answer<f64>, NotAnswered> {
        self.ask_one(key, message, FieldSchema::number()).await
    }

    /// Asks for one of these options: texts, or [`FormOption::titled`]. As [`elicit`](Self::elicit); and it fails if there is
    /// no option, or one twice.
    ///
    /// ```
    /// use mcp_server::{Context, ToolError, tool};
    ///
    /// #[tool(asks(elicitation))]
    /// async fn paint(ctx: Context) -> Result<String, ToolError> {
    ///     let color = ctx.choose("color", "Which color?", ["red", "green"]).await?;
    ///     Ok(color.accepted().unwrap_or_else(|| "none".into()))
    /// }
    /// ```
    pub async fn choose(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
        options: impl IntoIterator<Item = impl Into<FormOption>>,
    ) -> Result<Answer<String>, NotAnswered> {
        let (key, options) = (key.as_ref(), distinct(key.as_ref(), options)?);
        self.ask_one(key, message, FieldSchema::one_of(options)).await
    }

    /// Asks for any number of these options. As [`elicit`](Self::elicit); for clients since 2025-11-25.
    pub async fn choose_several(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
        options: impl IntoIterator<Item = impl Into<FormOption>>,
    ) -> Result<Answer<Vec<String>>, NotAnswered> {
        let (key, options) = (key.as_ref(), distinct(key.as_ref(), options)?);
        self.ask_one(key, message, FieldSchema::several_of(options)).await
    }

    async fn ask_one<T: serde::de::DeserializeOwned>(
        &self,
        key: impl AsRef<str>,
        message: impl Into<String>,
        field: FieldSchema,
    ) -> Result<Answer<T>, NotAnswered> {
        let form = FormSchema::new().required(FIELD, field);
        let answer = self.elicit_form(key, ElicitForm::new(message, form)).await?;
        answer.try_map(|content| take(&content))
    }
}

/// The options of a choice, of which there must be one, and no two alike.
fn distinct(
    key: &str,
    options: impl IntoIterator<Item = impl Into<FormOption>>,
) -> Result<Vec<FormOption>, NotAnswered> {
    let options: Vec<FormOption> = options.into_iter().map(Into::into).collect();
    let mut values = BTreeSet::new();
    let twice = options.iter().find(|option| !values.insert(option.value.as_str()));
    match twice {
        Some(option) => {
            let (key, value) = (excerpt(key), excerpt(&option.value));
            Err(NotAnswered::unasked(format!(
                "the question `{key}` has the option `{value}` twice: give each a value of its own"
            )))
        }
        None if options.is_empty() => Err(NotAnswered::unasked(format!(
            "the question `{}` has no options to choose from: ask it only if there are any",
            excerpt(key)
        ))),
        None => Ok(options),
    }
}

fn take<T: serde::de::DeserializeOwned>(content: &RawObject) -> Result<T, NotAnswered> {
    let answer = content.get(FIELD).unwrap_or(RawJson::NULL);
    answer.parse().map_err(|error| NotAnswered::malformed(error.to_string()))
}

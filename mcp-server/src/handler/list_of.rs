//! Lists of what a server offers.

/// What gives one tool, prompt or resource after another: a `Vec`, an array, an `Option`, an iterator.
///
/// Everything that is an [`IntoIterator`] over `T` is one, and nothing else. It has a name of its own so that the compiler
/// can say what to write instead of functions: `tools![add]`, not `[add]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no list of `{T}`",
    label = "no list of `{T}`",
    note = "for functions with `#[tool]`, `#[prompt]` or `#[resource(\"..\")]` write `tools![add]`, `prompts![plan]` or `resources![read]`; for one item write `[item]`"
)]
pub trait ListOf<T>: IntoIterator<Item = T> {}

#[diagnostic::do_not_recommend]
impl<T, I: IntoIterator<Item = T>> ListOf<T> for I {}

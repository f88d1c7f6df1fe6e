//! `tools!`, `prompts!` and `resources!`, which name handlers as functions are named.

/// The tools of functions with `#[tool]`, as a `Vec` of [`ServerTool`](crate::ServerTool).
///
/// Each name is a path to the function: `tools![add, math::subtract]`. A function and its tool share one name in
/// two namespaces, and so does a module: in a file of its own, a tool is `tools![add::add]`, because `use add::add`
/// beside `mod add` does not compile.
///
/// ```
/// use mcp_server::{tool, tools};
///
/// #[tool]
/// async fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// mod math {
///     #[mcp_server::tool]
///     pub async fn subtract(a: i64, b: i64) -> i64 {
///         a - b
///     }
/// }
///
/// let names: Vec<_> = tools![add, math::subtract].iter().map(|tool| tool.definition().name.clone()).collect();
/// assert_eq!(names, ["add", "subtract"]);
/// ```
#[macro_export]
macro_rules! tools {
    ($($tool:ty),* $(,)?) => {
        <::std::vec::Vec<$crate::ServerTool> as ::core::convert::From<_>>::from([$(<$tool>::tool()),*])
    };
}

/// The prompts of functions with `#[prompt]`, as a `Vec` of [`ServerPrompt`](crate::ServerPrompt). Each name is a
/// path to the function, as in [`tools!`](crate::tools).
#[macro_export]
macro_rules! prompts {
    ($($prompt:ty),* $(,)?) => {
        <::std::vec::Vec<$crate::ServerPrompt> as ::core::convert::From<_>>::from([$(<$prompt>::prompt()),*])
    };
}

/// The resources of functions with `#[resource]`, as a `Vec` of [`ServerResource`](crate::ServerResource). Each name
/// is a path to the function, as in [`tools!`](crate::tools).
#[macro_export]
macro_rules! resources {
    ($($resource:ty),* $(,)?) => {
        <::std::vec::Vec<$crate::ServerResource> as ::core::convert::From<_>>::from([$(<$resource>::resource()),*])
    };
}

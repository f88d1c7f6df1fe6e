//! Attribute macros of `mcp-server`, which re-exports them: depend on that crate.
//!
//! A macro here writes only what a person could write with the public API of `mcp-server`: a type for the
//! arguments, a `ServerTool`, `ServerPrompt` or `ServerResource` around the function, an implementation of `Handlers`. There is no hidden registry.
//!
//! # Layout
//!
//! `doc_text` reads doc comments, `crate_path` how the library is named, `asks` what a handler asks of its client,
//! `attributes` reads options, `own_name` keeps what a function's name means in its own code, `types` tells the types of
//! parameters apart, `completion` reads what completes one, `signature` turns parameters into arguments, `form` writes
//! what a type is in a form, `definition` what a function becomes, and `handlers` what a block of methods becomes. Each
//! imports only what stands before it.

#![deny(missing_docs)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod doc_text;

mod crate_path;

mod asks;

mod attributes;

mod own_name;

mod types;

mod completion;

mod signature;

mod form;

mod definition;

mod handlers;

use attributes::Kind;
use proc_macro::TokenStream;
use syn::{DeriveInput, ItemFn, ItemImpl};

/// Makes a tool of a function.
///
/// The parameters are the tool's arguments and the doc comments are the descriptions, for the tool and for each
/// argument. The function stays what it is and can be called; beside it stands a type of the same name, whose
/// `tool()` gives the `ServerTool`, and which `tools![..]` names.
///
/// ```
/// use mcp_server::tool;
///
/// /// Adds two numbers.
/// #[tool]
/// async fn add(
///     /// First addend.
///     a: i64,
///     /// Second addend.
///     #[arg(default = 1)]
///     b: i64,
/// ) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// assert_eq!(add(1, 2).await, 3);
///
/// let definition = add::tool().definition().clone();
/// assert_eq!(definition.name, "add");
/// assert_eq!(definition.description.as_deref(), Some("Adds two numbers."));
/// assert_eq!(definition.input_schema.get("required").unwrap(), &serde_json::json!(["a"]));
/// # }
/// ```
///
/// # Parameters
///
/// - The type of an argument is owned, `serde::Deserialize` and `schemars::JsonSchema`; so is each of a struct's
///   fields. `Option<T>` may be left out.
/// - `#[arg(default = 5)]` may be left out too, and the schema shows the default. `#[arg(default)]` takes
///   `Default::default()`.
/// - `#[arg(name = "tokenBudget")]` gives the argument another name. An underscore before a parameter's name, which
///   says that it is not used, is no part of the argument's name.
/// - `#[arg(header = "Region")]` asks clients to repeat the argument in the header `Mcp-Param-Region`, so that proxies
///   can route by it. For strings, integers and booleans that are no secrets.
///   A text that a header cannot carry as it is, with a line end in it, beyond ASCII, or with a space around it, is sent in
///   base64, so that no value begins another header.
/// - `#[serde(..)]` and `#[schemars(..)]` go to the field that the argument becomes. `#[serde(alias = "..")]` is another
///   name for it; `#[serde(flatten)]` takes several arguments as one struct.
/// - A parameter whose type is written `Context`, or as a path that ends so, receives the call's context, wherever it stands.
/// - A parameter whose type is written `State<T>` receives what `ServerBuilder::state` was given.
/// - A parameter without a doc comment may be described in a section of the function's: `# Arguments`, with items such as
///   "- `city`: where it is". The section is no part of the tool's description.
/// - An argument that the tool does not know is refused, with the name that was probably meant; with `flatten` it is not.
///
/// # Options
///
/// `#[tool(name = "..", title = "..", icons = [..], meta = [..], read_only, destructive, idempotent, open_world,
/// asks(..), once, blocking, crate = path)]`
///
/// - `name`: the name of the tool, if it is not that of the function; `title`: the name to show.
/// - `icons`: pictures to show, each a `model::Icon`; `meta`: open metadata, pairs of a key and a value.
/// - `read_only`, `destructive`, `idempotent`, `open_world`: hints for the client. Each may be `= false`. What is
///   not said is assumed: not read-only, destructive, not idempotent, open world.
/// - `asks(elicitation, elicitation_url, sampling, sampling_tools, sampling_context, roots)`: what the function asks of its
///   client. A client that does not take it is refused before the function runs.
/// - `once`: the last round of a call with questions is done once, whatever is sent again.
/// - `blocking`: the function is not `async` and blocks, so that it runs on a thread for such work. Without it a
///   function that is not `async` runs inline and must not block.
/// - `crate`: the path of `mcp_server`, where it has another name or is re-exported: `crate = my_facade::mcp_server`.
///
/// # The name
///
/// The type beside the function hides a crate of that name from the module, but not from the function: a tool called `uuid`
/// may say `uuid::Uuid`. Elsewhere in the module that is `::uuid::Uuid`.
///
/// # What it returns
///
/// Text, a number, `bool`, `()`, `Json<T>`, `Content`, `Vec<Content>`, `CallToolResult`, or a `Result` of one of
/// these with any error. See `IntoToolResult`.
///
/// A function that is not `async` is awaited if its type is written `impl Future<Output = ..>` or
/// `Pin<Box<dyn Future<Output = ..> + Send>>`.
#[proc_macro_attribute]
pub fn tool(options: TokenStream, item: TokenStream) -> TokenStream {
    of_function(Kind::Tool, options, item)
}

/// Makes a prompt of a function.
///
/// The parameters are the prompt's arguments and the doc comments are the descriptions, as with `#[tool]`. Values
/// arrive as strings: a parameter is a `String`, a number, a `bool`, an enum that is `Deserialize` and `JsonSchema`, or
/// an `Option` of one of these. An enum's variants complete its argument. Beside the function stands a type of the
/// same name, whose `prompt()` gives the `ServerPrompt`, and which `prompts![..]` names.
///
/// ```
/// use mcp_server::{CompletionRequest, model::PromptMessage, prompt};
///
/// async fn cities(request: CompletionRequest) -> Vec<&'static str> {
///     ["Oslo", "Lagos"].into_iter().filter(|city| city.starts_with(&request.value)).collect()
/// }
///
/// /// Plans a day outside.
/// #[prompt(title = "Plan a day")]
/// async fn plan(
///     /// Where.
///     #[arg(complete = cities)]
///     city: String,
///     hours: Option<u8>,
/// ) -> Vec<PromptMessage> {
///     vec![PromptMessage::user(format!("What can I do in {city} in {} hours?", hours.unwrap_or(8)))]
/// }
///
/// let arguments = plan::prompt().definition().arguments.clone();
/// assert_eq!((arguments[0].required, arguments[1].required), (true, false));
/// ```
///
/// # Options
///
/// `#[prompt(name = "..", title = "..", icons = [..], meta = [..], asks(..), blocking, crate = path)]`, and on a parameter
/// `#[arg(name = "..", default = .., complete = function)]`. Icons, metadata, what is asked and the crate are as with
/// `#[tool]`; what completes an argument is a `Completer`.
///
/// # What it returns
///
/// Text, `PromptMessage`, `Vec<PromptMessage>`, `GetPromptResult`, or a `Result` of one of these with any error. See
/// `IntoPromptResult`.
#[proc_macro_attribute]
pub fn prompt(options: TokenStream, item: TokenStream) -> TokenStream {
    of_function(Kind::Prompt, options, item)
}

/// Makes a resource of a function, or a family of resources whose URIs follow a template.
///
/// The parameters are the variables of the template: `{name}` is one segment, `{+name}` a whole path. Their types are
/// `FromStr`; a text that does not fit names no resource. Beside the function stands a type of the same name, whose
/// `resource()` gives the `ServerResource`, and which `resources![..]` names.
///
/// ```
/// use mcp_server::{Json, resource};
///
/// /// Today's motto.
/// #[resource("shop://motto", mime_type = "text/plain")]
/// fn motto() -> &'static str {
///     "Everything must go"
/// }
///
/// /// What one item costs.
/// #[resource("shop://items/{id}", name = "item", title = "Item")]
/// async fn item(id: u32) -> Option<Json<u32>> {
///     (id < 100).then_some(Json(id * 2)) // none: there is no such resource
/// }
///
/// assert_eq!(item::resource().uri(), "shop://items/{id}");
/// assert!(!motto::resource().is_template());
/// ```
///
/// # Options
///
/// `#[resource("uri or template", name = "..", title = "..", mime_type = "..", icons = [..], meta = [..], annotations =
/// hints, cache = hint, list = function, asks(..), blocking, crate = path)]`, and on a parameter `#[arg(name = "..", complete =
/// function)]`. Icons, metadata and what is asked are as with `#[tool]`; `annotations` is a `model::Annotations`, and `cache` a
/// `CacheHint`: for how long, and by whom, what is read may be kept. `list = Self::rows` lists the resources of a template,
/// page by page, as `ServerResource::list_with` does: a function, or a method of the same block, that takes
/// `Option<String>`, the cursor, and `Context`.
///
/// # What it returns
///
/// Text, `Vec<u8>`, `Json<T>`, `ResourceContents`, `Vec<ResourceContents>`, `ReadResourceResult`, an `Option` of one of
/// these, or a `Result` with any error. See `IntoResourceContents`.
#[proc_macro_attribute]
pub fn resource(options: TokenStream, item: TokenStream) -> TokenStream {
    of_function(Kind::Resource, options, item)
}

fn of_function(kind: Kind, options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse::<ItemFn>(item.clone()) {
        Ok(function) => definition::expand(kind, options.into(), function).into(),
        Err(error) => beside(item, &error, &format!("`#[{}]` stands above a function", kind.word())),
    }
}

/// Makes tools, prompts and resources of the methods of a type, which they share as `Arc<Self>`.
///
/// Methods with `#[tool]`, `#[prompt]` or `#[resource(..)]` take `&self` and the arguments; they stay methods that can
/// be called. Others are left alone. The type is then a `Handlers`. Inside the block these attributes need no import.
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicI64, Ordering}};
/// use mcp_server::{Context, Handlers};
///
/// struct Counter {
///     count: AtomicI64,
/// }
///
/// #[mcp_server::handlers]
/// impl Counter {
///     /// Adds to the count and tells it.
///     #[tool(title = "Count", destructive = false)]
///     async fn count(
///         &self,
///         /// What to add.
///         #[arg(default = 1)]
///         by: i64,
///         ctx: Context,
///     ) -> i64 {
///         ctx.progress(1.0, 1.0, "counting").await;
///         self.count.fetch_add(by, Ordering::Relaxed) + by
///     }
/// }
///
/// let tools = Arc::new(Counter { count: AtomicI64::new(0) }).tools();
/// assert_eq!(tools[0].definition().name, "count");
/// ```
///
/// The state is shared by calls that run at the same time: `&mut self` is refused, and what changes stands in a
/// `Mutex`, an atomic or a channel.
///
/// # Options
///
/// - `groups(a, b)`, `group = a`: a type has one block without `group`. Any other block, in whatever file, is a group: its
///   attribute writes a function of that name, which gives a `HandlerGroup`, and the block without `group` names it. A block
///   under a condition is named under the same one: `groups(a, #[cfg(feature = "b")] b)`.
/// - `crate = path`: the path of `mcp_server`, for all handlers of the block.
///
/// ```
/// use mcp_server::{Server, handlers};
///
/// struct Notes;
///
/// #[handlers(groups(search))]
/// impl Notes {
///     /// Reads a note.
///     #[tool]
///     fn read(&self) {}
/// }
///
/// #[handlers(group = search)]
/// impl Notes {
///     /// Finds notes.
///     #[tool]
///     fn find(&self) {}
/// }
///
/// let server = Server::builder("notes", "1.0.0").handlers(Notes).build();
/// assert_eq!(server.tools().names(), ["read", "find"]);
/// ```
#[proc_macro_attribute]
pub fn handlers(options: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse::<ItemImpl>(item.clone()) {
        Ok(block) => handlers::expand(options.into(), block).into(),
        Err(error) => beside(item, &error, "`#[handlers]` stands above an `impl` block"),
    }
}

/// Makes a form of a struct, or a choice of an enum, for what a server asks its client's user.
///
/// A struct's fields are the fields of the form, in their order, and their doc comments are the descriptions. An enum
/// without data is one of several options where it is a field's type, and several of them in a `Vec`. Nothing else needs
/// to be derived.
///
/// ```
/// use mcp_server::{Form, RawObject};
///
/// #[derive(Form, Debug, PartialEq)]
/// struct Order {
///     /// Who eats it.
///     #[form(title = "Your name", min_length = 1, max_length = 80)]
///     name: String,
///     /// Where the bill goes.
///     #[form(format = "email")]
///     mail: Option<String>,
///     #[form(min = 1, max = 20, default = 1)]
///     pizzas: u8,
///     #[form(default = Size::Large)]
///     size: Size,
///     #[form(max_items = 2)]
///     toppings: Vec<Topping>,
/// }
///
/// #[derive(Form, Debug, PartialEq)]
/// enum Size {
///     #[form(title = "24 cm", rename = "small")]
///     Small,
///     #[form(title = "32 cm", rename = "large")]
///     Large,
/// }
///
/// #[derive(Form, Debug, PartialEq)]
/// enum Topping {
///     Olives,
///     Capers,
/// }
///
/// let answer: RawObject = serde_json::from_str(r#"{"name": "Ada", "pizzas": 2, "size": "small", "toppings": ["Capers"]}"#)?;
/// let order = Order::read(&answer).unwrap();
/// assert_eq!((order.size, order.toppings), (Size::Small, vec![Topping::Capers]));
///
/// let answer: RawObject = serde_json::from_str(r#"{"name": "", "pizzas": 21, "size": "small"}"#)?;
/// let problems = Order::read(&answer).unwrap_err();
/// assert_eq!(problems, ["`name` must have at least 1 characters", "`pizzas` must be at most 20"]);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Fields
///
/// The type of a field is `String`, `bool`, a number, an enum that derives `Form`, a `Vec` of such an enum, or an `Option`
/// of one of these; whatever implements `FormField`. The protocol has no nested objects, no maps and no lists of free text
/// in forms. An `Option` may be left out, and so may a `Vec`, which then is empty.
///
/// - `#[form(title = "..", description = "..")]`: the name to show, and the description, if the doc comment says something
///   else.
/// - `#[form(rename = "..")]`: the name of the answer's member, if it is not that of the field.
/// - `#[form(min = .., max = ..)]` bound a number, of its type; `min_length`, `max_length` the characters of a text;
///   `min_items`, `max_items` how many options are chosen.
/// - `#[form(format = "email")]`: what a text spells; `email`, `uri`, `date` or `date-time`.
/// - `#[form(default = ..)]`: what is filled in before the user looks, `#[form(default)]` is `Default::default()`. It is no
///   answer: a field that the user leaves empty is empty.
///
/// A struct without fields is a form with nothing to enter, which is accepted or declined.
///
/// # Options of a choice
///
/// The name of a variant is what an answer says and what the user reads. `#[form(title = "..")]` is what the user reads
/// instead, `#[form(rename = "..")]` what an answer says. Their doc comments are for programmers.
///
/// # On the type
///
/// `#[form(crate = path)]`: the path of `mcp_server`, where it has another name or is re-exported.
///
/// # Panics
///
/// What the compiler cannot compare is compared when the form is made, by a panic that names the field: bounds and
/// defaults that are no literals, the format of a default, a default of which options.
#[proc_macro_derive(Form, attributes(form))]
pub fn form(item: TokenStream) -> TokenStream {
    match syn::parse::<DeriveInput>(item) {
        Ok(item) => form::expand(&item).into(),
        Err(error) => error.into_compile_error().into(),
    }
}

/// The item as it is, with an error that says where the attribute belongs.
fn beside(item: TokenStream, error: &syn::Error, text: &str) -> TokenStream {
    let error = syn::Error::new(error.span(), format!("{text}: {error}"));
    TokenStream::from_iter([TokenStream::from(error.into_compile_error()), item])
}

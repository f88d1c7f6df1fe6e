//! What the attribute macros write, and what they refuse.

mod functions;
mod methods;
mod prompts_and_resources;
mod schemas;

/// Each wrong use has an error that names the remedy, at the user's token.
#[test]
fn wrong_uses_do_not_compile() {
    trybuild::TestCases::new().compile_fail("macros/fail/*.rs");
}

/// The input schema as text, so that the order of its members is compared too.
fn input_schema(tool: &mcp_server::ServerTool) -> String {
    serde_json::to_string(&tool.definition().input_schema).unwrap()
}

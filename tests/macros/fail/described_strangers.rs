use mcp_server::tool;

/// Looks up.
///
/// # Arguments
///
/// - `town`: where
#[tool]
fn look_up(city: String) -> String {
    city
}

/// Looks up.
///
/// # Arguments
///
/// The city, as usual.
#[tool]
fn prose(city: String) -> String {
    city
}

fn main() {}

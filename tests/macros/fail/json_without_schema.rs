use mcp_server::{Json, tool};

#[derive(serde::Serialize)]
struct Report {
    degrees: f64,
}

#[tool]
fn current() -> Json<Report> {
    Json(Report { degrees: 1.0 })
}

fn main() {}

#![allow(unused)]

use mcp_server::tool;

struct Report {
    degrees: f64,
}

#[tool]
async fn current(city: String) -> Report {
    Report { degrees: city.len() as f64 }
}

#[tool]
fn failing() -> Result<Report, std::io::Error> {
    Ok(Report { degrees: 1.0 })
}

fn main() {}

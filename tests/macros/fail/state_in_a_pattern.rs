use mcp_server::tool;

struct Point {
    x: u8,
}

#[tool]
fn add(Point { x }: Point) -> u8 {
    x
}

#[tool]
fn pair((a, b): (u8, u8)) -> u8 {
    a + b
}

fn main() {}

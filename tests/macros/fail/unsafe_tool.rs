#![allow(unused)]

use mcp_server::tool;

#[tool]
unsafe fn poke(address: u64) {}

#[tool]
extern "C" fn foreign(address: u64) {}

fn main() {}

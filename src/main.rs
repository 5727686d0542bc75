#![forbid(unsafe_code)]
mod citizen;
fn main() {}

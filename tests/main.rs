//! Drives the built binary as its users do: HTTP on real sockets, signals, files.

mod examples;
mod harness;

//! Drives the built binary as its users do: HTTP on real sockets, signals, files.

mod caching;
mod connections;
mod every_service;
mod examples;
mod faults;
mod harness;
mod privacy;
mod shutdown;

//! Drives the built binary as its users do: HTTP on real sockets, signals, files.

mod architecture;
mod caching;
mod catalog_schemas;
mod connections;
mod every_service;
mod examples;
mod faults;
mod harness;
mod privacy;
mod readme;
mod shutdown;

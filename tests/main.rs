//! Drives the built binary as its users do: HTTP on real sockets, signals, files.

mod access_commands;
mod architecture;
mod caching;
mod card_and_rows;
mod catalog_check;
mod catalog_commands;
mod catalog_schemas;
mod catalog_sheet;
mod catalog_strictness;
mod configuration;
mod connections;
mod every_service;
mod examples;
mod faults;
mod field_research;
mod filling;
mod harness;
mod outside_validators;
mod privacy;
mod readme;
mod reload;
mod requests;
mod shutdown;

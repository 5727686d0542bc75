//! `diensan` (điền sẵn): which boxes of an official form can the state fill in itself?
#![forbid(unsafe_code)]

mod access;
mod audit;
mod autofill;
mod cache;
mod catalog;
mod citizen;
mod cli;
mod clock;
mod config;
mod disclosures;
mod fresh_id;
#[cfg(test)]
mod fuzzing;
mod http;
mod hygiene;
mod opencps;
mod pages;
mod population;
mod shared_tier;
mod signing;
mod simulator;
mod strict_json;
mod telemetry;

/// Whatever is freed is overwritten first: buffers of the HTTP libraries and moved texts too, which no type of ours could
/// wipe (`docs/memory.md`).
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> std::process::ExitCode {
    cli::run()
}

//! `diensan` (điền sẵn), the program: its allocator and its start. Everything else is in the library.
#![forbid(unsafe_code)]

/// Whatever is freed is overwritten first: buffers of the HTTP libraries and moved texts too, which no type of ours could
/// wipe (`docs/memory.md`).
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<mimalloc::MiMalloc> = zeroizing_alloc::ZeroAlloc(mimalloc::MiMalloc);

fn main() -> std::process::ExitCode {
    diensan::run()
}

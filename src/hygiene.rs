//! What a crash may leave behind: nothing of anybody (RISKS T12, T13).
//!
//! Records and secrets stand in this process's memory, so neither a core dump nor the text of a panic may carry them
//! out. Used at the start, before anything is read.

use std::io::Write as _;
use std::panic::PanicHookInfo;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// No core dumps, and panics that tell their place only.
///
/// # Errors
/// The system refuses one of the settings; then nothing should be started.
pub fn begin() -> std::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // The limit does not hold where the system pipes dumps into a program (core(5)); this does, and other processes of
    // the same user cannot read the memory either.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    std::panic::set_hook(Box::new(report));
    Ok(())
}

/// The payload of a panic can quote a value (`unwrap` on an error, a slice in a message), and so it is not printed.
fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map_or_else(String::new, ToString::to_string);
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    if tracing::enabled!(tracing::Level::ERROR) {
        tracing::error!(place, thread, "a fault of the program (panic)");
    } else {
        let _ = writeln!(std::io::stderr(), "a fault of the program (panic) at {place}");
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use rustix::process::{dumpable_behavior, getrlimit};

    use super::*;

    /// Set when this test binary runs as the process that panics.
    const CRASHING: &str = "DIENSAN_TEST_CRASH";

    #[test]
    fn after_the_start_there_are_no_core_dumps() {
        begin().expect("allowed");
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
        assert_eq!(dumpable_behavior().expect("told"), DumpableBehavior::NotDumpable);
    }

    #[test]
    fn a_panic_tells_its_place_and_never_its_payload() {
        if std::env::var_os(CRASHING).is_some() {
            begin().expect("allowed");
            let _ = std::panic::catch_unwind(|| panic!("citizen {} Trần Thị Mẫu", "999198000022"));
            let _ = std::panic::catch_unwind(|| "999198000022 Trần Thị Mẫu".parse::<u64>().expect("999198000022"));
            return;
        }
        let me = std::env::current_exe().expect("the test binary");
        let ran = Command::new(me)
            .args(["--exact", "hygiene::tests::a_panic_tells_its_place_and_never_its_payload", "--nocapture"])
            .env(CRASHING, "1")
            .env("RUST_BACKTRACE", "full")
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned();
        assert_eq!(said.matches("a fault of the program (panic) at src/hygiene.rs:").count(), 2, "{said}");
        assert!(!said.contains("999198000022") && !said.contains("Mẫu"), "the payload is printed");
    }
}

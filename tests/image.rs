//! The Dockerfile's steps are executed and the image runs: `tests/image/run.sh` says how, without a container engine.

use std::process::Command;

use crate::harness::{binary, root};

#[test]
fn the_steps_of_the_dockerfile_make_a_small_bare_image_that_serves_without_rights_and_ends_with_0() {
    let done =
        Command::new(root().join("tests/image/run.sh")).env("DIENSAN_TEST_BINARY", binary()).output().expect("sh runs");
    let told = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success(), "{told}{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(told.lines().last(), Some("good"), "{told}");
    println!("{told}");
}

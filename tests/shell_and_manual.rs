//! Completions that shells accept, and a manual without a fault, made of the same words as `--help`.

use std::collections::BTreeSet;
use std::process::{Command, Output, Stdio};

use crate::harness::binary;

fn output(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// The commands that `--help` lists below these words.
fn commands_below(words: &[String]) -> Vec<String> {
    let help = output(Command::new(binary()).args(words).arg("--help"));
    assert!(help.status.success());
    let text = String::from_utf8(help.stdout).expect("UTF-8");
    let Some((_, listed)) = text.split_once("Commands:\n") else { return Vec::new() };
    let listed = listed.split("\n\n").next().unwrap_or_default().lines();
    // A description that goes on in another line is indented further.
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command, as the file name of its page.
fn pages(words: &[String], found: &mut BTreeSet<String>) {
    let name: Vec<&str> = std::iter::once("diensan").chain(words.iter().map(String::as_str)).collect();
    found.insert(format!("{}.1", name.join("-")));
    for command in commands_below(words) {
        pages(&[words, &[command]].concat(), found);
    }
}

#[test]
fn shells_accept_what_is_printed_for_them_and_bash_completes_by_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for (shell, must) in [("bash", true), ("zsh", false), ("fish", false)] {
        let script = output(Command::new(binary()).args(["completions", shell]));
        assert!(script.status.success());
        let file = folder.path().join(shell);
        std::fs::write(&file, &script.stdout).expect("written");
        // Debian has no other shell than bash by itself.
        if must || is_there(shell) {
            let judged = output(Command::new(shell).arg("-n").arg(&file));
            assert!(judged.status.success() && judged.stderr.is_empty(), "{shell}: {}", said(&judged));
        }
    }
    let script = "source \"$1\"; COMP_WORDS=(diensan hea); COMP_CWORD=1; _diensan diensan hea diensan; \
                  echo \"${COMPREPLY[@]}\"";
    let completed = output(Command::new("bash").args(["-c", script, "bash"]).arg(folder.path().join("bash")));
    assert_eq!(said(&completed).trim(), "health");
}

#[test]
fn the_manual_has_a_page_for_every_command_and_groff_finds_nothing_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man");
    let written = output(Command::new(binary()).args(["man", "--out"]).arg(&out));
    assert!(written.status.success(), "{}", said(&written));
    let there: BTreeSet<String> = std::fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    let mut expected = BTreeSet::new();
    pages(&[], &mut expected);
    assert!(expected.len() > 30);
    assert_eq!(there, expected);
    for page in there {
        let mut groff = Command::new("groff");
        let judged =
            output(groff.args(["-man", "-K", "utf8", "-T", "utf8", "-P", "-cbou", "-ww"]).arg(out.join(&page)));
        assert!(
            judged.status.success() && judged.stderr.is_empty(),
            "{page}: {}",
            String::from_utf8_lossy(&judged.stderr)
        );
        assert!(String::from_utf8_lossy(&judged.stdout).contains("DESCRIPTION"), "{page}");
    }
    // The number of this machine's processors is nothing for a manual.
    let serve = std::fs::read_to_string(out.join("diensan-serve.1")).expect("a page");
    assert!(!serve.contains("default: 1") && !serve.contains("default: 2"));
}

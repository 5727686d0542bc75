//! The two states of a catalogue that `catalog diff` compares: folders, or git revisions taken out of the repository.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use crate::autofill::catalog_diff::Touched;
use crate::catalog::read_texts;

/// One state on disk.
pub struct State {
    pub services: PathBuf,
    pub schemas: PathBuf,
    /// Keeps the files of a git revision until the comparison is done.
    _taken_out: Option<tempfile::TempDir>,
}

/// A folder that holds the two folders, or else a git revision.
///
/// # Errors
/// It is neither, or git cannot give the files.
pub fn state(named: &str, services: &Path, schemas: &Path) -> anyhow::Result<State> {
    anyhow::ensure!(
        services.is_relative() && schemas.is_relative(),
        "--services, --schemas: tên thư mục bên trong OLD và NEW (names of folders inside OLD and NEW)"
    );
    let folder = Path::new(named);
    if folder.join(services).is_dir() && folder.join(schemas).is_dir() {
        return Ok(State { services: folder.join(services), schemas: folder.join(schemas), _taken_out: None });
    }
    let taken_out = take_out(named, services, schemas).with_context(|| {
        format!(
            "`{}`: không phải thư mục có {} và {}, cũng không phải phiên bản git (neither such a folder nor a git revision)",
            named.escape_debug(),
            services.display(),
            schemas.display()
        )
    })?;
    let root = taken_out.path();
    Ok(State { services: root.join(services), schemas: root.join(schemas), _taken_out: Some(taken_out) })
}

fn take_out(revision: &str, services: &Path, schemas: &Path) -> anyhow::Result<tempfile::TempDir> {
    let peeled = format!("{revision}^{{commit}}");
    let commit = output(Command::new("git").args(["rev-parse", "--verify", "--end-of-options", &peeled]))?;
    let folder = tempfile::tempdir().context("temporary folder")?;
    let archive = folder.path().join("catalogue.tar");
    let mut git = Command::new("git");
    git.args(["archive", "--format=tar", "--output"]).arg(&archive).arg(commit.trim()).arg("--");
    output(git.arg(services).arg(schemas))?;
    output(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(folder.path()))?;
    Ok(folder)
}

fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let done = command.output().with_context(|| program.clone())?;
    let said = String::from_utf8_lossy(&done.stderr);
    anyhow::ensure!(done.status.success(), "{program}: {}", said.trim());
    Ok(String::from_utf8(done.stdout)?)
}

/// What may have changed: services and forms whose files differ, and everything when a file that all share differs.
///
/// # Errors
/// A folder cannot be read.
pub fn touched(old: &State, new: &State) -> anyhow::Result<Touched> {
    let mut touched = Touched::default();
    for level in ["province", "district", "commune"] {
        touched.services.extend(differing(&old.services.join(level), &new.services.join(level), ".json")?);
    }
    touched.forms.extend(differing(&old.services.join("mappings"), &new.services.join("mappings"), ".json")?);
    let schemas = (old.schemas.join("forms"), new.schemas.join("forms"));
    touched.forms.extend(differing(&schemas.0, &schemas.1, ".schema.json")?);
    if shared_differs(old, new)? {
        for state in [old, new] {
            let mappings = read_texts(&state.services.join("mappings"), ".json")?;
            touched.forms.extend(mappings.into_iter().filter_map(|(path, _)| stem(&path, ".json")));
        }
    }
    Ok(touched)
}

fn shared_differs(old: &State, new: &State) -> anyhow::Result<bool> {
    for (folder, suffix) in
        [("", ".json"), ("code-lists", ".csv"), ("administrative-units", ".csv"), ("people", ".json")]
    {
        if !differing(&old.services.join(folder), &new.services.join(folder), suffix)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The stems of the files that differ or stand on one side only.
fn differing(old: &Path, new: &Path, suffix: &str) -> anyhow::Result<Vec<String>> {
    let read = |folder: &Path| -> anyhow::Result<BTreeMap<String, String>> {
        let files = read_texts(folder, suffix)?.into_iter();
        Ok(files.filter_map(|(path, text)| Some((stem(&path, suffix)?, text))).collect())
    };
    let (old, new) = (read(old)?, read(new)?);
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    Ok(names.filter(|name| old.get(*name) != new.get(*name)).cloned().collect())
}

fn stem(path: &Path, suffix: &str) -> Option<String> {
    Some(path.file_name()?.to_str()?.strip_suffix(suffix)?.to_owned())
}

use secrecy::ExposeSecret as _;

use super::*;
use crate::access::{Presented, api_key};

fn settings(folder: &Path) -> AccessSettings {
    AccessSettings { state_directory: Some(folder.join("state")), ..AccessSettings::default() }
}

fn callers_file(folder: &Path, key: &str) -> PathBuf {
    let path = folder.join("callers.toml");
    let text = format!("[[caller]]\nname = \"a\"\nkeys = [\"{}\"]\n", api_key::digest_text(key));
    std::fs::write(&path, text).expect("write");
    path
}

async fn knows(office: &Office, key: &str) -> bool {
    let shown = Presented { api_key: vec![key.as_bytes()], ..Presented::default() };
    office.authenticator.authenticate(&shown, Moment::of_seconds(1)).await.is_ok()
}

#[tokio::test]
async fn a_callers_file_is_read_again_and_the_main_file_is_not_needed_then() {
    let folder = tempfile::tempdir().expect("folder");
    let keys = [(); 2].map(|()| api_key::generate().expect("a key"));
    let (old, new) = (keys[0].expose_secret(), keys[1].expose_secret());
    let file = callers_file(folder.path(), old);
    let settings = AccessSettings { callers_file: Some(file.clone()), ..settings(folder.path()) };
    let office = Office::open(&settings, &[], None).expect("open");
    assert_eq!(office.files(), [file]);
    assert!(knows(&office, old).await && !knows(&office, new).await);
    callers_file(folder.path(), new);
    assert!(matches!(office.reload(), Ok(1)));
    assert!(!knows(&office, old).await && knows(&office, new).await);
}

#[test]
fn two_services_cannot_share_one_state_folder() {
    let folder = tempfile::tempdir().expect("folder");
    let first = Office::open(&settings(folder.path()), &[], None).expect("open");
    let told = Office::open(&settings(folder.path()), &[], None).err().expect("refused");
    assert!(told.to_string().contains("another process"), "{told}");
    drop(first);
    assert!(Office::open(&settings(folder.path()), &[], None).is_ok());
}

#[test]
fn state_of_another_key_is_refused_at_the_start_with_the_mend() {
    let folder = tempfile::tempdir().expect("folder");
    drop(Office::open(&settings(folder.path()), &[], None));
    std::fs::remove_file(folder.path().join("state/access.key")).expect("removed");
    let told = Office::open(&settings(folder.path()), &[], None).err().expect("refused").to_string();
    assert!(told.contains("restore the key"), "{told}");
}

#[test]
fn a_damaged_line_raises_an_alarm_and_does_not_stop_the_start() {
    let folder = tempfile::tempdir().expect("folder");
    drop(Office::open(&settings(folder.path()), &[], None));
    let path = folder.path().join("state/quota.state");
    let text = std::fs::read_to_string(&path).expect("read") + "0123 caller a - b 1\n";
    std::fs::write(&path, text).expect("write");
    let office = Office::open(&settings(folder.path()), &[], None).expect("open");
    assert!(office.alarms.count(Alarm::StateDamaged) > 0);
    office.maintain(Moment::of_seconds(1));
}

//! Files that change are taken up without a signal; what editors leave beside them is not.

use std::fs;
use std::time::Duration;

use super::copy::{self, Copy};
use super::{FAILED, OK, first_title, wait_for};
use crate::harness::Process;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_written_in_place_or_renamed_over_the_old_one_is_taken_up() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(true), "info");
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    wait_for(&service, OK, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi cơ quan");
    let new = copy.text(copy::SCHEMA).replace("\"Kính gửi cơ quan\"", "\"Kính gửi Ủy ban\"");
    let beside = copy.path("schemas/forms/.4913.new");
    fs::write(&beside, new).expect("written");
    fs::rename(beside, copy.path(copy::SCHEMA)).expect("renamed");
    wait_for(&service, OK, 2.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi Ủy ban");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_replaced_whole_is_taken_up_and_watched_on() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(true), "info");
    let other = Copy::new();
    other.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    for (folder, count) in [("schemas/forms", 1.0), ("schemas", 2.0)] {
        let old = copy.path("old");
        fs::rename(copy.path(folder), &old).expect("renamed");
        fs::rename(other.path(folder), copy.path(folder)).expect("renamed");
        fs::rename(old, other.path(folder)).expect("renamed");
        wait_for(&service, OK, count).await;
    }
    assert_eq!(first_title(&service).await, "Kính gửi");
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi Ủy ban\"");
    wait_for(&service, OK, 3.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi Ủy ban");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_half_written_fails_and_the_whole_one_is_taken_up() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(true), "info");
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    let whole = copy.text(copy::SCHEMA);
    let half = whole.char_indices().nth(whole.chars().count() / 2).expect("a middle").0;
    copy.write(copy::SCHEMA, &whole[..half]);
    wait_for(&service, FAILED, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi");
    copy.write(copy::SCHEMA, &whole);
    wait_for(&service, OK, 1.0).await;
    assert_eq!(first_title(&service).await, "Kính gửi cơ quan");
}

#[tokio::test(flavor = "multi_thread")]
async fn editors_files_people_and_reading_cause_no_reload_and_many_changes_cause_few() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(true), "info");
    for name in [
        "service-catalog/mappings/.to-khai-dang-ky-khai-tu.json.swp",
        "service-catalog/mappings/to-khai-dang-ky-khai-tu.json~",
        "service-catalog/mappings/#to-khai-dang-ky-khai-tu.json#",
        "service-catalog/mappings/4913",
        "service-catalog/people/notes.json",
        "schemas/notes.json",
    ] {
        copy.write(name, "{");
    }
    copy.remove("service-catalog/mappings/4913");
    assert!(copy.text(copy::MAPPING).starts_with('{'));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!((service.metric(OK).await, service.metric(FAILED).await), (0.0, 0.0));
    for entry in fs::read_dir(copy.path("service-catalog/mappings")).expect("mappings") {
        let path = entry.expect("an entry").path();
        fs::write(&path, fs::read(&path).expect("read")).expect("written");
    }
    tokio::time::sleep(Duration::from_secs(4)).await;
    let reloads = service.metric(OK).await;
    assert!((1.0..=2.0).contains(&reloads), "{reloads} reloads for one change of 212 files");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_watching_only_a_signal_reloads() {
    let copy = Copy::new();
    let service = Process::serve_configured(&copy.config(false), "info");
    copy.replace(copy::SCHEMA, "\"Kính gửi\"", "\"Kính gửi cơ quan\"");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(service.metric(OK).await, 0.0);
    assert_eq!(first_title(&service).await, "Kính gửi");
}

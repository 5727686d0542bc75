//! A log that cannot be written, mostly because the disk is full, ends nothing: look-ups are not the log's servants.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use crate::harness::client;

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let full = OpenOptions::new().write(true).open("/dev/full").expect("the device that is always full");
    let mut child = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(crate::harness::root())
        .env("DIENSAN_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(full)
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("standard output")).lines();
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let address = first.strip_prefix("listening on ").map(str::to_owned);
    let mut statuses = Vec::new();
    if let Some(address) = &address {
        for _ in 0..20 {
            let request = client().post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
            let body = "{\"service\":\"1.000894\",\"citizen\":{\"id\":\"999198000022\"}}";
            statuses.push(request.body(body).send().await.map(|reply| reply.status().as_u16()).ok());
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    assert!(address.is_some(), "it did not start");
    assert_eq!(statuses, [Some(200); 20]);
}

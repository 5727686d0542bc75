//! Shipping that is killed at any moment, to a server that is killed as well, while a service writes and its journal goes
//! from segment to segment: the register has every line once.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::harness::{Process, client, root};
use crate::journal::{lines, request};
use crate::postgres::Server;
use crate::register_bench::{Journal, Register};

/// Kills of shipping, and every how many the server goes too. More by hand: `DIENSAN_KILLS=500`.
fn kills() -> usize {
    std::env::var("DIENSAN_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(50)
}

const SERVER_EVERY: usize = 12;

/// A number without a pattern.
fn chance() -> u64 {
    u64::from(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").subsec_nanos()) / 1000
}

/// Asks without a pause until it is over.
async fn ask(address: String, number: &'static str, over: Arc<AtomicBool>) {
    let client = client();
    let body = request("1.005099", number).to_string();
    while !over.load(Ordering::Relaxed) {
        let request = client.post(format!("{address}/v1/autofill")).header("Content-Type", "application/json");
        request.body(body.clone()).send().await.expect("an answer");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn shipping_interrupted_at_any_moment_loses_nothing_and_doubles_nothing() {
    let mut register = Register::at(Arc::new(Server::start(&[])));
    let journal = Journal::new("tinh-1");
    journal.configure(&register, "ship", "");
    let config = fs::read_to_string(journal.path("diensan.toml")).expect("a configuration");
    let catalog = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\nwatch = false\n",
        root = root().display()
    );
    // Small segments: many of them are closed, begun and read while they are written.
    let config = config.replace("[journal]\n", "[journal]\nsegment_bytes = \"64KiB\"\n");
    fs::write(journal.path("diensan.toml"), catalog + &config).expect("written");
    let mut service = Process::serve_configured(&journal.path("diensan.toml"), "info");
    let over = Arc::new(AtomicBool::new(false));
    let asking: Vec<_> = ["999187000004", "999198000022", "999085000001"]
        .into_iter()
        .map(|number| tokio::spawn(ask(service.address.clone(), number, Arc::clone(&over))))
        .collect();
    let (mut killed, mut grew, mut before) = (0, 0, 0);
    let mut round = 0;
    while killed < kills() {
        round += 1;
        assert!(round < 20 * kills(), "shipping ends before it can be killed");
        let mut command = journal.command(&["ship", "--follow"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // Moments without a pattern, from its start on: while it connects, reads, waits for an answer.
        tokio::time::sleep(Duration::from_millis(30 + chance() % 400)).await;
        if round % SERVER_EVERY == 0 {
            let server = Arc::get_mut(&mut register.server).expect("ours");
            server.stop(if round % (2 * SERVER_EVERY) == 0 { "KILL" } else { "QUIT" });
            tokio::time::sleep(Duration::from_millis(chance() % 200)).await;
            server.run();
            continue_after_server(&mut child);
        }
        killed += usize::from(child.try_wait().expect("a status").is_none());
        let _ = child.kill();
        child.wait().expect("an end");
        let (rows, numbers) = register.count("tinh-1");
        assert_eq!(rows, numbers, "doubled");
        assert!(rows >= before, "lost: {before} were there, {rows} are");
        grew += usize::from(rows > before);
        before = rows;
    }
    over.store(true, Ordering::Relaxed);
    for task in asking {
        task.await.expect("no panic");
    }
    service.terminate();
    assert_eq!(service.wait(), Some(0));
    journal.line_of(&["ship"]);
    let written = lines(&journal.path("journal"));
    assert_eq!(register.count("tinh-1"), (written.len(), written.len()));
    let done = journal.reconcile(0);
    assert_eq!(done["equal"], Value::from(written.len()));
    println!("{killed} kills, {grew} of them after something was shipped, {} lines", written.len());
    assert!(grew * 5 >= kills(), "{grew} passes shipped something: too few to show anything");
    let segments = fs::read_dir(journal.path("journal")).expect("a journal").count();
    assert!(segments > 5, "{segments} files");
}

/// A follower outlives its server.
fn continue_after_server(child: &mut std::process::Child) {
    assert!(child.try_wait().expect("a status").is_none(), "it ended because the server went away");
}

//! Heads outside the chain: what they prove, and how they get there.

use std::io::Read as _;
use std::net::{TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::audit::head::Head;
use crate::config::SyslogTarget;

fn anchored(directory: &Path, anchors: &Path) -> Vec<(String, u64, &'static str)> {
    faults(&verify(directory, &keys(), &[anchors.to_owned()], &|_| ()).expect("verified"))
}

#[test]
fn a_cut_tail_and_a_rewritten_journal_are_found_by_anchors_that_lie_elsewhere() {
    let (folder, elsewhere) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let anchors = elsewhere.path().join("anchors");
    let with_anchors = JournalSettings { anchor_file: Some(anchors.clone()), ..settings(folder.path()) };
    let journal = Journal::open(&with_anchors).expect("a journal");
    (0..5).for_each(|index| drop(record(&journal, index)));
    journal.close();
    assert_eq!(anchored(folder.path(), &anchors), []);
    assert!(std::fs::read_to_string(&anchors).expect("anchors").lines().count() >= 2, "at start and at close");
    // The owner of directory and key cuts the tail and leaves a head that fits.
    let text = std::fs::read_to_string(first_segment(folder.path())).expect("text");
    let kept: Vec<&str> = text.lines().take(4).collect();
    std::fs::write(first_segment(folder.path()), format!("{}\n", kept.join("\n"))).expect("written");
    std::fs::remove_file(folder.path().join("head.json")).expect("removed");
    assert_eq!(faults(&verified(folder.path())), [], "the chain alone proves nothing against its owner");
    assert_eq!(anchored(folder.path(), &anchors), [("journal-000001.jsonl".to_owned(), 5, "cut_tail")]);
    // The owner writes everything anew.
    std::fs::remove_file(first_segment(folder.path())).expect("removed");
    let journal = Journal::open(&settings(folder.path())).expect("a journal");
    (10..15).for_each(|index| drop(record(&journal, index)));
    journal.close();
    assert_eq!(faults(&verified(folder.path())), []);
    let found = anchored(folder.path(), &anchors);
    assert!(found.iter().any(|(_, line, code)| *line == 7 && *code == "other_than_anchor"), "{found:?}");
}

#[test]
fn a_forged_or_damaged_anchor_is_told_and_not_believed() {
    let (folder, elsewhere) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let anchors = elsewhere.path().join("anchors");
    let with_anchors = JournalSettings { anchor_file: Some(anchors.clone()), ..settings(folder.path()) };
    Journal::open(&with_anchors).expect("a journal").close();
    let text = std::fs::read_to_string(&anchors).expect("anchors");
    let last = text.lines().last().expect("an anchor").to_owned();
    for (changed, at) in [(last.replace("\"head\":2", "\"head\":9"), 2), (last[..last.len() - 9].to_owned(), 2)] {
        std::fs::write(&anchors, format!("<110>1 - host other\n{changed}\n{last}\n")).expect("written");
        assert_eq!(anchored(folder.path(), &anchors), [("anchors".to_owned(), at, "bad_head")]);
    }
}

#[test]
fn a_head_survives_the_header_that_a_log_collector_puts_before_it() {
    let chain = crate::audit::line::Chain { seq: 7, mac: [b'a'; 64], time: Some(*b"2026-11-25T10:00:00.000Z") };
    let head = Head::of(&chain, timestamp("2026-11-25T10:01:00Z")).expect("a head");
    let line = format!("<110>1 2026-11-25T10:01:00.000Z host diensan 7 journal-head - {}\r\n", head.text(&keys()));
    assert!(Head::read(&line, &keys()) == Ok(Some(head)));
    assert!(Head::read("{\"head\":7}", &keys()) == Err("is not a whole head"));
    assert!(Head::read("nothing of ours", &keys()) == Ok(None));
    // A member behind the seal is under no seal: removed segments could be made up with it.
    for more in [",\"removed_segments\":9,\"removed_from\":\"2026-01-01T00:00:00.000Z\"}", ",\"x\":1}", " }", "}}"] {
        let longer = format!("{}{more}", line.trim_end().trim_end_matches('}'));
        assert!(Head::read(&longer, &keys()) == Err("is not a whole head"), "{more}");
    }
}

#[test]
fn the_head_goes_to_a_collector_on_this_machine() {
    let folder = tempfile::tempdir().expect("folder");
    let collector = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    collector.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    let target = SyslogTarget::Udp(collector.local_addr().expect("an address"));
    let told = JournalSettings { anchor_syslog: Some(target), ..settings(folder.path()) };
    let journal = Journal::open(&told).expect("a journal");
    record(&journal, 0).expect("recorded");
    journal.close();
    assert_eq!(journal.health().failed_anchors, 0);
    let mut heads = Vec::new();
    while heads.last().is_none_or(|head: &Head| head.seq < 3) {
        let mut message = [0; 2000];
        let length = collector.recv(&mut message).expect("a message");
        let message = std::str::from_utf8(&message[..length]).expect("text");
        assert!(message.starts_with("<110>1 2") && message.contains(" diensan "), "{message}");
        heads.extend(Head::read(message, &keys()).expect("a good head"));
    }
}

#[test]
fn a_collector_that_is_away_delays_nothing_and_is_counted() {
    let folder = tempfile::tempdir().expect("folder");
    let anchors = folder.path().join("no-such-folder/anchors");
    let told = JournalSettings { anchor_file: Some(anchors), ..settings(folder.path()) };
    let journal = Journal::open(&told).expect("a journal");
    assert!(record(&journal, 0).is_ok());
    journal.close();
    assert!(journal.health().failed_anchors >= 1);
}

#[test]
fn a_writer_that_starts_on_a_cut_tail_says_so_before_the_next_head_covers_it() {
    let (folder, elsewhere) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let anchors = elsewhere.path().join("anchors");
    let with_anchors = JournalSettings { anchor_file: Some(anchors.clone()), ..settings(folder.path()) };
    for keeps_head in [true, false] {
        let journal = Journal::open(&with_anchors).expect("a journal");
        (0..5).for_each(|index| drop(record(&journal, index)));
        journal.close();
        let text = std::fs::read_to_string(first_segment(folder.path())).expect("text");
        let kept: Vec<&str> = text.lines().take(4).collect();
        std::fs::write(first_segment(folder.path()), format!("{}\n", kept.join("\n"))).expect("written");
        if !keeps_head {
            std::fs::remove_file(folder.path().join("head.json")).expect("removed");
        }
        Journal::open(&with_anchors).expect("opened").close();
        let lines = lines_on_disk(folder.path());
        assert!(lines[4].contains("\"alarm\":\"journal_tail_lost\",\"since\":\"20"), "{keeps_head}: {}", lines[4]);
        std::fs::remove_file(&anchors).expect("removed");
        std::fs::remove_file(folder.path().join("head.json")).expect("removed");
        std::fs::remove_file(first_segment(folder.path())).expect("removed");
    }
}

/// A collector with a certificate of its own; gives the first message that it is sent.
fn collector(certificate: rcgen::CertifiedKey<rcgen::KeyPair>) -> (u16, std::thread::JoinHandle<String>) {
    let key = PrivateKeyDer::Pkcs8(certificate.signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .expect("a certificate");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let thread = std::thread::spawn(move || {
        let (socket, _) = listener.accept().expect("a connection");
        socket.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::new(config)).expect("TLS"), socket);
        let mut text = String::new();
        // A client that does not trust us breaks off.
        let _ = stream.read_to_string(&mut text);
        text
    });
    (port, thread)
}

#[test]
fn the_head_goes_to_a_collector_over_tls_with_its_length_in_front() {
    let folder = tempfile::tempdir().expect("folder");
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let trust = folder.path().join("roots.pem");
    std::fs::write(&trust, certificate.cert.pem()).expect("written");
    let (port, thread) = collector(certificate);
    let target = SyslogTarget::Tls { host: "localhost".to_owned(), port, trust };
    let told = JournalSettings { anchor_syslog: Some(target), ..settings(&folder.path().join("journal")) };
    let journal = Journal::open(&told).expect("a journal");
    let message = thread.join().expect("a message");
    let (length, rest) = message.split_once(' ').expect("a length");
    assert_eq!(length.parse::<usize>().expect("a number"), rest.len());
    assert!(rest.starts_with("<110>1 2"), "{rest}");
    assert!(Head::read(rest, &keys()).expect("a good head").is_some_and(|head| head.seq == 1));
    journal.close();
}

#[test]
fn a_collector_that_is_not_trusted_is_told_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let trust = folder.path().join("roots.pem");
    std::fs::write(&trust, other.cert.pem()).expect("written");
    let (port, thread) =
        collector(rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate"));
    let target = SyslogTarget::Tls { host: "localhost".to_owned(), port, trust };
    let told = JournalSettings { anchor_syslog: Some(target), ..settings(&folder.path().join("journal")) };
    let journal = Journal::open(&told).expect("a journal");
    assert_eq!(thread.join().expect("an end"), "");
    journal.close();
    assert!(journal.health().failed_anchors >= 1);
}

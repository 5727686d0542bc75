//! The central register of disclosures in a real PostgreSQL: what comes in, what is refused, what reconciling finds.

use std::fs;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::harness::root;
use crate::postgres::{PASSWORD, Server};
use crate::register_bench::{Journal, Register, end};

const PATIENCE: Duration = Duration::from_secs(60);

/// A journal with a head, ready to ship as the writer.
fn journal(register: &Register, name: &str, lines: usize) -> Journal {
    let mut journal = Journal::new(name);
    journal.day("2026-11-20", lines);
    journal.leave_head();
    journal.configure(register, "ship", "");
    journal
}

fn codes(done: &Value) -> Vec<(u64, u64, &str)> {
    let one = |difference: &'_ Value| (difference["from"].as_u64(), difference["to"].as_u64());
    let all = done["differences"].as_array().expect("a list").iter();
    all.map(|found| {
        let (from, to) = one(found);
        (from.expect("a number"), to.expect("a number"), found["code"].as_str().expect("a code"))
    })
    .collect()
}

#[test]
fn what_is_shipped_twice_or_by_two_at_once_is_there_once() {
    let register = Register::new();
    let mut journal = journal(&register, "tinh-1", 700);
    // No text of PostgreSQL has a place for NUL, and a journal does.
    journal
        .line("2026-11-21T00:00:00.000Z", "\"kind\":\"refusal\",\"dossier\":\"a\\u0000b\",\"refusal\":\"not_found\"");
    journal.line("2026-12-01T00:00:00.000Z", "\"kind\":\"close\"");
    journal.leave_head();
    let both: Vec<_> =
        (0..2).map(|_| journal.command(&["ship"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()).collect();
    for child in both {
        let (code, out, err) = end(&child.expect("started").wait_with_output().expect("an end"));
        assert_eq!(code, Some(0), "{out}{err}");
    }
    let said = journal.line_of(&["ship", "--lang", "en"]);
    assert_eq!(said, "tinh-1: 0 lines shipped, the register has up to line number 702\n");
    assert_eq!(register.count("tinh-1"), (702, 702));
    let done = journal.reconcile(0);
    assert_eq!((done["equal"].as_u64(), done["faults"].as_u64()), (Some(702), Some(0)));
    let kept = register.sql("SELECT convert_from(line, 'UTF8') FROM disclosures.line ORDER BY seq");
    assert_eq!(format!("{kept}\n"), fs::read_to_string(journal.segment()).expect("a segment"), "byte for byte");
    assert_eq!(register.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'disclosures.line'::regclass"), "2");
}

#[test]
fn nobody_but_the_owner_changes_what_is_there_and_no_line_comes_in_out_of_its_place() {
    let register = Register::new();
    let journal = journal(&register, "tinh-1", 5);
    journal.line_of(&["ship"]);
    let refused = |login: &str, text: &str| register.server.refused(&register.database, login, text);
    for (login, text) in [
        ("ship", "UPDATE disclosures.line SET officer = 'x'"),
        ("ship", "DELETE FROM disclosures.line"),
        ("ship", "UPDATE disclosures.chain SET last_seq = 1"),
        ("ship", "SELECT disclosures.drop_months(1)"),
        ("ship", "INSERT INTO disclosures.line_2026_11 SELECT * FROM disclosures.line"),
        ("look", "SELECT disclosures.make_month(now())"),
        ("look", "INSERT INTO disclosures.line SELECT * FROM disclosures.line"),
        ("keep", "DELETE FROM disclosures.line"),
        ("keep", "DROP TABLE disclosures.line_2026_11"),
    ] {
        let said = refused(login, text);
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{text}: {said}");
    }
    let columns = "chain, prev, mac, kind, citizens, outcomes, watched, line";
    for (seq, at, prev) in [
        ("7", "at", "mac"),
        // The same number in another month: no key of a partition would notice.
        ("5", "at + interval '1 month'", "mac"),
        ("6", "at", "prev"),
    ] {
        let text = format!(
            "SELECT disclosures.make_month('2026-12-20'); INSERT INTO disclosures.line (seq, at, {columns}) SELECT {seq}, \
             {at}, {} FROM disclosures.line WHERE seq = 5",
            columns.replacen("prev", prev, 1)
        );
        let said = refused("ship", &text);
        assert!(said.contains("does not continue the chain, which ends with line 5"), "{text}: {said}");
    }
    assert_eq!(register.count("tinh-1"), (5, 5));
}

#[test]
fn another_line_at_a_place_is_refused_and_both_macs_are_named() {
    let register = Register::new();
    let first = journal(&register, "tinh-1", 3);
    first.line_of(&["ship"]);
    // Another journal under the same name: longer, as long, shorter, and one that begins where the register ends.
    for lines in [5, 3, 2] {
        let mut other = journal(&register, "tinh-1", 0);
        other.day("2026-11-22", lines);
        other.leave_head();
        let (code, out, err) = other.audit(&["ship"]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{lines} lines: {err}");
        assert!(err.contains("is another in the register than in the journal"), "{err}");
        if lines == 3 {
            assert!(err.contains("line 3 ") && err.contains(&first.mac) && err.contains(&other.mac), "{err}");
        }
    }
    let mut pruned = journal(&register, "tinh-1", 0);
    pruned.day("2026-11-22", 3);
    pruned.leave_sealed();
    fs::remove_file(pruned.segment()).expect("removed");
    pruned.day("2026-11-23", 1);
    pruned.leave_head();
    let (code, _, err) = pruned.audit(&["ship"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("line 3 is another") && err.contains(&first.mac), "{err}");
    assert_eq!(register.count("tinh-1"), (3, 3));
}

#[test]
fn reconciling_finds_what_is_missing_changed_doubled_or_too_much_and_names_the_line() {
    let register = Register::new();
    let journal = journal(&register, "tinh-1", 1300);
    assert_eq!(journal.ship_and_reconcile()["equal"], 1300);
    register.sql("CREATE TABLE backup AS SELECT * FROM disclosures.line; SELECT disclosures.make_month('2027-01-01')");
    let whole = "DELETE FROM disclosures.line; INSERT INTO disclosures.line SELECT * FROM backup";
    let copied = |seq: &str, at: &str| {
        format!(
            "INSERT INTO disclosures.line SELECT (one).* FROM (SELECT jsonb_populate_record(old, \
             jsonb_build_object('seq', {seq}, 'at', '{at}')) AS one FROM disclosures.line AS old WHERE seq = 1300) AS copied"
        )
    };
    for (forged, found) in [
        (
            "DELETE FROM disclosures.line WHERE seq IN (1, 1001, 1002)".to_owned(),
            vec![(1, 1, "missing"), (1001, 1002, "missing")],
        ),
        ("DELETE FROM disclosures.line WHERE seq = 1300".to_owned(), vec![(1300, 1300, "missing")]),
        (
            "UPDATE disclosures.line SET line = convert_to(replace(convert_from(line, 'UTF8'), 'cb-0123', 'cb-0124'), \
             'UTF8') WHERE seq = 1200"
                .to_owned(),
            vec![(1200, 1200, "other_bytes")],
        ),
        ("UPDATE disclosures.line SET officer = 'cb-0999' WHERE seq = 7".to_owned(), vec![(7, 7, "other_columns")]),
        ("UPDATE disclosures.line SET citizens = '{}' WHERE seq = 8".to_owned(), vec![(8, 8, "other_columns")]),
        ("UPDATE disclosures.line SET officer = NULL WHERE seq = 9".to_owned(), vec![(9, 9, "other_columns")]),
        (
            "UPDATE disclosures.line SET mac = repeat('0', 64) WHERE seq = 10".to_owned(),
            vec![(10, 10, "other_columns")],
        ),
        (
            "UPDATE disclosures.line SET at = at + interval '1 second' WHERE seq = 11".to_owned(),
            vec![(11, 11, "other_columns")],
        ),
        (copied("1300", "2027-01-01"), vec![(1300, 1300, "twice")]),
        (copied("1301", "2027-01-01"), vec![(1301, 1301, "surplus")]),
    ] {
        register.forge(&forged);
        let done = journal.reconcile(1);
        assert_eq!(codes(&done), found, "{forged}");
        register.forge(whole);
    }
    assert_eq!(journal.reconcile(0)["equal"], 1300);
    register.forge("UPDATE disclosures.chain SET last_mac = repeat('0', 64)");
    assert_eq!(codes(&journal.reconcile(1)), [(1300, 1300, "other_mark")]);
    let (code, out, _) = journal.audit(&["reconcile", "--lang", "en"]);
    assert!(code == Some(1) && out.contains("tinh-1:1300: ") && out.contains("1 line(s) differ"), "{out}");
}

#[test]
fn a_journal_that_lost_its_tail_is_found_by_the_register() {
    let register = Register::new();
    let mut journal = journal(&register, "tinh-1", 3);
    let (text, head) = (fs::read(journal.segment()), fs::read(journal.path("journal/head.json")));
    let (seq, mac) = (journal.seq, journal.mac.clone());
    journal.day("2026-11-21", 2);
    journal.leave_head();
    journal.line_of(&["ship"]);
    fs::write(journal.segment(), text.expect("a segment")).expect("cut");
    fs::write(journal.path("journal/head.json"), head.expect("a head")).expect("set back");
    let said = journal.line_of(&["ship", "--lang", "en"]);
    assert!(said.contains("the register has 2 lines more than the journal"), "{said}");
    assert_eq!(codes(&journal.reconcile(1)), [(4, 5, "surplus")]);
    // Nothing is left, with the head that knows better and without.
    let left = fs::read(journal.segment()).expect("a segment");
    fs::remove_file(journal.segment()).expect("removed");
    let (code, out, _) = journal.audit(&["reconcile", "--lang", "en"]);
    assert!(code == Some(1) && out.contains("the tail was cut: `head.json` knew of line number 3"), "{out}");
    fs::remove_file(journal.path("journal/head.json")).expect("removed");
    assert_eq!(codes(&journal.reconcile(1)), [(1, 5, "surplus")]);
    fs::write(journal.segment(), left).expect("back");
    // And the chain cannot be taken up again with other lines.
    (journal.seq, journal.mac) = (seq, mac);
    journal.day("2026-11-22", 4);
    journal.leave_head();
    let (code, _, err) = journal.audit(&["ship"]);
    assert!(code == Some(1) && err.contains("line 5 is another"), "{err}");
}

#[test]
fn months_past_retention_go_and_are_no_fault_on_either_side() {
    let register = Register::new();
    let mut journal = Journal::new("tinh-1");
    journal.configure(&register, "ship", "");
    journal.day("2001-01-31", 3);
    journal.day("2001-02-01", 2);
    let sealed = journal.path("journal/journal-000001.jsonl");
    journal.leave_sealed();
    let sealed_head = fs::read(journal.path("journal/sealed.json")).expect("a head");
    fs::remove_file(journal.path("journal/sealed.json")).expect("not yet");
    journal.next_segment();
    journal.day("2026-11-20", 2);
    journal.leave_head();
    assert_eq!(journal.ship_and_reconcile()["equal"], 7);
    // The journal's own retention: what it no longer has is proven from the register alone.
    let whole = fs::read(&sealed).expect("a segment");
    fs::remove_file(&sealed).expect("removed");
    fs::write(journal.path("journal/sealed.json"), &sealed_head).expect("written");
    let done = journal.reconcile(0);
    let counts = |done: &Value| ["equal", "older", "retired", "pruned_segments"].map(|name| done[name].clone());
    assert_eq!(counts(&done), [json!(2), json!(5), json!(0), json!(1)]);
    register.sql("CREATE TABLE backup AS SELECT * FROM disclosures.line");
    for (forged, found) in [
        ("DELETE FROM disclosures.line WHERE seq = 2", vec![(2, 2, "missing")]),
        ("UPDATE disclosures.line SET officer = 'x' WHERE seq = 4", vec![(4, 4, "other_columns")]),
        (
            "UPDATE disclosures.line SET line = convert_to(replace(convert_from(line, 'UTF8'), 'cb-0123', 'cb-0124'), \
             'UTF8') WHERE seq = 5",
            vec![(5, 5, "not_proven")],
        ),
        (
            "UPDATE disclosures.line SET line = (SELECT line FROM disclosures.line WHERE seq = 3) WHERE seq = 4",
            vec![(4, 4, "other_bytes"), (5, 5, "broken_link")],
        ),
    ] {
        register.forge(forged);
        assert_eq!(codes(&journal.reconcile(1)), found, "{forged}");
        register.forge("DELETE FROM disclosures.line; INSERT INTO disclosures.line SELECT * FROM backup");
    }
    assert_eq!(journal.reconcile(0)["older"], 5);

    // The register's retention, with another login; nobody decided until somebody does.
    journal.configure(&register, "keep", "");
    assert_eq!(journal.audit(&["prune", "--register"]).0, Some(2));
    journal.configure(&register, "keep", "keep = \"240mo\"");
    let said = journal.line_of(&["prune", "--register", "--lang", "en"]);
    assert_eq!(said, "month 2001-01 removed: 3 lines\nmonth 2001-02 removed: 2 lines\n");
    assert_eq!(journal.line_of(&["prune", "--register", "--lang", "en"]), "no month is old enough\n");
    let dropped = "SELECT month, lines, first_seq, last_seq, dropped_by FROM disclosures.dropped ORDER BY month";
    assert_eq!(register.sql(dropped), "2001-01-01|3|1|3|keep\n2001-02-01|2|4|5|keep");
    journal.configure(&register, "look", "");
    assert_eq!(counts(&journal.reconcile(0)), [json!(2), json!(0), json!(0), json!(1)]);
    // A journal that still has them all: gone there, and known to be.
    fs::write(&sealed, whole).expect("back");
    fs::remove_file(journal.path("journal/sealed.json")).expect("away");
    assert_eq!(counts(&journal.reconcile(0)), [json!(2), json!(0), json!(5), json!(0)]);
    register.forge("DELETE FROM disclosures.line WHERE seq = 6");
    assert_eq!(codes(&journal.reconcile(1)), [(6, 6, "missing")]);
}

#[test]
fn what_was_pruned_before_it_was_shipped_is_told() {
    let register = Register::new();
    let mut journal = journal(&register, "tinh-1", 2);
    journal.line_of(&["ship"]);
    journal.day("2026-11-21", 2);
    journal.leave_sealed();
    fs::remove_file(journal.segment()).expect("removed");
    journal.next_segment();
    journal.day("2026-11-22", 2);
    journal.leave_head();
    let (code, _, err) = journal.audit(&["ship"]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("the register ends with line 2, and the journal begins with line 5"), "{err}");
    assert_eq!(codes(&journal.reconcile(1)), [(5, 6, "missing"), (3, 4, "missing")]);
    // A journal that was pruned before the register began, on the other hand, begins where it begins.
    let mut late = Journal::new("tinh-2");
    late.configure(&register, "ship", "");
    late.day("2026-11-21", 2);
    late.leave_sealed();
    fs::remove_file(late.segment()).expect("removed");
    late.day("2026-11-22", 2);
    late.leave_head();
    assert_eq!(late.ship_and_reconcile()["equal"], 2);
}

#[test]
fn only_what_the_writer_cannot_take_back_is_shipped_and_a_torn_line_comes_when_it_is_whole() {
    let register = Register::new();
    let mut journal = journal(&register, "tinh-1", 2);
    journal.day("2026-11-21", 1);
    let next = journal.unwritten("2026-11-21T01:00:00.000Z", "\"kind\":\"alarm\",\"alarm\":\"x\"");
    let whole = fs::read(journal.segment()).expect("a segment");
    let torn = [&whole, &next.as_bytes()[..next.len() / 2]].concat();
    fs::write(journal.segment(), &torn).expect("torn");
    journal.line_of(&["ship"]);
    assert_eq!(register.count("tinh-1"), (2, 2), "the head knows two");
    let (code, out, _) = journal.audit(&["reconcile", "--within", "0s", "--lang", "en"]);
    assert!(code == Some(1) && out.contains("tinh-1:3: "), "{out}");
    // A hundred years: the line is of a day that the test chose.
    let waiting = journal.line_of(&["reconcile", "--within", "36500d", "--lang", "en"]);
    assert!(waiting.contains("1 young lines not shipped yet"), "{waiting}");
    fs::write(journal.segment(), [&whole, next.as_bytes()].concat()).expect("whole");
    journal.leave_head();
    assert_eq!(journal.ship_and_reconcile()["equal"], 4);
    // A new segment closes the one before, whatever the head knows.
    journal.day("2026-11-22", 1);
    journal.next_segment();
    journal.day("2026-11-23", 1);
    journal.line_of(&["ship"]);
    assert_eq!(register.count("tinh-1"), (5, 5));
    // A service that never comes back.
    journal.line_of(&["ship", "--to-the-end"]);
    assert_eq!(register.count("tinh-1"), (6, 6));
    // Torn in a closed segment is no line under way.
    fs::write(journal.segment(), [&fs::read(journal.segment()).expect("a segment"), &b"{\"time"[..]].concat())
        .expect("torn");
    journal.next_segment();
    journal.day("2026-11-24", 1);
    let (code, _, err) = journal.audit(&["ship"]);
    assert!(code == Some(1) && err.contains("journal-000002.jsonl:2: the last line is torn"), "{err}");
}

#[test]
fn a_line_that_does_not_verify_is_never_shipped_and_what_stands_before_it_is() {
    let register = Register::new();
    let mut journal = journal(&register, "tinh-1", 1200);
    let text = fs::read_to_string(journal.segment()).expect("a segment");
    let changed: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(at, line)| if at == 700 { line.replace("cb-0123", "cb-0666") } else { line.to_owned() })
        .collect();
    fs::write(journal.segment(), changed.join("\n") + "\n").expect("changed");
    let (code, _, err) = journal.audit(&["ship"]);
    assert_eq!(code, Some(1));
    assert!(err.contains("journal-000001.jsonl:701: wrong MAC"), "{err}");
    assert_eq!(register.count("tinh-1"), (700, 700));
    let (code, out, _) = journal.audit(&["reconcile", "--format", "json"]);
    assert!(code == Some(1) && out.contains("journal-000001.jsonl:701: wrong MAC"), "{out}");
    // A line that is proven and does not follow: somebody with the key took some out.
    fs::write(
        journal.segment(),
        text.lines().enumerate().filter(|(at, _)| *at != 800).map(|(_, line)| format!("{line}\n")).collect::<String>(),
    )
    .expect("cut");
    let (code, _, err) = journal.audit(&["ship"]);
    assert!(code == Some(1) && err.contains("lines 801 to 801 are missing"), "{err}");
    assert_eq!(register.count("tinh-1"), (800, 800));
    // The tail is gone, and the head knows of it.
    fs::write(journal.segment(), text.lines().take(900).map(|line| format!("{line}\n")).collect::<String>())
        .expect("cut");
    let (code, _, err) = journal.audit(&["ship"]);
    assert!(code == Some(1) && err.contains("the tail was cut: `head.json` knew of line number 1200"), "{err}");
    fs::write(journal.segment(), &text).expect("whole");
    journal.next_segment();
    assert_eq!(journal.ship_and_reconcile()["equal"], 1200);
}

#[test]
fn several_journals_are_found_in_one_search_by_citizen_officer_dossier_and_time() {
    let register = Register::new();
    let mut all: Vec<Journal> = Vec::new();
    for name in ["tinh-1", "tinh-2"] {
        let mut journal = Journal::new(name);
        journal.configure(&register, "ship", "");
        journal.disclosure(&format!("2026-11-2{}T01:00:00.000Z", all.len()), "999085000001", "cb-0123");
        journal.disclosure(&format!("2026-11-2{}T02:00:00.000Z", all.len() + 2), "999187000004", "cb-0456");
        journal.leave_head();
        journal.line_of(&["ship"]);
        all.push(journal);
    }
    let reader = Journal::new("doc");
    reader.configure(&register, "look", "");
    let number = reader.path("number");
    fs::write(&number, "999085000001\n").expect("written");
    let number = number.to_str().expect("a path");
    let found = |arguments: &[&str]| -> Vec<(String, u64)> {
        let all = [&["search", "--register", "--format", "json"], arguments].concat();
        let lines = reader.line_of(&all);
        let lines = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
        lines
            .map(|line| (line["journal"].as_str().expect("a name").to_owned(), line["seq"].as_u64().expect("a number")))
            .collect()
    };
    let expected = |all: &[(&str, u64)]| all.iter().map(|(name, seq)| ((*name).to_owned(), *seq)).collect::<Vec<_>>();
    assert_eq!(
        found(&[]),
        expected(&[("tinh-1", 1), ("tinh-2", 1), ("tinh-1", 2), ("tinh-2", 2)]),
        "in the order of time"
    );
    assert_eq!(found(&["--citizen-from", number]), expected(&[("tinh-1", 1), ("tinh-2", 1)]));
    assert_eq!(found(&["--officer", "cb-0456"]), expected(&[("tinh-1", 2), ("tinh-2", 2)]));
    assert_eq!(found(&["--dossier", "D-1", "--caller", "mot-cua"]), expected(&[("tinh-1", 1), ("tinh-2", 1)]));
    assert_eq!(found(&["--since", "2026-11-21", "--until", "2026-11-22"]), expected(&[("tinh-2", 1), ("tinh-1", 2)]));
    assert_eq!(found(&["--officer", "'; DROP TABLE disclosures.line; --"]), expected(&[]));
    let csv = reader.line_of(&["search", "--register", "--format", "csv", "--officer", "cb-0456"]);
    assert!(csv.starts_with("journal,time,seq,") && csv.contains("\ntinh-2,2026-11-23T02:00:00.000Z,2,"), "{csv}");
    // Reconciling says which chains nobody looked at, and looks at several.
    let mut command = all[0].command(&["reconcile", "--within", "0s", "--lang", "en"]);
    let (code, out, err) = end(&command.output().expect("ran"));
    assert!(code == Some(0) && out.contains("not looked at: tinh-2"), "{out}{err}");
    let (code, out, _) = end(&command.arg("--config").arg(all[1].path("diensan.toml")).output().expect("ran"));
    assert!(
        code == Some(0) && !out.contains("not looked at") && out.contains("tinh-1\n") && out.contains("tinh-2\n"),
        "{out}"
    );
}

#[test]
fn what_cannot_work_is_said_in_one_line_without_the_password() {
    let register = Register::new();
    let journal = journal(&register, "tinh-1", 1);
    let port = register.server.port;
    let refused = |expected: &str| {
        let (code, out, err) = journal.audit(&["ship"]);
        assert_eq!((code, out.as_str()), (Some(2), ""), "{err}");
        assert!(err.contains(expected) && err.lines().count() <= 4, "{expected} in {err}");
        for secret in [PASSWORD, "geheim"] {
            assert!(!err.contains(secret));
        }
    };
    let with = |url: &str, user: &str, more: &str| {
        journal.configure_with(&format!(
            "url = \"{url}\"\nuser = \"{user}\"\npassword_file = \"password\"\njournal_name = \"tinh-1\"\n{more}"
        ));
    };
    let here = format!("postgresql://127.0.0.1:{port}");
    with(&format!("{here}/nirgends"), "ship", "");
    refused("database \"nirgends\" does not exist (3D000)");
    with(&format!("{here}/postgres"), "ship", "");
    refused("run `diensan audit ship --create`");
    with(&format!("{here}/{}", register.database), "look", "");
    refused("permission denied");
    fs::write(journal.path("password"), "geheim").expect("written");
    with(&format!("{here}/{}", register.database), "ship", "");
    refused("password authentication failed for user \"ship\" (28P01)");
    with("postgresql://db.example/diensan", "ship", "");
    refused("`disclosures.url` leaves this machine: give `trust`");
    with(&format!("postgresql://ship:geheim@127.0.0.1:{port}/d"), "ship", "");
    refused("`disclosures.url` holds a user or a password");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    with(&format!("postgresql://127.0.0.1:{free}/d"), "ship", "");
    refused("the register cannot be reached");
    journal.configure_with(&format!("url = \"{here}/d\"\nuser = \"ship\"\n"));
    refused("[disclosures] needs `journal_name`");
}

#[test]
fn tls_is_spoken_with_the_roots_that_are_named_and_with_no_others() {
    let issuer = || {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        CertifiedIssuer::self_signed(ca, KeyPair::generate().expect("a key")).expect("a root")
    };
    let (ca, stranger, key) = (issuer(), issuer(), KeyPair::generate().expect("a key"));
    let leaf = CertificateParams::new(vec!["localhost".to_owned()]).expect("names");
    let leaf = leaf.signed_by(&key, &ca).expect("a certificate");
    let mut server = Server::start(&[]);
    let (certificate, key) = (server.give("server.pem", &leaf.pem()), server.give("server.key", &key.serialize_pem()));
    server.stop("INT");
    for setting in
        ["ssl=on", &format!("ssl_cert_file={}", certificate.display()), &format!("ssl_key_file={}", key.display())]
    {
        server.set(setting);
    }
    server.run();
    let port = server.port;
    let register = Register::at(Arc::new(server));
    let journal = journal(&register, "tinh-1", 2);
    fs::write(journal.path("roots.pem"), ca.pem()).expect("written");
    fs::write(journal.path("others.pem"), stranger.pem()).expect("written");
    let with = |host: &str, trust: &str| {
        journal.configure_with(&format!(
            "url = \"postgresql://{host}:{port}/{}\"\nuser = \"ship\"\npassword_file = \"password\"\n\
             journal_name = \"tinh-1\"\ntrust = \"{trust}\"",
            register.database
        ));
        journal.audit(&["ship"])
    };
    let encrypted = "SELECT count(*) FROM disclosures.line";
    let (code, _, err) = with("localhost", "others.pem");
    assert!(code == Some(2) && err.contains("TLS"), "{err}");
    let (code, _, err) = with("127.0.0.1", "roots.pem");
    assert!(code == Some(2) && err.contains("TLS"), "the certificate is of another name: {err}");
    assert_eq!(register.sql(encrypted), "0");
    let (code, _, err) = with("localhost", "roots.pem");
    assert_eq!(code, Some(0), "{err}");
    assert_eq!(register.sql(encrypted), "2");
    // A server that speaks no TLS gets nothing, not even the password.
    let plain = Register::new();
    journal.configure_with(&format!(
        "url = \"postgresql://localhost:{}/{}\"\nuser = \"ship\"\npassword_file = \"password\"\n\
         journal_name = \"tinh-1\"\ntrust = \"roots.pem\"",
        plain.server.port, plain.database
    ));
    let (code, _, err) = journal.audit(&["ship"]);
    assert!(code == Some(2) && err.contains("TLS"), "{err}");
}

#[test]
fn who_follows_waits_for_a_server_that_is_away_and_goes_on_by_itself() {
    let mut register = Register::at(Arc::new(Server::start(&[])));
    let mut journal = journal(&register, "tinh-1", 3);
    Arc::get_mut(&mut register.server).expect("ours").stop("INT");
    let log = fs::File::create(journal.path("log")).expect("a log");
    let mut child = journal.command(&["ship", "--follow"]).stdout(Stdio::null()).stderr(log).spawn().expect("started");
    let log = journal.path("log");
    until("it says that the register is away", || {
        fs::read_to_string(&log).is_ok_and(|text| text.contains("cannot be reached"))
    });
    Arc::get_mut(&mut register.server).expect("ours").run();
    until("it ships by itself", || register.count("tinh-1") == (3, 3));
    // The server goes away while nothing is shipped, and comes back; a new segment and a changed password with it.
    Arc::get_mut(&mut register.server).expect("ours").stop("QUIT");
    journal.next_segment();
    journal.day("2026-11-21", 3);
    journal.leave_head();
    Arc::get_mut(&mut register.server).expect("ours").run();
    until("it goes on", || register.count("tinh-1") == (6, 6));
    child.kill().expect("killed");
    child.wait().expect("an end");
    assert_eq!(journal.ship_and_reconcile()["equal"], 6);
    let said = fs::read_to_string(&log).expect("a log");
    assert!(!said.contains(PASSWORD) && !said.contains("panicked"));
}

fn until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < PATIENCE, "{what}: never");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn the_example_for_a_log_agent_leaves_lines_as_they_are_and_drops_none() {
    let text = fs::read_to_string(root().join("deploy/vector/vector.toml")).expect("the example");
    let example: toml::Table = text.parse().expect("TOML");
    let sinks = example["sinks"].as_table().expect("sinks");
    assert_eq!(sinks.len(), 2);
    for (name, sink) in sinks {
        let source = sink["inputs"][0].as_str().expect("an input");
        let source = &example["sources"][source];
        assert_eq!(source["read_from"].as_str(), Some("beginning"), "{name}");
        assert_eq!(sink["encoding"]["codec"].as_str(), Some("text"), "{name}");
        assert_eq!(sink["buffer"]["when_full"].as_str(), Some("block"), "{name}");
        assert_eq!(sink["tls"]["enabled"].as_bool(), Some(true), "{name}");
    }
    let segments = &example["sources"]["segments"];
    assert!(segments["include"][0].as_str().is_some_and(|path| path.ends_with("/journal-*.jsonl")));
    assert_eq!(segments["max_line_bytes"].as_integer(), Some(1 << 20), "the longest line of a journal");
}

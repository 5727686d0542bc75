//! Fuzz target: lines and heads of the journal.

use super::super::head::Head;
use super::super::line::{Chain, Frame, append};
use super::super::segments::{Line, Lines};
use super::{keys, timestamp};
use crate::audit::Entry;
use crate::fuzzing::run;

const PIECES: [&str; 20] = [
    "\n",
    "\r\n",
    "{\"time\":\"",
    "\",\"seq\":",
    ",\"key\":\"",
    "\",\"prev\":\"",
    ",\"mac\":\"",
    "\"}",
    ",\"clock_back\":true",
    "{",
    "}",
    "\"",
    "0",
    "18446744073709551616",
    "-1",
    "\0",
    "\\u0000",
    "ễ",
    "{\"journal_head\":",
    ",\"seal\":\"",
];

/// Bodies as events write them, and two that only look like the end of a line.
const BODIES: [&str; 4] = [
    "\"kind\":\"refusal\",\"refusal\":\"json_syntax\"",
    "\"kind\":\"disclosure\",\"request_id\":\"r-1\",\"officer\":\"cb-0123\",\"people\":[],\"status\":200",
    "\"kind\":\"refusal\",\"officer\":\"\\\",\\\"mac\\\":\\\"\"",
    "\"kind\":\"refusal\",\"officer\":\"Nguyễn\"",
];

#[test]
fn fuzz_lines_of_the_journal() {
    let keys = keys();
    let (mut chain, mut written) = (Chain::START, Vec::new());
    for (index, body) in BODIES.iter().enumerate() {
        append(&mut written, &mut chain, timestamp(&format!("2026-11-25T04:25:0{index}Z")), body, &keys);
    }
    let lines: Vec<&[u8]> = written.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    // What is written is read as it was, and is proven.
    for (index, line) in lines.iter().enumerate() {
        let frame = Frame::read(line).expect("a line");
        assert!(frame.is_proven(&keys) == Some(true) && frame.seq == index as u64 + 1);
        assert!(Entry::read(line).is_some());
    }
    let head = Head { seq: 4, mac: chain.mac, time: [b'0'; 24], taken: [b'0'; 24], removed: None }.text(&keys);
    let mut seeds: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
    seeds.extend([written.clone(), head.clone().into_bytes()]);
    run("journal", &PIECES, &seeds, |input| {
        let mut walked = Lines::new(input);
        while let Ok(Some(line)) = walked.next() {
            let Line::Whole(line) = line else { break };
            check_line(line, &lines);
        }
        check_line(input, &lines);
        if let Ok(Some(_)) = Head::read(&String::from_utf8_lossy(input), &keys) {
            // Something may stand around a head; the head itself is whole.
            assert!(String::from_utf8_lossy(input).contains(&head), "a head that nobody sealed holds");
        }
    });
}

fn check_line(line: &[u8], true_lines: &[&[u8]]) {
    let _ = Entry::read(line);
    if let Some(frame) = Frame::read(line)
        && frame.is_proven(&keys()) == Some(true)
    {
        assert!(true_lines.contains(&line), "a line that nobody wrote holds");
        assert!(frame.chain().seq == frame.seq);
    }
}

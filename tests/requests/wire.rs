//! Requests that no HTTP client would send: badly framed, endless, or with tricks in the head.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::Process;

const HEAD: &str = "POST /v1/autofill HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";

/// Sends bytes and reads until an answer has come whole or 15 seconds have passed.
async fn send(service: &Process, bytes: &[u8], end_sending: bool) -> String {
    let address = service.address.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may answer and close before everything is sent.
    let _ = stream.write_all(bytes).await;
    if end_sending {
        let _ = stream.shutdown().await;
    }
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..count]);
            if is_whole(&answer) {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(15), reading).await;
    String::from_utf8(answer).expect("an answer in UTF-8")
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length =
        head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length: ").map(str::to_owned));
    length.and_then(|length| length.parse::<usize>().ok()).is_some_and(|length| body.len() >= length)
}

fn assert_problem(name: &str, answer: &str, status: u16, code: &str) {
    let line = answer.lines().next().unwrap_or_default();
    assert!(line.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {line:?}");
    assert!(answer.contains("content-type: application/problem+json"), "{name}: no problem document");
    assert!(answer.contains("cache-control: no-store"), "{name}: may be stored");
    assert!(answer.contains(&format!("\"code\":\"{code}\"")), "{name}: another code");
}

fn chunked(chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n").into_bytes();
    for chunk in chunks {
        bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend(b"\r\n");
    }
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_read_like_any_other() {
    let service = Process::serve(&[]);
    let mut bytes = chunked(&[b"{\"service\":\"2.000815\",", b"\"citizen\":{\"id\":\"999198000022\"}}"]);
    bytes.extend(b"0\r\n\r\n");
    let answer = send(&service, &bytes, false).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{:?}", answer.lines().next());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_that_is_too_large_is_refused_before_it_has_ended() {
    let service = Process::serve(&[]);
    let block = vec![b' '; 16 * 1024];
    let blocks: Vec<&[u8]> = (0..5).map(|_| block.as_slice()).collect();
    let started = Instant::now();
    let answer = send(&service, &chunked(&blocks), false).await;
    assert_problem("five blocks without an end", &answer, 413, "body_too_large");
    assert!(started.elapsed() < Duration::from_secs(5), "waited for the end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_length_of_five_mebibytes_is_refused_before_they_are_sent() {
    let service = Process::serve(&[]);
    let mut bytes = format!("{HEAD}Content-Length: 5242880\r\n\r\n").into_bytes();
    bytes.extend(std::iter::repeat_n(b' ', 80 * 1024));
    let started = Instant::now();
    assert_problem("80 KiB of 5 MiB", &send(&service, &bytes, false).await, 413, "body_too_large");
    assert!(started.elapsed() < Duration::from_secs(5), "waited for the rest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_body_is_no_citizen_and_no_hang() {
    let service = Process::serve(&[]);
    let short = format!("{HEAD}Content-Length: 500\r\n\r\n{{\"service\":");
    assert_problem("shorter than its length", &send(&service, short.as_bytes(), true).await, 400, "body_broken");
    let odd = format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nZZ\r\n{{}}\r\n0\r\n\r\n");
    assert_problem("no chunk size", &send(&service, odd.as_bytes(), false).await, 400, "body_broken");
    let cut = chunked(&[b"{\"service\":\"2.000815\","]);
    assert_problem("chunks that stop", &send(&service, &cut, true).await, 400, "body_broken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_an_end_is_given_up_by_the_wall_clock() {
    let service = Process::serve(&[]);
    let started = Instant::now();
    let answer = send(&service, &chunked(&[b"{"]), false).await;
    assert_problem("a chunk and silence", &answer, 408, "body_too_slow");
    let waited = started.elapsed();
    assert!(waited > Duration::from_secs(8) && waited < Duration::from_secs(14), "{waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_that_two_readers_would_read_differently_are_refused() {
    let service = Process::serve(&[]);
    let both = format!("{HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n");
    let twice = format!("{HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}x");
    let negative = format!("{HEAD}Content-Length: -1\r\n\r\n{{}}");
    let no_host = "GET /healthz HTTP/1.1\r\n\r\n".to_owned();
    for (name, bytes) in [("both framings", both), ("two lengths", twice), ("negative", negative), ("no host", no_host)]
    {
        let answer = send(&service, bytes.as_bytes(), false).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {:?}", answer.lines().next());
    }
    let long = format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: {}\r\n\r\n", "a".repeat(300_000));
    let answer = send(&service, long.as_bytes(), false).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "a long head: {:?}", answer.lines().next());
    assert_eq!(service.get("/healthz").await.status, 200);
}

//! What no HTTP client would send: bytes in headers and bodies, and numbers of a megabyte.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{MARK, assert_unharmed, faults, strings};
use crate::harness::{Process, root};

/// An answer as far as it matters; status 0: the service closed the connection without one.
pub struct Answer {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

/// Sends a request of bytes.
pub async fn send(service: &Process, request: &[u8]) -> Answer {
    let address = service.address.strip_prefix("http://").expect("an address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let mut bytes = Vec::new();
    let talk = async {
        // The service may answer and close before everything is sent.
        let (mut reading, mut writing) = stream.split();
        let sending = async {
            let _ = writing.write_all(request).await;
        };
        let _ = tokio::join!(sending, reading.read_to_end(&mut bytes));
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), talk).await.expect("an end");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap_or_default().to_owned();
    // A string in a head would be an injected header.
    Answer { status, content_type, body: format!("{body}{}", if head.contains(MARK) { MARK } else { "" }) }
}

/// A GET with headers of bytes.
pub async fn get(service: &Process, path: &str, headers: &[(&str, &[u8])]) -> Answer {
    let mut request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    send(service, &request).await
}

/// A service that knows its callers, with a journal.
fn guarded() -> (Process, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, digit) in [("mac", "a"), ("citizen", "b")] {
        let path = folder.path().join(name);
        fs::write(&path, digit.repeat(64)).expect("a key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode 600");
    }
    let made = Command::new(env!("CARGO_BIN_EXE_diensan")).args(["key", "new", "--caller", "motcua"]).output();
    let made = String::from_utf8(made.expect("ran").stdout).expect("UTF-8");
    let hash = made.lines().find(|line| line.starts_with("keys = ")).expect("the hash of a key");
    let config = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n[journal]\ndirectory = \"journal\"\n\
         mac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n[access]\nstate_directory = \"state\"\n[[caller]]\nname = \"motcua\"\n\
         {hash}\nscopes = [\"autofill\"]\nagencies = [\"*\"]\nservices = [\"*\"]\nattributes = [\"*\"]\n",
        root = root().display()
    );
    fs::write(folder.path().join("diensan.toml"), config).expect("written");
    (Process::serve_configured(&folder.path().join("diensan.toml"), "trace"), folder)
}

/// Whether the service takes a request id over, so that it stands in its log and its answer.
fn is_taken_over(id: &[u8]) -> bool {
    // Blanks around a value belong to the header.
    let id = id.trim_ascii();
    !id.is_empty() && id.len() <= 64 && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

#[tokio::test(flavor = "multi_thread")]
async fn nasty_strings_in_headers_do_no_harm() {
    let (service, folder) = guarded();
    let mut wrong = Vec::new();
    let names = [
        "User-Agent",
        "X-Request-Id",
        "Authorization",
        "X-Api-Key",
        "traceparent",
        "tracestate",
        "X-Forwarded-For",
        "Forwarded",
        "Referer",
        "Cookie",
        "Accept-Language",
        "Content-Type",
        "Accept-Encoding",
    ];
    let mut nasty: Vec<Vec<u8>> = strings().iter().map(|string| string.clone().into_bytes()).collect();
    let bytes: [&[u8]; 5] = [b"\xc0\x80", b"\xed\xa0\x80", b"\xff\xfe", b"\xf0\x80\x80\x80", b"\x80"];
    nasty.extend(bytes.map(<[u8]>::to_vec));
    for (index, string) in nasty.iter().enumerate() {
        let marked = [string.as_slice(), MARK.as_bytes()].concat();
        let schemes: [&[u8]; 2] = [b"Bearer ", b"Basic "];
        let bearer = [schemes[index % 2], &marked].concat();
        let of = |name: &&'static str| match *name {
            "X-Request-Id" if is_taken_over(&marked) => (*name, string.as_slice()),
            "Authorization" if index % 3 > 0 => (*name, bearer.as_slice()),
            name => (name, marked.as_slice()),
        };
        // All at once, and the two that decide most alone: one wrong header keeps others from being read.
        let all: Vec<_> = names.iter().filter(|name| **name != "X-Api-Key").map(of).collect();
        for headers in [all.as_slice(), &[of(&"Authorization")], &[of(&"X-Api-Key")]] {
            let answer = get(&service, "/v1/services", headers).await;
            wrong.extend(faults("the headers", index, answer.status, &answer.content_type, &answer.body));
            if !matches!(answer.status, 400 | 401 | 431) {
                wrong.push(format!("string {index} in the headers: answered {}", answer.status));
            }
        }
    }
    let shown = wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} faults:\n{shown}", wrong.len());
    let log = service.log_text().to_ascii_lowercase();
    assert!(!log.contains(MARK), "the log holds a nasty string");
    assert!(!log.contains("a fault of the program"), "something panicked");
    assert_eq!(service.get("/healthz").await.status, 200);
    for entry in fs::read_dir(folder.path().join("journal")).expect("the journal") {
        let bytes = fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(!String::from_utf8_lossy(&bytes).contains(MARK), "the journal holds a nasty string");
    }
}

fn post(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /v1/autofill HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// A body with bytes at the place of a value.
fn body_with(key: &str, value: &[u8]) -> Vec<u8> {
    let head = format!(r#"{{"service":"2.000815","citizen":{{"id":"999198000022"}},"{key}":"#);
    [head.as_bytes(), value, b"}"].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn huge_numbers_deep_nesting_and_broken_characters_do_no_harm() {
    let service = Process::serve(&[]);
    let mut bodies: Vec<(&str, Vec<u8>)> = Vec::new();
    for digits in [400, 60_000, 1 << 20] {
        let number = "9".repeat(digits);
        bodies.push(("a huge number", body_with("refresh", number.as_bytes())));
        bodies.push(("a huge fraction", body_with("typed", format!(r#"{{"so_luong_ban":0.{number}}}"#).as_bytes())));
        bodies.push(("a huge typed number", body_with("typed", format!(r#"{{"so_luong_ban":{number}}}"#).as_bytes())));
        bodies.push(("a huge exponent", body_with("typed", format!(r#"{{"so_luong_ban":1e{number}}}"#).as_bytes())));
        bodies.push(("a huge number as text", body_with("officer", format!("\"{number}\"").as_bytes())));
    }
    for depth in [200, 5_000, 30_000] {
        bodies.push(("deep lists", body_with("typed", ("[".repeat(depth) + &"]".repeat(depth)).as_bytes())));
        bodies.push(("deep objects", body_with("typed", ("{\"a\":".repeat(depth) + &"}".repeat(depth)).as_bytes())));
    }
    for escape in
        ["\\ud800", "\\udfff", "\\udc00\\ud800", "\\ud800x", "\\u0000", "\\u", "\\ud8", "\\x41", "\\ud83d\\u0041"]
    {
        bodies.push(("an escape", body_with("officer", format!("\"{escape}{MARK}\"").as_bytes())));
    }
    let sequences: [&[u8]; 9] = [
        b"\x00",
        b"\xc0\x80",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xf0\x80\x80\x80",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\xff",
        b"\xc3",
    ];
    for bytes in sequences {
        for key in ["officer", "form", "x"] {
            bodies.push(("bytes", body_with(key, &[b"\"", bytes, MARK.as_bytes(), b"\""].concat())));
        }
        bodies.push(("bytes alone", bytes.to_vec()));
    }
    let mut wrong = Vec::new();
    for (index, (name, body)) in bodies.iter().enumerate() {
        let answer = send(&service, &post(body)).await;
        wrong.extend(faults(name, index, answer.status, &answer.content_type, &answer.body));
        if !matches!(answer.status, 400 | 413 | 422) {
            wrong.push(format!("{name}, body {index}: answered {}", answer.status));
        }
    }
    assert_unharmed(&service, wrong).await;
}

//! What must not stand in any file of the repository: a number that could be somebody's, a path of somebody's machine, a
//! private key or another credential (RISKS T13, T27, C17). Findings name file and line, never what was found.

use std::process::Command;
use std::sync::OnceLock;

use crate::harness::root;

/// Numbers that are nobody's and are needed as they stand: invented ones that are damaged on purpose. Written in two
/// pieces, or this file would have to be in the list too.
const NOBODYS: &[(&str, &str)] = &[
    ("tests/catalog-damage.json", concat!("998085", "000001")),
    ("tests/catalog-damage.json", concat!("9980", "00001")),
];

/// Keys of files, members of requests and elements of replies whose value is a number of a person.
const NUMBER_FIELDS: &[&str] = &["so_cmnd", "so_dinh_danh", "SoCMND", "SoDinhDanh", "number", "id"];

/// Every file of the checkout that is, or could be, committed.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git");
    assert!(listed.status.success(), "not a checkout");
    let listed = String::from_utf8(listed.stdout).expect("UTF-8");
    listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect()
}

/// Whole words of a line: letters, digits and underscores, each with what stands before it.
fn words(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, letter) in line.char_indices().chain([(line.len(), ' ')]) {
        match (start, letter.is_alphanumeric() || letter == '_') {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                found.push((&line[..begin], &line[begin..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a word is the last part of a UUID.
fn ends_a_uuid(before: &str) -> bool {
    let parts: Vec<&str> = before.strip_suffix('-').map(|before| before.rsplitn(5, '-').collect()).unwrap_or_default();
    parts.len() >= 4
        && [3, 2, 1].into_iter().zip([8, 4, 4]).all(|(place, length)| {
            let part = parts.get(place).copied().unwrap_or_default();
            part.get(part.len().saturating_sub(length)..).is_some_and(|end| is_hexadecimal(end, length))
        })
        && is_hexadecimal(parts[0], 4)
}

/// Twelve digits as a word of their own are a personal number, unless they begin with 999, are one digit twelve times, or
/// end a UUID. (Hashes and amounts of money are longer, shorter, or stand inside of a longer word.)
fn holds_a_personal_number(path: &str, line: &str) -> bool {
    words(line).into_iter().any(|(before, word)| {
        let digits = word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_digit());
        let one_digit = word.bytes().all(|byte| Some(&byte) == word.as_bytes().first());
        digits && !word.starts_with("999") && !one_digit && !ends_a_uuid(before) && !NOBODYS.contains(&(path, word))
    })
}

/// Nine digits are many things; as the value of a field that holds a person's number they are an old card's.
fn holds_an_old_card(path: &str, line: &str) -> bool {
    words(line).into_iter().any(|(before, word)| {
        let digits = word.len() == 9 && word.bytes().all(|byte| byte.is_ascii_digit());
        let before = before.trim_end_matches(['"', '\'', '\\', ':', '=', '>', ' ']);
        let of_a_person = NUMBER_FIELDS.iter().any(|field| {
            before
                .strip_suffix(field)
                .is_some_and(|rest| rest.ends_with(['"', '\'', '<', ':', ' ', '{', ',']) || rest.is_empty())
        });
        digits && !word.starts_with("999") && of_a_person && !NOBODYS.contains(&(path, word))
    })
}

/// A folder of somebody's own: `home`, `Users` or `root` at the start of a path, and the working folder of a build machine.
fn names_a_machine(line: &str) -> bool {
    let starts = ["home/", "Users/", "root/", "work/"].map(|folder| format!("/{folder}"));
    let windows = format!("C:{}Users", '\\');
    line.contains(&windows)
        || starts.iter().any(|start| {
            line.match_indices(start.as_str()).any(|(at, _)| {
                let after = line[at + start.len()..].chars().next();
                // In an address or in a longer path something stands before it.
                let before = line[..at].chars().next_back();
                after.is_some_and(char::is_alphanumeric)
                    && before.is_none_or(|letter| letter.is_whitespace() || "\"'`(=:,[<".contains(letter))
            })
        })
}

/// The first line of a private key, a caller's key, a signed token.
fn holds_a_credential(line: &str) -> bool {
    let of_a_key = |letter: &char| letter.is_ascii_alphanumeric() || "-_".contains(*letter);
    let pem = line.find("-----BEGIN ").is_some_and(|at| line[at..].contains(concat!("PRIVATE ", "KEY-----")));
    let caller =
        line.match_indices("dsk_").any(|(at, key)| line[at + key.len()..].chars().take_while(of_a_key).count() >= 40);
    let token = line.match_indices("eyJ").any(|(at, _)| {
        let parts: Vec<usize> = line[at..].split('.').map(|part| part.chars().take_while(of_a_key).count()).collect();
        parts.len() >= 3 && parts[..3].iter().all(|length| *length >= 20)
    });
    pem || caller || token
}

fn findings(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for (what, holds) in [
            ("twelve digits that could be a personal number", holds_a_personal_number(path, line)),
            ("nine digits that could be an old card's number", holds_an_old_card(path, line)),
            ("a path of somebody's machine", names_a_machine(line)),
            ("a private key, a caller's key or a token", holds_a_credential(line)),
        ] {
            if holds {
                found.push(format!("{path}:{}: {what}", index + 1));
            }
        }
    }
    found
}

fn of_repository(what: &str) -> Vec<&'static str> {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let files = files();
        assert!(files.len() > 1000, "{} files", files.len());
        let read = |path: &String| {
            // What is no text holds no line of any of these; a file that was deleted and not yet committed is not there.
            let bytes = std::fs::read(root().join(path)).unwrap_or_default();
            findings(path, &String::from_utf8_lossy(&bytes))
        };
        files.iter().flat_map(read).collect()
    });
    found.iter().map(String::as_str).filter(|finding| finding.contains(what)).collect()
}

#[test]
fn no_file_holds_a_number_that_could_be_somebodys() {
    assert_eq!(of_repository("digits that could be"), [""; 0]);
}

#[test]
fn no_file_holds_a_path_of_a_machine_or_a_credential() {
    assert_eq!(of_repository("a path of"), [""; 0]);
    assert_eq!(of_repository("a private key"), [""; 0]);
}

/// Each piece is put together here, so that this file stays clean itself.
#[test]
fn what_is_planted_is_found_and_what_looks_like_it_is_not() {
    let number = concat!("001085", "000001");
    let card = concat!("0123", "45678");
    for (line, expected) in [
        (format!("số {number}."), 1),
        (format!("\"{number}\""), 1),
        (format!("a-b-c-d-{number}"), 1),
        (format!("01931234-7567-7890-8123-{number}"), 0),
        (format!("ab{number}"), 0),
        (format!("{number}5"), 0),
        ("999085000001".to_owned(), 0),
        ("0".repeat(12), 0),
        (format!("{{\"so_cmnd\": \"{card}\"}}"), 1),
        (format!("<dan:SoCMND>{card}</dan:SoCMND>"), 1),
        (format!("so_cmnd = '{card}'"), 1),
        (format!("\"bytes\": {card}"), 0),
        ("\"so_cmnd\": \"999000001\"".to_owned(), 0),
        (format!("path = \"/{}/somebody/x\"", "home"), 1),
        (format!("see /{}/x", "work"), 1),
        (format!("C:{}Users{}x", '\\', '\\'), 1),
        (format!("https://example.vn/p/{}/a", "home"), 0),
        ("ProtectHome=yes".to_owned(), 0),
        (format!("-----BEGIN {}KEY-----", "PRIVATE "), 1),
        (format!("-----BEGIN EC {}KEY-----", "PRIVATE "), 1),
        (format!("dsk_{}", "a".repeat(43)), 1),
        (format!("Bearer {0}{1}.{1}.{1}", "eyJ", "a".repeat(30)), 1),
        ("-----BEGIN CERTIFICATE-----".to_owned(), 0),
    ] {
        assert_eq!(
            findings("file", &line).len(),
            expected,
            "case of {} letters: {}",
            line.len(),
            &line[..line.len().min(12)]
        );
    }
}

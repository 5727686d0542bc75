//! The search for what must never leave a process: data of the invented people, and secrets, in six encodings.
//!
//! What is found is named, never shown: the output of the tests holds no personal data either.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use crate::harness::people;

/// Texts shorter than this occur inside ordinary words of a log (the one-word person).
const SHORTEST: usize = 8;

/// Every secret of the training accounts and of the tests, by a name that may be shown.
const SECRETS: &[(&str, &str)] = &[
    ("signing secret, password", "khong-phai-bi-mat"),
    (
        "connection string",
        "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmci",
    ),
    ("AuthHash", "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ"),
    ("a replaced secret", "CANARY-thay-the"),
    ("a token of a raw peer", "CANARY-token"),
];

/// What precedes a credential in a header. Searched as it stands: the words alone are no secret.
const CREDENTIAL_HEADERS: &[&str] = &["Bearer ", "Basic "];

/// Keys of a configuration that name a file without a secret.
const OPEN_FILES: &[&str] = &["anchor_file", "callers_file", "keys_file", "watch_list_file"];

/// Many texts, found at once, each with a name that may be shown.
pub struct Search {
    names: Vec<String>,
    automaton: AhoCorasick,
}

impl Search {
    /// Texts with their names, each in every encoding.
    pub fn of(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let (mut names, mut needles) = (Vec::new(), Vec::new());
        for (name, text) in texts {
            for (_, needle) in encodings(&text) {
                names.push(name.clone());
                needles.push(needle);
            }
        }
        let mut builder = AhoCorasick::builder();
        let automaton = builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true).build(&needles);
        Self { names, automaton: automaton.expect("an automaton") }
    }

    /// Whose texts the bytes hold.
    pub fn in_bytes(&self, bytes: &[u8]) -> Vec<String> {
        let mut found: Vec<String> = self
            .automaton
            .find_overlapping_iter(bytes)
            .map(|found| self.names[found.pattern().as_usize()].clone())
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

/// A text as it can stand in a log, a file or an address: plain, percent-encoded, in base64 at each of the three
/// alignments and in both alphabets, decomposed, compact, escaped for JSON. Letters of ASCII are compared without case.
pub fn encodings(text: &str) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    for worded in [text.to_owned(), text.to_uppercase(), text.to_lowercase()] {
        let decomposed: String = worded.nfd().collect();
        let escaped = |worded: &str| -> String {
            let unit = |unit: u16| match u8::try_from(unit) {
                Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
                _ => format!("\\u{unit:04x}"),
            };
            worded.encode_utf16().map(unit).collect()
        };
        all.push(("percent", percent(&worded, b"")));
        all.push(("percent", percent(&worded, b"-._~")));
        all.push(("percent", percent(&worded, b"-._~").replace("%20", "+")));
        for (name, alphabet) in [("base64", &STANDARD_NO_PAD), ("base64", &URL_SAFE_NO_PAD)] {
            // Whole groups of three bytes only: the letters at the ends depend on what stands beside the text.
            for skipped in 0..3 {
                let inner = worded.as_bytes().get(skipped..).unwrap_or_default();
                all.push((name, alphabet.encode(&inner[..inner.len() / 3 * 3])));
            }
        }
        all.push(("json", escaped(&worded)));
        all.push(("json", escaped(&decomposed)));
        all.push(("decomposed", decomposed));
        all.push(("plain", worded));
    }
    // Đ has no decomposition.
    let letters = text.replace(['đ', 'Đ'], "d");
    all.push(("compact", letters.nfd().filter(char::is_ascii_alphanumeric).collect()));
    all.retain(|(_, encoded)| encoded.chars().count() >= SHORTEST);
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all.dedup_by(|a, b| a.1 == b.1);
    all
}

fn percent(text: &str, kept: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || kept.contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Texts of the invented people that must never stand in a log: names, numbers, dates, address details.
fn people_search() -> &'static Search {
    static SEARCH: OnceLock<Search> = OnceLock::new();
    SEARCH.get_or_init(|| {
        let mut texts = Vec::new();
        for person in people() {
            let mut of_person = vec![person.number.clone()];
            personal_texts(&person.record, "", &mut of_person);
            texts.extend(of_person.into_iter().map(|text| (person.stem.clone(), text)));
        }
        let fault_numbers = [
            "999099000",
            "999099009",
            "NGUYENVANMAULOI",
            "NGUYỄN VĂN MẪU LỖI",
            "1999-09-09",
            "19990909",
            "09/09/1999",
            "KHONGCOAITENNHUVAY",
            "KHÔNG CÓ AI TÊN NHƯ VẬY",
        ];
        texts.extend(fault_numbers.map(|text| ("fault numbers".to_owned(), text.to_owned())));
        Search::of(texts)
    })
}

fn personal_texts(value: &Value, key: &str, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if matches!(key, "ho_va_ten" | "ten" | "chi_tiet" | "so_dinh_danh" | "so_cmnd") => {
            texts.push(text.clone());
        }
        Value::String(text) if matches!(key, "ngay_sinh" | "ngay_thang_nam") && text.len() == 10 => {
            texts.push(text.clone());
            texts.push(text.replace('-', ""));
        }
        Value::Object(members) => members.iter().for_each(|(key, value)| personal_texts(value, key, texts)),
        _ => {}
    }
}

/// Whose data a text holds, by the stems of the people's files.
pub fn personal_data_in(text: &str) -> Vec<String> {
    people_search().in_bytes(text.as_bytes())
}

/// Which secrets a text holds: those of the connections, and whatever looks like one of the simulator's tokens
/// (48 hexadecimal digits) or like a caller's key.
pub fn secrets_in(text: &str) -> Vec<String> {
    secrets_in_bytes(text.as_bytes())
}

fn secrets_in_bytes(text: &[u8]) -> Vec<String> {
    static SEARCH: OnceLock<Search> = OnceLock::new();
    let known = SECRETS.iter().map(|(name, secret)| ((*name).to_owned(), (*secret).to_owned()));
    let mut found = SEARCH.get_or_init(|| Search::of(known)).in_bytes(text);
    let text = String::from_utf8_lossy(text);
    if CREDENTIAL_HEADERS.iter().any(|header| text.contains(header)) {
        found.push("an Authorization header".to_owned());
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    if words.any(|word| word.len() == 48 && word.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        found.push("a token".to_owned());
    }
    let of_key = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if text.split("dsk_").skip(1).any(|rest| rest.bytes().take_while(|byte| of_key(*byte)).count() >= 40) {
        found.push("a caller's key".to_owned());
    }
    found
}

/// Neither personal data nor a secret stands in a text; what is found is named, never shown.
pub fn assert_clean(what: &str, text: &(impl AsRef<[u8]> + ?Sized)) {
    let text = text.as_ref();
    let found = people_search().in_bytes(text);
    assert!(found.is_empty(), "{what} holds personal data of {found:?}");
    let found = secrets_in_bytes(text);
    assert!(found.is_empty(), "{what} holds secrets: {found:?}");
}

/// What one process could leave behind, and the secrets that its own configuration names.
pub struct Watch {
    config: Option<PathBuf>,
    secrets: Option<Search>,
    /// The process's folder for temporary files.
    temporary: tempfile::TempDir,
}

impl Watch {
    /// Before the process starts; `config` is its configuration file.
    pub fn begin(config: Option<&Path>) -> Self {
        let temporary = tempfile::tempdir().expect("a folder");
        let secrets = config.and_then(configured_secrets).map(Search::of);
        Self { config: config.map(Path::to_owned), secrets, temporary }
    }

    /// Where the process puts temporary files.
    pub fn temporary(&self) -> &Path {
        self.temporary.path()
    }

    /// Nothing of anybody in what it said, nor in any file that it left.
    pub fn assert_clean(&self, said: &[(&str, &[u8])]) {
        for (what, text) in said {
            self.assert_one(what, text);
        }
        let mut files = Vec::new();
        for root in self.left() {
            all_files(&root, &mut files);
        }
        for file in files {
            // Pruning and recovery may take a file away while it is looked at.
            if let Ok(bytes) = fs::read(&file) {
                self.assert_one(&file.display().to_string(), &bytes);
            }
        }
    }

    fn assert_one(&self, what: &str, text: &[u8]) {
        assert_clean(what, text);
        let found = self.secrets.as_ref().map(|secrets| secrets.in_bytes(text)).unwrap_or_default();
        assert!(found.is_empty(), "{what} holds what stands in the secret files of {found:?}");
    }

    /// The journal, the state, temporary files, and core dumps beside the configuration. What else stands there was put
    /// there by a test.
    fn left(&self) -> Vec<PathBuf> {
        let mut left = vec![self.temporary.path().to_owned()];
        let Some(config) = &self.config else { return left };
        let folder = folder_of(config);
        let is_core = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"));
        left.extend(entries(folder).into_iter().filter(is_core));
        for (key, value) in texts_of(config) {
            if matches!(key.as_str(), "directory" | "state_directory" | "anchor_file") {
                left.push(folder.join(value));
            }
        }
        left.sort();
        left.dedup();
        left
    }
}

fn folder_of(config: &Path) -> &Path {
    config.parent().unwrap_or(Path::new("."))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect()
}

fn all_files(path: &Path, files: &mut Vec<PathBuf>) {
    if path.is_dir() {
        entries(path).iter().for_each(|entry| all_files(entry, files));
    } else if path.is_file() {
        files.push(path.to_owned());
    }
}

/// Every text of a configuration with its key.
fn texts_of(config: &Path) -> Vec<(String, String)> {
    fn walk(key: &str, value: &toml::Value, texts: &mut Vec<(String, String)>) {
        match value {
            toml::Value::String(text) => texts.push((key.to_owned(), text.clone())),
            toml::Value::Array(items) => items.iter().for_each(|item| walk(key, item, texts)),
            toml::Value::Table(table) => table.iter().for_each(|(key, value)| walk(key, value, texts)),
            _ => {}
        }
    }
    let mut texts = Vec::new();
    let text = fs::read_to_string(config).unwrap_or_default();
    if let Ok(table) = text.parse::<toml::Table>() {
        walk("", &toml::Value::Table(table), &mut texts);
    }
    texts
}

/// The lines of every file that the configuration names as a secret, by the key that names it.
fn configured_secrets(config: &Path) -> Option<Vec<(String, String)>> {
    let folder = folder_of(config);
    let mut secrets = Vec::new();
    for (key, value) in texts_of(config) {
        let is_secret = key == "key" || key.ends_with("_file") && !OPEN_FILES.contains(&key.as_str());
        let Ok(text) = fs::read_to_string(folder.join(value)) else { continue };
        if is_secret {
            let lines = text.lines().filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"));
            secrets.extend(lines.map(|line| (key.clone(), line.to_owned())));
        }
    }
    (!secrets.is_empty()).then_some(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::person;

    /// Each encoding of a text, made by other means than the search's own.
    fn planted(text: &str) -> Vec<(&'static str, Vec<u8>)> {
        let mut all = vec![("plain", text.as_bytes().to_vec()), ("decomposed", text.nfd().collect::<String>().into())];
        let mut address = String::new();
        for byte in text.bytes() {
            let safe = byte.is_ascii_alphanumeric();
            address += &if safe { char::from(byte).to_string() } else { format!("%{byte:02x}") };
        }
        all.push(("percent", address.into()));
        for before in ["", "x", "xy"] {
            for after in ["", "z"] {
                let wrapped = format!("{before}{text}{after}");
                all.push(("base64", base64::engine::general_purpose::STANDARD.encode(&wrapped).into()));
                all.push(("base64", base64::engine::general_purpose::URL_SAFE.encode(&wrapped).into()));
            }
        }
        let mut json = String::new();
        for letter in text.chars() {
            json += &if letter.is_ascii() { letter.to_string() } else { format!("\\u{:04X}", u32::from(letter)) };
        }
        all.push(("json", json.into()));
        all
    }

    fn surrounded(bytes: &[u8]) -> Vec<u8> {
        [&b"{\"level\":\"TRACE\",\"target\":\"x\",\"message\":\""[..], bytes, b"\",\"a\":\xff}\n"].concat()
    }

    #[test]
    fn what_is_planted_is_found_in_every_encoding() {
        let person = person("999085000001");
        let address = person.record["thuong_tru"]["chi_tiet"].as_str().expect("an address");
        for (what, text) in [
            ("name", "NGUYỄN VĂN MẪU MỘT"),
            ("name", "Nguyễn Văn Mẫu Một"),
            ("number", &*person.number),
            ("address", address),
        ] {
            for (index, (encoding, bytes)) in planted(text).into_iter().enumerate() {
                let same_case = text.to_uppercase() == text || encoding != "base64";
                if same_case {
                    assert!(!people_search().in_bytes(&surrounded(&bytes)).is_empty(), "{what} in {encoding}, {index}");
                }
            }
        }
        for compact in ["NGUYENVANMAUMOT", "nguyenvanmaumot"] {
            assert!(people_search().in_bytes(&surrounded(compact.as_bytes())).contains(&person.number));
        }
        assert_eq!(
            people_search().in_bytes(&surrounded(b"request route=/v1/autofill status=200 took_us=1500")),
            [""; 0]
        );
    }

    #[test]
    fn planted_secrets_are_found_in_every_encoding() {
        for (name, secret) in SECRETS {
            for (encoding, bytes) in planted(secret) {
                assert!(secrets_in_bytes(&surrounded(&bytes)).contains(&(*name).to_owned()), "{name} in {encoding}");
            }
        }
        let key = ["dsk", "_", &"aB3-_".repeat(9)].concat();
        for text in ["Authorization: Bearer x", &"0af3".repeat(12), &key] {
            assert!(!secrets_in_bytes(&surrounded(text.as_bytes())).is_empty());
        }
        assert_eq!(secrets_in("www-authenticate: Bearer\n dsk_ sha256:"), [""; 0]);
    }

    #[test]
    fn files_that_a_process_leaves_are_searched_and_what_a_test_puts_there_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let config = "[access]\nstate_directory = \"state\"\n[journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\n[[connection]]\nsecret_file = \"secret\"\n";
        fs::create_dir(at("journal")).expect("a folder");
        for (name, text) in [
            ("diensan.toml", config),
            ("mac", &"a1".repeat(32)),
            ("secret", "mat-khau-rieng"),
            ("people", "999198000022"),
        ] {
            fs::write(at(name), text).expect("written");
        }
        let watch = Watch::begin(Some(&at("diensan.toml")));
        let is_clean = || std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watch.assert_clean(&[]))).is_ok();
        assert!(is_clean());
        for (place, text) in [
            ("journal/1.jsonl", "{\"citizen\":\"999198000022\"}"),
            ("state", "999198000022"),
            ("core.17", "mat-khau-rieng"),
            ("journal/head", &STANDARD_NO_PAD.encode(format!(":{}", "a1".repeat(32)))),
        ] {
            fs::write(at(place), text).expect("written");
            assert!(!is_clean(), "{place}");
            fs::remove_file(at(place)).expect("removed");
        }
        fs::write(watch.temporary().join("x"), "999198000022").expect("written");
        assert!(!is_clean());
    }
}

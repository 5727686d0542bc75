//! Which door shows which page to whom.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::harness::{Process, Reply, client, root};

/// A service with three callers: `reader` may read the catalogue, `watcher` the metrics, `filler` may fill.
struct Guarded {
    service: Process,
    keys: Vec<String>,
    folder: tempfile::TempDir,
}

impl Guarded {
    fn start(server: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut keys, mut callers) = (Vec::new(), String::new());
        for (name, scope) in [("reader", "catalog:read"), ("watcher", "metrics"), ("filler", "autofill")] {
            let made = Command::new(env!("CARGO_BIN_EXE_diensan")).args(["key", "new", "--caller", name]).output();
            let made = String::from_utf8(made.expect("ran").stdout).expect("UTF-8");
            keys.push(made.lines().next().expect("a key").to_owned());
            let hash = made.lines().find(|line| line.starts_with("keys = ")).expect("its hash");
            let _ = writeln!(
                callers,
                "[[caller]]\nname = \"{name}\"\n{hash}\nscopes = [\"{scope}\"]\nagencies = [\"*\"]\nservices = [\"*\"]\n\
                 attributes = []"
            );
        }
        for name in ["mac", "citizen"] {
            let key = folder.path().join(name);
            let purpose = format!("journal-{name}");
            let made = Command::new(env!("CARGO_BIN_EXE_diensan"))
                .args(["key", "new", "--purpose", &purpose, key.to_str().expect("UTF-8")])
                .output();
            assert!(made.expect("ran").status.success());
        }
        let root = root().display();
        let config = format!(
            "[server]\n{server}\n[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n{more}\n\
             [journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n[access]\n\
             state_directory = \"state\"\n{callers}"
        );
        let file = folder.path().join("diensan.toml");
        fs::write(&file, config).expect("written");
        Self { service: Process::serve_configured(&file, "debug"), keys, folder }
    }

    /// Every line of the journal.
    fn journal(&self) -> String {
        let mut files: Vec<_> = fs::read_dir(self.folder.path().join("journal"))
            .expect("a journal")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
            .collect();
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).expect("a segment")).collect()
    }

    async fn get(&self, key: Option<usize>, path: &str, accept: &str) -> Reply {
        let mut request = client().get(format!("{}{path}", self.service.address)).header("Accept", accept);
        if let Some(key) = key {
            request = request.header("X-Api-Key", &self.keys[key]);
        }
        Reply::of(request.send().await.expect("an answer")).await
    }
}

const READER: Option<usize> = Some(0);
const WATCHER: Option<usize> = Some(1);
const FILLER: Option<usize> = Some(2);

#[tokio::test(flavor = "multi_thread")]
async fn where_callers_are_known_the_public_door_asks_for_the_scope_also_for_pages() {
    let guarded = Guarded::start("", "");
    for (key, path, status) in [
        (None, "/catalog", 401),
        (None, "/catalog/services/1.004772", 401),
        (None, "/catalog/no-such-page", 401),
        (READER, "/catalog", 200),
        (WATCHER, "/catalog", 403),
        (None, "/status", 401),
        (READER, "/status", 403),
        (WATCHER, "/status", 200),
    ] {
        assert_eq!(guarded.get(key, path, "*/*").await.status, status, "{path} {key:?}");
    }
    let html = guarded.get(READER, "/catalog", "text/html").await.text;
    assert!(!html.contains("href=\"/status\""), "no link to a page that needs another scope");
    let style =
        html.split("href=\"/assets/style").nth(1).and_then(|rest| rest.split('"').next()).expect("a stylesheet");
    assert_eq!(guarded.get(None, &format!("/assets/style{style}"), "*/*").await.status, 200);
    // A browser is told in a page, a program in a problem document.
    let page = guarded.get(None, "/catalog", "text/html,application/xhtml+xml").await;
    assert_eq!((page.status, page.header("content-type")), (401, "text/html; charset=utf-8"));
    assert!(page.text.contains("cửa của người vận hành") && !page.header("www-authenticate").is_empty());
    assert_eq!(guarded.get(None, "/catalog", "application/json").await.code(), "credentials_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_are_said_to_be_public_open_the_catalogue_and_nothing_else() {
    let guarded = Guarded::start("", "[pages]\npublic = true");
    for (path, status) in [
        ("/catalog", 200),
        ("/catalog/coverage", 200),
        ("/status", 401),
        ("/metrics", 401),
        ("/v1/services", 401),
        ("/catalogue", 401),
        ("/%63atalog", 401),
    ] {
        assert_eq!(guarded.get(None, path, "*/*").await.status, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_door_shows_every_page_and_the_public_one_no_state() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let guarded = Guarded::start(&format!("admin_listen = \"127.0.0.1:{port}\""), "");
    let at = async |path: &str| {
        Reply::of(client().get(format!("http://127.0.0.1:{port}{path}")).send().await.expect("an answer")).await
    };
    for path in ["/catalog", "/catalog/services/1.004772", "/catalog/coverage", "/status"] {
        assert_eq!(at(path).await.status, 200, "{path}");
    }
    let status = at("/status").await.text;
    assert!(status.contains("href=\"/status\"") && status.contains("Ghi được"), "the journal's state is told");
    assert_eq!(guarded.get(WATCHER, "/status", "*/*").await.status, 404);
    assert_eq!(guarded.get(None, "/catalog", "*/*").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_callers_are_known_the_counter_is_theirs_who_may_fill_and_what_it_fills_is_on_record() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let guarded = Guarded::start(&format!("admin_listen = \"127.0.0.1:{port}\""), "[pages]\npublic = true");
    for path in ["/counter", "/counter/1.000894"] {
        for (key, status) in [(None, 401), (READER, 403), (WATCHER, 403), (FILLER, 200)] {
            assert_eq!(guarded.get(key, path, "text/html").await.status, status, "{path} {key:?}");
        }
        // The operator's door knows no caller, so nobody can be looked up there.
        let at = client().get(format!("http://127.0.0.1:{port}{path}")).send().await.expect("an answer");
        assert_eq!(at.status(), 404, "{path}");
    }
    let catalog = guarded.get(None, "/catalog", "text/html").await.text;
    assert!(!catalog.contains("href=\"/counter\""), "no link to a page that needs a credential");

    let send = async |key: Option<usize>, path: &str| {
        let mut request =
            client().post(format!("{}{path}", guarded.service.address)).header("Sec-Fetch-Site", "same-origin");
        if let Some(key) = key {
            request = request.header("X-Api-Key", &guarded.keys[key]);
        }
        let body = format!(
            "p.ben_nu.id={}&form=to-khai-dang-ky-ket-hon&officer=cb-1&agency=H01&dossier=H01-1",
            concat!("9991980", "00022")
        );
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(body);
        request.send().await.expect("an answer")
    };
    for path in ["/counter/1.000894", "/counter/1.000894/print"] {
        assert_eq!(send(None, path).await.status(), 401, "{path}");
        assert_eq!(send(READER, path).await.status(), 403, "{path}");
    }
    let before = guarded.journal();
    let page = send(FILLER, "/counter/1.000894").await;
    assert_eq!(page.status(), 200);
    let page = page.text().await.expect("a page");
    // This caller is licensed for no attribute.
    assert!(page.contains("Chưa được cấp quyền nhận dữ liệu này.") && !page.contains("từ CSDL"), "{page}");
    let added = guarded.journal().split_off(before.len());
    for word in ["filler", "cb-1", "H01-1", "to-khai-dang-ky-ket-hon"] {
        assert!(added.contains(word), "{word} is not on record");
    }
    crate::harness::assert_clean("the journal", &added);
}

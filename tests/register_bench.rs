//! A register and journals beside it, for the tests of shipping: keys, a configuration for each login, lines of any time.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::audit_commands::{Sealer, private_file, token};
use crate::configuration::diensan;
use crate::harness::{personal_data_in, root};
use crate::postgres::{PASSWORD, Server, shared};

/// A database with the tables and roles of the register.
pub struct Register {
    pub server: Arc<Server>,
    pub database: String,
}

impl Register {
    /// In the server that all share.
    pub fn new() -> Self {
        Self::at(shared())
    }

    /// In a server of its own.
    pub fn at(server: Arc<Server>) -> Self {
        let database = server.database();
        let register = Self { server, database };
        let maker = Journal::new("maker");
        maker.configure(&register, "owner", "");
        maker.line_of(&["ship", "--create", "--lang", "en"]);
        // Roles belong to the whole server: two tests must not make them at once.
        static ROLES: Mutex<()> = Mutex::new(());
        let _alone = ROLES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        register.sql(&maker.line_of(&["schema", "--roles"]));
        for (login, role) in [("ship", "writer"), ("look", "reader"), ("keep", "keeper")] {
            register.sql(&format!("GRANT disclosures_{role} TO {login}"));
        }
        register
    }

    pub fn sql(&self, text: &str) -> String {
        self.server.sql(&self.database, text)
    }

    /// Statements of the administrator past the trigger, as a forger with his rights would make them.
    pub fn forge(&self, text: &str) {
        self.sql(&format!("SET session_replication_role = replica; {text}"));
    }

    /// Rows, and different numbers of lines, of a journal.
    pub fn count(&self, name: &str) -> (usize, usize) {
        let text = format!(
            "SELECT count(*), count(DISTINCT seq) FROM disclosures.line JOIN disclosures.chain ON chain.id = line.chain \
             WHERE name = '{name}'"
        );
        let told = self.sql(&text);
        let (rows, numbers) = told.split_once('|').expect("two counts");
        (rows.parse().expect("a count"), numbers.parse().expect("a count"))
    }
}

/// A journal that is written here, byte by byte.
pub struct Journal {
    pub folder: tempfile::TempDir,
    pub name: String,
    sealer: Sealer,
    pub seq: usize,
    pub mac: String,
    time: String,
    segment: usize,
}

impl Journal {
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sealer = Sealer::new();
        fs::create_dir(folder.path().join("journal")).expect("a folder");
        private_file(&folder.path().join("mac"), &sealer.mac_key());
        private_file(&folder.path().join("citizen"), &"22".repeat(32));
        private_file(&folder.path().join("password"), PASSWORD);
        let mac = "0".repeat(64);
        Self { folder, name: name.to_owned(), sealer, seq: 0, mac, time: String::new(), segment: 1 }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The segment that is written.
    pub fn segment(&self) -> PathBuf {
        self.path(&format!("journal/journal-{:06}.jsonl", self.segment))
    }

    pub fn next_segment(&mut self) {
        self.segment += 1;
    }

    /// Appends a line; `body` is everything between number and chain.
    pub fn line(&mut self, time: &str, body: &str) {
        let line = self.unwritten(time, body);
        let mut text = fs::read(self.segment()).unwrap_or_default();
        text.extend_from_slice(line.as_bytes());
        fs::write(self.segment(), text).expect("written");
    }

    /// The same, for the test to write.
    pub fn unwritten(&mut self, time: &str, body: &str) -> String {
        self.seq += 1;
        let (line, mac) = self.sealer.line(time, self.seq, body, &self.mac);
        (self.mac, self.time) = (mac, time.to_owned());
        line
    }

    /// A disclosure about somebody to an officer.
    pub fn disclosure(&mut self, time: &str, number: &str, officer: &str) {
        let body = format!(
            "\"kind\":\"disclosure\",\"request_id\":\"r-{}\",\"caller\":\"mot-cua\",\"officer\":\"{officer}\",\
             \"agency\":\"H01.12\",\"dossier\":\"D-{}\",\"service\":\"1.000894\",\"people\":[{{\"role\":\"me\",\
             \"citizen\":\"{}\",\"outcome\":\"found\",\"cached\":false,\"connection\":\"tinh\",\
             \"attributes\":[\"ho_va_ten\"]}}],\"status\":200",
            self.seq + 1,
            self.seq + 1,
            token(number)
        );
        self.line(time, &body);
    }

    /// Lines one second apart on a day.
    pub fn day(&mut self, day: &str, count: usize) {
        for at in 0..count {
            let time = format!("{day}T00:{:02}:{:02}.000Z", at / 60, at % 60);
            self.disclosure(&time, "999085000001", "cb-0123");
        }
    }

    /// What the writer leaves once a minute.
    pub fn leave_head(&self) {
        fs::write(self.path("journal/head.json"), self.sealer.head(self.seq, &self.mac, &self.time)).expect("written");
    }

    /// What pruning leaves when it has removed what is up to here.
    pub fn leave_sealed(&self) {
        let head = self.sealer.sealed(self.seq, &self.mac, &self.time);
        fs::write(self.path("journal/sealed.json"), head).expect("written");
    }

    /// Writes the configuration; all logins but the owner come with a password over the network.
    pub fn configure(&self, register: &Register, login: &str, more: &str) {
        let Register { server, database } = register;
        let place = match login {
            "owner" => {
                format!("url = \"postgresql:///{database}?host={}&port={}\"", server.socket().display(), server.port)
            }
            _ => format!("url = \"postgresql://127.0.0.1:{}/{database}\"\npassword_file = \"password\"", server.port),
        };
        self.configure_with(&format!("{place}\nuser = \"{login}\"\njournal_name = \"{}\"\n{more}", self.name));
    }

    pub fn configure_with(&self, disclosures: &str) {
        let text = format!(
            "[journal]\ndirectory = \"journal\"\nmac_key_file = \"mac\"\ncitizen_key_file = \"citizen\"\n\
             [disclosures]\n{disclosures}"
        );
        fs::write(self.path("diensan.toml"), text).expect("written");
    }

    /// `diensan audit …` on this journal.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(diensan());
        command.arg("audit").args(arguments);
        if arguments[0] != "schema" {
            command.arg("--config").arg(self.path("diensan.toml"));
        }
        command.current_dir(root()).env_remove("DIENSAN_CONFIG").env("DIENSAN_LOG_FORMAT", "json");
        command
    }

    /// Exit code, standard output and standard error, in which nobody's data and no password stands.
    pub fn audit(&self, arguments: &[&str]) -> (Option<i32>, String, String) {
        end(&self.command(arguments).output().expect("ran"))
    }

    /// The same where it must succeed.
    pub fn line_of(&self, arguments: &[&str]) -> String {
        let (code, out, err) = self.audit(arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {out}{err}");
        out
    }

    /// Ships everything that is settled and reconciles every line; what reconciling came to.
    pub fn ship_and_reconcile(&self) -> Value {
        self.line_of(&["ship"]);
        self.reconcile(0)
    }

    /// The first journal of a reconciliation with this exit code.
    pub fn reconcile(&self, expected: i32) -> Value {
        let (code, out, err) = self.audit(&["reconcile", "--within", "0s", "--format", "json"]);
        assert_eq!(code, Some(expected), "{out}{err}");
        let read: Value = serde_json::from_str(&out).expect("JSON");
        read["journals"][0].clone()
    }
}

/// How a command ended.
pub fn end(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("UTF-8");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(personal_data_in(&out).is_empty() && personal_data_in(&err).is_empty(), "somebody's data");
    assert!(!out.contains(PASSWORD) && !err.contains(PASSWORD), "a password");
    assert!(!err.contains("panicked"), "{err}");
    (output.status.code(), out, err)
}

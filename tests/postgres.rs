//! A PostgreSQL server of our own (Debian's package) in a temporary folder, on a free port and a Unix socket.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// More than a start with recovery takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Passwords of the logins, beside the administrator `postgres` who needs none on the socket.
pub const PASSWORD: &str = "mat-khau-cua-kho";

/// A running server; stopped when dropped.
pub struct Server {
    folder: tempfile::TempDir,
    child: Option<Child>,
    pub port: u16,
    more: Vec<String>,
}

/// Debian keeps the server's programs out of the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("the package `postgresql` (`make test` installs it)");
    let mut versions: Vec<PathBuf> = versions.map(|entry| entry.expect("an entry").path().join("bin")).collect();
    versions.retain(|folder| folder.join("initdb").exists());
    versions.sort();
    versions.pop().expect("a server of PostgreSQL")
}

/// The server refuses to run as root; then its own user, whom the package makes, runs it.
fn as_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(program);
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n"
}

fn run(command: &mut Command) -> String {
    let done = command.output().expect("the program starts");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("UTF-8")
}

/// A server for tests that leave it running; the last of them stops it.
pub fn shared() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start(&[]));
        *shared = Arc::downgrade(&server);
        server
    })
}

impl Server {
    /// Makes a cluster and starts it with more settings (`name=value`).
    pub fn start(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("a mode");
        for part in ["data", "socket"] {
            fs::create_dir(folder.path().join(part)).expect("a folder");
            if is_root() {
                run(Command::new("chown").arg("postgres:postgres").arg(folder.path().join(part)));
            }
        }
        let mut initdb = as_user(&programs().join("initdb"));
        initdb.arg("-D").arg(folder.path().join("data")).args(["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"]);
        initdb.args(["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync"]);
        run(initdb.current_dir("/"));
        let port = TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port();
        let more = more.iter().map(|text| (*text).to_owned()).collect();
        let mut server = Self { folder, child: None, port, more };
        server.run();
        for login in ["owner", "ship", "look", "keep"] {
            server.sql("postgres", &format!("CREATE ROLE {login} LOGIN PASSWORD '{PASSWORD}'"));
        }
        server
    }

    /// Where files for the server can lie, readable for it.
    pub fn give(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        if is_root() {
            run(Command::new("chown").arg("postgres:postgres").arg(&path));
        }
        path
    }

    /// Another setting, from the next start on.
    pub fn set(&mut self, setting: &str) {
        self.more.push(setting.to_owned());
    }

    /// Starts it and waits until it answers.
    pub fn run(&mut self) {
        let began = Instant::now();
        loop {
            let log = fs::File::options().create(true).append(true).open(self.log()).expect("a log");
            let mut command = as_user(&programs().join("postgres"));
            command.arg("-D").arg(self.folder.path().join("data")).arg("-k").arg(self.socket());
            command.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-c", "max_connections=50"]);
            // Only a machine without power could tell; a server that is killed loses nothing by it.
            command.args(["-c", "fsync=off"]);
            for setting in &self.more {
                command.args(["-c", setting]);
            }
            command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            let mut child = command.spawn().expect("the server starts");
            while began.elapsed() < PATIENCE {
                if self.answers() {
                    self.child = Some(child);
                    return;
                }
                // The memory of one that was killed may still be in use: then once more.
                if child.try_wait().expect("a status").is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert!(began.elapsed() < PATIENCE, "no server: {}", fs::read_to_string(self.log()).unwrap_or_default());
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    fn answers(&self) -> bool {
        let mut command = self.psql("postgres");
        command.args(["-c", "SELECT 1"]).output().is_ok_and(|done| done.status.success())
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// The folder of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    /// Ends it: INT in order, QUIT at once with everything in flight lost, KILL without its knowing.
    pub fn stop(&mut self, signal: &str) {
        if let Some(mut child) = self.child.take() {
            run(Command::new("kill").args(["-s", signal, &child.id().to_string()]));
            child.wait().expect("its end");
        }
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = Command::new(programs().join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database, "-h"]);
        command.arg(self.socket()).args(["-p", &self.port.to_string()]).env("PGCLIENTENCODING", "UTF8");
        command
    }

    /// What the administrator's statements print.
    pub fn sql(&self, database: &str, text: &str) -> String {
        run(self.psql(database).args(["-c", text])).trim_end().to_owned()
    }

    /// The error of statements that another login must not be able to make.
    pub fn refused(&self, database: &str, login: &str, text: &str) -> String {
        let done = self.psql(database).args(["-c", &format!("SET ROLE {login}"), "-c", text]).output().expect("psql");
        assert!(!done.status.success(), "{login} may: {text}");
        String::from_utf8(done.stderr).expect("UTF-8")
    }

    /// An empty database.
    pub fn database(&self) -> String {
        static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let name = format!("d{}", COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER owner"));
        name
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

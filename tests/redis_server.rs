//! Real servers of the shared tier, started on free ports and ended with the test.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A `redis-server` of this test.
pub struct RedisServer {
    child: Child,
    pub port: u16,
    arguments: Vec<String>,
    folder: tempfile::TempDir,
}

/// A port that nobody has now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

impl RedisServer {
    /// One server that keeps nothing on disk.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// One server with more arguments.
    pub fn start_with(more: &[&str]) -> Self {
        Self::start_on(free_port(), more)
    }

    /// One server on a port.
    pub fn start_on(port: u16, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port_text = port.to_string();
        let mut arguments: Vec<String> =
            ["--port", &port_text, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"]
                .map(str::to_owned)
                .to_vec();
        arguments.extend(more.iter().map(|argument| (*argument).to_owned()));
        let child = spawn(&arguments, folder.path());
        let server = Self { child, port, arguments, folder };
        if !more.contains(&"--tls-port") {
            server.wait_for("PING", "PONG");
        }
        server
    }

    /// The address for a configuration.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// What `redis-cli` prints for a command.
    pub fn cli(&self, arguments: &[&str]) -> String {
        cli(self.port, arguments)
    }

    /// Waits until a command prints something that holds this.
    pub fn wait_for(&self, command: &str, expected: &str) {
        let until = Instant::now() + Duration::from_secs(20);
        let words: Vec<&str> = command.split(' ').collect();
        while !self.cli(&words).contains(expected) {
            assert!(Instant::now() < until, "{command} never said {expected}: {}", self.cli(&words));
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// The names of everything that lies there.
    pub fn names(&self, pattern: &str) -> Vec<String> {
        self.cli(&["--scan", "--pattern", pattern]).lines().map(str::to_owned).collect()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().expect("kill");
        assert!(sent.success());
    }

    /// Ends it without warning.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it again on its port, empty.
    pub fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.arguments, self.folder.path());
        self.wait_for("PING", "PONG");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(arguments: &[String], folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    // A sentinel is told its file first.
    let command = command.args(arguments).current_dir(folder).stdin(Stdio::null());
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    command.stdout(log).stderr(Stdio::null()).spawn().expect("redis-server starts: `make test` installs it")
}

/// What `redis-cli` prints for a command to a port.
pub fn cli(port: u16, arguments: &[&str]) -> String {
    let port = port.to_string();
    let out = Command::new("redis-cli").args(["-p", &port]).args(arguments).stdin(Stdio::null()).output();
    let out = out.expect("redis-cli");
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

/// Three primaries, each with a replica, as one cluster.
pub struct RedisCluster(pub Vec<RedisServer>);

impl RedisCluster {
    /// Starts and joins them.
    pub fn start() -> Self {
        let servers: Vec<RedisServer> = (0..6)
            .map(|_| {
                let bus = free_port().to_string();
                RedisServer::start_with(&[
                    "--cluster-enabled",
                    "yes",
                    "--cluster-node-timeout",
                    "1000",
                    "--cluster-port",
                    &bus,
                    "--repl-diskless-sync-delay",
                    "0",
                ])
            })
            .collect();
        let nodes: Vec<String> = servers.iter().map(|server| format!("127.0.0.1:{}", server.port)).collect();
        let mut arguments = vec!["--cluster", "create"];
        arguments.extend(nodes.iter().map(String::as_str));
        arguments.extend(["--cluster-replicas", "1", "--cluster-yes"]);
        let said = servers[0].cli(&arguments);
        assert!(said.contains("All 16384 slots covered"), "{said}");
        servers.iter().for_each(|server| server.wait_for("CLUSTER INFO", "cluster_state:ok"));
        servers.iter().for_each(|server| server.wait_for("CLUSTER INFO", "cluster_known_nodes:6"));
        // A replica that has nothing of its primary yet never takes its place.
        for server in servers.iter().filter(|server| server.cli(&["ROLE"]).starts_with("slave")) {
            server.wait_for("INFO replication", "master_link_status:up");
        }
        let primaries = servers.iter().filter(|server| server.cli(&["ROLE"]).starts_with("master"));
        primaries.for_each(|server| server.wait_for("INFO replication", "connected_slaves:1"));
        Self(servers)
    }

    /// The place of a server that is a primary with slots.
    pub fn a_primary(&self) -> usize {
        let is_primary = |server: &RedisServer| server.cli(&["ROLE"]).starts_with("master");
        self.0.iter().position(is_primary).expect("a primary")
    }
}

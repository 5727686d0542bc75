//! HAProxy in front of the replicas, as an operator would set it up: it asks `/readyz`, and what could not be sent to one
//! replica goes to another. What was sent is never sent twice.

use std::fs::{self, File};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::quiet_port;
use super::replica::{PATIENCE, Replica};
use crate::harness::client;

/// The header by which a request is found in the log.
pub const MARK: &str = "X-Soak";

/// The running balancer.
pub struct Balancer {
    child: Child,
    pub address: String,
    status: String,
    folder: tempfile::TempDir,
}

impl Balancer {
    /// In front of these replicas.
    pub fn start(replicas: &[Replica]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (door, status) = (quiet_port(), quiet_port());
        let servers: String = replicas
            .iter()
            .map(|replica| format!("    server {} 127.0.0.1:{}\n", replica.name, replica.port))
            .collect();
        let text = format!(
            "global
    log stdout format raw daemon info
defaults
    mode http
    log global
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 5s
    timeout queue 10s
    timeout http-keep-alive 300s
    retries 5
    option redispatch 1
    retry-on conn-failure
frontend door
    bind 127.0.0.1:{door}
    http-request capture req.hdr({MARK}) len 24
    log-format \"%[capture.req.hdr(0)] %s %ST %ts\"
    default_backend replicas
backend replicas
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    default-server check inter 300ms fall 2 rise 1 observe layer4 error-limit 1 on-error mark-down
{servers}frontend status
    bind 127.0.0.1:{status}
    no log
    stats enable
    stats uri /status
"
        );
        let config = folder.path().join("haproxy.cfg");
        fs::write(&config, text).expect("a configuration");
        let log = File::create(folder.path().join("log")).expect("a log");
        let errors = File::create(folder.path().join("errors")).expect("a log");
        // Debian puts it where only root looks.
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("haproxy");
        command.env("PATH", path).arg("-db").arg("-f").arg(&config);
        let child = command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn();
        let child = child.expect("haproxy starts: `make test` installs it");
        let status = format!("http://127.0.0.1:{status}/status;csv");
        Self { child, address: format!("http://127.0.0.1:{door}"), status, folder }
    }

    /// Waits until a replica gets requests.
    pub async fn until_in_use(&self, name: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.says(name, "UP").await {
            assert!(Instant::now() < until, "{name} is never taken into use: {}", self.errors());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Whether the state of a replica begins so.
    async fn says(&self, name: &str, state: &str) -> bool {
        let Ok(response) = client().get(&self.status).send().await else { return false };
        let text = response.text().await.unwrap_or_default();
        let rows = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        rows.filter(|row| row.first() == Some(&"replicas") && row.get(1) == Some(&name))
            .any(|row| row.get(17).is_some_and(|told| told.starts_with(state)))
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.folder.path().join("errors")).unwrap_or_default()
    }

    /// What it noted of a request: replica, status, and how the session ended.
    pub fn noted(&self, mark: &str) -> Option<String> {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let line = log.lines().find(|line| line.split(' ').next() == Some(mark))?;
        Some(line.split_once(' ').map_or("", |(_, rest)| rest).to_owned())
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

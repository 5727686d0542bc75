//! Three replicas of the built service behind HAProxy, over one simulator and one Redis, with invented people who are told
//! apart by every text of theirs. Whoever uses it brings traffic and trouble.

pub mod balancer;
pub mod cast;
pub mod catalogue;
pub mod replica;

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::Value;

use crate::harness::Process;
use crate::redis_server::RedisServer;
use balancer::Balancer;
use cast::Cast;
use catalogue::Catalogue;
use replica::{Keys, Replica, Settings};

/// How many replicas there are.
pub const REPLICAS: usize = 3;

/// Everything that runs.
pub struct Fleet {
    pub cast: Cast,
    pub catalogue: Catalogue,
    pub simulator: Process,
    pub tier: RedisServer,
    pub replicas: Vec<Replica>,
    pub balancer: Balancer,
    pub keys: Keys,
    /// Files of the people; the simulator has read them.
    pub people: tempfile::TempDir,
}

impl Fleet {
    /// Starts everything and waits until the balancer has all replicas in use.
    pub async fn start(settings: &Settings<'_>) -> Self {
        let people = tempfile::tempdir().expect("a folder");
        let cast = Cast::invent();
        cast.write(people.path());
        let folder = people.path().to_str().expect("a path in UTF-8");
        let simulator = Process::start(&["simulate", "--listen", "127.0.0.1:0", "--people", folder], "info");
        let tier = RedisServer::start_on(quiet_port(), &[]);
        let catalogue = Catalogue::copy();
        let keys = Keys::make();
        let mut replicas: Vec<Replica> = (0..REPLICAS)
            .map(|index| Replica::prepare(index, settings, &keys, &catalogue, &simulator.address, &tier.url()))
            .collect();
        replicas.iter_mut().for_each(Replica::start);
        let balancer = Balancer::start(&replicas);
        let fleet = Self { cast, catalogue, simulator, tier, replicas, balancer, keys, people };
        for replica in &fleet.replicas {
            fleet.balancer.until_in_use(&replica.name).await;
        }
        fleet
    }
}

/// Steers a simulator; what it answered.
pub async fn control(simulator: &Process, method: &str, path: &str, body: Option<&Value>) -> Value {
    let reply = simulator.send(method, path, body).await;
    assert!((200..300).contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.text);
    serde_json::from_str(&reply.text).unwrap_or_default()
}

/// A free port that the system gives nobody by itself, so that it is still free after a restart.
pub fn quiet_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 11_000).expect("below 11,000");
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::SeqCst);
        assert!(port < 32_000, "no quiet port is free");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

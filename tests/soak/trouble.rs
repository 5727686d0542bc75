//! What goes wrong meanwhile: three drivers, one each for the replicas, for the tier that they share, and for upstream.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::block_in_place;

use super::{Absence, Dice, Stage};
use crate::fleet::balancer::Balancer;
use crate::fleet::cast::{HOUSEHOLDS, PATTERNS};
use crate::fleet::catalogue::Catalogue;
use crate::fleet::control;
use crate::fleet::replica::Replica;
use crate::harness::Process;
use crate::redis_server::RedisServer;
use crate::soak::traffic::SETTLED;

/// Faults of upstream, with a parameter where it takes one. Every one is an outage, and none says anything of a citizen.
const FAULTS: [(&str, Option<u32>); 28] = [
    ("plain-error", None),
    ("bad-gateway", None),
    ("unavailable", None),
    ("plain-unavailable", None),
    ("gateway-timeout", None),
    ("unexpected-status", Some(404)),
    ("unexpected-status", Some(410)),
    ("throttled", Some(1)),
    ("too-many-no-wait", None),
    ("unauthorised", None),
    ("soap-fault", None),
    ("soap-fault-200", None),
    ("x-road-fault", None),
    ("redirect", None),
    ("log-in-page", None),
    ("empty-204", None),
    ("zero-bytes", None),
    ("truncated", None),
    ("invalid-utf8", None),
    ("wrong-person", None),
    ("wrong-name", None),
    ("duplicate-number", None),
    ("doctype", None),
    ("delay", Some(300)),
    ("hang", Some(20_000)),
    ("reset", None),
    ("reset-before-answer", None),
    ("half-close", None),
];

/// When a replica was killed, and until when it was gone for sure.
pub struct Kill {
    pub replica: String,
    pub from: Instant,
    pub until: Instant,
}

/// What was done.
#[derive(Default)]
pub struct Done {
    pub kills: Vec<Kill>,
    pub counts: BTreeMap<&'static str, usize>,
}

impl Done {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    /// How often something was done.
    pub fn times(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or(0)
    }
}

/// What is done to the replicas, in an order that is drawn anew every time round.
#[derive(Clone, Copy)]
enum Step {
    Kill,
    KillTwo,
    Terminate,
    RollingRestart,
    Reload,
    DamagedReload,
}

/// The replicas and what leads to them.
pub struct Lifecycle {
    pub replicas: Vec<Replica>,
    pub balancer: Arc<Balancer>,
    pub catalogue: Catalogue,
    pub dice: Dice,
    pub version: u32,
    pub done: Done,
}

impl Lifecycle {
    /// Kills, ends and restarts until the replicas are to stay, and reloads until the end.
    pub async fn drive(mut self, stage: Arc<Stage>) -> Self {
        // What a short run must not leave out comes first.
        let mut steps = vec![Step::Kill, Step::RollingRestart, Step::Reload];
        while stage.begun.elapsed() < stage.stay_from {
            if steps.is_empty() {
                steps = vec![
                    Step::Kill,
                    Step::Reload,
                    Step::RollingRestart,
                    Step::Kill,
                    Step::DamagedReload,
                    Step::Terminate,
                    Step::KillTwo,
                    Step::Reload,
                ];
            }
            let step = steps.swap_remove(self.dice.below(steps.len()));
            self.step(step, &stage).await;
            self.pause(500, 3000).await;
        }
        stage.staying.store(true, Ordering::SeqCst);
        while stage.begun.elapsed() < stage.length {
            let step = if self.dice.below(4) == 0 { Step::DamagedReload } else { Step::Reload };
            self.step(step, &stage).await;
            self.pause(3000, 8000).await;
        }
        self
    }

    async fn pause(&mut self, least: usize, most: usize) {
        tokio::time::sleep(Duration::from_millis((least + self.dice.below(most - least)) as u64)).await;
    }

    async fn step(&mut self, step: Step, stage: &Stage) {
        let first = self.dice.below(self.replicas.len());
        let second = (first + 1 + self.dice.below(self.replicas.len() - 1)) % self.replicas.len();
        match step {
            Step::Kill => self.kill(&[first]).await,
            Step::KillTwo => self.kill(&[first, second]).await,
            Step::Terminate => self.restart(first, "single restarts").await,
            Step::RollingRestart => {
                for index in 0..self.replicas.len() {
                    self.restart(index, "restarts in rolling restarts").await;
                }
                self.done.count("rolling restarts");
            }
            Step::Reload => {
                self.version += 1;
                self.catalogue.write(self.version);
                for replica in &self.replicas {
                    replica.reload("ok").await;
                }
                // From now on no answer may be made from an older one.
                stage.catalogue_in_use.store(self.version, Ordering::SeqCst);
                self.done.count("reloads");
            }
            Step::DamagedReload => {
                self.catalogue.damage();
                for replica in &self.replicas {
                    replica.reload("failed").await;
                }
                self.catalogue.write(self.version);
                self.done.count("refused reloads");
            }
        }
    }

    /// Ends replicas without warning and starts them again after a while.
    async fn kill(&mut self, which: &[usize]) {
        for index in which {
            let replica = &mut self.replicas[*index];
            let (from, until) = block_in_place(|| replica.kill());
            self.done.kills.push(Kill { replica: replica.name.clone(), from, until });
            self.done.count("kills");
        }
        self.pause(100, 2500).await;
        for index in which {
            self.bring_back(*index).await;
        }
    }

    /// Ends a replica as an operator does, and starts it again.
    async fn restart(&mut self, index: usize, what: &'static str) {
        block_in_place(|| self.replicas[index].terminate());
        self.done.count(what);
        self.bring_back(index).await;
    }

    async fn bring_back(&mut self, index: usize) {
        block_in_place(|| self.replicas[index].start());
        self.balancer.until_in_use(&self.replicas[index].name).await;
    }
}

/// Restarts, stops and empties the tier.
pub async fn trouble_the_tier(mut tier: RedisServer, stage: Arc<Stage>, mut dice: Dice) -> Done {
    let mut done = Done::default();
    while stage.begun.elapsed() < stage.length {
        tokio::time::sleep(Duration::from_millis(2000 + dice.below(6000) as u64)).await;
        match dice.below(4) {
            0 => {
                block_in_place(|| tier.restart());
                done.count("tier restarts");
            }
            1 => {
                block_in_place(|| tier.kill());
                tokio::time::sleep(Duration::from_millis(500 + dice.below(3500) as u64)).await;
                block_in_place(|| tier.restart());
                done.count("tier restarts");
            }
            2 => {
                tier.signal("STOP");
                tokio::time::sleep(Duration::from_millis(200 + dice.below(3000) as u64)).await;
                tier.signal("CONT");
                done.count("tier stops");
            }
            _ => {
                block_in_place(|| tier.cli(&["FLUSHALL"]));
                done.count("tier emptied");
            }
        }
    }
    done
}

/// Faults of all kinds at upstream, for everybody or for one person, and people whom it does not find for a while.
pub async fn trouble_upstream(simulator: Arc<Process>, stage: Arc<Stage>, mut dice: Dice) -> Done {
    let mut done = Done::default();
    while stage.begun.elapsed() < stage.length {
        tokio::time::sleep(Duration::from_millis(300 + dice.below(2500) as u64)).await;
        let mut rule = json!({});
        let absent = (dice.below(4) == 0).then(|| (SETTLED * PATTERNS) + dice.below((HOUSEHOLDS - SETTLED) * PATTERNS));
        let began = Instant::now();
        if let Some(person) = absent {
            rule["fault"] = json!("not-found");
            rule["number"] = json!(stage.cast.people[person].number);
            done.count("people not found for a while");
        } else {
            let (fault, parameter) = FAULTS[dice.below(FAULTS.len())];
            rule["fault"] = json!(fault);
            if let Some(parameter) = parameter {
                rule["parameter"] = json!(parameter);
            }
            if dice.below(3) == 0 {
                rule["number"] = json!(stage.cast.people[dice.below(stage.cast.people.len())].number);
            }
            done.count("faults");
        }
        control(&simulator, "POST", "/control/faults", Some(&rule)).await;
        tokio::time::sleep(Duration::from_millis(300 + dice.below(2200) as u64)).await;
        control(&simulator, "DELETE", "/control/faults", None).await;
        if let Some(person) = absent {
            let absence = Absence { person, from: began, until: Instant::now() };
            stage.absences.lock().expect("no panic").push(absence);
        }
    }
    done
}

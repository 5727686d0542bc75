//! What the start refuses, with the lines to add (DESIGN §8; RISKS R13, T16).
//!
//! A pure function over facts, so that `doctor` can tell the same without starting anything.

use std::net::IpAddr;

/// What the rules look at.
#[derive(Clone, Debug)]
pub struct StartFacts {
    /// A connection that is no rehearsal.
    pub real_connection: bool,
    pub callers: usize,
    pub listen: IpAddr,
    /// TLS is configured for the listener.
    pub tls: bool,
    /// `behind_proxy = true`: TLS ends at a proxy of the operator's.
    pub behind_proxy: bool,
    /// A real connection's `ttl` and `approved_by` are both there.
    pub cache_decided: bool,
    /// A folder for the state of quotas.
    pub state_directory: bool,
    /// The journal is configured.
    pub journal: bool,
    /// SHA-256 of every configured secret key, with the place where it is configured.
    pub secrets: Vec<(&'static str, [u8; 32])>,
}

/// A refusal: where to look, why, and the lines that mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartProblem {
    pub key: &'static str,
    pub reason: String,
    pub add: &'static str,
}

const CALLER: &str = "[[caller]]\nname = \"mot-cua-tinh\"\nkeys = [\"sha256:…\"]     # from: diensan key new --caller \
                      mot-cua-tinh\nscopes = [\"autofill\", \"catalog:read\"]\nagencies = [\"H01.*\"]\nservices = \
                      [\"*\"]\nattributes = [\"*\"]";

/// Every reason not to start.
pub fn start_rules(facts: &StartFacts) -> Vec<StartProblem> {
    let mut problems = Vec::new();
    let mut refuse = |key, reason: &str, add| problems.push(StartProblem { key, reason: reason.to_owned(), add });
    let open = !facts.listen.is_loopback();
    if facts.real_connection && facts.callers == 0 {
        refuse("caller", "a real connection answers only callers that are known, and there is none", CALLER);
    }
    if open && !facts.real_connection && facts.callers == 0 {
        refuse(
            "caller",
            "without callers only loopback is served: anybody on the network could ask",
            "listen = \"127.0.0.1:8236\"",
        );
    }
    if open && !facts.tls && !facts.behind_proxy {
        refuse(
            "server.tls",
            "credentials and citizens' data would cross the network in clear text",
            "tls = { certificate = \"secrets/server.pem\", key = \"secrets/server-key.pem\" }\n# or, when a proxy of \
             yours ends TLS on this machine or a closed network:\nbehind_proxy = true",
        );
    }
    if facts.real_connection && !facts.cache_decided {
        refuse(
            "cache.ttl",
            "how long citizens' records may be kept is a decision that somebody must own",
            "[cache]\nttl = \"10m\"              # or \"0s\" for off\napproved_by = \"…\"",
        );
    }
    if facts.real_connection && !facts.state_directory {
        refuse(
            "access.state_directory",
            "quotas that a restart resets protect nobody",
            "[access]\nstate_directory = \"var/access\"",
        );
    }
    if facts.real_connection && !facts.journal {
        refuse(
            "journal",
            "a real connection discloses nothing that is not on record",
            "[journal]\ndirectory = \"var/journal\"\nmac_key_file = \"secrets/journal-mac\"\ncitizen_key_file = \
             \"secrets/journal-citizen\"",
        );
    }
    for (index, (key, digest)) in facts.secrets.iter().enumerate() {
        let same = facts.secrets.iter().take(index).find(|(_, other)| other == digest);
        if let Some((other, _)) = same {
            let reason = format!("holds the same key as `{other}`: stores with one key can be laid side by side");
            problems.push(StartProblem {
                key,
                reason,
                add: "# a key of its own, in a file that only the service can read:\n# openssl rand -hex 32 > \
                      secrets/…  &&  chmod 600 secrets/…",
            });
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> StartFacts {
        StartFacts {
            real_connection: true,
            callers: 1,
            listen: IpAddr::from([0, 0, 0, 0]),
            tls: true,
            behind_proxy: false,
            cache_decided: true,
            state_directory: true,
            journal: true,
            secrets: vec![("journal.mac_key_file", [1; 32]), ("journal.citizen_key_file", [2; 32])],
        }
    }

    #[test]
    fn each_missing_thing_is_refused_with_the_lines_to_add() {
        assert_eq!(start_rules(&facts()), []);
        let loopback = IpAddr::from([127, 0, 0, 1]);
        let same = vec![("journal.mac_key_file", [1; 32]), ("access.state_key_file", [1; 32])];
        let cases: [(StartFacts, &[&str], &str); 8] = [
            (StartFacts { callers: 0, ..facts() }, &["caller"], "[[caller]]"),
            (StartFacts { callers: 0, listen: loopback, ..facts() }, &["caller"], "[[caller]]"),
            (StartFacts { tls: false, ..facts() }, &["server.tls"], "behind_proxy = true"),
            (StartFacts { cache_decided: false, ..facts() }, &["cache.ttl"], "approved_by"),
            (StartFacts { state_directory: false, ..facts() }, &["access.state_directory"], "state_directory"),
            (StartFacts { journal: false, ..facts() }, &["journal"], "mac_key_file"),
            (StartFacts { secrets: same, ..facts() }, &["access.state_key_file"], "openssl rand"),
            (
                StartFacts { real_connection: false, callers: 0, tls: false, ..facts() },
                &["caller", "server.tls"],
                "127.0.0.1",
            ),
        ];
        for (facts, keys, add) in cases {
            let problems = start_rules(&facts);
            assert_eq!(problems.iter().map(|problem| problem.key).collect::<Vec<_>>(), keys);
            assert!(problems[0].add.contains(add), "{}", problems[0].add);
        }
    }

    #[test]
    fn a_sandbox_or_rehearsal_on_loopback_needs_nothing() {
        for listen in [IpAddr::from([127, 0, 0, 1]), "::1".parse().expect("an address")] {
            let bare = StartFacts {
                real_connection: false,
                callers: 0,
                listen,
                tls: false,
                cache_decided: false,
                state_directory: false,
                journal: false,
                ..facts()
            };
            assert_eq!(start_rules(&bare), []);
        }
    }

    #[test]
    fn a_declared_proxy_stands_for_tls() {
        assert_eq!(start_rules(&StartFacts { tls: false, behind_proxy: true, ..facts() }), []);
    }
}

//! The same request over the sandbox, over `direct` and over `lgsp-soap` against the simulator.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::harness::{PersonFile, Process, people, query_of};

/// A simulator and a folder with a configuration and secrets for it.
pub struct Upstream {
    pub simulator: Process,
    folder: tempfile::TempDir,
}

impl Upstream {
    /// Starts the simulator and takes the connections that it prints.
    pub fn start() -> Self {
        let simulator = Process::simulate();
        let folder = tempfile::tempdir().expect("a folder");
        let upstream = Self { simulator, folder };
        for (name, secret) in [
            ("direct-secret", "khong-phai-bi-mat"),
            (
                "lgsp-connection-string",
                "eyJBY2Nlc3NLZXkiOiJtby1waG9uZyIsIlNlY3JldEtleSI6Imtob25nLXBoYWktYmktbWF0IiwiQXBwTmFtZSI6ImRpZW5zYW4tbW8tcGhvbmciLCJQYXJ0bmVyQ29kZSI6Ijk5OSIsIlBhcnRuZXJDb2RlQ3VzIjoiOTk5In0=",
            ),
            ("lgsp-auth-hash", "bW8tcGhvbmc6a2hvbmctcGhhaS1iaS1tYXQ="),
        ] {
            upstream.secret(name, secret);
        }
        upstream
    }

    /// Writes a secret beside the configurations.
    pub fn secret(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).expect("a secret");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
        path
    }

    /// A configuration for one profile; `more` is added to the connection, `cache` is the whole `[cache]` table. Our own
    /// limits are off, so that every look-up of a test reaches the simulator.
    pub fn config(&self, profile: &str, more: &str, cache: &str) -> PathBuf {
        let unlimited = "calls_per_second = 0\nofficer_at_once = 0\nbreaker = { faults = 100000 }";
        self.guarded_config(profile, more, unlimited, cache)
    }

    /// The same with a `[connection.guard]` of its own.
    pub fn guarded_config(&self, profile: &str, more: &str, guard: &str, cache: &str) -> PathBuf {
        let own = match profile {
            "direct" => {
                "operation_path = { \"037\" = \"/direct/037\", \"033\" = \"/direct/033\" }\nuser = \"mo-phong\"\nsecret_file = \"direct-secret\"\n\
                 signing_url = \"/direct/037\"\n"
            }
            _ => {
                "token_path = \"/token\"\noperation_path = { \"037\" = \"/lgsp/TraCuuThongTinCongDan\", \"033\" = \"/lgsp/XacThucThongTinCongDan\" }\n\
                 connection_string_file = \"lgsp-connection-string\"\nauth_hash_file = \"lgsp-auth-hash\"\n"
            }
        };
        let root = crate::harness::root().display();
        let text = format!(
            "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n\
             [[connection]]\nname = \"{profile}\"\nprofile = \"{profile}\"\nbase = \"{}\"\nrehearsal = true\n\
             procedure_code = \"service\"\nofficer_code = \"request\"\n{own}{more}\n[connection.guard]\n{guard}\n[cache]\n{cache}\n",
            self.simulator.address
        );
        let path = self.folder.path().join(format!("{profile}-{}.toml", text.len()));
        std::fs::write(&path, text).expect("a configuration");
        path
    }

    /// The service over one profile with defaults.
    pub fn serve(&self, profile: &str) -> Process {
        Process::serve_configured(&self.config(profile, "", ""), "debug")
    }

    /// Calls that the simulator answered or refused on a route.
    pub async fn calls(&self, route: &str) -> u64 {
        self.simulator.get("/counters").await.json()["routes"][route].as_u64().unwrap_or(0)
    }
}

/// A complete request for a person.
pub fn request(service: &str, person: &PersonFile) -> Value {
    json!({
        "service": service, "citizen": query_of(person), "officer": "cb-0123", "agency": "H01.12",
        "dossier": "H01.12-261120-0007", "dossier_date": "2026-11-20",
    })
}

fn essence(answer: &Value) -> Value {
    json!({ "data": answer["data"], "fields": answer["fields"], "status": answer["status"], "warnings": answer["warnings"] })
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_direct_and_lgsp_soap_give_the_same_form() {
    let upstream = Upstream::start();
    let (sandbox, direct, lgsp) = (Process::serve(&[]), upstream.serve("direct"), upstream.serve("lgsp-soap"));
    // Forms that together take every group of a record.
    let mut services = Vec::new();
    for (service, role) in [
        ("1.000894", None),
        ("2.000986", None),
        ("1.004884", None),
        ("1.001699", Some("doi_tuong")),
        ("1.011607", None),
        ("1.010801", None),
        ("1.003803", Some("chu_ho_so")),
        ("1.004746", None),
    ] {
        services.push((service, role));
    }
    let mut compared = 0;
    for person in people() {
        for (service, role) in &services {
            let mut request = request(service, person);
            if let Some(role) = role {
                request["citizen_role"] = json!(role);
            }
            if *service == "1.004884" {
                request["persons"] = json!({ "nguoi_duoc_khai_sinh": { "same_as": "citizen" } });
            }
            let expected = sandbox.autofill(&request).await;
            for (name, other) in [("direct", &direct), ("lgsp-soap", &lgsp)] {
                let answered = other.autofill(&request).await;
                assert_eq!(answered.status, expected.status, "{service} {} over {name}", person.stem);
                if expected.status == 200 {
                    let same = essence(&answered.json()) == essence(&expected.json());
                    assert!(same, "{service} {} over {name} differs", person.stem);
                    compared += 1;
                } else {
                    assert_eq!(answered.code(), expected.code(), "{service} {} over {name}", person.stem);
                }
            }
        }
    }
    assert!(compared > 300, "{compared} answers compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_needs_number_name_birth_date_and_dossier() {
    let upstream = Upstream::start();
    let service = upstream.serve("direct");
    let person = &people()[0];
    for missing in ["officer", "agency", "dossier"] {
        let mut request = request("1.000894", person);
        request.as_object_mut().expect("an object").remove(missing);
        let reply = service.autofill(&request).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "dossier_incomplete"), "without {missing}");
        assert_eq!(reply.json()["pointer"], format!("/{missing}"));
    }
    for missing in ["name", "birth_date"] {
        let mut request = request("1.000894", person);
        request["citizen"].as_object_mut().expect("an object").remove(missing);
        let reply = service.autofill(&request).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "query_incomplete"), "without {missing}");
    }
    assert_eq!(upstream.calls("/direct/037").await, 0, "nothing was asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_over_a_gateway_take_one_token() {
    let upstream = Upstream::start();
    let service = upstream.serve("lgsp-soap");
    let asked = people().iter().filter(|person| person.number != "999064000031");
    let requests = asked.enumerate().map(|(index, person)| {
        let (service, mut request) = (&service, request("1.000656", person));
        // Of one officer only a few would wait for their turn.
        request["officer"] = format!("cb-{index:04}").into();
        async move { service.autofill(&request).await.status }
    });
    let statuses = futures_util::future::join_all(requests).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(upstream.simulator.get("/counters").await.json()["tokens"], 1);
}

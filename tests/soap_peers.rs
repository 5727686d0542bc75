//! Two SOAP implementations that know nothing of ours: zeep asks the simulator, spyne answers the service
//! (`tests/soap-peers/run.sh` installs them; nothing is skipped).
//!
//! Simulator and client were written by the same hands from the same text; these peers only know WSDL, XML Schema and
//! SOAP 1.1.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::connections::request;
use crate::harness::{PersonFile, Process, people, person, root};

/// The script with the peers installed, by whoever comes first.
fn script() -> Command {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    let script = || {
        let mut command = Command::new("sh");
        command.arg(root().join("tests/soap-peers/run.sh"));
        command
    };
    INSTALLED.get_or_init(|| {
        let done = script().arg("install").output().expect("sh runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    });
    script()
}

/// What the script prints; it must end well.
fn told(arguments: [&str; 2]) -> String {
    let done = script().args(arguments).output().expect("sh runs");
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{errors}");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

/// The spyne server; stopped when dropped.
struct Spyne {
    child: Child,
    address: String,
}

impl Spyne {
    fn start() -> Self {
        let mut command = script();
        let mut child = command.arg("server").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("sh runs");
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().expect("standard output"));
        output.read_line(&mut first).expect("a line");
        let address = first.trim().strip_prefix("listening on ").expect("its address").to_owned();
        Self { child, address }
    }
}

impl Drop for Spyne {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `diensan serve` with spyne as its upstream. The folder holds its configuration.
fn serve(spyne: &Spyne, folder: &tempfile::TempDir) -> Process {
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "khong-phai-bi-mat").expect("a secret");
    std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("mode 600");
    let text = format!(
        "[catalog]\nservices = \"{root}/service-catalog\"\nschemas = \"{root}/schemas\"\n\
         [[connection]]\nname = \"spyne\"\nprofile = \"direct\"\nbase = \"{}\"\nrehearsal = true\n\
         procedure_code = \"service\"\nofficer_code = \"request\"\noperation_path = {{ \"037\" = \"/dan-cu\" }}\n\
         user = \"mo-phong\"\nsecret_file = \"secret\"\nsigning_url = \"/dan-cu\"\n",
        spyne.address,
        root = root().display(),
    );
    let config = folder.path().join("diensan.toml");
    std::fs::write(&config, text).expect("a configuration");
    Process::serve_configured(&config, "debug")
}

/// Whom spyne knows: the others' names stand in parts, or their birth dates contradict themselves.
fn known_to_spyne(person: &&PersonFile) -> bool {
    person.record["ho_va_ten"].is_string() && person.record["ngay_sinh"].is_string()
}

fn lines_of(told: &str) -> Vec<&str> {
    told.lines().collect()
}

#[test]
fn an_independent_soap_client_asks_both_soap_doors() {
    let simulator = Process::simulate();
    let told = told(["client", &simulator.address]);
    let lines = lines_of(&told);
    for (line, profile) in lines.iter().zip(["direct", "lgsp-soap"]) {
        assert!(line.starts_with(&format!("zeep {profile}: 8 people, ")) && line.ends_with(", 0 wrong"), "{told}");
    }
    assert_eq!(lines.len(), 2, "{told}");
}

#[test]
fn an_independent_soap_server_refuses_a_changed_order() {
    let spyne = Spyne::start();
    assert_eq!(lines_of(&told(["check", &spyne.address])), ["spyne: 3 requests taken, 18 refused, 0 wrong"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_soap_server_gives_the_same_form_as_the_sandbox() {
    let (spyne, folder) = (Spyne::start(), tempfile::tempdir().expect("a folder"));
    let (service, sandbox) = (serve(&spyne, &folder), Process::serve(&[]));
    // Forms that together take every group of a record.
    let forms = ["1.000894", "2.000986", "1.004884", "1.011607", "1.010801", "1.004746"];
    let mut compared = 0;
    for person in people().iter().filter(known_to_spyne) {
        for form in forms {
            let mut request = request(form, person);
            if form == "1.004884" {
                request["persons"] = json!({ "nguoi_duoc_khai_sinh": { "same_as": "citizen" } });
            }
            let (expected, answered) = (sandbox.autofill(&request).await, service.autofill(&request).await);
            assert_eq!(answered.status, expected.status, "{form}, {}", person.stem);
            if expected.status == 200 {
                assert!(answered.json()["data"] == expected.json()["data"], "{form}, {} differs", person.stem);
                compared += 1;
            } else {
                assert_eq!(answered.code(), expected.code(), "{form}, {}", person.stem);
            }
        }
    }
    assert!(compared > 100, "{compared} forms compared");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_independent_soap_server_says_that_nobody_matches() {
    let (spyne, folder) = (Spyne::start(), tempfile::tempdir().expect("a folder"));
    let service = serve(&spyne, &folder);
    let mut request = request("1.000894", person("999085000001"));
    request["citizen"]["name"] = Value::from("NGUYỄN VĂN MẪU HAI");
    let reply = service.autofill(&request).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
}

//! The clients of `clients/`, built and run against the service, and the portal page in a real browser.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use crate::conformance::description;
use crate::harness::{Process, root};

/// Builds the TypeScript client once; where the description lies that it was built from.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let folder = root().join("target/clients");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("openapi.json");
        std::fs::write(&file, description().to_string()).expect("written");
        run(&["build", file.to_str().expect("UTF-8")], &[]);
        file
    })
}

fn run(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let output = Command::new(root().join("tests/clients/run.sh"))
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .expect("the script runs");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(output.status.success(), "{text}");
    text
}

fn client_address() -> String {
    format!("file://{}", root().join("target/clients/dist/client.js").display())
}

#[test]
fn the_typescript_client_is_made_from_the_description_and_handles_every_problem() {
    let description = built().to_str().expect("UTF-8");
    let service = Process::serve(&[]);
    let (client, address) = (client_address(), service.address.clone());
    let told = run(&["typescript"], &[("CLIENT", &client), ("DIENSAN", &address), ("DESCRIPTION", description)]);
    assert!(told.contains("pass 5"), "{told}");
}

#[test]
fn the_python_client_handles_every_problem() {
    let description = built().to_str().expect("UTF-8");
    let service = Process::serve(&[]);
    let told = run(&["python"], &[("DIENSAN", &service.address), ("DESCRIPTION", description)]);
    assert!(told.contains("Ran 5 tests"), "{told}");
}

#[test]
fn every_recipe_for_a_shell_works_as_it_is_written() {
    let service = Process::serve(&[]);
    let text = std::fs::read_to_string(root().join("clients/curl.md")).expect("the recipes");
    let recipes: Vec<&str> = text.split("```sh\n").skip(1).filter_map(|part| part.split("\n```").next()).collect();
    let expected = [
        "\"cha_me_ho_ten\":\"LÊ THỊ MẪU VỢ\"",
        "not_found",
        "/cha_me_ho_ten match_except_accents",
        "",
        "\"answered\": 2",
    ];
    assert_eq!(recipes.len(), expected.len());
    for (recipe, expected) in recipes.iter().zip(expected) {
        let recipe = recipe.replace("http://127.0.0.1:8236", &service.address);
        let output = Command::new("sh").arg("-c").arg(&recipe).env("no_proxy", "*").output().expect("a shell");
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && !told.trim().is_empty() && told.contains(expected), "{recipe}\n{told}");
    }
}

/// The portal's server; killed when dropped.
struct Portal {
    child: Child,
    address: String,
}

impl Portal {
    fn start(diensan: &str) -> Self {
        let mut child = Command::new("node")
            .arg(root().join("clients/portal/serve.mjs"))
            .arg(diensan)
            .env("DIENSAN_CLIENT", root().join("target/clients/dist/client.js"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("node");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("an address");
        Self { child, address: line.trim().to_owned() }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_portal_page_shows_locked_boxes_reasons_and_an_outage_in_a_real_browser() {
    built();
    let service = Process::serve(&[]);
    let portal = Portal::start(&service.address);
    // Nobody listens there.
    let quiet = Portal::start("http://127.0.0.1:9");
    let output = Command::new(root().join("tests/browser/run.sh"))
        .args(["portal.mjs", &portal.address, &quiet.address])
        .output()
        .expect("a shell");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", said(&output.stdout), said(&output.stderr));
}

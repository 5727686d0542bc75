//! What an answer does not tell: why somebody was not found, and whom somebody else has looked up (RISKS T4, T28).

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::connections::{Upstream, request};
use crate::harness::{Process, Reply, client, person, query_of};
use crate::house::{House, Plan};

/// Rounds of the comparison of times.
const ROUNDS: usize = 40;
/// Two medians may differ by half of the smaller and so much: a debug build on a busy machine. A second call, a pause
/// before a repeat or a look into something else would be more.
const NOISE: Duration = Duration::from_millis(5);

const SERVICE: &str = "1.000894";

/// One body for each way not to be found; the person exists, the first number does not.
fn causes() -> Vec<(&'static str, Value)> {
    let mut body = request(SERVICE, person("999198000022"));
    let mut with = |cause, changes: &[(&str, &str)]| {
        body["citizen"] = query_of(person("999198000022"));
        for (member, value) in changes {
            body["citizen"][*member] = json!(value);
        }
        (cause, body.clone())
    };
    let (number, name) = (("id", "999198000922"), ("name", "NGUYỄN THỊ MẪU KHÁC"));
    vec![
        with("no such number", &[number]),
        with("another name", &[name]),
        with("another day", &[("birth_date", "1998-10-10")]),
        with("another year, and no day", &[("birth_date", "1997")]),
        with("nothing is right", &[number, name, ("birth_date", "1997")]),
    ]
}

/// The whole answer with its head, but for the time of day and the seconds of a record's age.
fn whole(reply: &Reply) -> String {
    let mut head: Vec<String> = reply
        .headers
        .iter()
        .filter(|(name, _)| name.as_str() != "date")
        .map(|(name, value)| format!("{name}: {}", value.to_str().expect("ASCII")))
        .collect();
    head.sort();
    let (before, after) = reply.text.split_once("\"age_s\":").unwrap_or((&reply.text, ""));
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{}\n{}\n\n{before}{after}", reply.status, head.join("\n"))
}

async fn ask(base: &str, credential: Option<&str>, path: &str, body: &Value) -> Reply {
    let request = client().post(format!("{base}{path}")).header("Content-Type", "application/json");
    let request = request.header("X-Request-Id", "r-1");
    let request = match credential {
        Some(credential) => request.header("Authorization", format!("Bearer {credential}")),
        None => request,
    };
    Reply::of(request.body(body.to_string()).send().await.expect("an answer")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_found_is_not_found_in_one_way_whatever_the_cause() {
    let upstream = Upstream::start();
    for service in [Process::serve(&[]), upstream.serve("direct"), upstream.serve("lgsp-soap")] {
        let typed = json!({ "ben_nu_ho_ten": "NGUYỄN THỊ MẪU" });
        for (path, typed, status) in
            [("/v1/autofill", None, 404), ("/v1/verify", Some(typed), 404), ("/v1/verify", None, 200)]
        {
            let mut told = Vec::new();
            for (cause, mut body) in causes() {
                if let Some(typed) = &typed {
                    body["typed"] = typed.clone();
                }
                let reply = ask(&service.address, None, path, &body).await;
                assert_eq!(reply.status, status, "{path}: {cause}");
                told.push((cause, whole(&reply)));
            }
            let (_, first) = &told[0];
            for (cause, other) in &told[1..] {
                assert_eq!(other, first, "{path}: {cause}");
            }
            // The same person as the register knows her is told otherwise, or nothing above could fail.
            let mut found = request(SERVICE, person("999198000022"));
            if let Some(typed) = typed {
                found["typed"] = typed;
            }
            assert_ne!(&whole(&ask(&service.address, None, path, &found).await), first, "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cause_of_not_found_takes_longer_than_another() {
    let upstream = Upstream::start();
    let service = upstream.serve("direct");
    let causes = causes();
    let client = client();
    let mut times = vec![Vec::with_capacity(ROUNDS); causes.len()];
    for _ in 0..ROUNDS {
        for ((_, body), times) in causes.iter().zip(&mut times) {
            let request = client.post(format!("{}/v1/autofill", service.address)).body(body.to_string());
            let request = request.header("Content-Type", "application/json");
            let started = Instant::now();
            assert_eq!(request.send().await.expect("an answer").status(), 404);
            times.push(started.elapsed());
        }
    }
    let medians: Vec<Duration> = times
        .iter_mut()
        .map(|times| {
            times.sort_unstable();
            times[times.len() / 2]
        })
        .collect();
    let told: Vec<_> = causes.iter().map(|(cause, _)| cause).zip(&medians).collect();
    let (least, most) = (medians.iter().min().expect("times"), medians.iter().max().expect("times"));
    assert!(*most < *least + *least / 2 + NOISE, "{told:?}");
}

/// Two agencies with a key each, over one connection whose records are kept.
fn two_agencies(upstream: &Upstream) -> House {
    let connection = format!(
        "[cache]\nttl = \"10m\"\napproved_by = \"x\"\n[[connection]]\nname = \"direct\"\nprofile = \"direct\"\nbase = \"{}\"\n\
         rehearsal = true\nprocedure_code = \"service\"\nofficer_code = \"request\"\nuser = \"mo-phong\"\n\
         secret_file = \"direct-secret\"\nsigning_url = \"/direct/037\"\n\
         operation_path = {{ \"037\" = \"/direct/037\", \"033\" = \"/direct/033\" }}\n[connection.guard]\ncalls_per_second = 0\n\
         officer_at_once = 0\n",
        upstream.simulator.address
    );
    let licence = "scopes = [\"autofill\", \"verify\"]\nservices = [\"*\"]\nattributes = [\"*\"]";
    let of = |agency: &str| format!("{licence}\nagencies = [\"{agency}\"]");
    House::start(&Plan {
        more: &connection,
        files: &[("direct-secret", "khong-phai-bi-mat")],
        callers: &[("mot", &of("H01.12")), ("hai", &of("H02.12"))],
        ..Plan::default()
    })
}

/// In one world the other agency has looked the person up and keeps the record, in the other nobody ever has: the
/// answers are the same to the byte.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_the_same_whether_or_not_another_agency_has_looked_the_person_up() {
    let upstream = Upstream::start();
    let mut asked = request(SERVICE, person("999198000022"));
    let mut worlds = Vec::new();
    for other_asks in [true, false] {
        let house = two_agencies(&upstream);
        if other_asks {
            asked["agency"] = json!("H01.12");
            for cached in [false, true] {
                let reply = ask(&house.service.address, Some(house.key("mot")), "/v1/autofill", &asked).await;
                assert_eq!(reply.json()["lookups"][0]["cached"], cached, "the other agency's record is kept");
            }
        }
        asked["agency"] = json!("H02.12");
        let mut answers = Vec::new();
        for (path, refresh, typed) in [
            ("/v1/verify", false, false),
            ("/v1/autofill", false, false),
            ("/v1/autofill", true, false),
            ("/v1/verify", false, true),
        ] {
            let mut body = asked.clone();
            body["refresh"] = json!(refresh);
            if typed {
                body["typed"] = json!({ "ben_nu_ho_ten": query_of(person("999198000022"))["name"] });
            }
            let reply = ask(&house.service.address, Some(house.key("hai")), path, &body).await;
            assert_eq!(reply.status, 200, "{path}");
            answers.push(whole(&reply));
        }
        worlds.push(answers);
    }
    assert_eq!(worlds[0], worlds[1]);
    assert!(
        worlds[0][1].contains("\"cached\":false") && worlds[0][3].contains("\"cached\":true"),
        "only its own record"
    );
}

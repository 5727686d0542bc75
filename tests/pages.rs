//! The pages for people: over HTTP, and in a real Chromium (`tests/browser/run.sh`).

mod counter;
mod doors;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::connections::{Upstream, request};
use crate::harness::{Process, Reply, json_files, person, root};

/// What a page may weigh with its stylesheet and script, in bytes.
const HEAVIEST: usize = 100 * 1024;

/// The addresses in `href`, `src` and `action` of a page, as a browser reads them.
fn addresses(html: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for attribute in [" href=\"", " src=\"", " action=\""] {
        for part in html.split(attribute).skip(1) {
            let address = part.split('"').next().unwrap_or_default();
            found.insert(address.replace("&#38;", "&").replace("&amp;", "&"));
        }
    }
    found
}

/// Everything that every page must be.
fn check_page(path: &str, reply: &Reply, assets: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{path}: {what}"));
        }
    };
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                  frame-ancestors 'none'; base-uri 'none'";
    must(reply.header("content-type") == "text/html; charset=utf-8", "is no HTML");
    must(reply.header("content-security-policy") == policy, "has another policy");
    must(reply.header("x-content-type-options") == "nosniff", "may be sniffed");
    // The counter tells its address to itself only: on a plain connection that is how it knows its own forms.
    let referrer = if path.starts_with("/counter") { "same-origin" } else { "no-referrer" };
    must(reply.header("referrer-policy") == referrer, "tells where it was");
    must(reply.header("cache-control") == "no-store", "is stored");
    must(reply.header("set-cookie").is_empty(), "sets a cookie");
    let html = &reply.text;
    must(html.len() + assets < HEAVIEST, &format!("weighs {} bytes", html.len() + assets));
    for inline in ["<style", " style=\"", "<script>", " onclick", " onload", "javascript:", "<iframe", "<base"] {
        must(!html.contains(inline), &format!("holds {inline}"));
    }
    for outside in addresses(html).iter().filter(|address| !address.starts_with(['/', '#'])) {
        must(false, &format!("leads to {outside}"));
    }
    must(!html.contains("href=\"//") && !html.contains("src=\"//"), "leads elsewhere");
    must(html.matches("<h1").count() == 1 && html.matches("<main").count() == 1, "has no single heading and main part");
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_light_strict_and_every_link_of_every_page_leads_somewhere() {
    let process = Process::serve(&[]);
    let first = process.get("/catalog").await;
    let (assets, pages): (Vec<String>, Vec<String>) = addresses(&first.text)
        .into_iter()
        .filter(|address| address.starts_with('/'))
        .partition(|address| address.starts_with("/assets/"));
    let mut weight = 0;
    for asset in &assets {
        let reply = process.get(asset).await;
        assert_eq!(
            (reply.status, reply.header("cache-control")),
            (200, "public, max-age=31536000, immutable"),
            "{asset}"
        );
        assert!(!reply.text.contains("http:") || asset.contains("icon"), "{asset} names another address");
        weight += reply.text.len();
    }
    assert_eq!(assets.len(), 3);
    let mut waiting: Vec<String> = pages;
    let mut seen: BTreeSet<String> = waiting.iter().cloned().collect();
    let (mut wrong, mut services, mut forms, mut attributes) = (Vec::new(), BTreeSet::new(), 0, 0);
    while let Some(path) = waiting.pop() {
        let reply = process.get(&path).await;
        if reply.status != 200 {
            wrong.push(format!("{path}: status {}", reply.status));
            continue;
        }
        wrong.extend(check_page(&path, &reply, weight));
        if let Some(code) = path.strip_prefix("/catalog/services/").filter(|code| !code.contains('?')) {
            services.insert(code.to_owned());
        }
        forms += usize::from(path.starts_with("/catalog/forms/") && !path.contains('?'));
        attributes += usize::from(path.starts_with("/catalog/attributes/") && !path.contains('?'));
        for address in addresses(&reply.text) {
            let address = address.split('#').next().unwrap_or_default().to_owned();
            // The English pages have the same links; a page of each kind is followed into English.
            let english = address.contains("lang=en") && address.contains("/catalog/") && services.len() > 4;
            // What leads elsewhere was told with the page.
            let is_page = address.starts_with('/') && !address.starts_with("/assets/");
            if is_page && !english && seen.insert(address.clone()) {
                waiting.push(address);
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let mut codes = BTreeSet::new();
    for level in ["province", "district", "commune"] {
        codes.extend(json_files(&root().join("service-catalog").join(level)).into_iter().map(|(code, _)| code));
    }
    assert_eq!(services, codes);
    assert_eq!(services.len(), 236);
    let known = fs::read_to_string(root().join("service-catalog/attributes.json")).expect("the dictionary");
    let known: Value = serde_json::from_str(&known).expect("JSON");
    let mappings = json_files(&root().join("service-catalog/mappings")).len();
    assert_eq!((forms, Some(attributes)), (mappings, known["attributes"].as_array().map(Vec::len)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_search_needs_no_accents_and_filters_by_level_and_field() {
    let process = Process::serve(&[]);
    let found = async |query: &str| -> Vec<String> {
        let text = process.get(&format!("/catalog?{query}")).await.text;
        let codes = addresses(&text).into_iter().filter_map(|address| {
            address.strip_prefix("/catalog/services/").map(|code| code.split('?').next().unwrap_or_default().to_owned())
        });
        codes.collect()
    };
    let of_field = |field: &str, level: &str| -> Vec<String> {
        let files = json_files(&root().join("service-catalog").join(level)).into_iter();
        files.filter(|(_, file)| file["field"] == field).map(|(code, _)| code).collect()
    };
    let mut civil: Vec<String> =
        ["province", "district", "commune"].iter().flat_map(|level| of_field("Hộ tịch", level)).collect();
    civil.sort();
    assert_eq!(found("q=ho+tich").await, civil);
    assert_eq!(found("q=H%E1%BB%98+T%E1%BB%8ACH").await, civil);
    assert_eq!(found("field=H%E1%BB%99%20t%E1%BB%8Bch&level=commune").await, of_field("Hộ tịch", "commune"));
    assert_eq!(found("q=1.004772").await, ["1.004772"]);
    assert_eq!(found("q=marriage&lang=en").await, found("q=marriage").await);
    assert!(found("q=marriage&lang=en").await.contains(&"1.000894".to_owned()));
    assert_eq!(found("q=khongcogi").await, Vec::<String>::new());
    assert_eq!(found("").await.len(), 236);
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_in_an_address_stand_on_the_page_as_text() {
    let process = Process::serve(&[]);
    for hostile in [
        "q=%3Cscript%3Ealert(1)%3C/script%3E",
        "q=%22%20autofocus%20onfocus=alert(1)%20x=%22",
        "q=%27%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "level=%22%3E%3Cb%3E&field=%3C/select%3E",
        "lang=%22%3E%3Cscript%3E",
        "x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&lang=en",
        "q=%00%1b%ff%fe",
        "q=a&q=b&q",
        "%",
    ] {
        let reply = process.get(&format!("/catalog?{hostile}")).await;
        assert_eq!(reply.status, 200, "{hostile}");
        assert_eq!(reply.text.matches("<script").count(), 1, "{hostile}");
        for word in ["<img", "<b>", "\" onfocus", "\" autofocus", "onerror=\""] {
            assert!(!reply.text.contains(word), "{hostile} gives {word}");
        }
    }
    for path in ["/catalog/services/%3Cscript%3E", "/catalog/forms/%22%3E", "/catalog/attributes/..%2f", "/catalog/x/y"]
    {
        let reply = process.get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(check_page(path, &reply, 0), Vec::<String>::new());
        assert_eq!(reply.text.matches("<script").count(), 1, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_nearly_right_leads_to_the_right_one() {
    let process = Process::serve(&[]);
    for (wrong, right) in [
        ("/catalog/services/1.00477", "/catalog/services/1.004772"),
        ("/catalog/forms/to-khai-dang-ky-ket-ho", "/catalog/forms/to-khai-dang-ky-ket-hon"),
        ("/catalog/attributes/ho_va_te", "/catalog/attributes/ho_va_ten"),
    ] {
        let reply = process.get(wrong).await;
        assert_eq!(reply.status, 404);
        assert!(addresses(&reply.text).contains(right), "{wrong}");
    }
    // Digits like those of a person are refused as a page, and not shown again.
    let number = concat!("9990850", "00001");
    let reply = process.get(&format!("/catalog?q={number}&lang=en")).await;
    assert_eq!(reply.status, 400);
    assert_eq!(check_page("refused", &reply, 0), Vec::<String>::new());
    assert!(!reply.text.contains(number) && reply.text.contains("Personal data never travels"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_the_pages_are_those_of_the_command() {
    let process = Process::serve(&[]);
    let told = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["catalog", "coverage", "--format", "json"])
        .current_dir(root())
        .output()
        .expect("the command runs");
    let report: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let number = |value: &Value| value.as_u64().expect("a number");
    let html = process.get("/catalog/coverage").await.text;
    let figures: Vec<u64> = html
        .split("<dd>")
        .skip(1)
        .map(|part| part.split('<').next().unwrap_or_default().parse().expect("a figure"))
        .collect();
    let wanted = ["total", "mapped", "suggested", "manual", "rows"];
    assert_eq!(figures, wanted.map(|key| number(&report["fields"][key])));
    let table = html.split("<table id=\"by-field\">").nth(1).and_then(|rest| rest.split("</table>").next());
    let mut rows = BTreeMap::new();
    for row in table.expect("the table").split("<th scope=\"row\" lang=\"vi\">").skip(1) {
        let (field, rest) = row.split_once("</th>").expect("a row");
        let cells = rest.split("<td>").skip(1).map(|cell| cell.split('<').next().unwrap_or_default());
        rows.insert(field.to_owned(), cells.map(|cell| cell.parse().expect("a number")).collect::<Vec<u64>>());
    }
    let expected: BTreeMap<String, Vec<u64>> = report["by_field"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|domain| {
            let mut cells = vec![number(&domain["services"]), number(&domain["forms"])];
            cells.extend(wanted.map(|key| number(&domain["fields"][key])));
            (domain["field"].as_str().expect("a text").to_owned(), cells)
        })
        .collect();
    assert_eq!(rows, expected);
    // Of each form, and of the forms that take an attribute.
    for form in report["by_form"].as_array().expect("a list").iter().step_by(20) {
        let id = form["form"].as_str().expect("a text");
        let html = process.get(&format!("/catalog/forms/{id}")).await.text;
        for key in wanted {
            let shown = format!("<dd>{}</dd>", number(&form["fields"][key]));
            assert!(html.contains(&shown), "{id}: {key}");
        }
    }
    let show = Command::new(env!("CARGO_BIN_EXE_diensan"))
        .args(["catalog", "show", "ton_giao"])
        .current_dir(root())
        .output()
        .expect("the command runs");
    let show = String::from_utf8(show.stdout).expect("UTF-8");
    let html = process.get("/catalog/attributes/ton_giao").await.text;
    let count = show.split(" tờ khai lấy thuộc tính này").next().and_then(|text| text.split_whitespace().last());
    assert!(html.contains(&format!("<h2>{} tờ khai lấy thuộc tính này</h2>", count.expect("a count"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_page_warns_of_a_repealed_text_and_says_where_the_entry_comes_from() {
    let process = Process::serve(&[]);
    let html = process.get("/catalog/services/1.002801").await.text;
    assert!(html.contains("hết hiệu lực") && html.contains("TT 12/2017/TT-BGTVT"));
    let file = fs::read_to_string(root().join("service-catalog/commune/1.004772.json")).expect("a file");
    let file: Value = serde_json::from_str(&file).expect("JSON");
    let html = process.get("/catalog/services/1.004772").await.text;
    assert!(!html.contains("hết hiệu lực"));
    for text in file["legal_basis"].as_array().expect("a list").iter().chain([&file["provenance"]["note"]]) {
        assert!(html.contains(text.as_str().expect("a text")), "{text}");
    }
    for link in ["/catalog/forms/to-khai-dang-ky-khai-sinh", "/catalog/attributes/ho_va_ten"] {
        assert!(addresses(&html).contains(link), "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_page_says_what_readiness_and_metrics_say() {
    let process = Process::serve(&[]);
    let request = serde_json::json!({ "service": "1.000894", "citizen": { "id": concat!("99919800", "0022") } });
    for _ in 0..2 {
        assert_eq!(process.autofill(&request).await.status, 200);
    }
    let html = process.get("/status").await.text;
    let ready = process.get("/readyz").await.json();
    assert!(html.contains(ready["catalog"]["version"].as_str().expect("a version")));
    assert!(html.contains(ready["connections"][0].as_str().expect("a name")));
    assert!(html.contains("tìm thấy: 1") && html.contains("dùng bản đang giữ: 1"), "one look-up, one hit");
    let name = ready["connections"][0].as_str().expect("a name");
    let line = format!("diensan_lookups_total{{cause=\"\",connection=\"{name}\",outcome=\"found\"}}");
    assert_eq!(process.metric(&line).await, 1.0);
    crate::harness::assert_clean("the operator's page", &html);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operators_page_tells_an_outage_from_a_citizen_who_is_not_there() {
    let mut upstream = Upstream::start();
    let guard = "breaker = { faults = 2, within = \"30s\", probe_after = \"60s\" }";
    let config = upstream.guarded_config("lgsp-soap", "permits = 7", guard, "ttl = \"0s\"");
    let process = Process::serve_configured(&config, "debug");
    let page = async || process.get("/status").await.text;
    let asked = request("1.000894", person("999198000022"));
    assert_eq!(process.autofill(&asked).await.status, 200);
    let good = page().await;
    assert!(good.matches(">thông<").count() == 2 && good.contains("0 / 7") && good.contains("tìm thấy: 1"), "{good}");
    upstream.simulator.terminate();
    upstream.simulator.wait();
    for _ in 0..3 {
        assert!(process.autofill(&asked).await.status >= 502);
    }
    let bad = page().await;
    assert!(bad.contains("đang ngắt, không gọi") && bad.contains("bên kia lỗi"), "{bad}");
    assert!(!bad.contains("không có công dân khớp"), "an outage is never \"no such citizen\"");
    crate::harness::assert_clean("the operator's page", &bad);
}

#[test]
fn every_kind_of_page_is_accessible_in_a_real_browser_and_asks_nobody_else() {
    let upstream = Upstream::start();
    let process = upstream.serve("lgsp-soap");
    let asked = request("1.000894", person("999198000022"));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async { assert_eq!(process.autofill(&asked).await.status, 200) });
    run_browser("pages.mjs", &[&process.address]);
}

/// Runs a script of `tests/browser` and shows what it says when it fails.
fn run_browser(script: &str, arguments: &[&str]) {
    let run = Command::new(root().join("tests/browser/run.sh")).arg(script).args(arguments).output().expect("a shell");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(run.status.success(), "{}{}", said(&run.stdout), said(&run.stderr));
}

//! The counter's page and the printed form: over HTTP, and by keyboard in a real Chromium.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::{addresses, check_page, run_browser};
use crate::connections::{Upstream, request};
use crate::harness::{PersonFile, Process, Reply, assert_clean, client, json_files, person, query_of, root};

const OWN: (&str, &str) = ("Sec-Fetch-Site", "same-origin");

const FORM: &str = "application/x-www-form-urlencoded";

/// As a browser writes a form.
fn encoded(form: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        let byte = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(byte).collect()
    };
    let pairs: Vec<String> = form.iter().map(|(name, text)| format!("{}={}", escaped(name), escaped(text))).collect();
    pairs.join("&")
}

/// Sends the page's form with these headers.
async fn post_with(service: &Process, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
    let mut request =
        client().post(format!("{}{path}", service.address)).header("Content-Type", FORM).body(encoded(form));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let reply = Reply { status, headers, text: response.text().await.expect("a text body") };
    if status >= 400 {
        // What the officer typed stays on the page to be mended; nothing else of anybody may stand there.
        let typed = form.iter().filter(|(_, text)| text.len() > 3);
        let rest = typed.fold(unescaped(&reply.text), |text, (_, typed)| text.replace(typed, ""));
        assert_clean("a page with a problem", &rest);
    }
    for (name, value) in &reply.headers {
        assert_clean(name.as_str(), value.as_bytes());
    }
    reply
}

async fn post(service: &Process, path: &str, form: &[(&str, &str)]) -> Reply {
    post_with(service, path, form, &[OWN]).await
}

/// What stands in the box of this key.
fn text_in(html: &str, key: &str) -> String {
    let start = format!(" name=\"f.{key}\" value=\"");
    let rest = html.split(&start).nth(1).unwrap_or_else(|| panic!("{key} is no box of the page"));
    unescaped(rest.split('"').next().unwrap_or_default())
}

fn unescaped(text: &str) -> String {
    text.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&")
}

/// The hidden texts that the page sends back with its form.
fn hidden(html: &str) -> Vec<(String, String)> {
    let inputs = html.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|part| {
        let (name, rest) = part.split_once("\" value=\"")?;
        Some((name.to_owned(), unescaped(rest.split('"').next()?)))
    });
    inputs.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_counter_shows_what_the_api_answers_box_by_box() {
    let process = Process::serve(&[]);
    let (bride, groom) = (person("999198000022"), person("999090000008"));
    let form = [("p.ben_nu.id", &*bride.number), ("p.ben_nam.id", &*groom.number)];
    let page = post(&process, "/counter/1.000894", &form).await;
    assert_eq!(page.status, 200);
    let asked = json!({ "service": "1.000894", "citizen_role": "ben_nu", "citizen": { "id": bride.number },
        "persons": { "ben_nam": { "id": groom.number } } });
    let answer = process.autofill(&asked).await.json();
    let (mut filled, mut offered) = (0, 0);
    for field in answer["fields"].as_array().expect("fields") {
        let key = field["path"].as_str().expect("a path").trim_start_matches('/');
        let value = if field["value"].is_null() { &answer["data"][key] } else { &field["value"] };
        let printed = field["text"].as_str().or(value.as_str()).or(value["day_du"].as_str()).unwrap_or_default();
        let cell = page.text.split(&format!("id=\"f.{key}\"")).nth(1).expect("a box");
        let cell = cell.split("</div>").next().unwrap_or_default();
        match field["state"].as_str().expect("a state") {
            "filled" => {
                assert_eq!(text_in(&page.text, key), printed, "{key}");
                assert_eq!(cell.contains(" readonly"), field["locked"] == true, "{key}");
                filled += 1;
            }
            "suggested" => {
                assert_eq!(text_in(&page.text, key), "", "{key} is only offered");
                assert!(cell.contains(&format!("<span lang=\"vi\">{printed}</span>")), "{key}");
                offered += 1;
            }
            _ => assert_eq!(
                page.text.matches(&format!("name=\"f.{key}\" value=\"\"")).count(),
                usize::from(key != "de_nghi_cap_ban_sao"),
                "{key}"
            ),
        }
    }
    assert!(!page.text.contains("class=\"note bad\""));
    let stranger = concat!("9991980", "00999");
    let half =
        post(&process, "/counter/1.000894", &[("p.ben_nu.id", &*bride.number), ("p.ben_nam.id", stranger)]).await;
    assert_eq!(half.status, 200);
    assert!(half.text.contains("Bên nam: không tìm thấy. Quét lại thẻ") && !half.text.contains("sự cố"), "one of two");
    assert_eq!(half.text.matches("Không tìm thấy người này.").count(), 6, "each box says why it is empty");
    assert!(filled >= 10 && offered == 1, "{filled} filled, {offered} offered");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_script_suggestions_are_accepted_and_typed_boxes_stay() {
    let process = Process::serve(&[]);
    let groom = person("999090000008");
    let first = post(&process, "/counter/1.000894", &[("p.ben_nam.id", &groom.number)]).await;
    let back = hidden(&first.text);
    let mut form: Vec<(&str, &str)> = back.iter().map(|(name, text)| (&**name, &**text)).collect();
    form.extend([
        ("p.ben_nam.id", &*groom.number),
        ("f.ben_nu_ngay_sinh", "1/2/2001"),
        ("f.ben_nam_lan_ket_hon", "hai"),
    ]);
    let all = [form.clone(), vec![("accept", "*")]].concat();
    let second = post(&process, "/counter/1.000894", &all).await;
    assert_eq!(text_in(&second.text, "ben_nam_quoc_tich"), "Việt Nam");
    assert_eq!(text_in(&second.text, "ben_nu_ngay_sinh"), "01/02/2001", "a date is read as people here write it");
    assert_eq!(text_in(&second.text, "ben_nam_lan_ket_hon"), "hai", "what does not fit stays to be mended");
    assert!(second.text.contains("aria-invalid=\"true\"") && !second.text.contains("name=\"accept\""));
    // Accepted once, the box is filled again when the form is sent again.
    let back = hidden(&second.text);
    let mut form: Vec<(&str, &str)> = back.iter().map(|(name, text)| (&**name, &**text)).collect();
    form.extend([("p.ben_nam.id", &*groom.number), ("f.ben_nam_quoc_tich", "Việt Nam")]);
    let third = post(&process, "/counter/1.000894", &form).await;
    assert_eq!(text_in(&third.text, "ben_nam_quoc_tich"), "Việt Nam");
    assert!(third.text.contains("đã nhận") && !third.text.contains("name=\"accept\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_register_gave_of_one_person_never_stays_for_the_next() {
    let process = Process::serve(&[]);
    let (groom, other, stranger) = (person("999090000008"), person("999096000021"), concat!("9991980", "00999"));
    let first = post(&process, "/counter/1.000894", &[("p.ben_nam.id", &groom.number)]).await;
    // The page as it stands after everything was accepted, with one box typed and one changed, and another card.
    let back = hidden(&first.text);
    let (mut form, mut given) = (Vec::new(), Vec::new());
    for (name, text) in &back {
        form.push((name.clone(), text.clone()));
        if let Some(key) = name.strip_prefix("r.").or_else(|| name.strip_prefix("o.")) {
            form.push((format!("f.{key}"), text.clone()));
            given.push((key.to_owned(), text.clone()));
        }
    }
    assert!(given.len() >= 6, "{}", given.len());
    form.retain(|(name, _)| name != "f.ben_nam_dan_toc");
    form.extend(
        [("f.ben_nam_dan_toc", "Tày"), ("f.kinh_gui", "UBND xã Mẫu")]
            .map(|(name, text)| (name.to_owned(), text.to_owned())),
    );
    for (number, status) in [(stranger, 404), (&*other.number, 200)] {
        let all = form.iter().map(|(name, text)| (&**name, &**text));
        let all: Vec<(&str, &str)> = all.chain([("p.ben_nam.id", number)]).collect();
        let page = post(&process, "/counter/1.000894", &all).await;
        assert_eq!(page.status, status);
        for (key, text) in given.iter().filter(|(key, text)| key != "ben_nam_dan_toc" && text != "Việt Nam") {
            assert_ne!(text_in(&page.text, key), *text, "{key} is of somebody else");
        }
        assert_eq!(text_in(&page.text, "ben_nam_ho_ten").is_empty(), status == 404);
        assert_eq!(text_in(&page.text, "ben_nam_dan_toc"), "Tày", "what was typed stays");
        assert_eq!(text_in(&page.text, "kinh_gui"), "UBND xã Mẫu");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_another_page_sent_is_refused_and_nobody_is_looked_up() {
    let process = Process::serve(&[]);
    let number = person("999198000022").number.clone();
    let form = [("p.ben_nu.id", &*number)];
    let host = process.address.trim_start_matches("http://").to_owned();
    let (own, encrypted) = (format!("http://{host}"), format!("https://{host}"));
    for (headers, status) in [
        (vec![OWN], 200),
        (vec![("Origin", &*own)], 200),
        (vec![("Origin", &*encrypted)], 200),
        (vec![], 403),
        (vec![("Sec-Fetch-Site", "cross-site")], 403),
        (vec![("Sec-Fetch-Site", "same-site")], 403),
        (vec![("Sec-Fetch-Site", "none")], 403),
        (vec![("Sec-Fetch-Site", "cross-site"), ("Origin", &*own)], 403),
        (vec![OWN, OWN], 403),
        (vec![("Origin", "null")], 403),
        (vec![("Origin", "http://elsewhere.example")], 403),
        (vec![("Origin", "http://127.0.0.1")], 403),
        (vec![("Referer", &*own)], 403),
    ] {
        for path in ["/counter/1.000894", "/counter/1.000894/print"] {
            let form = [&form[..], &[("form", "to-khai-dang-ky-ket-hon")]].concat();
            let reply = post_with(&process, path, &form, &headers).await;
            assert_eq!(reply.status, status, "{path} {headers:?}");
            if status == 403 {
                assert!(reply.text.contains("chỉ nhận những gì gửi từ chính nó") && !reply.text.contains(&number));
            }
        }
    }
    let json = client()
        .post(format!("{}/counter/1.000894", process.address))
        .header(OWN.0, OWN.1)
        .header("Content-Type", "application/json")
        .body("{}");
    assert_eq!(json.send().await.expect("an answer").status(), 415);
    for (method, path) in [("PUT", "/counter/1.000894"), ("GET", "/counter/1.000894/print"), ("POST", "/counter")] {
        assert_eq!(process.send(method, path, None).await.status, 405, "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_a_stranger_and_a_slip_are_told_apart_with_what_to_do() {
    let mut upstream = Upstream::start();
    let process = upstream.serve("lgsp-soap");
    let asked = |who: &'static PersonFile| -> Vec<(String, String)> {
        let query = query_of(who);
        let whole = request("1.000894", who);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut form: Vec<(String, String)> =
            ["officer", "agency", "dossier"].map(|word| (word.to_owned(), text(&whole[word]))).into();
        for (input, member) in [("id", "id"), ("name", "name"), ("birth", "birth_date")] {
            form.push((format!("p.ben_nu.{input}"), text(&query[member])));
        }
        form
    };
    let send = async |form: &[(String, String)]| {
        let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (&**name, &**text)).collect();
        let reply = post(&process, "/counter/1.000894", &form).await;
        let told = reply.text.split("id=\"told\"").nth(1).and_then(|rest| rest.split("</div>").next());
        let told = told.unwrap_or_default().to_owned();
        assert!(told.contains(reply.header("x-request-id")), "the request's number is told");
        (reply, told)
    };
    let bride = person("999198000022");
    assert_eq!(send(&asked(bride)).await.0.status, 200);

    let mut stranger = asked(bride);
    stranger
        .iter_mut()
        .filter(|(name, _)| name == "p.ben_nu.birth")
        .for_each(|(_, text)| *text = "1/1/1950".to_owned());
    let (reply, told) = send(&stranger).await;
    assert_eq!(reply.status, 404);
    assert!(told.contains("Không tìm thấy công dân") && told.contains("Công an cấp xã"), "{told}");
    assert!(!told.contains("Sự cố"));

    let mut slip = asked(bride);
    slip.iter_mut().filter(|(name, _)| name == "p.ben_nu.birth").for_each(|(_, text)| *text = "31/02/1990".to_owned());
    let (reply, told) = send(&slip).await;
    assert_eq!(reply.status, 400);
    assert!(told.contains("Cần sửa") && told.contains("phải có thật") && told.contains("must exist"), "{told}");
    assert!(reply.text.contains("value=\"31/02/1990\""), "what was typed is still there");

    upstream.simulator.terminate();
    upstream.simulator.wait();
    // Somebody whose record nobody has asked for yet: the first one is in the cache.
    let (reply, told) = send(&asked(person("999192000024"))).await;
    assert!(reply.status >= 502, "{}", reply.status);
    assert!(told.contains("Sự cố") && told.contains("không nói gì về công dân"), "{told}");
    assert!(!reply.text.contains("Không tìm thấy"), "an outage is never \"no such citizen\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_every_service_is_a_light_page_filled_and_printed() {
    let process = Process::serve(&[]);
    let assets: usize = {
        let mut weight = 0;
        let first = process.get("/counter/1.000894").await;
        let files: Vec<String> =
            addresses(&first.text).into_iter().filter(|address| address.starts_with("/assets/")).collect();
        assert_eq!(files.len(), 5);
        for file in files {
            weight += process.get(&file).await.text.len();
        }
        weight
    };
    let mut seen = std::collections::BTreeSet::new();
    let (mut wrong, mut rows) = (Vec::new(), 0);
    for level in ["province", "district", "commune"] {
        for (code, file) in json_files(&root().join("service-catalog").join(level)) {
            for used in file["forms"].as_array().expect("forms").iter().filter(|used| used["to"].is_null()) {
                let id = used["form"].as_str().expect("an id");
                if !seen.insert(id.to_owned()) {
                    continue;
                }
                let roles = roles_of(id);
                let number = "999085000001";
                let mut form = vec![("form".to_owned(), id.to_owned()), ("p.citizen.id".to_owned(), number.to_owned())];
                form.extend(roles.first().map(|role| ("citizen_role".to_owned(), role.clone())));
                form.extend(
                    roles
                        .iter()
                        .map(|role| (format!("p.{role}.id"), number.to_owned()))
                        .take(usize::from(roles.len() == 2 && id.contains("ket-hon"))),
                );
                form.extend(
                    roles
                        .iter()
                        .map(|role| (format!("same.{role}"), "1".to_owned()))
                        .skip(1)
                        .filter(|_| !id.contains("ket-hon")),
                );
                for list in lists_of(id) {
                    form.extend(
                        [0, 1].map(|row| {
                            (format!("p.{list}.{row}.id"), ["999148000005", "999160000003"][row].to_owned())
                        }),
                    );
                    rows += 1;
                }
                let form: Vec<(&str, &str)> = form.iter().map(|(name, text)| (&**name, &**text)).collect();
                let path = format!("/counter/{code}");
                let filled = post(&process, &path, &form).await;
                if filled.status != 200 {
                    wrong.push(format!(
                        "{code} {id}: {} {}",
                        filled.status,
                        filled
                            .text
                            .split("id=\"told\"")
                            .nth(1)
                            .unwrap_or_default()
                            .chars()
                            .take(400)
                            .collect::<String>()
                    ));
                    continue;
                }
                wrong.extend(check_page(&format!("{path} {id}"), &filled, assets));
                if lists_of(id).len() != filled.text.matches(".1.qr\" name=\"p.").count() {
                    wrong.push(format!("{path} {id}: the rows of a list are not there again"));
                }
                let printed = post(&process, &format!("{path}/print"), &form).await;
                wrong.extend(check_page(&format!("{path}/print {id}"), &printed, assets));
            }
        }
    }
    assert!(rows >= 5, "{rows} lists of people who are looked up");
    assert!(seen.len() > 150, "{} forms", seen.len());
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The lists of a form whose people are looked up row by row.
fn lists_of(id: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(format!("service-catalog/mappings/{id}.json"))).expect("a mapping");
    let mapping: Value = serde_json::from_str(&text).expect("JSON");
    let fields = mapping["fields"].as_object().cloned().unwrap_or_default();
    let mut lists: Vec<String> = fields.values().filter_map(|field| Some(field["rows"].as_str()?.to_owned())).collect();
    lists.retain(|role| mapping["persons"][role]["lookup"] == true);
    lists.sort();
    lists.dedup();
    lists
}

/// The roles of a form that are one person, the ones that the officer may choose for the person at the counter first.
fn roles_of(id: &str) -> Vec<String> {
    let text = std::fs::read_to_string(root().join(format!("service-catalog/mappings/{id}.json"))).expect("a mapping");
    let mapping: Value = serde_json::from_str(&text).expect("JSON");
    let persons = mapping["persons"].as_object().cloned().unwrap_or_default();
    let mut roles: Vec<String> = Vec::new();
    let ask = mapping["applicant"]["ask"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let one = mapping["applicant"].as_str();
    for role in ask.chain(one).map(str::to_owned).chain(persons.keys().cloned()) {
        let is_list = mapping["fields"].as_object().is_some_and(|all| all.values().any(|one| one["rows"] == *role));
        if role != "none" && !is_list && !roles.contains(&role) {
            roles.push(role);
        }
    }
    roles
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_words_stand_in_their_boxes_and_on_paper_as_text() {
    let process = Process::serve(&[]);
    let number = person("999198000022").number.clone();
    for hostile in [
        "<script>alert(1)</script>",
        "\" autofocus onfocus=alert(1) x=\"",
        "'><img src=x onerror=alert(1)>",
        "</textarea><b>",
    ] {
        let form = [
            ("form", "to-khai-dang-ky-ket-hon"),
            ("p.ben_nu.id", &*number),
            ("p.ben_nu.qr\"><b>", hostile),
            ("f.kinh_gui", hostile),
            ("f.ben_nam_ngay_sinh", hostile),
            ("officer", hostile),
            ("o.kinh_gui", hostile),
            ("lang", hostile),
        ];
        for path in ["/counter/1.000894", "/counter/1.000894/print"] {
            let reply = post(&process, path, &form).await;
            assert_eq!(reply.status, 200, "{path} {hostile}");
            assert_eq!(reply.text.matches("<script").count(), if path.ends_with("print") { 1 } else { 2 }, "{path}");
            for word in ["<img", "<b>", "\" onfocus", "\" autofocus onfocus", "onerror=\""] {
                assert!(!reply.text.contains(word), "{path} {hostile} gives {word}");
            }
            assert_eq!(check_page(path, &reply, 0), Vec::<String>::new());
        }
    }
}

/// A PDF's pages, and the fonts in it with whether they are embedded.
fn look_into(pdf: &Path) -> (usize, Vec<(String, bool)>) {
    let said = |tool: &str| {
        let run = Command::new(tool).arg(pdf).output().unwrap_or_else(|_| panic!("{tool} is missing: make test-tools"));
        assert!(run.status.success(), "{tool} {}", pdf.display());
        String::from_utf8_lossy(&run.stdout).into_owned()
    };
    let pages = said("pdfinfo").lines().find_map(|line| line.strip_prefix("Pages:")?.trim().parse().ok());
    let fonts = said("pdffonts")
        .lines()
        .skip(2)
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            // name … encoding emb sub uni object
            (words[0].to_owned(), words[words.len() - 5] == "yes")
        })
        .collect();
    (pages.expect("a number of pages"), fonts)
}

/// Every paper in a folder has one to three A4 pages, its glyphs in it, and Vietnamese ones from a serif font.
fn check_papers(folder: &Path, count: usize) {
    let mut papers: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    papers.retain(|path| path.extension().is_some_and(|ending| ending == "pdf"));
    assert_eq!(papers.len(), count);
    for paper in papers {
        let (pages, fonts) = look_into(&paper);
        assert!((1..=3).contains(&pages), "{}: {pages} pages", paper.display());
        assert!(fonts.iter().all(|(_, embedded)| *embedded), "{}: {fonts:?}", paper.display());
        assert!(
            fonts.iter().any(|(name, _)| name.contains("Serif") || name.contains("Times") || name.contains("Tinos")),
            "{fonts:?}"
        );
        let text = Command::new("pdftotext").arg(&paper).arg("-").output().expect("pdftotext");
        let text = String::from_utf8_lossy(&text.stdout).into_owned();
        assert!(text.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), "{}", paper.display());
    }
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = root().join("target/screenshots").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// What a scanner reads from the card of a person.
fn card_of(person: &PersonFile) -> String {
    let query = query_of(person);
    let birth: Vec<&str> = query["birth_date"].as_str().expect("a date").split('-').rev().collect();
    format!("{}||{}|{}|Nữ|Nơi mẫu|01012022", person.number, query["name"].as_str().expect("a name"), birth.concat())
}

#[test]
fn a_marriage_form_is_filled_for_two_people_by_keyboard_alone_and_printed() {
    let sandbox = Process::serve(&[]);
    let mut upstream = Upstream::start();
    let cut_off = upstream.serve("lgsp-soap");
    upstream.simulator.terminate();
    upstream.simulator.wait();
    let folder = empty_folder("counter");
    let (bride, groom) = (card_of(person("999198000022")), card_of(person("999090000008")));
    let stranger = bride.replacen("999198000022", "999198000999", 1);
    let places = [&*sandbox.address, &*cut_off.address, folder.to_str().expect("UTF-8")];
    run_browser("counter.mjs", &[&places[..], &[&*bride, &*groom, &*stranger]].concat());
    check_papers(&folder, 2);
}

/// Service, form, role of the person at the counter: papers whose official text was compared by eye.
const PAPERS: [&str; 14] = [
    "1.000893:to-khai-dang-ky-khai-sinh:",
    "1.000894:to-khai-dang-ky-ket-hon:",
    "1.000656:to-khai-dang-ky-khai-tu:",
    "1.004873:to-khai-xac-nhan-tinh-trang-hon-nhan:",
    "1.001695:to-khai-dang-ky-nhan-cha-me-con:",
    "1.004837:to-khai-dang-ky-giam-ho:",
    "1.004845:to-khai-dang-ky-cham-dut-giam-ho:",
    "1.004859:to-khai-thay-doi-cai-chinh-ho-tich:",
    "2.000635:to-khai-cap-ban-sao-trich-luc-ho-tich:",
    "1.003179:to-khai-dang-ky-lai-nuoi-con-nuoi:",
    "1.002793:don-doi-cap-lai-gplx:",
    "1.014748:de-nghi-huong-tro-cap-that-nghiep:",
    "1.001731:nd20-mau-04-mai-tang:nguoi_mai_tang",
    "1.005144:don-mien-giam-hoc-phi:sinh_vien",
];

#[test]
fn printed_forms_have_one_to_three_pages_with_every_glyph_in_them() {
    let sandbox = Process::serve(&[]);
    let folder = empty_folder("papers");
    let papers: Vec<String> = PAPERS.iter().map(|paper| format!("{paper}:999085000001")).collect();
    let mut arguments = vec![&*sandbox.address, folder.to_str().expect("UTF-8")];
    arguments.extend(papers.iter().map(String::as_str));
    run_browser("print.mjs", &arguments);
    check_papers(&folder, PAPERS.len());
}

//! What the register gives: partial dates, odd codes, dead people, nobody, two people; scans; the cache.

use std::time::Duration;

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::{
    ALLOWANCE, BRIDE, CERTIFICATION, GROOM, HUSBAND, MARRIAGE, NOBODY, answer, field, lookups, name_of, paths_in,
    person, request, state, warnings,
};
use crate::harness::Process;

#[tokio::test(flavor = "multi_thread")]
async fn two_records_of_one_number_are_a_conflict_and_none_is_chosen() {
    let service = Process::serve(&[]);
    for citizen in [
        json!({ "id": "999064000031" }),
        json!({ "id": "999064000031", "name": name_of("999064000031"), "birth_date": "1964-04-04" }),
    ] {
        let reply = service.autofill(&json!({ "service": MARRIAGE, "citizen": citizen })).await;
        assert_eq!((reply.status, reply.code().as_str()), (409, "multiple"));
        assert!(!reply.text.contains("MẪU"), "a record is shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_name_wrong_birth_date_and_unknown_number_cannot_be_told_apart() {
    let service = Process::serve(&[]);
    let mut bodies = Vec::new();
    for citizen in [
        json!({ "id": NOBODY }),
        json!({ "id": NOBODY, "name": name_of(BRIDE), "birth_date": "1998-10-09" }),
        json!({ "id": BRIDE, "name": "Tôn Nữ Mẫu Bảy", "birth_date": "1998-10-09" }),
        json!({ "id": BRIDE, "name": name_of(BRIDE), "birth_date": "1998-10-08" }),
        json!({ "id": BRIDE, "name": name_of(BRIDE), "birth_date": "1997" }),
        json!({ "id": BRIDE, "name": name_of(GROOM) }),
        json!({ "qr": format!("{BRIDE}||{}|08101998|Nữ||", name_of(BRIDE)) }),
        json!({ "id": "999000999" }),
    ] {
        let reply = service.autofill(&json!({ "service": MARRIAGE, "citizen": citizen })).await;
        assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
        let id = reply.header("x-request-id").to_owned();
        let mut headers: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        headers.sort();
        bodies.push((reply.text.replace(&id, "-"), headers));
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "the problem tells which key was wrong");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_filled_from_the_record_of_a_dead_person() {
    let service = Process::serve(&[]);
    let answer = answer(&service, &request(MARRIAGE, "999058000002", json!({}))).await;
    assert_eq!((&answer["status"], &answer["data"]), (&json!("empty"), &json!({})));
    assert_eq!(paths_in(&answer, "/ben_nam", ("empty", Some("record_blocked"))).len(), 6);
    assert_eq!(warnings(&answer), [("record_blocked_dead", "ben_nam")]);
    assert_eq!(lookups(&answer), [("ben_nam", "found")]);
    assert!(!answer.to_string().contains("MẪU"), "something of the record is shown");
}

#[tokio::test(flavor = "multi_thread")]
async fn partial_birth_dates_are_never_completed() {
    let service = Process::serve(&[]);
    for (number, iso, printed) in [("999148000005", "1948", "1948"), ("999052000023", "1952-08", "08/1952")] {
        for (code, more, key) in [
            ("1.002809", json!({}), "nguoi_lam_don_ngay_sinh"),
            ("1.014748", json!({}), "nguoi_lao_dong_ngay_sinh"),
            (ALLOWANCE, json!({ "form": "nd20-mau-1d", "citizen_role": "doi_tuong" }), "doi_tuong_ngay_sinh"),
        ] {
            let answer = answer(&service, &request(code, number, more)).await;
            assert_eq!(answer["data"][key], iso, "{number} {key}");
            assert_eq!(field(&answer, &format!("/{key}"))["text"], printed, "{number} {key}");
            let text = answer.to_string();
            assert!(!text.contains(&format!("{iso}-01")) && !text.contains("01/01/"), "{number} {key} was completed");
        }
    }
    let real = answer(&service, &request("1.002809", "999090000008", json!({}))).await;
    assert_eq!(real["data"]["nguoi_lam_don_ngay_sinh"], "1990-01-01", "a real first of January stays one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_birth_date_in_conflict_with_itself_stays_empty_with_a_warning() {
    let service = Process::serve(&[]);
    for (code, more, path) in [
        ("1.002809", json!({}), "/nguoi_lam_don_ngay_sinh"),
        ("1.003040", json!({ "citizen_role": "nguoi_su_dung_dat" }), "/nguoi_su_dung_dat_nam_sinh"),
    ] {
        let answer = answer(&service, &request(code, "999085000035", more)).await;
        assert_eq!(state(&answer, path), ("empty", Some("conflict")));
        assert!(warnings(&answer).iter().any(|(warning, _)| *warning == "birth_year_conflict"), "{code}: no warning");
        let text = answer.to_string();
        assert!(!text.contains("1958") && !text.contains("1985-03-12"), "{code}: one of the two is shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_codes_are_shown_beside_the_empty_field() {
    let service = Process::serve(&[]);
    let body = request("1.001612", "999093000032", json!({ "citizen_role": "chu_ho_kinh_doanh" }));
    let answer = answer(&service, &body).await;
    for (path, code) in [("/chu_ho_kinh_doanh_dan_toc", "77"), ("/chu_ho_kinh_doanh_gioi_tinh", "3")] {
        assert_eq!(state(&answer, path), ("empty", Some("unknown_code")), "{path}");
        let shown = field(&answer, path)["text"].as_str().unwrap_or_default();
        assert!(shown.contains(code), "{path}: the code is not shown");
        assert!(answer["data"].get(&path[1..]).is_none(), "{path} is in data");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commune_that_was_split_is_not_in_the_list_of_a_later_dossier() {
    let service = Process::serve(&[]);
    let path = "/nguoi_nop_thuong_tru_xa";
    for (day, expected) in [
        ("2024-11-20", ("suggested", None)),
        ("2025-06-30", ("suggested", None)),
        ("2025-07-01", ("empty", Some("not_in_list"))),
        ("2026-11-20", ("empty", Some("not_in_list"))),
    ] {
        let more = json!({ "form": "eform-tro-cap-xa-hoi", "dossier_date": day });
        let answer = answer(&service, &request(ALLOWANCE, "999188000028", more)).await;
        assert_eq!(state(&answer, path), expected, "{day}");
        let field = field(&answer, path);
        // The name is shown either way; the code is offered only where the list has it.
        assert_eq!(field["text"], "Phường Đại Mỗ", "{day}");
        assert_eq!(field.get("value"), expected.1.is_none().then_some(&json!("00634")), "{day}");
        let choices = field["choices"].as_array().map_or(0, Vec::len);
        assert_eq!(choices, if expected.1.is_none() { 0 } else { 5 }, "{day}: split into five, the officer chooses");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contradicting_unit_codes_fill_only_the_printed_line() {
    let service = Process::serve(&[]);
    let answer = answer(&service, &request(MARRIAGE, "999179000036", json!({}))).await;
    let address = &answer["data"]["ben_nu_noi_cu_tru"];
    assert!(address["day_du"].is_string());
    assert!(["tinh", "huyen", "xa"].iter().all(|part| address.get(*part).is_none()), "a code of the clash was used");
    assert_eq!(warnings(&answer).len(), 1);
    assert_eq!(warnings(&answer)[0].0, "unit_codes_clash");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_card_is_a_citizen_however_many_parts_it_appends() {
    let service = Process::serve(&[]);
    let record = &person(BRIDE).record;
    let birth: Vec<&str> = record["ngay_sinh"].as_str().expect("a date").split('-').collect();
    let card = [BRIDE, "", name_of(BRIDE), &format!("{}{}{}", birth[2], birth[1], birth[0]), "Nữ", "Mẫu", "01072024"];
    let typed = answer(&service, &request(CERTIFICATION, BRIDE, json!({}))).await;
    for parts in [7, 8, 11, 40] {
        let scan = card.join("|") + &"|x".repeat(parts - 7);
        for text in [scan.clone(), format!("{scan}\r\n"), scan.to_lowercase()] {
            let scanned = answer(&service, &json!({ "service": CERTIFICATION, "citizen": { "qr": text } })).await;
            let mut data = scanned["data"].clone();
            // The date of issue comes from the card, not from the register.
            let issued = data.as_object_mut().and_then(|data| data.remove("nguoi_yeu_cau_ngay_cap"));
            assert_eq!(issued, Some(json!("2024-07-01")), "{parts} parts");
            assert!(data == typed["data"], "{parts} parts: another form");
        }
    }
    let second = json!({ "persons": { "ben_nu": { "qr": card.join("|") } } });
    let both = answer(&service, &request(MARRIAGE, GROOM, second)).await;
    assert_eq!(lookups(&both), [("ben_nam", "found"), ("ben_nu", "found")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_spelling_of_number_and_name_asks_for_the_same_record() {
    let service = Process::serve(&[]);
    let name = name_of(HUSBAND);
    let first = json!({ "id": HUSBAND, "name": name, "birth_date": "1985-03-12" });
    assert_eq!(
        answer(&service, &json!({ "service": MARRIAGE, "citizen": first })).await["lookups"][0]["cached"],
        false
    );
    let full_width: String = HUSBAND.chars().filter_map(|c| char::from_u32(u32::from(c) + 0xfee0)).collect();
    let spaced = format!("{}\u{a0}{}-{}.{}", &HUSBAND[..3], &HUSBAND[3..6], &HUSBAND[6..9], &HUSBAND[9..]);
    let mut spellings: Vec<(String, String)> =
        [full_width, spaced, format!(" {HUSBAND}\n")].into_iter().map(|number| (number, name.to_owned())).collect();
    for name in [name.nfd().collect(), name.to_lowercase(), name.replace('Ă', "A"), format!("\u{200b}{name} ")] {
        spellings.push((HUSBAND.to_owned(), name));
    }
    for (index, (number, name)) in spellings.iter().enumerate() {
        let citizen = json!({ "id": number, "name": name, "birth_date": "1985-03-12" });
        let answer = answer(&service, &json!({ "service": MARRIAGE, "citizen": citizen })).await;
        assert_eq!(answer["lookups"][0]["cached"], true, "spelling {index} asked again");
    }
    // Ð (U+00D0) for Đ, and the name in another spelling than the register's.
    let groom = json!({ "id": GROOM, "name": name_of(GROOM).replace('Đ', "\u{d0}") });
    let answer = answer(&service, &json!({ "service": MARRIAGE, "citizen": groom })).await;
    assert!(answer["data"]["ben_nam_ho_ten"] == name_of(GROOM), "the register's letters are not used");
}

#[tokio::test(flavor = "multi_thread")]
async fn less_exact_search_keys_are_answered_and_told() {
    let service = Process::serve(&[]);
    for (citizen, expected) in [
        (json!({ "id": BRIDE, "birth_date": "1998-10-09" }), vec![]),
        (json!({ "id": BRIDE, "birth_date": "1998" }), vec!["birth_date_precision"]),
        (json!({ "id": BRIDE, "birth_date": "1998-10" }), vec!["birth_date_asked_by_year", "birth_date_precision"]),
        (json!({ "id": BRIDE, "name": "Ton Nu Mau Binh" }), vec!["name_spelling"]),
        (json!({ "id": BRIDE, "name": "tôn nữ mẫu bình" }), vec![]),
        (json!({ "id": "999148000005", "birth_date": "1948" }), vec![]),
    ] {
        let answer = answer(&service, &json!({ "service": MARRIAGE, "citizen": citizen })).await;
        let codes: Vec<&str> = warnings(&answer).into_iter().map(|(code, _)| code).collect();
        assert_eq!(codes, expected);
        assert!(answer["warnings"].as_array().expect("warnings").iter().all(|warning| warning["person"] == "ben_nu"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stated_month_that_the_record_contradicts_is_told() {
    let service = Process::serve(&[]);
    let citizen = json!({ "id": BRIDE, "birth_date": "1998-09" });
    let answer = answer(&service, &json!({ "service": MARRIAGE, "citizen": citizen })).await;
    let codes: Vec<&str> = warnings(&answer).into_iter().map(|(code, _)| code).collect();
    assert!(codes.len() > 1, "only {codes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn less_exact_search_keys_are_told_on_every_form() {
    let service = Process::serve(&[]);
    let citizen = json!({ "id": BRIDE, "birth_date": "1998" });
    let answer = answer(&service, &json!({ "service": CERTIFICATION, "citizen": citizen })).await;
    assert!(warnings(&answer).iter().any(|(code, _)| *code == "birth_date_precision"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_a_cached_record_is_told_and_refresh_asks_again() {
    let service = Process::serve(&[]);
    let body = request(MARRIAGE, BRIDE, json!({}));
    let refresh = request(MARRIAGE, BRIDE, json!({ "refresh": true }));
    let lookup = |answer: Value| answer["lookups"][0].clone();
    let fresh = json!({ "person": "ben_nu", "outcome": "found", "cached": false });
    assert_eq!(lookup(answer(&service, &body).await), fresh);
    assert_eq!(lookup(answer(&service, &body).await)["cached"], true);
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let old = lookup(answer(&service, &body).await);
    assert!(old["cached"] == true && old["age_s"].as_u64().is_some_and(|age| (1..30).contains(&age)), "{old}");
    assert_eq!(lookup(answer(&service, &refresh).await), fresh);
    let renewed = lookup(answer(&service, &body).await);
    assert!(renewed["cached"] == true && renewed["age_s"].as_u64() < old["age_s"].as_u64(), "{renewed}");
    // Not found is never kept.
    for _ in 0..2 {
        assert_eq!(service.autofill(&request(MARRIAGE, NOBODY, json!({}))).await.status, 404);
    }
    for (result, count) in [("hit", 3.0), ("miss", 3.0), ("refresh", 1.0)] {
        let value = service.metric(&format!("diensan_cache_requests_total{{result=\"{result}\"}}")).await;
        assert!((value - count).abs() < 0.1, "{result}: {value}");
    }
}

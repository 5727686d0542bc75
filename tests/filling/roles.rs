//! Who holds which role: asked, chosen by gender, none, the same person, a second person.

use serde_json::{Value, json};

use super::{
    ALLOWANCE, BIRTH, BRIDE, CERTIFICATION, GROOM, HUSBAND, MARRIAGE, NOBODY, NOBODY_ELSE, SON, WIFE, answer, choices,
    lookups, name_of, paths_in, request, warnings,
};
use crate::harness::{Process, json_files, root};

fn mapping(form: &str) -> Value {
    let files = json_files(&root().join("service-catalog/mappings"));
    files.into_iter().find(|(stem, _)| stem == form).expect("a mapping").1
}

#[tokio::test(flavor = "multi_thread")]
async fn where_only_the_officer_knows_the_role_it_is_asked_for_with_labels_and_every_choice_is_answered() {
    let service = Process::serve(&[]);
    for (code, form) in [
        (ALLOWANCE, "nd20-mau-1a"),
        (ALLOWANCE, "nd20-mau-2b"),
        ("1.001699", "kt-mau-01-khuyet-tat"),
        ("2.001583", "dang-ky-doanh-nghiep-tnhh-1tv"),
    ] {
        let mapping = mapping(form);
        let body = request(code, WIFE, json!({ "form": form }));
        let reply = service.autofill(&body).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "citizen_role_needed"), "{form}");
        let problem = reply.json();
        assert_eq!(problem["pointer"], "/citizen_role");
        let offered = choices(&problem);
        let values: Vec<&str> = offered.iter().map(|(value, _)| *value).collect();
        assert_eq!(json!(values), mapping["applicant"]["ask"], "{form}");
        for (value, label) in offered {
            if value != "none" {
                assert_eq!(mapping["persons"][value]["label"], label, "{form} {value}");
            }
            assert!(!label.is_empty(), "{form} {value}");
            let mut answered = body.clone();
            answered["citizen_role"] = value.into();
            let answer = answer(&service, &answered).await;
            let expected = if value == "none" { vec![] } else { vec![(value, "found")] };
            assert_eq!(lookups(&answer), expected, "{form} {value}");
            assert_eq!(answer["data"] == json!({}), value == "none", "{form} {value}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn none_fills_the_block_of_the_filer_and_nothing_else() {
    let service = Process::serve(&[]);
    let body = request(ALLOWANCE, WIFE, json!({ "form": "nd20-mau-1a", "citizen_role": "none" }));
    let answer = answer(&service, &body).await;
    assert_eq!(lookups(&answer), [("nguoi_khai_thay", "found")]);
    assert!(answer["data"]["nguoi_khai_thay_ho_ten"] == name_of(WIFE), "another name");
    let data = answer["data"].as_object().expect("data");
    assert!(data.keys().all(|key| key.starts_with("nguoi_khai_thay")), "{:?}", data.keys());
    assert_eq!(paths_in(&answer, "/doi_tuong", ("empty", Some("person_not_asked"))).len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn none_without_a_block_for_the_filer_looks_nobody_up() {
    let service = Process::serve(&[]);
    for number in [HUSBAND, NOBODY] {
        let answer = answer(&service, &request(CERTIFICATION, number, json!({ "citizen_role": "none" }))).await;
        assert_eq!((&answer["status"], &answer["data"]), (&json!("empty"), &json!({})));
        assert!(lookups(&answer).is_empty());
        assert_eq!(paths_in(&answer, "/", ("empty", Some("person_not_asked"))).len(), 5);
    }
    assert!(!service.get("/metrics").await.text.contains("diensan_lookups_total{"), "somebody was looked up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filer_and_the_person_filed_for_are_two_look_ups() {
    let service = Process::serve(&[]);
    let more = json!({ "form": "nd20-mau-1a", "citizen_role": "none", "persons": { "doi_tuong": { "id": SON } } });
    let answer = answer(&service, &request(ALLOWANCE, WIFE, more)).await;
    assert_eq!(lookups(&answer), [("nguoi_khai_thay", "found"), ("doi_tuong", "found")]);
    assert!(answer["data"]["nguoi_khai_thay_ho_ten"] == name_of(WIFE));
    assert!(answer["data"]["doi_tuong_ho_ten"] == name_of(SON));
}

#[tokio::test(flavor = "multi_thread")]
async fn same_as_fills_a_second_block_without_a_second_look_up() {
    let service = Process::serve(&[]);
    for persons in [
        json!({ "me": { "same_as": "citizen" } }),
        json!({ "me": { "same_as": "nguoi_yeu_cau" } }),
        json!({ "me": { "same_as": "nguoi_duoc_khai_sinh" }, "nguoi_duoc_khai_sinh": { "same_as": "citizen" } }),
    ] {
        let answer = answer(&service, &request(BIRTH, WIFE, json!({ "persons": persons }))).await;
        assert_eq!(lookups(&answer), [("nguoi_yeu_cau", "found")]);
        for key in ["me_ho_ten", "nguoi_yeu_cau_ho_ten"] {
            assert!(answer["data"][key] == name_of(WIFE), "{key}");
        }
        assert_eq!(paths_in(&answer, "/cha", ("empty", Some("person_not_asked"))).len(), 5);
    }
    assert!(
        (service.metric("diensan_lookups_total{cause=\"\",connection=\"sandbox\",outcome=\"found\"}").await - 1.0)
            .abs()
            < 0.1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn same_as_works_for_a_second_person_and_for_an_agent() {
    let service = Process::serve(&[]);
    let persons = json!({ "chu_so_huu": { "id": HUSBAND }, "nguoi_dai_dien_phap_luat": { "same_as": "chu_so_huu" } });
    let more = json!({ "citizen_role": "nguoi_dang_ky", "persons": persons });
    let company = answer(&service, &request("2.001583", WIFE, more)).await;
    assert_eq!(lookups(&company), [("nguoi_dang_ky", "found"), ("chu_so_huu", "found")]);
    assert!(company["data"]["nguoi_dai_dien_phap_luat_ho_ten"] == name_of(HUSBAND));
    let more = json!({ "citizen_role": "none", "persons": { "me": { "same_as": "citizen" } } });
    let birth = answer(&service, &request(BIRTH, WIFE, more)).await;
    assert_eq!(lookups(&birth), [("citizen", "found")]);
    assert!(birth["data"]["me_ho_ten"] == name_of(WIFE));
    assert_eq!(paths_in(&birth, "/nguoi_yeu_cau", ("empty", Some("person_not_asked"))).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn gender_puts_each_of_the_two_into_the_right_block_whoever_comes_to_the_counter() {
    let service = Process::serve(&[]);
    let by_her = request(MARRIAGE, BRIDE, json!({ "persons": { "ben_nam": { "id": GROOM } } }));
    let by_him = request(MARRIAGE, GROOM, json!({ "persons": { "ben_nu": { "id": BRIDE } } }));
    let (by_her, by_him) = (answer(&service, &by_her).await, answer(&service, &by_him).await);
    assert!(by_her["data"] == by_him["data"], "the form depends on who came");
    assert!(by_her["fields"] == by_him["fields"], "the fields depend on who came");
    assert!(by_her["data"]["ben_nu_ho_ten"] == name_of(BRIDE));
    assert!(by_her["data"]["ben_nam_ho_ten"] == name_of(GROOM));
    assert_eq!(lookups(&by_her), [("ben_nu", "found"), ("ben_nam", "found")]);
    assert_eq!(lookups(&by_him), [("ben_nam", "found"), ("ben_nu", "found")]);
    assert_eq!(by_her["status"], "complete");
    let alone = answer(&service, &request(MARRIAGE, GROOM, json!({}))).await;
    assert_eq!(paths_in(&alone, "/ben_nu", ("empty", Some("person_not_asked"))).len(), 6);
    assert_eq!(paths_in(&alone, "/ben_nam", ("filled", None)).len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_block_that_gender_gives_the_citizen_cannot_be_given_to_somebody_else() {
    let service = Process::serve(&[]);
    for (citizen, role, person) in [
        (BRIDE, "ben_nu", json!({ "id": WIFE })),
        (GROOM, "ben_nam", json!({ "id": HUSBAND })),
        (BRIDE, "ben_nu", json!({ "same_as": "ben_nam" })),
    ] {
        let reply = service.autofill(&request(MARRIAGE, citizen, json!({ "persons": { role: person } }))).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, "role_taken"), "{role}");
        assert_eq!(reply.json()["pointer"], format!("/persons/{role}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_with_an_undetermined_gender_leaves_the_block_to_the_officer() {
    let service = Process::serve(&[]);
    let body = request(MARRIAGE, "999093000032", json!({}));
    let reply = service.autofill(&body).await;
    assert_eq!((reply.status, reply.code().as_str()), (422, "citizen_role_needed"));
    let problem = reply.json();
    let values: Vec<&str> = choices(&problem).into_iter().map(|(value, _)| value).collect();
    assert_eq!(values, ["ben_nam", "ben_nu", "none"]);
    assert!(choices(&problem).iter().all(|(_, label)| !label.is_empty()));
    assert!(!reply.text.contains(name_of("999093000032")), "the problem shows the record");
    for role in ["ben_nam", "ben_nu"] {
        let mut stated = body.clone();
        stated["citizen_role"] = role.into();
        let answer = answer(&service, &stated).await;
        assert!(answer["data"][format!("{role}_ho_ten")] == name_of("999093000032"), "{role}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_who_is_not_found_leaves_only_that_block_empty() {
    let service = Process::serve(&[]);
    for (outcome, number) in [("not_found", NOBODY_ELSE), ("multiple", "999064000031")] {
        let more = json!({ "persons": { "me": { "same_as": "citizen" }, "cha": { "id": number } } });
        let answer = answer(&service, &request(BIRTH, WIFE, more)).await;
        assert_eq!(lookups(&answer), [("nguoi_yeu_cau", "found"), ("cha", outcome)]);
        let reason = format!("lookup_{outcome}");
        assert_eq!(paths_in(&answer, "/cha", ("empty", Some(&reason))).len(), 5, "{outcome}");
        assert_eq!(paths_in(&answer, "/me", ("filled", None)).len(), 5, "{outcome}");
        assert_eq!(answer["status"], "partial");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_second_person_leaves_that_block_empty_with_a_warning() {
    let service = Process::serve(&[]);
    let more = json!({ "persons": { "cha": { "id": "999058000002" } } });
    let answer = answer(&service, &request(BIRTH, WIFE, more)).await;
    assert_eq!(paths_in(&answer, "/cha", ("empty", Some("record_blocked"))).len(), 5);
    assert_eq!(warnings(&answer), [("record_blocked_dead", "cha")]);
    assert!(answer["data"]["nguoi_yeu_cau_ho_ten"] == name_of(WIFE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_who_is_not_found_does_not_empty_the_block_of_the_second_person() {
    let service = Process::serve(&[]);
    let birth = answer(&service, &request(BIRTH, NOBODY, json!({ "persons": { "me": { "id": WIFE } } }))).await;
    assert_eq!(lookups(&birth), [("nguoi_yeu_cau", "not_found"), ("me", "found")]);
    assert_eq!(paths_in(&birth, "/nguoi_yeu_cau", ("empty", Some("lookup_not_found"))).len(), 3);
    assert_eq!(paths_in(&birth, "/me", ("filled", None)).len(), 5);
    let both = request(BIRTH, NOBODY, json!({ "persons": { "me": { "id": NOBODY_ELSE } } }));
    let reply = service.autofill(&both).await;
    assert_eq!((reply.status, reply.code().as_str()), (404, "not_found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_block_left_for_a_citizen_who_is_not_found_says_so() {
    let service = Process::serve(&[]);
    let body = request(MARRIAGE, NOBODY, json!({ "persons": { "ben_nu": { "id": BRIDE } } }));
    let answer = answer(&service, &body).await;
    assert_eq!(paths_in(&answer, "/ben_nam", ("empty", Some("lookup_not_found"))).len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_number_in_two_roles_is_filled_with_a_warning() {
    let service = Process::serve(&[]);
    for (second, warned) in [(BRIDE, true), (GROOM, false)] {
        let body = request(MARRIAGE, BRIDE, json!({ "persons": { "ben_nam": { "id": second } } }));
        let answer = answer(&service, &body).await;
        let twice = warnings(&answer).iter().any(|(code, person)| (*code, *person) == ("same_person_twice", "ben_nam"));
        assert_eq!(twice, warned);
    }
    let same = request(
        ALLOWANCE,
        WIFE,
        json!({ "citizen_role": "doi_tuong", "persons": { "nguoi_khai_thay": { "same_as": "citizen" } } }),
    );
    let answer = answer(&service, &same).await;
    assert!(!warnings(&answer).iter().any(|(code, _)| *code == "same_person_twice"), "same_as is meant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_held_by_the_other_gender_is_filled_with_a_warning() {
    let service = Process::serve(&[]);
    for (persons, warned) in [
        (json!({ "ben_nam": { "id": WIFE } }), vec!["ben_nam"]),
        (json!({ "ben_nam": { "same_as": "citizen" } }), vec!["ben_nam"]),
        (json!({ "ben_nam": { "id": GROOM } }), vec![]),
    ] {
        let answer = answer(&service, &request(MARRIAGE, BRIDE, json!({ "persons": persons }))).await;
        let warnings = warnings(&answer);
        let odd: Vec<&str> =
            warnings.iter().filter(|(code, _)| *code == "gender_column").map(|(_, person)| *person).collect();
        assert_eq!(odd, warned);
    }
}

//! What a scanned card adds, and the rows of lists.

use serde_json::{Value, json};

use crate::harness::{Process, person, query_of};

fn field<'a>(answer: &'a Value, path: &str) -> &'a Value {
    let fields = answer["fields"].as_array().expect("fields");
    fields.iter().find(|field| field["path"] == path).unwrap_or_else(|| panic!("no field {path}"))
}

fn card(stem: &str, issued: &str) -> String {
    let query = query_of(person(stem));
    let birth: Vec<&str> = query["birth_date"].as_str().expect("a date").split('-').collect();
    let birth = format!("{}{}{}", birth[2], birth[1], birth[0]);
    let name = query["name"].as_str().expect("a name");
    format!("{}||{name}|{birth}|Nữ|Thôn Mẫu|{issued}", query["id"].as_str().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_card_gives_the_date_of_issue_and_suggests_the_place() {
    let service = Process::serve(&[]);
    for (issued, date, place) in [
        ("01072024", Some("2024-07-01"), Some("Bộ Công an")),
        ("05042021", Some("2021-04-05"), Some("Cục Cảnh sát quản lý hành chính về trật tự xã hội")),
        ("05042013", Some("2013-04-05"), None),
        ("31022021", None, None),
        ("", None, None),
    ] {
        let qr = card("999198000022", issued);
        let answer = service.autofill(&json!({ "service": "2.000815", "citizen": { "qr": qr } })).await.json();
        assert_eq!(answer["data"]["nguoi_yeu_cau_ngay_cap"].as_str(), date, "{issued}");
        let issue_place = field(&answer, "/nguoi_yeu_cau_noi_cap");
        assert_eq!(issue_place["value"].as_str(), place, "{issued}");
        if date.is_some() {
            let issue_date = field(&answer, "/nguoi_yeu_cau_ngay_cap");
            assert_eq!(
                (&issue_date["source"], &issue_date["locked"]),
                (&json!("nguoi_yeu_cau.the.ngay_cap"), &json!(false))
            );
        }
    }
    let answer = service.autofill(&json!({ "service": "2.000815", "citizen": { "id": "999198000022" } })).await.json();
    assert_eq!(field(&answer, "/nguoi_yeu_cau_ngay_cap")["reason"], "not_given", "nothing was scanned");
}

#[tokio::test(flavor = "multi_thread")]
async fn household_members_are_rows_in_the_order_of_the_request() {
    let service = Process::serve(&[]);
    let members =
        json!([{ "id": "999187000004" }, { "id": "999219000006" }, { "id": "999058000002" }, { "id": "999188000060" }]);
    let request =
        json!({ "service": "1.011607", "citizen": { "id": "999085000001" }, "persons": { "thanh_vien": members } });
    let answer = service.autofill(&request).await.json();
    let list = "thong_tin_cac_thanh_vien_cua_ho";
    let rows = answer["data"][list].as_array().expect("rows");
    assert_eq!(rows.len(), 2, "the dead and the unknown give no row");
    assert_eq!(rows[0]["ho_ten"], "LÊ THỊ MẪU VỢ");
    assert_eq!(rows[1]["ngay_sinh"], "2019-07-05");
    let told = field(&answer, &format!("/{list}"))["rows"].as_array().expect("rows told").clone();
    assert_eq!(told.len(), 4, "every person is told");
    let reason = |row: usize| told[row][0]["reason"].as_str().unwrap_or_default().to_owned();
    assert_eq!((reason(2), reason(3)), ("record_blocked".to_owned(), "lookup_not_found".to_owned()));
    assert_eq!(answer["lookups"].as_array().map(Vec::len), Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_role_takes_a_list_and_other_roles_one_person() {
    let service = Process::serve(&[]);
    let household =
        |persons: Value| json!({ "service": "1.011607", "citizen": { "id": "999085000001" }, "persons": persons });
    let many: Vec<Value> = (0..21).map(|_| json!({ "id": "999187000004" })).collect();
    for (request, code) in [
        (household(json!({ "thanh_vien": { "id": "999187000004" } })), "rows_needed"),
        (household(json!({ "thanh_vien": { "same_as": "citizen" } })), "rows_needed"),
        (household(json!({ "thanh_vien": [] })), "row_count"),
        (household(json!({ "thanh_vien": many })), "row_count"),
        (household(json!({ "thanh_vien": [{ "same_as": "citizen" }] })), "person_form"),
        (household(json!({ "thanh_vien": [[{ "id": "999187000004" }]] })), "expected_object"),
        (
            json!({ "service": "1.000656", "citizen": { "id": "999085000001" }, "persons": { "nguoi_chet": [{ "id": "999148000005" }] } }),
            "one_person_needed",
        ),
    ] {
        let reply = service.autofill(&request).await;
        assert_eq!(reply.code(), code);
    }
    let nobody = service.autofill(&household(json!({}))).await.json();
    assert_eq!(field(&nobody, "/thong_tin_cac_thanh_vien_cua_ho")["reason"], "person_not_asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scanned_date_of_issue_that_cannot_be_is_told_and_not_filled() {
    let service = Process::serve(&[]);
    for (issued, filled) in
        [("01072021", true), ("01072099", false), ("01011985", false), ("31129999", false), ("", false)]
    {
        let card = format!("999187000004|999000004|LÊ THỊ MẪU VỢ|21091987|Nữ|x|{issued}");
        let answer = service.autofill(&json!({ "service": "1.002801", "citizen": { "qr": card } })).await.json();
        let date = field(&answer, "/nguoi_lam_don_ngay_cap");
        assert_eq!(date["state"] == "filled", filled, "{issued}");
        let warned =
            answer["warnings"].as_array().expect("warnings").iter().any(|one| one["code"] == "card_issue_date");
        assert_eq!(warned, !filled && !issued.is_empty(), "{issued}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_looked_up_for_a_typed_list_or_as_a_list() {
    let service = Process::serve(&[]);
    let list = "thong_tin_cac_thanh_vien_cua_ho";
    for (more, code) in [
        (
            json!({ "typed": { list: [{ "ho_ten": "A" }] }, "persons": { "thanh_vien": [{ "id": "999187000004" }] } }),
            "rows_typed",
        ),
        (json!({ "citizen_role": "thanh_vien" }), "rows_needed"),
    ] {
        let mut request = json!({ "service": "1.011607", "citizen": { "id": "999085000001" } });
        request.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let reply = service.autofill(&request).await;
        assert_eq!((reply.status, reply.code().as_str()), (422, code));
    }
    assert_eq!(service.metric("diensan_lookups_total").await, 0.0, "nobody was looked up");
}

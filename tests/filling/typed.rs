//! What the citizen already typed is never overwritten, and differences are told.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization as _;

use super::{BIRTH, BRIDE, GROOM, MARRIAGE, WIFE, answer, field, name_of, person, request, state};
use crate::harness::Process;

async fn typed(service: &Process, values: &Value) -> Value {
    answer(service, &request(MARRIAGE, BRIDE, json!({ "typed": values }))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_value_that_says_the_same_is_kept_as_typed() {
    let service = Process::serve(&[]);
    let untouched = answer(&service, &request(MARRIAGE, BRIDE, json!({}))).await;
    let name = name_of(BRIDE);
    let address = untouched["data"]["ben_nu_noi_cu_tru"].as_object().expect("an address");
    let turned: Value =
        address.iter().rev().map(|(key, value)| (key.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into();
    // Upper and lower case are no difference (IDENTITY §5.4, `identical`).
    for (what, key, value) in [
        ("name", "ben_nu_ho_ten", json!(name)),
        ("name in lower case", "ben_nu_ho_ten", json!(name.to_lowercase())),
        ("name decomposed", "ben_nu_ho_ten", json!(name.nfd().collect::<String>())),
        ("name with wide spaces", "ben_nu_ho_ten", json!(name.replace(' ', " \u{a0}"))),
        ("birth date", "ben_nu_ngay_sinh", untouched["data"]["ben_nu_ngay_sinh"].clone()),
        ("code", "ben_nu_dan_toc", untouched["data"]["ben_nu_dan_toc"].clone()),
        ("address in another order", "ben_nu_noi_cu_tru", turned),
    ] {
        let answer = typed(&service, &json!({ key: value })).await;
        let kept = field(&answer, &format!("/{key}"));
        assert_eq!((&kept["state"], &kept["differs"]), (&json!("kept"), &json!(false)), "{what}");
        for member in ["value", "text", "difference", "source", "locked"] {
            assert!(kept.get(member).is_none(), "{what}: {member}");
        }
        assert!(answer["data"][key] == value, "{what}: data holds something else");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_value_without_its_diacritics_is_kept_and_the_spelling_of_the_register_offered() {
    let service = Process::serve(&[]);
    for spelling in ["TON NU MAU BINH", "Tôn Nữ Mẩu Bình", "ton nu mau binh", "TÔN NỮ MÂU BINH"] {
        let answer = typed(&service, &json!({ "ben_nu_ho_ten": spelling })).await;
        let kept = field(&answer, "/ben_nu_ho_ten");
        let told = (&kept["state"], &kept["differs"], &kept["difference"], &kept["source"]);
        assert_eq!(told, (&json!("kept"), &json!(true), &json!("spelling"), &json!("ben_nu.ho_va_ten")));
        assert!(kept["value"] == name_of(BRIDE), "the register's name is not offered");
        assert!(answer["data"]["ben_nu_ho_ten"] == spelling, "the typed name was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_different_typed_value_is_kept_and_the_value_of_the_register_offered_with_its_text() {
    let service = Process::serve(&[]);
    let record = &person(BRIDE).record;
    let untouched = answer(&service, &request(MARRIAGE, BRIDE, json!({}))).await;
    for (key, value, offered, text) in [
        ("ben_nu_ho_ten", json!("Tôn Nữ Mẫu Bính"), &record["ho_va_ten"], None),
        ("ben_nu_ho_ten", json!("Mẫu"), &record["ho_va_ten"], None),
        ("ben_nu_ngay_sinh", json!("1998-09-10"), &record["ngay_sinh"], Some("09/10/1998")),
        ("ben_nu_ngay_sinh", json!("1998"), &record["ngay_sinh"], Some("09/10/1998")),
        ("ben_nu_dan_toc", json!("02"), &json!("01"), Some("Kinh")),
        ("ben_nu_noi_cu_tru", json!({ "xa": "19777" }), &untouched["data"]["ben_nu_noi_cu_tru"], Some("")),
    ] {
        let answer = typed(&service, &json!({ key: value })).await;
        let kept = field(&answer, &format!("/{key}"));
        let difference = if value == "Tôn Nữ Mẫu Bính" { "spelling" } else { "value" };
        assert_eq!((&kept["state"], &kept["difference"]), (&json!("kept"), &json!(difference)), "{key}");
        assert!(kept["differs"] == true && &kept["value"] == offered, "{key}: another offer");
        if let Some(text) = text {
            assert!(kept["text"].as_str().is_some_and(|shown| shown == text || text.is_empty()), "{key}: another text");
        }
        assert!(answer["data"][key] == value && kept.get("locked").is_none(), "{key}: not left alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_box_is_not_typed() {
    let service = Process::serve(&[]);
    let untouched = answer(&service, &request(MARRIAGE, BRIDE, json!({}))).await;
    for blank in [json!(""), json!(" \u{a0}\t"), Value::Null, json!({}), json!([]), json!([null]), json!({ "xa": "" })]
    {
        let values = json!({
            "ben_nu_ho_ten": blank, "ben_nu_ngay_sinh": blank, "ben_nu_noi_cu_tru": blank, "ben_nu_lan_ket_hon": blank,
            "noi_lap": blank,
        });
        let answer = typed(&service, &values).await;
        assert!(answer["data"] == untouched["data"], "data differs");
        assert!(answer["fields"] == untouched["fields"], "fields differ");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blank_parts_of_a_typed_address_are_left_out() {
    let service = Process::serve(&[]);
    let values = json!({ "ben_nu_noi_cu_tru": { "xa": "19777", "huyen": "", "chi_tiet": null } });
    let answer = typed(&service, &values).await;
    assert!(answer["data"]["ben_nu_noi_cu_tru"] == json!({ "xa": "19777" }), "blank parts were kept");
    assert_eq!(state(&answer, "/ben_nu_noi_cu_tru"), ("kept", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_field_that_only_people_fill_is_kept_and_differs_from_nothing() {
    let service = Process::serve(&[]);
    let values = json!({
        "ben_nu_lan_ket_hon": 2, "de_nghi_cap_ban_sao": false, "so_luong_ban_sao": 0, "ngay_lap": "2026-11-20",
        "noi_lap": "=Mẫu <b>x</b>",
    });
    let answer = typed(&service, &values).await;
    for (key, value) in values.as_object().expect("values") {
        let kept = field(&answer, &format!("/{key}"));
        assert_eq!(kept, &json!({ "path": format!("/{key}"), "state": "kept", "differs": false }));
        assert_eq!(&answer["data"][key], value, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_value_where_the_register_has_nothing_is_kept_and_differs_from_nothing() {
    let service = Process::serve(&[]);
    // Nobody named for the groom; a code that no list explains; a birth date in conflict with itself.
    let other = |citizen: &str, key: &str, value: &str| {
        request(MARRIAGE, citizen, json!({ "citizen_role": "ben_nam", "typed": { key: value } }))
    };
    for (what, body, key) in [
        (
            "person not asked",
            request(MARRIAGE, BRIDE, json!({ "typed": { "ben_nam_ho_ten": "Mẫu" } })),
            "ben_nam_ho_ten",
        ),
        ("unknown code", other("999093000032", "ben_nam_dan_toc", "01"), "ben_nam_dan_toc"),
        ("conflict", other("999085000035", "ben_nam_ngay_sinh", "1985-03-12"), "ben_nam_ngay_sinh"),
        ("dead", other("999058000002", "ben_nam_ho_ten", "Mẫu"), "ben_nam_ho_ten"),
    ] {
        let answer = answer(&service, &body).await;
        let path = format!("/{key}");
        assert_eq!(field(&answer, &path), &json!({ "path": path, "state": "kept", "differs": false }), "{what}");
        assert!(answer["data"][key] == body["typed"][key], "{what}: not kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_value_in_a_suggested_field_is_kept_beside_the_offer() {
    let service = Process::serve(&[]);
    let more = json!({ "form": "eform-dang-ky-ket-hon", "typed": { "ben_nam_tinh_trang_hon_nhan": "3" } });
    let answer = answer(&service, &request(MARRIAGE, GROOM, more)).await;
    let kept = field(&answer, "/ben_nam_tinh_trang_hon_nhan");
    assert_eq!((&kept["state"], &kept["differs"], &kept["value"]), (&json!("kept"), &json!(true), &json!("1")));
    assert_eq!(answer["data"]["ben_nam_tinh_trang_hon_nhan"], "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_number_is_compared_as_a_number() {
    let service = Process::serve(&[]);
    let more = |year: i32| json!({ "persons": { "me": { "same_as": "citizen" } }, "typed": { "me_nam_sinh": year } });
    for (year, differs) in [(1987, false), (1978, true)] {
        let answer = answer(&service, &request(BIRTH, WIFE, more(year))).await;
        assert_eq!(field(&answer, "/me_nam_sinh")["differs"], differs, "{year}");
        assert_eq!(answer["data"]["me_nam_sinh"], year);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_whole_number_may_be_written_with_a_fraction_of_zero() {
    let service = Process::serve(&[]);
    let body = format!(
        r#"{{"service":"{BIRTH}","citizen":{{"id":"{WIFE}"}},"persons":{{"me":{{"same_as":"citizen"}}}},"typed":{{"me_nam_sinh":1987.0}}}}"#
    );
    let answer = service.post("/v1/autofill", &body).await.json();
    assert_eq!(field(&answer, "/me_nam_sinh")["differs"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_register_says_otherwise_comes_with_the_way_to_have_it_corrected() {
    let service = Process::serve(&[]);
    let way = |answer: &Value| {
        let warnings = answer["warnings"].as_array().expect("warnings");
        warnings.iter().find(|warning| warning["code"] == "register_correction").map(ToString::to_string)
    };
    let different = typed(&service, &json!({ "ben_nu_dan_toc": "02" })).await;
    let told = way(&different).expect("the way to have it corrected");
    assert!(told.contains("Công an cấp xã") && told.contains("điều chỉnh"), "{told}");
    for same in [json!({}), json!({ "ben_nu_dan_toc": "01" })] {
        assert!(way(&typed(&service, &same).await).is_none(), "told although nothing differs");
    }
}

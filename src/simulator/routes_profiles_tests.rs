//! Round trips of the JSON doors, of verification and of the settings for reading.

use super::super::super::door::{JSON_MEDIA_TYPE, path};
use super::super::super::request::Operation;
use super::super::super::settings::{CAMEL_AUTH, Strictness};
use super::super::super::token_routes::CAMEL_TOKEN_PATH;
use super::super::super::{DateForms, NameForms};
use super::*;

const PASCAL_REQUEST: &str = include_str!("../../tests/upstream-samples/request-lgsp-json-pascal.json");
const CAMEL_REQUEST: &str = include_str!("../../tests/upstream-samples/request-lgsp-json-camel.json");
const VERIFICATION: &str = include_str!("../../tests/upstream-samples/request-033.xml");

fn pascal_headers(token: &str) -> Vec<(&'static str, String)> {
    let mut headers = lgsp_headers(token);
    headers.retain(|(name, _)| *name != "Content-Type");
    headers.push(("Content-Type", "application/json".to_owned()));
    headers
}

fn camel_headers(token: &str) -> Vec<(&'static str, String)> {
    vec![("Authorization", format!("Bearer {token}")), ("Content-Type", "application/json".to_owned())]
}

async fn json_of(reply: ServiceResponse<impl MessageBody>) -> Value {
    serde_json::from_str(&text(reply).await).expect("JSON")
}

async fn camel_token(simulator: &Data<Simulator>) -> String {
    let reply = send(simulator, post(CAMEL_TOKEN_PATH, vec![("Auth", CAMEL_AUTH.to_owned())], "")).await;
    assert_eq!(reply.status(), StatusCode::OK);
    let json = json_of(reply).await;
    let members: Vec<&String> = json.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["token", "refreshToken", "expiryDate"]);
    let expiry: jiff::Timestamp = json["expiryDate"].as_str().expect("a text").parse().expect("a time");
    let seconds = expiry.as_second().unsigned_abs().abs_diff(simulator.clock.now().as_secs());
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    json["token"].as_str().expect("a text").to_owned()
}

#[actix_web::test]
async fn both_json_doors_find_the_person() {
    let simulator = simulator();
    let (token, camel_token) = (token(&simulator).await, camel_token(&simulator).await);
    for (profile, headers, body) in [
        (Profile::JsonPascal, pascal_headers(&token), PASCAL_REQUEST),
        (Profile::JsonCamel, camel_headers(&camel_token), CAMEL_REQUEST),
    ] {
        let reply = send(&simulator, post(path(profile, Operation::LookUp), headers, body)).await;
        assert_eq!(reply.status(), StatusCode::OK, "{profile:?}");
        assert_eq!(reply.headers().get("content-type").expect("a media type"), JSON_MEDIA_TYPE);
        let person = &json_of(reply).await["Envelope"]["Body"]["CongdanCollection"]["CongDan"];
        assert_eq!(person["SoDinhDanh"], "999085000001", "{profile:?}");
    }
    assert_eq!(simulator.counters.snapshot().outcomes["found"], 2);
}

#[actix_web::test]
async fn json_doors_word_their_errors_in_json() {
    let simulator = simulator();
    let token = token(&simulator).await;
    let pascal = path(Profile::JsonPascal, Operation::LookUp);
    let wrong = PASCAL_REQUEST.replace("NGUYENVANMAUMOT", "NGUYỄN VĂN MẪU MỘT");
    let reply = send(&simulator, post(pascal, pascal_headers(&token), &wrong)).await;
    assert_eq!(reply.status(), StatusCode::BAD_REQUEST);
    let json = json_of(reply).await;
    assert_eq!(json["error_code"], "400");
    let message = json["message"].as_str().expect("a text");
    assert!(message.contains("HoVaTen") && !message.contains("MẪU"), "{message}");
    for headers in [pascal_headers("invented"), camel_headers(&token)] {
        let reply = send(&simulator, post(pascal, headers, PASCAL_REQUEST)).await;
        assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
        assert!(json_of(reply).await["fault"]["code"].is_u64());
    }
    let reply = send(&simulator, post(pascal, lgsp_headers(&token), PASCAL_REQUEST)).await;
    assert_eq!(reply.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(json_of(reply).await["error_code"], "400");
}

#[actix_web::test]
async fn a_camel_token_needs_the_text_and_an_empty_body() {
    let auth = |text: &str| vec![("Auth", text.to_owned())];
    for (headers, body, status) in [
        (auth("other"), "", StatusCode::UNAUTHORIZED),
        (vec![], "", StatusCode::UNAUTHORIZED),
        (auth(CAMEL_AUTH), "grant_type=client_credentials", StatusCode::BAD_REQUEST),
    ] {
        let reply = send(&simulator(), post(CAMEL_TOKEN_PATH, headers, body)).await;
        assert_eq!(reply.status(), status, "{body}");
    }
}

#[actix_web::test]
async fn every_door_verifies() {
    let simulator = simulator();
    let (token, camel_token) = (token(&simulator).await, camel_token(&simulator).await);
    let pascal = PASCAL_REQUEST.replace("\"037\"", "\"033\"");
    for (profile, headers, body) in [
        (Profile::Direct, direct_headers(), VERIFICATION),
        (Profile::LgspSoap, lgsp_headers(&token), VERIFICATION),
        (Profile::JsonPascal, pascal_headers(&token), &pascal),
        (Profile::JsonCamel, camel_headers(&camel_token), CAMEL_REQUEST),
    ] {
        for (name, answer) in [("NGUYENVANMAUMOT", "true"), ("NGUYENVANMAUHAI", "false")] {
            let body = body.replace("NGUYENVANMAUMOT", name);
            let request = post(path(profile, Operation::Verification), headers.clone(), &body);
            let reply = send(&simulator, request).await;
            assert_eq!(reply.status(), StatusCode::OK, "{profile:?}");
            let body = text(reply).await;
            assert!(body.contains("TonTai") && body.contains(answer), "{profile:?}: {body}");
            assert!(!body.contains("CongDan\"") && !body.contains("SoDinhDanh"), "{profile:?}: {body}");
        }
    }
}

#[actix_web::test]
async fn soap_doors_describe_themselves() {
    let simulator = simulator();
    for (address, status) in [
        ("/direct/037?wsdl", StatusCode::OK),
        ("/lgsp/TraCuuThongTinCongDan?WSDL", StatusCode::OK),
        ("/direct/037", StatusCode::NOT_FOUND),
        ("/lgsp-json/pascal/037?wsdl", StatusCode::NOT_FOUND),
    ] {
        let reply = send(&simulator, TestRequest::get().uri(address)).await;
        assert_eq!(reply.status(), status, "{address}");
    }
    let reply = send(&simulator, TestRequest::get().uri("/direct/033?wsdl")).await;
    assert!(text(reply).await.contains("/direct/037\""));
    assert!(!simulator.counters.snapshot().routes.contains_key(DIRECT_PATH), "no call was made");
}

#[actix_web::test]
async fn lenient_reading_and_other_forms_are_settings() {
    let moved = REQUEST
        .replace("<dan:MaTichHop>037</dan:MaTichHop>", "")
        .replace("<dan:MaDVC>", "<dan:MaTichHop>037</dan:MaTichHop><dan:MaDVC>")
        .replace("NGUYENVANMAUMOT", "NGUYỄN VĂN MẪU MỘT")
        .replace(">19850312<", ">1985-03-12<");
    let strict = simulator();
    assert_eq!(send(&strict, direct_call(&moved)).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let settings = SimulatorSettings {
        strictness: Strictness { strict: false, ..Strictness::default() },
        name_forms: NameForms::Upper,
        date_forms: DateForms::Any,
        ..settings()
    };
    let lenient = Data::new(Simulator::new(settings).expect("starts"));
    let reply = send(&lenient, direct_call(&moved)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(text(reply).await.contains("<ns1:SoDinhDanh>999085000001</ns1:SoDinhDanh>"));
}

#[actix_web::test]
async fn faults_at_a_json_door_speak_json() {
    let simulator = simulator();
    let token = token(&simulator).await;
    for (number, status, part) in [
        ("999099000404", 200, "\"Body\""),
        ("999099000300", 200, "NGUYỄN VĂN MẪU LỘI"),
        ("999099000500", 500, "\"error_code\":\"500\""),
        ("999099000503", 503, "303001"),
        ("999099000240", 200, "999185099999"),
    ] {
        let body = PASCAL_REQUEST.replace("999085000001", number);
        let reply = send(&simulator, post("/lgsp-json/pascal/037", pascal_headers(&token), &body)).await;
        assert_eq!(reply.status().as_u16(), status, "{number}");
        let body = text(reply).await;
        assert!(body.contains(part) && serde_json::from_str::<Value>(&body).is_ok(), "{number}: {body:.300}");
    }
    let body = CAMEL_REQUEST.replace("999085000001", "999099000411");
    let camel = camel_token(&simulator).await;
    for expected in [StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED] {
        let reply = send(&simulator, post("/lgsp-json/camel/037", camel_headers(&camel), &body)).await;
        assert_eq!(reply.status(), expected);
    }
    let next = camel_token(&simulator).await;
    let reply = send(&simulator, post("/lgsp-json/camel/037", camel_headers(&next), &body)).await;
    assert_eq!(reply.status(), StatusCode::OK);
}

#[actix_web::test]
async fn words_change_the_style_of_a_person_and_of_everybody() {
    let simulator = simulator();
    let choose = async |body: Value| {
        let request = TestRequest::post().uri("/control/styles").insert_header(("Host", "127.0.0.1"));
        let reply = send(&simulator, request.set_payload(body.to_string())).await;
        (reply.status(), text(reply).await)
    };
    let asked = async || text(send(&simulator, direct_call(REQUEST)).await).await;
    assert_eq!(choose(json!({ "style": "prefix=dc", "number": "999085000001", "calls": 1 })).await.0, 201);
    assert_eq!(choose(json!({ "style": "prefix=dancu" })).await.0, 201);
    assert!(asked().await.contains("<dc:SoDinhDanh>"));
    assert!(asked().await.contains("<dancu:SoDinhDanh>"));
    let (status, told) = choose(json!({ "style": "json=yaml" })).await;
    assert!(status == 400 && told.contains("style") && told.contains("qcvn109"), "{told}");
}

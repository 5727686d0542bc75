//! Round trips through the addresses, one client written by hand a profile; faults over a real connection.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::test::{self, TestRequest};
use actix_web::{App, Error};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::door::{JSON_MEDIA_TYPE, path};
use super::super::gateway_fault::SOAP_MEDIA_TYPE;
use super::super::request::Operation;
use super::super::settings::{CAMEL_AUTH, LGSP_AUTH_HASH, LGSP_CONNECTION_STRING, SimulatorSettings};
use super::super::token_routes::{CAMEL_TOKEN_PATH, TOKEN_PATH};
use super::*;
use crate::citizen::person_file::Person;
use crate::citizen::{BirthDate, PartialDate, PersonName, PersonalText, Record};

const REQUEST: &str = include_str!("samples/request-037-full-date.xml");
const DIRECT_PATH: &str = "/direct/037";
const LGSP_PATH: &str = "/lgsp/TraCuuThongTinCongDan";

/// The person whom the sample request looks for.
fn settings() -> SimulatorSettings {
    let mut record = Record::default();
    record.so_dinh_danh = PersonalText::given("999085000001");
    record.ho_va_ten = PersonName::whole("NGUYỄN VĂN MẪU MỘT");
    record.ngay_sinh = BirthDate::Given(PartialDate::from_iso("1985-03-12").expect("a date"));
    let person = Person { number: "999085000001".to_owned(), note: String::new(), record };
    SimulatorSettings::training(SocketAddr::from(([127, 0, 0, 1], 0)), vec![person])
}

fn simulator() -> Data<Simulator> {
    Data::new(Simulator::new(settings()).expect("starts"))
}

async fn send(simulator: &Data<Simulator>, request: TestRequest) -> ServiceResponse<impl MessageBody + use<>> {
    let app = App::new().configure(|config| configure(config, simulator.clone()));
    let service = test::init_service(app).await;
    let reply: Result<_, Error> = test::try_call_service(&service, request.to_request()).await;
    reply.expect("answered")
}

fn direct_headers() -> Vec<(&'static str, String)> {
    let timestamp = access::now().as_millis().to_string();
    let text = format!("/direct/037mo-phong{timestamp}khong-phai-bi-mat");
    let hex: String = digest(&SHA256, text.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    vec![
        ("Timestamp", timestamp),
        ("Authorization", format!("Basic {}", STANDARD.encode(format!("mo-phong:{hex}")))),
        ("Content-Type", "application/xml; charset=utf-8".to_owned()),
        ("SOAPAction", "\"\"".to_owned()),
    ]
}

fn lgsp_headers(token: &str) -> Vec<(&'static str, String)> {
    vec![
        ("Authorization", format!("Bearer {token}")),
        ("lgspaccesstoken", LGSP_CONNECTION_STRING.to_owned()),
        ("AuthHash", LGSP_AUTH_HASH.to_owned()),
        ("Content-Type", "application/xml".to_owned()),
    ]
}

fn post(path: &str, headers: Vec<(&'static str, String)>, body: &str) -> TestRequest {
    let request = TestRequest::post().uri(path).set_payload(body.to_owned());
    headers.into_iter().fold(request, TestRequest::insert_header)
}

fn direct_call(body: &str) -> TestRequest {
    post(DIRECT_PATH, direct_headers(), body)
}

async fn text(reply: ServiceResponse<impl MessageBody>) -> String {
    String::from_utf8(test::read_body(reply).await.to_vec()).expect("UTF-8")
}

async fn token(simulator: &Data<Simulator>) -> String {
    let headers = vec![
        ("lgspaccesstoken", LGSP_CONNECTION_STRING.to_owned()),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    let reply = send(simulator, post(TOKEN_PATH, headers, "grant_type=client_credentials")).await;
    assert_eq!(reply.status(), StatusCode::OK);
    let json: Value = serde_json::from_str(&text(reply).await).expect("JSON");
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 3600);
    json["access_token"].as_str().expect("a text").to_owned()
}

/// The sample request for another number.
fn asking(number: &str) -> String {
    REQUEST.replace("999085000001", number)
}

#[actix_web::test]
async fn a_signed_call_finds_the_person() {
    let simulator = simulator();
    let reply = send(&simulator, direct_call(REQUEST)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers().get("content-type").expect("a media type"), SOAP_MEDIA_TYPE);
    let body = text(reply).await;
    assert!(body.contains("<ns1:SoDinhDanh>999085000001</ns1:SoDinhDanh>"), "{body}");
    let counted = simulator.counters.snapshot();
    assert_eq!((counted.routes[DIRECT_PATH], counted.outcomes["found"]), (1, 1));
    assert_eq!(counted.officers["999080000099"], 1);
}

#[actix_web::test]
async fn an_unsigned_call_is_turned_away() {
    let simulator = simulator();
    let mut headers = direct_headers();
    headers[0].1 = "1000000000000".to_owned();
    let reply = send(&simulator, post(DIRECT_PATH, headers, REQUEST)).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    assert!(text(reply).await.contains("<ams:code>900901</ams:code>"));
    assert!(simulator.counters.snapshot().officers.is_empty(), "the body was not read");
}

#[actix_web::test]
async fn a_token_opens_the_gateway() {
    let simulator = simulator();
    let token = token(&simulator).await;
    let reply = send(&simulator, post(LGSP_PATH, lgsp_headers(&token), REQUEST)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(text(reply).await.contains("NGUYỄN VĂN MẪU MỘT"));
    let reply = send(&simulator, post(LGSP_PATH, lgsp_headers("invented"), REQUEST)).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
    let json: Value = serde_json::from_str(&text(reply).await).expect("JSON");
    assert_eq!(json["fault"]["code"], 900_901);
    assert_eq!(simulator.counters.snapshot().tokens, 1);
}

#[actix_web::test]
async fn a_wrong_connection_string_gets_no_token() {
    let headers = vec![
        ("lgspaccesstoken", "invented".to_owned()),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    let reply = send(&simulator(), post(TOKEN_PATH, headers, "grant_type=client_credentials")).await;
    assert_eq!(reply.status(), StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn wrong_name_wrong_date_and_unknown_number_look_the_same() {
    let simulator = simulator();
    for body in [
        REQUEST.replace("NGUYENVANMAUMOT", "NGUYENVANMAUHAI"),
        REQUEST.replace(">19850312<", ">19850313<"),
        asking("999085000991"),
    ] {
        let reply = send(&simulator, direct_call(&body)).await;
        assert_eq!(reply.status(), StatusCode::OK);
        let body = text(reply).await;
        assert!(body.contains("CongdanCollection") && !body.contains("CongDan>"), "{body}");
    }
    assert_eq!(simulator.counters.snapshot().outcomes["not-found"], 3);
}

#[actix_web::test]
async fn a_request_that_breaks_a_rule_gets_a_soap_fault_without_values() {
    let simulator = simulator();
    let reply = send(&simulator, direct_call(&REQUEST.replace("NGUYENVANMAUMOT", "NGUYỄN VĂN MẪU MỘT"))).await;
    assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = text(reply).await;
    assert!(body.contains("<faultcode>soapenv:Client</faultcode>") && body.contains("HoVaTen"), "{body}");
    assert!(!body.contains("MẪU"), "{body}");
}

#[actix_web::test]
async fn another_path_is_a_gateway_fault() {
    let reply = send(&simulator(), TestRequest::get().uri("/other")).await;
    assert_eq!(reply.status(), StatusCode::NOT_FOUND);
    assert!(text(reply).await.contains("900906"));
}

#[actix_web::test]
async fn counters_can_be_read_and_reset() {
    let simulator = simulator();
    send(&simulator, direct_call(REQUEST)).await;
    send(&simulator, direct_call(REQUEST)).await;
    let counted: Value =
        serde_json::from_str(&text(send(&simulator, TestRequest::get().uri("/counters")).await).await).expect("JSON");
    assert_eq!(counted["routes"][DIRECT_PATH], 2);
    assert_eq!((&counted["distinct_request_ids"], &counted["repeated_request_ids"]), (&json!(1), &json!(1)));
    let reply = send(&simulator, TestRequest::post().uri("/counters/reset")).await;
    assert_eq!(reply.status(), StatusCode::NO_CONTENT);
    assert!(simulator.counters.snapshot().routes.is_empty());
}

#[actix_web::test]
async fn numbers_of_the_table_misbehave_whatever_the_name() {
    let simulator = simulator();
    for (number, status, part) in [
        ("999099000404", 200, "Body"),
        ("999099000300", 200, "NGUYỄN VĂN MẪU LỘI"),
        ("999099000401", 401, "900901"),
        ("999099000403", 403, "900908"),
        ("999099000429", 429, "900802"),
        ("999099000500", 500, "NGUYỄN VĂN MẪU LỖI"),
        ("999099000502", 502, "<html>"),
        ("999099000503", 503, "303001"),
        ("999099000504", 504, "101504"),
        ("999099000200", 200, "faultstring"),
        ("999099000210", 200, ""),
        ("999099000220", 200, "<title>Log in</title>"),
        ("999099000230", 200, "SoDinhDanh"),
        ("999099000240", 200, "999185099999"),
        ("999099000250", 200, "<!DOCTYPE mau [<!ENTITY ten"),
        ("999099000260", 200, "MẪU MẪU MẪU"),
        ("999099000270", 200, "KetQuaXacThuc"),
        ("999099000280", 200, "http://mo-phong.example/dancu/9.9"),
    ] {
        let reply = send(&simulator, direct_call(&asking(number))).await;
        assert_eq!(reply.status().as_u16(), status, "{number}");
        assert_eq!(reply.headers().contains_key("retry-after"), status == 429, "{number}");
        let body = text(reply).await;
        assert!(body.contains(part), "{number}: {body:.300}");
        assert_eq!(body.len() > 5_000_000, number == "999099000260", "{number}");
        assert_eq!(body.is_empty(), number == "999099000210", "{number}");
        assert!(number != "999099000230" || body.ends_with("SoDinhDanh>99909"), "{number}: {body}");
    }
    assert_eq!(simulator.counters.snapshot().faults["throttled"], 1);
}

#[actix_web::test]
async fn a_token_that_expired_is_renewed_once() {
    let simulator = simulator();
    let first = token(&simulator).await;
    let body = asking("999099000411");
    for expected in [StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED] {
        assert_eq!(send(&simulator, post(LGSP_PATH, lgsp_headers(&first), &body)).await.status(), expected);
    }
    let second = token(&simulator).await;
    let reply = send(&simulator, post(LGSP_PATH, lgsp_headers(&second), &body)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(text(reply).await.contains("NGUYỄN VĂN MẪU LỖI"));
}

/// Calls a simulator over a real connection.
async fn call_over_tcp(number: &str) -> Result<reqwest::Response, reqwest::Error> {
    let (address, server) = super::super::server::bind(settings()).expect("bound");
    actix_web::rt::spawn(server);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.post(format!("http://{address}{DIRECT_PATH}")).body(asking(number));
    direct_headers().into_iter().fold(request, |request, (name, value)| request.header(name, value)).send().await
}

#[actix_web::test]
async fn a_reply_has_a_date() {
    let reply = call_over_tcp("999085000001").await.expect("answered");
    assert!(reply.headers().contains_key("date"));
}

#[actix_web::test]
async fn a_delayed_reply_is_good() {
    let start = Instant::now();
    let body = call_over_tcp("999099000901").await.expect("answered").text().await.expect("a body");
    assert!(start.elapsed() >= Duration::from_millis(1000));
    assert!(body.contains("999099000901") && body.ends_with("Envelope>"));
}

#[actix_web::test]
async fn a_connection_breaks_in_the_middle_of_the_body() {
    let reply = call_over_tcp("999099000930").await.expect("headers");
    assert!(reply.status().is_success());
    assert!(reply.text().await.is_err());
}

#[actix_web::test]
async fn a_dripping_reply_starts_but_does_not_end() {
    let mut reply = call_over_tcp("999099000920").await.expect("headers");
    let first = reply.chunk().await.expect("a byte");
    assert_eq!(first.as_deref(), Some(&b"<"[..]));
}

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
    let seconds = expiry.as_second().unsigned_abs().abs_diff(access::now().as_secs());
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
        strict: false,
        name_forms: super::super::NameForms::Upper,
        date_forms: super::super::DateForms::Any,
        ..settings()
    };
    let lenient = Data::new(Simulator::new(settings).expect("starts"));
    let reply = send(&lenient, direct_call(&moved)).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert!(text(reply).await.contains("<ns1:SoDinhDanh>999085000001</ns1:SoDinhDanh>"));
}

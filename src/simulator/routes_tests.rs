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

use super::super::gateway_fault::SOAP_MEDIA_TYPE;
use super::super::settings::{LGSP_AUTH_HASH, LGSP_CONNECTION_STRING, SimulatorSettings};
use super::super::token_routes::TOKEN_PATH;
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
    let timestamp = super::super::clock::system_now().as_millis().to_string();
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

#[path = "routes_profiles_tests.rs"]
mod profiles;

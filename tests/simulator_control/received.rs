//! The simulator's log of what it received.

use super::calls::{Caller, DIRECT, PERSON, TOKEN, envelope};

#[tokio::test]
async fn what_was_received_can_be_looked_at() {
    let caller = Caller::start();
    caller.token().await;
    caller.direct_request(PERSON, "A-1").send().await.expect("an answer");
    caller.direct_request("999099000503", "A-2").send().await.expect("an answer");
    caller.control("GET", "/nothing-here", "").await;
    let received = caller.received(20).await;
    assert_eq!(received.len(), 4, "calls of the control interface are not among them");

    let token = &received[0];
    assert_eq!((&token["route"], &token["outcome"]), (&TOKEN.into(), &"token-given".into()));
    assert_eq!(token["body"], "grant_type=client_credentials");

    let look_up = &received[1];
    assert_eq!(
        (&look_up["route"], &look_up["status"], &look_up["outcome"]),
        (&DIRECT.into(), &200.into(), &"found".into())
    );
    for (member, value) in [("ma_yeu_cau", "A-1"), ("officer", "cb-mau"), ("procedure", "1.000656"), ("number", PERSON)]
    {
        assert_eq!(look_up[member], value, "{member}");
    }
    assert_eq!(look_up["body"], envelope(PERSON, "A-1"));
    assert_eq!(look_up["headers"]["content-type"], "application/xml; charset=utf-8");
    assert!(look_up["headers"]["timestamp"].as_str().is_some_and(|time| time.len() == 13));
    let at: jiff::Timestamp = look_up["at"].as_str().expect("a time").parse().expect("RFC 3339");
    assert!((jiff::Timestamp::now().as_second() - at.as_second()).abs() < 60);

    assert_eq!((&received[2]["status"], &received[2]["outcome"]), (&503.into(), &"fault".into()));
    assert_eq!((&received[3]["status"], &received[3]["outcome"]), (&404.into(), &"unknown-path".into()));
    assert_eq!(caller.received(1).await[0]["route"], "/nothing-here");
    caller.steer("DELETE", "/control/received", "", 204).await;
    assert!(caller.received(20).await.is_empty());
}

#[tokio::test]
async fn credentials_are_seen_to_change_without_being_seen() {
    let mut caller = Caller::start();
    let token = caller.token().await;
    caller.lgsp(&token, PERSON).await;
    caller.lgsp(&token, PERSON).await;
    caller.auth_hash = "khac";
    caller.lgsp(&token, PERSON).await;
    let received = caller.received(3).await;
    let shown = |index: usize, name: &str| received[index]["headers"][name].as_str().expect("shown").to_owned();
    for name in ["authorization", "lgspaccesstoken", "authhash"] {
        let hash = shown(0, name);
        assert!(hash.len() == 15 && hash.starts_with("sha256:"), "{name}: {hash}");
        assert_eq!(hash, shown(1, name), "{name}");
        assert_eq!(hash == shown(2, name), name != "authhash", "{name}");
    }
    let all = serde_json::to_string(&received).expect("JSON");
    for secret in [token.as_str(), super::calls::AUTH_HASH, super::calls::CONNECTION_STRING] {
        assert!(!all.contains(secret));
    }
}

#[tokio::test]
async fn nothing_is_kept_of_a_call_about_somebody_real_and_a_large_body_is_refused() {
    let caller = Caller::start();
    let number = concat!("001", "0850", "00001");
    assert_eq!(caller.direct(number).await.status, 200);
    let kept = &caller.received(1).await[0];
    assert!(kept["number"].is_null() && kept["body"] == "" && kept["procedure"] == "1.000656");

    let request = caller.client.post(format!("{}{DIRECT}", caller.process.address)).body("x".repeat(70_000));
    assert_eq!(request.send().await.expect("an answer").status().as_u16(), 413);
    let kept = &caller.received(1).await[0];
    assert_eq!((&kept["status"], &kept["body"]), (&413.into(), &"".into()));
}

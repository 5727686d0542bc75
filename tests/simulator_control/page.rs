//! The page for the training room.

use super::calls::{Caller, PERSON};

#[tokio::test]
async fn the_page_tells_what_goes_on_and_how_to_switch_a_fault_on() {
    let caller = Caller::start();
    caller.direct(PERSON).await;
    caller.direct("999099000429").await;
    caller.steer("POST", "/control/faults", r#"{"fault":"delay","parameter":20000,"calls":2}"#, 201).await;
    let page = caller.control("GET", "/", "").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    let text = page.text();
    for part in [
        "<tr><td>/direct/037</td><td class=\"so\">2</td></tr>",
        "<tr><td>tìm thấy (found)</td><td class=\"so\">1</td></tr>",
        "<tr><td>throttled</td><td class=\"so\">1</td></tr>",
        "<tr><td>cb-mau</td><td class=\"so\">2</td></tr>",
        "<code>delay (20000)</code>",
        "<td>2 lần</td>",
        "<code>999099000503</code>",
        "<meta http-equiv=\"refresh\"",
    ] {
        assert!(text.contains(part), "{part}");
    }
    let example = format!("curl -X POST {}/control/faults", caller.process.address);
    assert!(text.contains(&example) && !text.contains("<script"));
}

#[tokio::test]
async fn the_example_bodies_of_the_page_are_accepted() {
    let caller = Caller::start();
    let text = caller.control("GET", "/", "").await.text();
    let bodies: Vec<&str> = text.split("-d '").skip(1).filter_map(|rest| rest.split('\'').next()).collect();
    assert!(bodies.len() >= 3);
    for body in bodies {
        caller.steer("POST", "/control/faults", body, 201).await;
    }
}

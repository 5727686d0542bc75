//! The configured certificates: who we are and whom we trust.

use jiff::Timestamp;

use super::check::{Check, State, Words, words};
use super::road::{SOON, certificates};
use crate::config::ConnectionSettings;
use crate::population::gateway::probe::{CertificateFacts, OwnCertificates};

const ID: &str = "certificates";

/// How long the configured certificates last. One root that has ended beside one that has not is a warning: that is how
/// roots are renewed.
pub fn check(settings: &ConnectionSettings) -> Check {
    let now = Timestamp::now().as_second();
    let own = OwnCertificates::read(&settings.tls);
    if own.client.is_none() && own.roots.is_none() {
        let said = words(
            "không cấu hình chứng thư nào: tin các chứng thư gốc của hệ điều hành",
            "no certificates are configured: those of the operating system are trusted",
        );
        return Check::new(ID, State::Skipped, said);
    }
    let days = |file: &Option<Vec<CertificateFacts>>| -> Vec<i64> {
        file.iter().flatten().map(|certificate| certificate.days_left(now)).collect()
    };
    let (client, roots) = (days(&own.client), days(&own.roots));
    let unreadable = [(&own.client, &client), (&own.roots, &roots)];
    let unreadable = unreadable.iter().any(|(file, days)| file.is_some() && days.is_empty());
    let ended = client.iter().any(|days| *days < 0) || (!roots.is_empty() && roots.iter().all(|days| *days < 0));
    let first = client.iter().chain(&roots).min().copied().unwrap_or_default();
    let check = if unreadable {
        let said = words(
            "một tệp chứng thư không có chứng thư PEM nào",
            "a certificate file holds no certificate in PEM form",
        );
        let mend = words("ghi lại đúng tệp PEM được cấp", "name the PEM file that was issued");
        Check::new(ID, State::Failed, said).mend(mend)
    } else if ended {
        let said = words("một chứng thư đã cấu hình đã hết hạn", "a configured certificate has ended");
        Check::new(ID, State::Failed, said).mend(renew())
    } else if first < SOON {
        let said = words(
            format!("một chứng thư đã cấu hình còn {first} ngày"),
            format!("a configured certificate has {first} days left"),
        );
        Check::new(ID, State::Warning, said).mend(renew())
    } else {
        let said = words(
            format!("các chứng thư đã cấu hình còn ít nhất {first} ngày"),
            format!("the configured certificates have at least {first} days left"),
        );
        Check::new(ID, State::Ok, said)
    };
    let shown = |file: Option<Vec<CertificateFacts>>| file.map(|chain| certificates(&chain, now));
    check.fact("client", shown(own.client)).fact("roots", shown(own.roots))
}

fn renew() -> Words {
    words(
        "xin chứng thư mới và thay tệp trước ngày đó; dịch vụ tự nhận tệp mới",
        "get a new certificate and replace the file before that day; the service takes it up by itself",
    )
}

//! Files of secrets and certificates that are replaced while the service runs (RISKS T13; PROTOCOL §3.4). That the
//! client then trusts others is shown with handshakes elsewhere.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair, date_time_ymd};

use super::super::{GatewayBuildError, GatewaySource};
use super::privacy::Log;
use super::{direct, settings};
use crate::config::{ClientCertificate, ConnectionSettings, ProfileSettings, SecretFile};
use crate::telemetry::Metrics;

/// A certificate that ends so many days from now, at midnight, and its key.
fn certificate(days: i64) -> (String, String, i64) {
    let day = jiff::Timestamp::now().as_second() / 86_400 + days;
    let end = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(day));
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(["localhost".to_owned()]).expect("names");
    params.not_after = date_time_ymd(end.year().into(), end.month().unsigned_abs(), end.day().unsigned_abs());
    (params.self_signed(&key).expect("a certificate").pem(), key.serialize_pem(), day * 86_400)
}

fn file(folder: &Path, name: &str, content: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, content).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    path
}

/// A connection whose secret, root, certificate and key are files; root and certificate end in so many days.
fn connection(folder: &Path, root_days: i64, client_days: i64) -> (ConnectionSettings, [i64; 2]) {
    let (root, _, root_end) = certificate(root_days);
    let (ours, key, client_end) = certificate(client_days);
    let mut profile = direct();
    if let ProfileSettings::Direct { secret, .. } = &mut profile {
        *secret = SecretFile::read(file(folder, "secret", "one", 0o600)).expect("a secret");
    }
    let mut settings = settings("https://127.0.0.1:1", profile);
    settings.tls.trust = Some(file(folder, "root.pem", &root, 0o644));
    settings.tls.client = Some(ClientCertificate {
        certificate: file(folder, "client.pem", &ours, 0o644),
        key: file(folder, "client.key", &key, 0o600),
    });
    (settings, [root_end, client_end])
}

fn metric(metrics: &Metrics, name: &str, label: &str) -> Option<i64> {
    let text = metrics.read(None).text();
    let line = text.lines().find(|line| line.starts_with(name) && line.contains(label))?;
    line.rsplit_once(' ').and_then(|(_, value)| value.parse().ok())
}

fn reloads(metrics: &Metrics, result: &str) -> i64 {
    metric(metrics, "diensan_upstream_credentials_reloads_total{", &format!("\"{result}\"")).unwrap_or(0)
}

fn end(metrics: &Metrics, whose: &str) -> Option<i64> {
    metric(metrics, "diensan_upstream_certificate_expires_timestamp_seconds{", &format!("\"{whose}\""))
}

#[test]
fn a_key_that_others_can_read_is_refused_at_the_start_and_when_it_is_replaced() {
    let folder = tempfile::tempdir().expect("a folder");
    let (settings, _) = connection(folder.path(), 90, 90);
    let metrics = Metrics::new().expect("metrics");
    let gateway = GatewaySource::new(settings, metrics.upstream("test")).expect("gateway");
    let (ours, key, _) = certificate(120);
    file(folder.path(), "client.key", &key, 0o640);
    file(folder.path(), "client.pem", &ours, 0o644);
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (0, 1));
    file(folder.path(), "client.key", &key, 0o600);
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (1, 1));

    let (settings, _) = connection(folder.path(), 90, 90);
    file(folder.path(), "client.key", &key, 0o604);
    let refused = GatewaySource::new(settings, metrics.upstream("test")).err();
    assert_eq!(refused, Some(GatewayBuildError::OpenKey));
}

#[test]
fn a_bad_file_is_refused_once_and_hides_no_good_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let (settings, ends) = connection(folder.path(), 90, 60);
    let metrics = Metrics::new().expect("metrics");
    let gateway = GatewaySource::new(settings, metrics.upstream("test")).expect("gateway");
    assert_eq!([end(&metrics, "root"), end(&metrics, "client")], ends.map(Some));
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (0, 0), "nothing changed");

    file(folder.path(), "root.pem", "no certificate", 0o644);
    file(folder.path(), "secret", "two", 0o600);
    gateway.refresh_credentials();
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (1, 1));
    assert_eq!(end(&metrics, "root"), Some(ends[0]), "the old root stays");

    // A certificate without its key, as while both are being replaced, and then both.
    let (root, _, root_end) = certificate(200);
    let (ours, key, client_end) = certificate(300);
    file(folder.path(), "root.pem", &root, 0o644);
    file(folder.path(), "client.pem", &ours, 0o644);
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (1, 2));
    file(folder.path(), "client.key", &key, 0o600);
    gateway.refresh_credentials();
    assert_eq!((reloads(&metrics, "taken"), reloads(&metrics, "refused")), (2, 2));
    assert_eq!([end(&metrics, "root"), end(&metrics, "client")], [Some(root_end), Some(client_end)]);
}

#[test]
fn the_log_warns_of_a_certificate_that_ends_soon_once_and_names_the_key_of_a_bad_file_without_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    tracing::subscriber::with_default(subscriber, || {
        let (settings, _) = connection(folder.path(), 90, 10);
        let metrics = Metrics::new().expect("metrics");
        let gateway = GatewaySource::new(settings, metrics.upstream("test")).expect("gateway");
        file(folder.path(), "root.pem", "CANARY-ROOT", 0o644);
        for _ in 0..3 {
            gateway.refresh_credentials();
        }
    });
    let logged = log.text();
    let count = |what: &str| logged.matches(what).count();
    assert_eq!(count("a certificate ends soon"), 1);
    assert!(logged.contains("client_certificate") && logged.contains("days_left="));
    assert_eq!((count("credentials refused"), count("`trust`")), (1, 1));
    assert_eq!((count("CANARY"), count("CERTIFICATE")), (0, 0));
}

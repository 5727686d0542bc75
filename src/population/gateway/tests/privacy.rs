//! Known mistake 10 of PROTOCOL §10: certificate checks switched off, passwords and replies in the log.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use super::super::GatewayBuildError;
use super::stand_in::{StandIn, Step};
use super::{AUTH_HASH, CONNECTION, SECRET, adult, ask, built, direct, gateway, lgsp, settings};

/// Everything that was logged.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn known_mistake_10_no_secret_and_nothing_personal_is_logged_at_any_level() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let wrong = adult().replace("MẪU MỘT", "MẪU HAI");
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(async {
            let token = || Step::Answer(200, "{\"access_token\":\"CANARY-TOKEN-4\"}".into());
            let server = StandIn::new(vec![token(), Step::Answer(200, adult()), Step::Answer(200, wrong)]).await;
            let lgsp = gateway(&server.base, lgsp());
            assert_eq!([ask(&lgsp).await, ask(&lgsp).await], ["found", "malformed/wrong_person"]);
            let server = StandIn::new(vec![Step::Answer(500, adult())]).await;
            assert_eq!(ask(&gateway(&server.base, direct())).await, "upstream_fault/server_error");
        });
    });
    let logged = log.text();
    assert!(logged.contains("upstream called") && logged.contains("identity_mismatch"));
    let canaries = [
        SECRET,
        CONNECTION,
        AUTH_HASH,
        "CANARY-TOKEN-4",
        "999085000001",
        "19850312",
        "NGUYENVANMAUMOT",
        "NGUYỄN",
        "999080000099",
    ];
    for canary in canaries {
        assert!(!logged.contains(canary), "{canary} is in the log");
    }
}

/// There is no switch to trust anybody: whoever cannot show a certificate gets a TLS greeting and no question.
#[tokio::test]
async fn known_mistake_10_an_https_address_is_never_asked_in_the_clear() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
    let base = format!("https://{}", listener.local_addr().expect("address"));
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("connection");
        let mut greeting = [0_u8; 4096];
        let count = stream.read(&mut greeting).await.expect("greeting");
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.expect("answer");
        greeting[..count].to_vec()
    });
    match built(settings(&base, direct())) {
        Ok(gateway) => {
            assert_eq!(ask(&gateway).await, "upstream_fault/connection_failed");
            let heard = heard.await.expect("task");
            // 22 is a TLS handshake record (RFC 8446 §5.1).
            assert_eq!(heard.first(), Some(&22));
            assert!(!String::from_utf8_lossy(&heard).contains("POST"));
        }
        // A machine without a certificate store cannot build the client: refused at start.
        Err(refusal) => assert_eq!(refusal, GatewayBuildError::Client),
    }
}

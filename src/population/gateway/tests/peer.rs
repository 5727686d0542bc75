//! A peer that speaks raw TCP and keeps its connections open: each connection has its manner, the last one goes on for
//! all further ones. It knows how often it was connected to, what it was asked, and which of its connections the client
//! ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The time between two pieces of a slow peer.
const SLOW: Duration = Duration::from_millis(20);

/// How a connection behaves once it was asked.
#[derive(Clone)]
pub enum Manner {
    /// Answers everything it is asked, on the same connection.
    Answers(String),
    /// Answers with a status and an empty body, on the same connection.
    Status(u16),
    /// Answers once, then closes while the connection is idle.
    AnswersOnce(String),
    /// Takes the question, says this, perhaps nothing, and then no more.
    Says(&'static str),
    /// Is told to end the connection with a reset after these bytes.
    Reset(String),
    /// Ends its side after these bytes and goes on listening.
    HalfClose(String),
    /// Says the first once and the second again and again, at this pace (zero: as fast as it can).
    Endless(String, String, Duration),
    /// Answers with the first, and with the second unasked, after this time.
    Extra(String, String, Duration),
}

/// What happened so far.
#[derive(Clone, Default)]
pub struct Seen {
    pub connections: usize,
    /// Numbers of the connections that the client ended, in order.
    pub ended: Vec<usize>,
    /// Connection and question.
    pub questions: Vec<(usize, String)>,
}

/// The peer; it lives as long as the test's runtime.
pub struct Peer {
    pub address: String,
    seen: Arc<watch::Sender<Seen>>,
}

impl Peer {
    pub async fn new(manners: Vec<Manner>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let address = listener.local_addr().expect("address").to_string();
        let seen = Arc::new(watch::Sender::new(Seen::default()));
        let manners = Mutex::new(manners.into_iter());
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut manner = None;
            loop {
                let (stream, _) = listener.accept().await.expect("connection");
                let next = manners.lock().unwrap_or_else(PoisonError::into_inner).next();
                manner = next.or(manner);
                let mut number = 0;
                kept.send_modify(|seen| {
                    number = seen.connections;
                    seen.connections += 1;
                });
                tokio::spawn(behave(stream, number, manner.clone().expect("a manner"), Arc::clone(&kept)));
            }
        });
        Self { address, seen }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.seen.borrow().connections
    }

    pub fn questions(&self) -> Vec<(usize, String)> {
        self.seen.borrow().questions.clone()
    }

    /// Waits for something that must happen; the test fails when it does not within five seconds.
    pub async fn until(&self, what: &str, mut happened: impl FnMut(&Seen) -> bool) {
        let mut seen = self.seen.subscribe();
        let waited = tokio::time::timeout(Duration::from_secs(5), seen.wait_for(|seen| happened(seen))).await;
        assert!(waited.is_ok(), "{what}");
    }
}

/// A complete answer with a body.
pub fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn behave(mut stream: TcpStream, number: usize, manner: Manner, seen: Arc<watch::Sender<Seen>>) {
    while let Some(question) = read(&mut stream).await {
        let head_only = question.starts_with("HEAD ");
        seen.send_modify(|seen| seen.questions.push((number, question)));
        // A write that fails means that the client ended the connection: that is told below.
        let goes_on = match &manner {
            // Whatever is at the base: the answer to HEAD has a length and no body (RFC 9110 §9.3.2).
            Manner::Answers(_) if head_only => {
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\n").await.is_ok()
            }
            Manner::Answers(body) => stream.write_all(answer(body).as_bytes()).await.is_ok(),
            Manner::Status(status) => {
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).await.is_ok()
            }
            Manner::AnswersOnce(body) => {
                let _ = stream.write_all(answer(body).as_bytes()).await;
                return;
            }
            Manner::Says(bytes) => stream.write_all(bytes.as_bytes()).await.is_ok(),
            Manner::Reset(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                // The client reads what was said before the reset wipes it out.
                tokio::time::sleep(SLOW).await;
                let _ = stream.set_zero_linger();
                return;
            }
            Manner::HalfClose(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                let _ = stream.shutdown().await;
                true
            }
            Manner::Endless(first, again, pace) => endless(&mut stream, first, again, *pace).await,
            Manner::Extra(asked, unasked, after) => {
                let first = if after.is_zero() { format!("{asked}{unasked}") } else { asked.clone() };
                let _ = stream.write_all(first.as_bytes()).await;
                if !after.is_zero() {
                    tokio::time::sleep(*after).await;
                    let _ = stream.write_all(unasked.as_bytes()).await;
                }
                true
            }
        };
        if !goes_on {
            break;
        }
    }
    seen.send_modify(|seen| seen.ended.push(number));
}

/// Says it until the client goes; always `false`.
async fn endless(stream: &mut TcpStream, first: &str, again: &str, pace: Duration) -> bool {
    let mut going = stream.write_all(first.as_bytes()).await;
    while going.is_ok() {
        going = stream.write_all(again.as_bytes()).await;
        if pace.is_zero() {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(pace).await;
        }
    }
    false
}

/// Head and as many bytes of body as it announces; `None` when the client ended the connection.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0_u8; 4096];
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = super::stand_in::header(head, "content-length").and_then(|length| length.parse().ok());
            if body.len() >= announced.unwrap_or(0) {
                return Some(text);
            }
        }
    }
}

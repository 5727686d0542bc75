//! The server: plays its script, one step a connection, and keeps what it was sent.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What to do with one connection, after its request was read.
pub enum Step {
    /// Status and body.
    Answer(u16, String),
    /// Status line and further header lines, each ended by a line break, and the body's bytes.
    Raw(String, Vec<u8>),
    /// Good headers, then one byte of the body every so often.
    Drip(Duration),
    /// Nothing, until the client goes.
    Hang,
    /// The connection is closed without an answer.
    Close,
}

/// A server under a script.
pub struct StandIn {
    pub base: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    pub async fn new(script: Vec<Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        tokio::spawn(async move {
            for step in script {
                let (stream, _) = listener.accept().await.expect("connection");
                serve(stream, step, &kept).await;
            }
        });
        Self { base, requests }
    }

    /// The requests so far, head and body as text.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn serve(mut stream: TcpStream, step: Step, kept: &Mutex<Vec<String>>) {
    let request = read(&mut stream).await;
    kept.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    // The client may be gone: that is often what is tested.
    let _ = match step {
        Step::Answer(status, body) => stream.write_all(answer(status, &body).as_bytes()).await,
        Step::Raw(head, body) => {
            let head = format!("HTTP/1.1 {head}Connection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes()).await;
            stream.write_all(&body).await
        }
        Step::Drip(pause) => drip(&mut stream, pause).await,
        Step::Hang => stream.read_to_end(&mut Vec::new()).await.map(drop),
        Step::Close => Ok(()),
    };
}

fn answer(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

async fn drip(stream: &mut TcpStream, pause: Duration) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n").await?;
    loop {
        stream.write_all(b" ").await?;
        tokio::time::sleep(pause).await;
    }
}

/// Head and as many bytes of body as it announces.
async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        let mut buffer = [0_u8; 4096];
        let count = stream.read(&mut buffer).await.expect("read");
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let announced = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if body.len() >= announced {
                return text;
            }
        }
        assert!(count > 0, "the request ended early");
    }
}

/// A header of a request.
pub fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    request.lines().take_while(|line| !line.is_empty()).find_map(|line| {
        let (key, value) = line.split_once(": ")?;
        key.eq_ignore_ascii_case(name).then_some(value)
    })
}

/// The text of an element of a request.
pub fn element<'a>(request: &'a str, name: &str) -> &'a str {
    let (_, rest) = request.split_once(&format!("<dan:{name}>")).expect("element");
    rest.split_once('<').expect("end").0
}

//! A stand-in for upstream that speaks bytes, for what no HTTP server would do (RISKS U19, U20).
//!
//! It gives a token to whoever asks at a token address, unless it is to misbehave there, and then does to each data call
//! what its manner says. It counts what it was asked.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::road::is_token_path;

/// Whom the faulty peers answer about when they answer well: the faulty citizen of the simulator.
pub const NAME: &str = "NGUYỄN VĂN MẪU LỖI";

/// What a peer does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// The record of the citizen who was asked for.
    Good,
    /// Nobody listens.
    Refuse,
    /// The port is open, and no connection is ever completed.
    NeverAccept,
    /// Ends the connection before it reads anything.
    CloseAtOnce,
    /// The same with a reset.
    ResetAtOnce,
    /// Reads the question and never answers.
    Mute,
    /// Reads the question and ends the sending half.
    HalfClose,
    /// Reads the question and resets the connection.
    ResetAfterQuestion,
    /// Resets in the middle of the head.
    ResetInHead,
    /// Resets in the middle of the body.
    ResetInBody,
    /// Ends the connection in the middle of a body whose length was told.
    CloseInBody,
    /// One byte of the head a second.
    SlowHead,
    /// One byte of the body a second.
    SlowBody,
    /// Header lines without end, as fast as they are taken.
    EndlessHead,
    /// Header lines without end, one in a while.
    EndlessHeadSlowly,
    /// Pieces of a body without end.
    EndlessBody,
    /// A body that says that it is a terabyte, and begins.
    HugeBody,
    /// `100 Continue` without end, as fast as they are taken.
    ContinueStorm,
    /// `100 Continue` without end, one in a while.
    ContinueDrizzle,
    /// A good answer, and right behind it another one about somebody else.
    ExtraReply,
    /// On the first connection the answer comes too late and about somebody else; later ones are good.
    LateReply,
    /// Another protocol.
    NotHttp,
    /// Compressed data that is damaged.
    DamagedGzip,
    /// A body longer than the length that was told.
    LongerThanTold,
    /// A token, and then nobody listens any more.
    GoneAfterToken,
    /// This head and body, whole.
    Says(&'static str),
}

/// A listening peer; stops when dropped. Until it is woken it only gives tokens that live for a second, whatever its
/// manner: what a service asks for when it starts is no part of a test.
pub struct RawPeer {
    pub base: String,
    shared: Arc<Shared>,
    wake: watch::Sender<bool>,
    serving: JoinHandle<()>,
    /// Connections that fill the queue of a port that never accepts.
    filling: Mutex<Vec<TcpStream>>,
}

struct Shared {
    token: Manner,
    data: Manner,
    awake: watch::Receiver<bool>,
    connections: AtomicUsize,
    data_calls: AtomicUsize,
    token_calls: AtomicUsize,
    /// The bodies of the data calls, for tests that compare them.
    questions: Mutex<Vec<String>>,
}

impl RawPeer {
    /// A peer that has this manner with data calls.
    pub fn at_data(manner: Manner) -> Self {
        Self::start(Manner::Good, manner)
    }

    /// A peer that has this manner with token requests.
    pub fn at_token(manner: Manner) -> Self {
        Self::start(manner, Manner::Good)
    }

    fn start(token: Manner, data: Manner) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
        // The shortest queue, for a port that never accepts: when it is full the system lets connections wait.
        let queue = if [token, data].contains(&Manner::NeverAccept) { 1 } else { 1024 };
        let listener = socket.listen(queue).expect("listening");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let (wake, awake) = watch::channel(false);
        let shared = Arc::new(Shared {
            token,
            data,
            awake,
            connections: AtomicUsize::new(0),
            data_calls: AtomicUsize::new(0),
            token_calls: AtomicUsize::new(0),
            questions: Mutex::default(),
        });
        let serving = tokio::spawn(serve(listener, Arc::clone(&shared)));
        Self { base, shared, wake, serving, filling: Mutex::default() }
    }

    /// From now on it has its manner.
    pub async fn wake(&self) {
        let _ = self.wake.send(true);
        let address = self.base.trim_start_matches("http://").to_owned();
        if self.shared.has(Manner::NeverAccept) {
            let connect = || tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(&address));
            while let Ok(Ok(stream)) = connect().await {
                self.filling.lock().expect("no panic").push(stream);
            }
        }
        if self.shared.has(Manner::Refuse) {
            // The listener is gone when nobody can connect any more.
            while TcpStream::connect(&address).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
    }

    /// Connections that came since it is awake.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Data calls and token requests that came since it is awake.
    pub fn calls(&self) -> (usize, usize) {
        (self.shared.data_calls.load(Ordering::SeqCst), self.shared.token_calls.load(Ordering::SeqCst))
    }

    /// The bodies of the data calls.
    pub fn questions(&self) -> Vec<String> {
        self.shared.questions.lock().expect("no panic").clone()
    }
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shared {
    fn has(&self, manner: Manner) -> bool {
        [self.token, self.data].contains(&manner)
    }

    fn is_awake(&self) -> bool {
        *self.awake.borrow()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = tokio::task::JoinSet::new();
    let (stop, mut stopped) = mpsc::channel::<()>(1);
    let mut awake = shared.awake.clone();
    loop {
        if shared.is_awake() && shared.has(Manner::NeverAccept) {
            // Kept open, and nobody accepts.
            return std::future::pending().await;
        }
        if shared.is_awake() && shared.has(Manner::Refuse) {
            break;
        }
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.recv() => break,
            woken = awake.changed() => if woken.is_ok() { continue } else { break },
        };
        let (stream, _) = accepted.expect("a connection");
        let (shared, stop) = (Arc::clone(&shared), stop.clone());
        connections.spawn(async move {
            converse(stream, &shared, &stop).await;
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// One connection to its end; `stop` ends the listening.
async fn converse(mut stream: TcpStream, shared: &Shared, stop: &mpsc::Sender<()>) {
    let index = if shared.is_awake() { shared.connections.fetch_add(1, Ordering::SeqCst) } else { 0 };
    if shared.is_awake() && shared.has(Manner::CloseAtOnce) {
        return;
    }
    if shared.is_awake() && shared.has(Manner::ResetAtOnce) {
        let _ = stream.set_zero_linger();
        return;
    }
    while let Some((path, body)) = question(&mut stream).await {
        let at_token = is_token_path(&path);
        let good = if at_token {
            let life = if shared.is_awake() { 3600 } else { 1 };
            answer("application/json", &format!("{{\"access_token\":\"CANARY-token\",\"expires_in\":{life}}}"))
        } else {
            answer("text/xml; charset=utf-8", &record(&number_in(&body)))
        };
        let closing = good.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        if !shared.is_awake() {
            let _ = stream.write_all(closing.as_bytes()).await;
            return;
        }
        if at_token {
            shared.token_calls.fetch_add(1, Ordering::SeqCst);
        } else {
            shared.data_calls.fetch_add(1, Ordering::SeqCst);
            shared.questions.lock().expect("no panic").push(body.clone());
        }
        if at_token && shared.data == Manner::GoneAfterToken {
            // Gone before the token is told: a call must not slip into the queue of a port that is being closed.
            let _ = stop.send(()).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
            let _ = stream.write_all(closing.as_bytes()).await;
            return;
        }
        let manner = if at_token { shared.token } else { shared.data };
        if !behave(&mut stream, manner, &good, index).await {
            return;
        }
    }
}

/// Answers one call; `false`: the connection is over.
async fn behave(stream: &mut TcpStream, manner: Manner, good: &str, index: usize) -> bool {
    let head_end = good.find("\r\n\r\n").map_or(0, |end| end + 4);
    let (head, body) = good.split_at(head_end);
    let written = match manner {
        Manner::Good => stream.write_all(good.as_bytes()).await,
        Manner::Says(text) => stream.write_all(text.as_bytes()).await,
        Manner::ExtraReply => stream.write_all(format!("{good}{}", about_another()).as_bytes()).await,
        Manner::LateReply if index > 0 => stream.write_all(good.as_bytes()).await,
        Manner::LateReply => {
            tokio::time::sleep(Duration::from_millis(1500)).await;
            let _ = stream.write_all(about_another().as_bytes()).await;
            return false;
        }
        Manner::LongerThanTold => stream.write_all(format!("{good}{}", "<more/>".repeat(20)).as_bytes()).await,
        Manner::NotHttp => stream.write_all(b"SSH-2.0-mo-phong\r\n").await,
        Manner::DamagedGzip => stream.write_all(&damaged_gzip()).await,
        Manner::HalfClose => {
            let _ = stream.shutdown().await;
            wait_for_the_end(stream).await;
            return false;
        }
        Manner::ResetAfterQuestion => return reset(stream, "").await,
        Manner::ResetInHead => return reset(stream, &head[..head.len() / 2]).await,
        Manner::ResetInBody => {
            return reset(stream, &good[..good.floor_char_boundary(head_end + body.len() / 2)]).await;
        }
        Manner::CloseInBody => {
            let _ = stream.write_all(&good.as_bytes()[..good.floor_char_boundary(head_end + body.len() / 2)]).await;
            return false;
        }
        Manner::SlowHead => return drip(stream, "", good).await,
        Manner::SlowBody => return drip(stream, head, body).await,
        Manner::EndlessHead => return repeat(stream, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789\r\n", 0).await,
        Manner::EndlessHeadSlowly => {
            return repeat(stream, "HTTP/1.1 200 OK\r\n", "X-More: 0123456789\r\n", 50).await;
        }
        Manner::EndlessBody => {
            let start = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
            return repeat(stream, start, &format!("400\r\n{}\r\n", " ".repeat(0x400)), 0).await;
        }
        Manner::HugeBody => {
            let start = "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1099511627776\r\n\r\n";
            return repeat(stream, start, &" ".repeat(0x400), 0).await;
        }
        Manner::ContinueStorm => return repeat(stream, "", "HTTP/1.1 100 Continue\r\n\r\n", 0).await,
        Manner::ContinueDrizzle => return repeat(stream, "", "HTTP/1.1 100 Continue\r\n\r\n", 50).await,
        Manner::Mute
        | Manner::Refuse
        | Manner::NeverAccept
        | Manner::CloseAtOnce
        | Manner::ResetAtOnce
        | Manner::GoneAfterToken => {
            wait_for_the_end(stream).await;
            return false;
        }
    };
    written.is_ok()
}

async fn reset(stream: &mut TcpStream, before: &str) -> bool {
    let _ = stream.write_all(before.as_bytes()).await;
    // What was sent before the reset must have been read, or the reset would overtake it.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _ = stream.set_zero_linger();
    false
}

async fn drip(stream: &mut TcpStream, before: &str, dripping: &str) -> bool {
    let mut written = stream.write_all(before.as_bytes()).await;
    for byte in dripping.bytes() {
        if written.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        written = stream.write_all(&[byte]).await;
    }
    false
}

async fn repeat(stream: &mut TcpStream, before: &str, again: &str, pause_ms: u64) -> bool {
    let mut written = stream.write_all(before.as_bytes()).await;
    while written.is_ok() {
        if pause_ms > 0 {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        } else {
            // A flood must not starve the other peers of the test.
            tokio::task::yield_now().await;
        }
        written = stream.write_all(again.as_bytes()).await;
    }
    false
}

/// Reads until the caller hangs up.
async fn wait_for_the_end(stream: &mut TcpStream) {
    let mut bytes = [0_u8; 1024];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

/// The next request of a connection: its path and body; `None` when there is none.
async fn question(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    let mut piece = [0_u8; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head
                .to_lowercase()
                .split("content-length:")
                .nth(1)
                .and_then(|rest| rest.lines().next().and_then(|length| length.trim().parse::<usize>().ok()));
            let body_end = end + 4 + length.unwrap_or(0);
            if bytes.len() >= body_end {
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                return Some((path, String::from_utf8_lossy(&bytes[end + 4..body_end]).into_owned()));
            }
        }
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&piece[..count]),
        }
    }
}

/// The personal number of a SOAP question.
fn number_in(question: &str) -> String {
    let after = question.split("SoDinhDanh>").nth(1).unwrap_or_default();
    after.chars().take_while(char::is_ascii_digit).collect()
}

fn answer(media_type: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn about_another() -> String {
    answer("text/xml; charset=utf-8", &record("999099009999").replace("LỖI", "KHÁC"))
}

/// A record in the recorded form (PROTOCOL §5), of the faulty citizen.
fn record(number: &str) -> String {
    format!(
        "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
         <ns1:CongdanCollection xmlns:ns1=\"http://www.mic.gov.vn/dancu/1.0\"><ns1:CongDan>\
         <ns1:SoDinhDanh>{number}</ns1:SoDinhDanh><ns1:HoVaTen><ns1:Ho/><ns1:ChuDem/><ns1:Ten>{NAME}</ns1:Ten>\
         </ns1:HoVaTen><ns1:NgayThangNamSinh><ns1:Nam>1999</ns1:Nam><ns1:NgayThangNam>19990909</ns1:NgayThangNam>\
         </ns1:NgayThangNamSinh></ns1:CongDan></ns1:CongdanCollection></soapenv:Body></soapenv:Envelope>"
    )
}

/// The magic bytes of gzip and then none of it.
fn damaged_gzip() -> Vec<u8> {
    let mut bytes =
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: 64\r\n\r\n".to_vec();
    bytes.extend_from_slice(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff");
    bytes.extend_from_slice(&[0xff; 54]);
    bytes
}

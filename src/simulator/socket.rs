//! The connections: how many there are, and the faults that end one below HTTP.

use std::any::Any;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::net::TcpStream as ServedStream;
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use super::counters::Load;

/// A head that never ends: no empty line, and the last header has no end.
const ENDLESS_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=utf-8\r\nX-Mo-Phong: aaaaaaaaaaaaaaa";

/// A connection while it is open; counted until it is dropped.
pub struct Connection {
    /// A second handle of the socket; `None` under TLS, where bytes of our own would only break the session.
    socket: Option<TcpStream>,
    load: Arc<Load>,
}

impl Connection {
    /// Takes up a connection that has just been accepted.
    pub fn accepted(io: &dyn Any, load: Arc<Load>) -> Self {
        load.connection_opened();
        let socket = io
            .downcast_ref::<ServedStream>()
            .and_then(|stream| stream.as_fd().try_clone_to_owned().ok())
            .map(TcpStream::from);
        Self { socket, load }
    }

    /// Ends the connection from our side, wholly or only for what we send. `false`: under TLS it cannot be done.
    pub fn end(&self, how: Shutdown) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.shutdown(how).is_ok())
    }

    /// Sends the head of an answer one byte at a time and ends the connection before the head is complete.
    pub async fn drip_head(&self, pause: Duration) -> io::Result<()> {
        let socket = self.socket.as_ref().ok_or(io::ErrorKind::Unsupported)?;
        let mut socket = tokio::net::TcpStream::from_std(socket.try_clone()?)?;
        for byte in ENDLESS_HEAD {
            sleep(pause).await;
            socket.write_all(&[*byte]).await?;
        }
        socket.shutdown().await
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.load.connection_closed();
    }
}

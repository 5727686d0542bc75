//! A log collector: RFC 5424 messages over TLS (RFC 5425, octet counting), or UDP on this machine (RFC 5426).
//!
//! Syslog has no receipts: that a head was sent does not prove that the collector kept it.

use std::io::{self, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::line::{TimeText, ascii};
use crate::config::SyslogTarget;

/// Longest wait for one step of one message (ASM).
const PATIENCE: Duration = Duration::from_secs(5);
/// Facility 13 (log audit), severity 6 (informational): RFC 5424 §6.2.1.
const PRIORITY: u8 = 13 * 8 + 6;

enum Road {
    Tls { host: String, port: u16, config: Arc<ClientConfig> },
    Udp(std::net::SocketAddr),
}

/// A collector; a connection a message, because there is one a minute.
pub struct Collector {
    road: Road,
    host_name: String,
}

impl Collector {
    /// Prepares a collector; nobody is called yet.
    ///
    /// # Errors
    /// The roots cannot be read.
    pub fn new(target: &SyslogTarget) -> io::Result<Self> {
        let road = match target {
            SyslogTarget::Udp(address) => Road::Udp(*address),
            SyslogTarget::Tls { host, port, trust } => {
                Road::Tls { host: host.clone(), port: *port, config: Arc::new(client(trust)?) }
            }
        };
        let host_name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host_name: String = host_name.trim().chars().filter(char::is_ascii_graphic).take(255).collect();
        Ok(Self { road, host_name: if host_name.is_empty() { "-".to_owned() } else { host_name } })
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The collector cannot be reached, or is not who it should be.
    pub fn send(&self, time: &TimeText, text: &str) -> io::Result<()> {
        let message = self.message(time, text);
        match &self.road {
            Road::Udp(address) => {
                let socket = UdpSocket::bind(if address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" })?;
                socket.send_to(message.as_bytes(), address).map(drop)
            }
            Road::Tls { host, port, config } => {
                let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
                let connection = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(connection, connect(host, *port)?);
                // RFC 5425 §4.3: the length in octets, a space, the message.
                stream.write_all(format!("{} {message}", message.len()).as_bytes())?;
                stream.conn.send_close_notify();
                stream.flush()?;
                while stream.conn.wants_write() {
                    stream.conn.write_tls(&mut stream.sock)?;
                }
                Ok(())
            }
        }
    }

    fn message(&self, time: &TimeText, text: &str) -> String {
        let (time, host, process) = (ascii(time), &self.host_name, std::process::id());
        format!("<{PRIORITY}>1 {time} {host} diensan {process} journal-head - {text}")
    }
}

fn client(trust: &Path) -> io::Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(trust).map_err(io::Error::other)? {
        roots.add(certificate.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    if roots.is_empty() {
        return Err(io::Error::other("`anchor_trust` holds no certificate"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Ok(config.map_err(io::Error::other)?.with_root_certificates(roots).with_no_client_auth())
}

fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the collector's name has no address");
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

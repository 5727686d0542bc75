//! Starting and stopping the simulator.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::connections;
use super::control;
use super::routes;
use super::settings::SimulatorSettings;
use super::socket::Connection;
use super::state::Simulator;

/// Longer than clients keep an idle connection, so that no call meets a connection that is just being closed.
const KEEP_ALIVE: Duration = Duration::from_secs(120);
/// Seconds that open calls get when the simulator is told to stop; a hanging call must not hold it up.
const SHUTDOWN_SECONDS: u64 = 1;

/// Serves until SIGTERM or ctrl-c. Standard output gets one line `listening on http(s)://…` and then the connections
/// to paste into a configuration.
pub async fn run(settings: SimulatorSettings) -> io::Result<()> {
    let accounts = settings.accounts.clone();
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    let (address, server) = bind(settings)?;
    let base = format!("{scheme}://{address}");
    let mut out = io::stdout().lock();
    // A closed standard output is no reason to stop.
    let _ = writeln!(out, "listening on {base}\n\n{}", connections::toml(&base, &accounts)).and_then(|()| out.flush());
    drop(out);
    server.await
}

/// Binds the address and starts to serve; the server runs when it is awaited or spawned. Port 0 lets the system
/// choose; the address that is returned has the chosen one. Loopback only, with and without TLS: the control
/// interface has no other lock.
pub fn bind(mut settings: SimulatorSettings) -> io::Result<(SocketAddr, Server)> {
    let listen = settings.listen;
    if !listen.ip().is_loopback() {
        let message = "the simulator listens on a loopback address only";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let tls = settings.tls.take();
    let simulator = Data::new(Simulator::new(settings)?);
    tracing::info!(people = simulator.people(), tls = tls.is_some(), "simulator starts");
    let load = Arc::clone(simulator.counters.load());
    let server = HttpServer::new(move || {
        let watched = simulator.clone();
        App::new()
            .wrap(from_fn(move |request, next| control::watch(watched.clone(), request, next)))
            .configure(|config| routes::configure(config, simulator.clone()))
    })
    .on_connect(move |io, extensions| {
        extensions.insert(Arc::new(Connection::accepted(io, Arc::clone(&load))));
    })
    .keep_alive(KEEP_ALIVE)
    // A caller who leaves ends its call: what is in flight is what somebody waits for.
    .h1_allow_half_closed(false)
    .shutdown_timeout(SHUTDOWN_SECONDS);
    let server = match tls {
        None => server.bind(listen)?,
        Some(tls) => server.bind_rustls_0_23(listen, tls)?,
    };
    let address = server.addrs().first().copied().ok_or_else(|| io::Error::other("no address was bound"))?;
    Ok((address, server.run()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_served() {
        let settings = SimulatorSettings::training(SocketAddr::from(([0, 0, 0, 0], 0)), Vec::new());
        assert_eq!(bind(settings).err().map(|error| error.kind()), Some(io::ErrorKind::InvalidInput));
    }

    #[actix_web::test]
    async fn port_zero_is_replaced_by_the_chosen_port() {
        let settings = SimulatorSettings::training(SocketAddr::from(([127, 0, 0, 1], 0)), Vec::new());
        let (address, server) = bind(settings).expect("bound");
        assert_ne!(address.port(), 0);
        let handle = server.handle();
        let running = actix_web::rt::spawn(server);
        handle.stop(false).await;
        running.await.expect("joined").expect("stopped");
    }
}

//! From a configuration to a gateway that runs, and to its end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::drain;
use crate::figures;
use crate::gateway::Gateway;
use crate::listen::{self, Door};
use crate::operator;
use crate::public;
use crate::surroundings::Surroundings;
use crate::tls::{self, TlsError};

/// How many may wait to be accepted.
const BACKLOG: u32 = 4096;
/// How many sockets operators and other nodes may open.
const MAX_OPERATOR_SOCKETS: usize = 1024;
/// How long requests may take to end once everything else has.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// The gateway cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No client for HTTP can be made.
    #[error("integrations cannot be called: {0}")]
    Client(#[from] reqwest::Error),
}

/// Runs a gateway until `shutdown` is done and everything has ended in order.
///
/// # Errors
/// It could not start.
pub async fn run(
    config: &Config,
    surroundings: Surroundings,
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    figures::describe();
    let tls = config.tls.as_ref().map(tls::acceptor).transpose()?;
    let gateway = Gateway::new(config, surroundings)?;
    let public_listener = listen(config.listen)?;
    let operator_listener = config.node.listen.map(listen).transpose()?;
    for function in gateway.functions.values() {
        function.start();
    }
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    for api in gateway.apis.all() {
        tracing::info!(
            api = api.id,
            url = format!("{scheme}://{}/{}", config.listen, api.stage),
            "API ready"
        );
    }
    let (stop, limits) = (CancellationToken::new(), &config.limits);
    let door = Door {
        listener: public_listener,
        tls,
        max_sockets: limits.max_sockets,
        header_read_timeout: Some(limits.header_read_timeout),
        stop_timeout: STOP_TIMEOUT,
    };
    let of_public = gateway.clone();
    let public = listen::serve(door, stop.clone(), move |peer, request| {
        public::handle(of_public.clone(), peer, request)
    });
    let operators = async {
        let Some(listener) = operator_listener else { return };
        let door = Door {
            listener,
            tls: None,
            max_sockets: MAX_OPERATOR_SOCKETS,
            header_read_timeout: Some(limits.header_read_timeout),
            stop_timeout: STOP_TIMEOUT,
        };
        let of_operators = gateway.clone();
        listen::serve(door, stop.clone(), move |_, request| operator::handle(of_operators.clone(), request))
            .await;
    };
    // Functions reach `@connections` until the last of them has ended.
    let ending = async {
        shutdown.await;
        drain::run(&gateway).await;
        stop.cancel();
    };
    tokio::join!(public, operators, ending);
    tracing::info!("the gateway has ended");
    Ok(())
}

fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A node that restarts must not wait for its old connections to time out.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|error| StartError::Listen { address, error })
}

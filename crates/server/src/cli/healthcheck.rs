//! `chinwag healthcheck`: is the local node ready?

use std::net::SocketAddr;
use std::time::Duration;

use http::StatusCode;
use tokio::net::TcpStream;

use super::greeting::reachable;
use crate::admin::client;

/// A node that takes longer is not one to send traffic to.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Asks `/readyz` of the node that listens there.
pub(super) async fn ask(listen: SocketAddr) -> Result<(), String> {
    let address = reachable(listen);
    let ask = async {
        let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
        client::send(stream, http::Method::GET, "/readyz").await.map_err(|error| error.to_string())
    };
    match tokio::time::timeout(TIMEOUT, ask).await {
        Ok(Ok((StatusCode::OK, _))) => Ok(()),
        Ok(Ok((status, body))) => {
            Err(format!("the node at {address} is not ready: {status} {}", String::from_utf8_lossy(&body)))
        }
        Ok(Err(error)) => Err(format!("no node answers at {address}: {error}")),
        Err(_) => Err(format!("the node at {address} did not answer within {TIMEOUT:?}")),
    }
}

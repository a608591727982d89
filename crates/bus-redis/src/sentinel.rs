//! Asking sentinels who the primary is.

use chinwag_bus_remote::{WireDescription, WireError};
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{Client, ErrorKind, ProtocolVersion, RedisError, RedisResult, TlsMode};

use crate::address::{Address, Host};
use crate::connection::{certificates, location};
use crate::failure;
use crate::login::Login;

/// The way to the server that the sentinels call the primary, and that says so itself. Asked anew for each link, since a
/// broken link may mean that it is another one now.
pub(crate) async fn primary(
    sentinels: &[Host],
    name: &str,
    sentinel_login: &Login,
    address: &Address,
) -> RedisResult<Client> {
    let tls = address.tls.as_ref();
    let locations = sentinels.iter().map(|host| location(host, tls));
    let mut builder = SentinelClientBuilder::new(locations, name, SentinelServerType::Master)?
        .set_client_to_redis_protocol(ProtocolVersion::RESP3);
    let Login { user, password } = &address.login;
    if let Some(user) = user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = password {
        builder = builder.set_client_to_redis_password(password);
    }
    if let Some(user) = &sentinel_login.user {
        builder = builder.set_client_to_sentinel_username(user);
    }
    if let Some(password) = &sentinel_login.password {
        builder = builder.set_client_to_sentinel_password(password);
    }
    if let Some(certificates) = certificates(tls) {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_tls_mode(TlsMode::Secure)
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_certificates(certificates);
    }
    builder.build()?.async_get_client().await
}

pub(crate) fn explain(error: &RedisError, description: &WireDescription) -> WireError {
    let reason = match error.kind() {
        ErrorKind::MasterNameNotFoundBySentinel => {
            "the sentinels know no such primary, or none that is up: correct the name after the hosts, or look at \
             SENTINEL MASTERS"
        }
        ErrorKind::InvalidClientConfig => {
            "these are no sentinels: name those, which usually listen at port 26379, or begin the URL with redis://"
        }
        _ => return failure::explain(error, description),
    };
    WireError::Unsuitable { place: description.place.clone(), reason: reason.to_owned() }
}

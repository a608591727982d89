//! One connection to one server.

use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, ProtocolVersion,
    RedisConnectionInfo, RedisResult, TlsCertificates, Value,
};

use crate::address::{Host, Trust};
use crate::login::Login;

/// How long one server may take to accept and to greet. Shorter than what the bus allows for a whole link, so that one of
/// many servers that is frozen does not use up the others' time.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How many requests may wait for the connection; there are two or three who make any.
const REQUESTS: usize = 16;

pub(crate) fn location(host: &Host, tls: Option<&Trust>) -> ConnectionAddr {
    match tls {
        None => ConnectionAddr::Tcp(host.name.clone(), host.port),
        Some(_) => ConnectionAddr::TcpTls {
            host: host.name.clone(),
            port: host.port,
            insecure: false,
            tls_params: None,
        },
    }
}

pub(crate) fn certificates(tls: Option<&Trust>) -> Option<TlsCertificates> {
    tls.map(|trust| TlsCertificates {
        client_tls: None,
        root_cert: match trust {
            Trust::System => None,
            Trust::Authority(pem) => Some(pem.clone()),
        },
    })
}

/// How to reach that server.
pub(crate) fn client(host: &Host, login: &Login, tls: Option<&Trust>) -> RedisResult<Client> {
    let mut settings = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP3);
    let Login { user, password } = login;
    if let Some(user) = user {
        settings = settings.set_username(user);
    }
    if let Some(password) = password {
        settings = settings.set_password(password);
    }
    let info = location(host, tls).into_connection_info()?.set_redis_settings(settings);
    match certificates(tls) {
        None => Client::open(info),
        Some(certificates) => Client::build_with_tls(info, certificates),
    }
}

/// Connects; what the server says unasked goes to `pushes`. The bus sees to it that no request waits for ever.
pub(crate) async fn open(
    client: &Client,
    pushes: impl AsyncPushSender,
) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_WITHIN))
        .set_response_timeout(None)
        .set_pipeline_buffer_size(REQUESTS)
        .set_push_sender(pushes);
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Sends the commands in one go and returns what was answered to each; a refusal of one is an answer.
pub(crate) async fn run(
    connection: &mut MultiplexedConnection,
    commands: &redis::Pipeline,
) -> RedisResult<Vec<Value>> {
    connection.send_packed_commands(commands, 0, commands.len()).await
}

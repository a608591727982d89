//! From the configuration to the settings of each part.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use chinwag_api::{
    AccountSettings, ApiSettings, HashingLimits, KeySource, PushOffer, Rate, RateLimits, SessionLifetime,
    TokenSettings, TokenVerifier,
};
use chinwag_chat::Clock;
use chinwag_connection::Config as ConnectionConfig;
use chinwag_realtime::{HubConfig, PresenceConfig};
use chinwag_worker::push::Identity;

use crate::config::section::{Jwt, Postgres, SecureCookies, SignUp};
use crate::config::{Config, RateLimit};
use crate::http;
use crate::realtime::{AdmissionSettings, RealtimeSettings};

/// The rooms that a connection is subscribed to by the server unless it asks for fewer.
const MAX_SUBSCRIBED_ROOMS: usize = 100;

/// The version that clients are told.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// How callers are treated.
pub(crate) fn api(config: &Config, identity: Option<&Identity>) -> ApiSettings {
    let limits = &config.rate_limits;
    ApiSettings {
        version: VERSION.to_owned(),
        accounts: AccountSettings {
            sign_up: config.access.sign_up == SignUp::Open,
            first_user_is_admin: config.access.first_user_is_admin,
            session_lifetime: SessionLifetime {
                idle: config.sessions.idle_timeout,
                absolute: config.sessions.lifetime,
            },
            // Hashing is all processor: more at once than there are cores only makes each of them slower.
            hashing: HashingLimits {
                concurrent: std::thread::available_parallelism().map_or(2, usize::from),
                ..HashingLimits::default()
            },
            ..AccountSettings::default()
        },
        rate_limits: RateLimits {
            sign_ins_per_name: rate(limits.wrong_passwords),
            sign_ins_per_address: rate(limits.sign_in),
            sign_ups_per_address: rate(limits.sign_up),
            sends_per_user: rate(limits.messages),
            sends_per_room: rate(limits.room_messages),
            requests_per_user: rate(limits.requests),
            requests_per_address: rate(limits.strangers),
            requests_per_back_end: rate(limits.server_keys),
            posts_per_hook: rate(limits.hooks),
        },
        push: identity.map(|identity| PushOffer {
            public_key: identity.public_key().to_owned(),
            allow_http: config.push.allow_private_endpoints,
        }),
    }
}

/// How live connections behave.
pub(crate) fn realtime(config: &Config) -> RealtimeSettings {
    RealtimeSettings {
        max_frame_bytes: config.realtime.max_frame_bytes.bytes(),
        max_queued_bytes: config.realtime.max_queued_bytes.bytes(),
        write_timeout: config.realtime.write_timeout,
        max_subscribed_rooms: MAX_SUBSCRIBED_ROOMS.min(config.realtime.max_channels_per_connection),
    }
}

/// How many clients come in at once.
pub(crate) fn admission(config: &Config) -> AdmissionSettings {
    AdmissionSettings {
        max_concurrent: config.realtime.max_concurrent_connects,
        patience: config.realtime.connect_patience,
    }
}

/// How each connection behaves.
pub(crate) fn connection(config: &Config) -> ConnectionConfig {
    let commands = config.rate_limits.commands.0;
    ConnectionConfig {
        connect_timeout: config.realtime.connect_timeout,
        ping_interval: config.realtime.ping_interval,
        pong_timeout: config.realtime.pong_timeout,
        max_channels: config.realtime.max_channels_per_connection,
        command_interval: commands.map_or(Duration::ZERO, |rate| rate.per / rate.count.get()),
        command_burst: commands.map_or(0, |rate| rate.count.get()),
        node: config.node.name(),
        version: VERSION.to_owned(),
        ..ConnectionConfig::default()
    }
}

/// How the hub behaves.
pub(crate) fn hub(config: &Config) -> HubConfig {
    HubConfig {
        presence: PresenceConfig { offline_grace: config.cluster.offline_grace, ..PresenceConfig::default() },
        recent_bytes: config.realtime.recent_changes_bytes.bytes(),
    }
}

/// How the node uses PostgreSQL.
pub(crate) fn postgres(postgres: &Postgres) -> chinwag_store_postgres::Options {
    chinwag_store_postgres::Options {
        writers: postgres.writers,
        max_connections: postgres.max_connections,
        connect_timeout: postgres.connect_timeout,
        acquire_timeout: postgres.acquire_timeout,
        statement_timeout: postgres.statement_timeout,
        outage_patience: postgres.outage_patience,
        ..chinwag_store_postgres::Options::default()
    }
}

/// Whether the session cookie is for HTTPS only.
pub(crate) fn secure_cookies(config: &Config) -> http::SecureCookies {
    match config.access.secure_cookies {
        SecureCookies::Auto => http::SecureCookies::Auto,
        SecureCookies::Always => http::SecureCookies::Always,
        SecureCookies::Never => http::SecureCookies::Never,
    }
}

/// What checks the embedding application's tokens, if a key for them is configured.
pub(crate) fn token_verifier(jwt: &Jwt, clock: Arc<dyn Clock>) -> anyhow::Result<Option<TokenVerifier>> {
    let keys = if let Some(secret) = &jwt.secret {
        KeySource::Secret(secret.expose().as_bytes().to_vec())
    } else if let Some(path) = &jwt.public_key_file {
        KeySource::Pem(read(path)?)
    } else if let Some(path) = &jwt.jwks_file {
        KeySource::Jwks(read(path)?)
    } else if let Some(url) = &jwt.jwks_url {
        KeySource::JwksUrl(url.clone())
    } else {
        return Ok(None);
    };
    let settings = TokenSettings {
        audience: jwt.audience.clone(),
        issuer: jwt.issuer.clone(),
        leeway: jwt.leeway,
        ..TokenSettings::new(keys)
    };
    Ok(Some(TokenVerifier::new(settings, clock)?))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn rate(limit: RateLimit) -> Rate {
    limit.0.map_or(Rate::OFF, |rate| Rate::new(rate.count.get(), rate.per))
}

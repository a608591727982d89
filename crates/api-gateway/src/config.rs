//! The configuration: one TOML file, wholly understood and checked before anything starts.

mod api;
mod check;
mod duration;
mod function;
mod limits;
mod secret;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer};

pub use api::{Api, Authorizer, Domain, Integration, Route};
pub use function::Function;
pub use limits::Limits;
pub use secret::Secret;

/// The whole configuration.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where clients and callers of `@connections` come in.
    #[serde(default = "local_8443")]
    pub listen: SocketAddr,
    /// The certificate; without one it is plain HTTP, for balancers that end TLS.
    pub tls: Option<Tls>,
    /// The AWS region that functions and signatures speak of.
    #[serde(default = "us_east_1")]
    pub region: String,
    /// The AWS account that ARNs speak of.
    #[serde(default = "no_account")]
    pub account_id: String,
    /// Balancers whose `X-Forwarded-For` is believed.
    #[serde(default, deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// This node.
    #[serde(default)]
    pub node: Node,
    /// The other nodes.
    #[serde(default)]
    pub peers: Vec<Peer>,
    /// Who may call `@connections`.
    #[serde(default)]
    pub credentials: Vec<Credential>,
    /// How callers of `@connections` show who they are.
    #[serde(default)]
    pub management: Management,
    /// What clients may take.
    #[serde(default)]
    pub limits: Limits,
    /// How the gateway ends.
    #[serde(default)]
    pub drain: Drain,
    /// The functions whose processes this gateway starts.
    #[serde(default)]
    pub functions: BTreeMap<String, Function>,
    /// The APIs.
    pub apis: Vec<Api>,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The file with the certificate and those between it and its authority.
    pub certificate: PathBuf,
    /// The file with the key.
    pub key: PathBuf,
}

/// This node among others.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Node {
    /// Its name: in the ids of its connections.
    pub name: String,
    /// Where operators and other nodes come in; not for the public.
    pub listen: Option<SocketAddr>,
    /// What nodes sign their calls to one another with.
    pub secret: Option<Secret>,
    /// A file with it.
    pub secret_file: Option<PathBuf>,
}

impl Default for Node {
    fn default() -> Self {
        Self { name: "gateway".to_owned(), listen: None, secret: None, secret_file: None }
    }
}

/// Another node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// Its name.
    pub name: String,
    /// The URL of its `node.listen`.
    pub url: String,
}

/// An access key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credential {
    /// Its public half.
    pub access_key_id: String,
    /// Its secret half.
    pub secret_access_key: Option<Secret>,
    /// A file with its secret half.
    pub secret_access_key_file: Option<PathBuf>,
    /// The ids of the APIs that it is for; all if there are none.
    #[serde(default)]
    pub apis: Vec<String>,
}

/// How callers of `@connections` show who they are.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Management {
    /// Whether calls must be signed.
    pub authorization: Authorization,
    /// How far a caller's clock may be off.
    #[serde(deserialize_with = "duration::deserialize")]
    pub clock_skew: Duration,
}

impl Default for Management {
    fn default() -> Self {
        Self { authorization: Authorization::Sigv4, clock_skew: Duration::from_secs(300) }
    }
}

/// Whether calls must be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// With AWS's Signature Version 4 and one of the credentials.
    Sigv4,
    /// Anybody who can reach the gateway may post to anybody: for development.
    None,
}

/// How the gateway ends.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Drain {
    /// How long readiness is red before clients are asked to leave.
    #[serde(deserialize_with = "duration::deserialize")]
    pub not_ready: Duration,
    /// Over how long clients are asked to leave.
    #[serde(deserialize_with = "duration::deserialize")]
    pub spread: Duration,
    /// How long what is at work may take to end.
    #[serde(deserialize_with = "duration::deserialize")]
    pub timeout: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { not_ready: Duration::ZERO, spread: Duration::from_secs(5), timeout: Duration::from_secs(30) }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("{} cannot be read: {error}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// It is no TOML, or has what is not known.
    #[error("{}, line {line}: {}", path.display(), error.message())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in it.
        line: usize,
        /// What.
        error: Box<toml::de::Error>,
    },
    /// It makes no sense.
    #[error("{}: {}", path.display(), problems.join("; "))]
    Wrong {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it.
        problems: Vec<String>,
    },
}

impl Config {
    /// Reads and checks a file. Relative paths in it start where the file is; secrets in files are read.
    ///
    /// # Errors
    /// It cannot be used, and why.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = read(path)?;
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or("");
            let line = 1 + before.matches('\n').count();
            ConfigError::Malformed { path: path.to_owned(), line, error: Box::new(error) }
        })?;
        config.read_secrets(path.parent().unwrap_or(Path::new("")))?;
        let problems = check::problems(&config);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Wrong { path: path.to_owned(), problems })
        }
    }

    fn read_secrets(&mut self, base: &Path) -> Result<(), ConfigError> {
        if let Some(tls) = &mut self.tls {
            tls.certificate = base.join(&tls.certificate);
            tls.key = base.join(&tls.key);
        }
        for function in self.functions.values_mut() {
            function.directory = function.directory.take().map(|directory| base.join(directory));
        }
        secret(&mut self.node.secret, self.node.secret_file.as_deref(), base)?;
        for credential in &mut self.credentials {
            let file = credential.secret_access_key_file.as_deref();
            secret(&mut credential.secret_access_key, file, base)?;
        }
        for integration in self.apis.iter_mut().flat_map(|api| api.integrations.values_mut()) {
            if let Integration::Lambda { secret_access_key, secret_access_key_file, .. } = integration {
                secret(secret_access_key, secret_access_key_file.as_deref().map(Path::new), base)?;
            }
        }
        Ok(())
    }
}

fn secret(value: &mut Option<Secret>, file: Option<&Path>, base: &Path) -> Result<(), ConfigError> {
    if let Some(file) = file {
        *value = Some(read(&base.join(file))?.trim().to_owned().into());
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path).map_err(|error| ConfigError::Read { path: path.to_owned(), error })
}

fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let network = |text: &String| {
        let address = || text.parse::<IpAddr>().map(IpNet::from);
        text.parse()
            .or_else(|_| address())
            .map_err(|_| serde::de::Error::custom(format!("{text:?} is no network such as \"10.0.0.0/8\"")))
    };
    texts.iter().map(network).collect()
}

fn local_8443() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8443))
}

fn us_east_1() -> String {
    "us-east-1".to_owned()
}

fn no_account() -> String {
    "000000000000".to_owned()
}

#[cfg(test)]
mod tests;

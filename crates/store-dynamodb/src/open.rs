//! Where the table is, and how it is opened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use chinwag_chat::{Bus, Entropy, Epoch, StoreError};

use crate::DynamoStore;
use crate::item::NewItem;
use crate::table::Table;
use crate::unit::Unit;
use crate::writer::Writer;
use crate::{create_table, keys};

/// How long one attempt of a request may take. DynamoDB answers within milliseconds; what takes so much longer is lost.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(10);
/// How often a request is sent at most where the network or the service fails.
const ATTEMPTS: u32 = 4;

/// Where the table is, and by whose leave it is used.
#[derive(Clone)]
pub struct Config {
    /// The table's name.
    pub table: String,
    /// Where DynamoDB is, where that is not Amazon's own endpoint of the region.
    pub endpoint: Option<String>,
    /// The region.
    pub region: String,
    /// Who asks.
    pub credentials: Credentials,
}

impl Config {
    /// The table of that name with what a function or a task at Amazon finds in its environment: `AWS_REGION`,
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and, if it is elsewhere,
    /// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`.
    ///
    /// # Errors
    /// One of the first three is missing.
    pub fn from_environment(table: String) -> Result<Self, OpenError> {
        let given = |name: &'static str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let needed = |name: &'static str| given(name).ok_or(OpenError::Missing(name));
        let (id, secret) = (needed("AWS_ACCESS_KEY_ID")?, needed("AWS_SECRET_ACCESS_KEY")?);
        Ok(Self {
            table,
            endpoint: given("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| given("AWS_ENDPOINT_URL")),
            region: given("AWS_REGION").map_or_else(|| needed("AWS_DEFAULT_REGION"), Ok)?,
            credentials: Credentials::new(id, secret, given("AWS_SESSION_TOKEN"), None, "environment"),
        })
    }

    fn client(&self) -> Client {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_WITHIN).build();
        let mut config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(self.credentials.clone())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts);
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint);
        }
        Client::from_conf(config.build())
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, endpoint, region, .. } = self;
        let mut shown = f.debug_struct("Config");
        shown
            .field("table", table)
            .field("endpoint", endpoint)
            .field("region", region)
            .finish_non_exhaustive()
    }
}

/// Why the store was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The environment does not say what it must.
    #[error("the environment has no {0}")]
    Missing(&'static str),
    /// The table could not be made.
    #[error("the table could not be made: {0}")]
    Create(String),
    /// The table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DynamoStore {
    /// Opens the table, which must be there. What is committed is announced on the bus.
    ///
    /// # Errors
    /// The table is not there, or cannot be used.
    pub async fn open(
        config: &Config,
        bus: Arc<dyn Bus>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let table = Arc::new(Table::new(config.client(), config.table.clone(), entropy));
        let epoch = epoch(&table).await?;
        let writer = Arc::new(Writer::new(table.clone(), bus));
        Ok(Self { epoch, table, writer })
    }

    /// Makes the table as the store needs it, and waits until it can be used; nothing happens where it is there already.
    /// In production the table is made by whatever makes the rest.
    ///
    /// # Errors
    /// It cannot be made.
    pub async fn create_table(config: &Config) -> Result<(), OpenError> {
        create_table::create(&config.client(), &config.table).await
    }
}

/// The logs' incarnation: whoever opens the table first says which.
async fn epoch(table: &Table) -> Result<Epoch, StoreError> {
    let fresh = table.version();
    let fresh: &str = &fresh;
    let kept = table
        .until_settled(|| async move {
            let mut unit = Unit::new(table);
            let kept: Option<String> = unit.read(&keys::epoch()).await?;
            if kept.is_none() {
                unit.put(NewItem::of(keys::epoch(), &fresh)?);
            }
            unit.commit().await.map(|done| done.then(|| kept.unwrap_or_else(|| fresh.to_owned())))
        })
        .await?;
    Ok(Epoch(kept.into()))
}

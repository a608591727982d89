//! Amazon's clients, by what Lambda puts into a function's environment.

use std::time::Duration;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sdk_apigatewaymanagement as management;
use aws_sdk_dynamodb as dynamodb;
use aws_sdk_sqs as sqs;

/// A call that takes longer is tried again, or given up.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The clients.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) dynamodb: dynamodb::Client,
    pub(crate) sqs: sqs::Client,
    pub(crate) management: management::Client,
}

impl Clients {
    /// Clients with the function's own credentials. `@connections` is that of `connections_url`.
    pub(crate) fn new(
        variable: impl Fn(&str) -> Option<String>,
        connections_url: &str,
    ) -> anyhow::Result<Self> {
        let needed = |name: &str| variable(name).with_context(|| format!("{name} is not set"));
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            variable("AWS_SESSION_TOKEN"),
            None,
            "environment",
        );
        let region = needed("AWS_REGION")?;
        let endpoint =
            |service: &str| variable(&format!("AWS_ENDPOINT_URL_{service}")).or(variable("AWS_ENDPOINT_URL"));

        let mut config = dynamodb::Config::builder()
            .behavior_version(dynamodb::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(credentials.clone())
            .region(dynamodb::config::Region::new(region.clone()))
            .timeout_config(
                dynamodb::config::timeout::TimeoutConfig::builder()
                    .operation_attempt_timeout(TIMEOUT)
                    .build(),
            );
        config.set_endpoint_url(endpoint("DYNAMODB"));
        let dynamodb = dynamodb::Client::from_conf(config.build());

        let mut config = sqs::Config::builder()
            .behavior_version(sqs::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(credentials.clone())
            .region(sqs::config::Region::new(region.clone()))
            .timeout_config(
                sqs::config::timeout::TimeoutConfig::builder().operation_attempt_timeout(TIMEOUT).build(),
            );
        config.set_endpoint_url(endpoint("SQS"));
        let sqs = sqs::Client::from_conf(config.build());

        // A post is never tried again by the client: whether the first one arrived is for the caller to judge.
        let config = management::Config::builder()
            .behavior_version(management::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(credentials)
            .region(management::config::Region::new(region))
            .timeout_config(
                management::config::timeout::TimeoutConfig::builder()
                    .operation_attempt_timeout(TIMEOUT)
                    .build(),
            )
            .retry_config(management::config::retry::RetryConfig::disabled())
            .endpoint_url(connections_url);
        let management = management::Client::from_conf(config.build());
        Ok(Self { dynamodb, sqs, management })
    }
}

//! The table as it must be.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata as _};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TimeToLiveSpecification,
};

use crate::item::{EXPIRES_AT, INDEX, INDEX_PK, INDEX_SK, PK, SK};
use crate::open::OpenError;

/// How long it may take until a new table can be used.
const READY_WITHIN: Duration = Duration::from_secs(120);

pub(crate) async fn create(client: &Client, name: &str) -> Result<(), OpenError> {
    let failed = |error: &dyn std::error::Error| OpenError::Create(DisplayErrorContext(error).to_string());
    let invalid = |error: BuildError| OpenError::Create(error.to_string());
    let mut wanted = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .global_secondary_indexes(index().map_err(invalid)?);
    for element in schema(PK, SK).map_err(invalid)? {
        wanted = wanted.key_schema(element);
    }
    for attribute in [PK, SK, INDEX_PK, INDEX_SK] {
        let definition = AttributeDefinition::builder().attribute_name(attribute);
        let definition = definition.attribute_type(ScalarAttributeType::S).build().map_err(invalid)?;
        wanted = wanted.attribute_definitions(definition);
    }
    match wanted.send().await {
        Ok(_) => {}
        Err(error) if error.code() == Some("ResourceInUseException") => return Ok(()),
        Err(error) => return Err(failed(&error)),
    }
    let ready = client.wait_until_table_exists().table_name(name).wait(READY_WITHIN).await;
    ready.map_err(|error| failed(&error))?;
    let expiry = TimeToLiveSpecification::builder().enabled(true).attribute_name(EXPIRES_AT);
    let expiry = expiry.build().map_err(invalid)?;
    let told = client.update_time_to_live().table_name(name).time_to_live_specification(expiry).send().await;
    told.map(drop).map_err(|error| failed(&error))
}

fn index() -> Result<GlobalSecondaryIndex, BuildError> {
    let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
    let schema = schema(INDEX_PK, INDEX_SK)?.into();
    GlobalSecondaryIndex::builder()
        .index_name(INDEX)
        .set_key_schema(Some(schema))
        .projection(keys_only)
        .build()
}

fn schema(partition: &str, sort: &str) -> Result<[KeySchemaElement; 2], BuildError> {
    let element = |name, kind| KeySchemaElement::builder().attribute_name(name).key_type(kind).build();
    Ok([element(partition, KeyType::Hash)?, element(sort, KeyType::Range)?])
}

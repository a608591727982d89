//! What a failure of DynamoDB is to the store's callers.

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use chinwag_chat::StoreError;

/// A read that failed: nothing was to change.
pub(crate) fn of_read<E, R>(error: SdkError<E, R>) -> StoreError
where
    SdkError<E, R>: std::error::Error,
{
    StoreError::Unavailable(DisplayErrorContext(error).to_string())
}

/// A write that failed. Where an answer came, it was not done; where the request could not even be sent, neither; else
/// nobody knows.
pub(crate) fn of_write<E, R>(error: SdkError<E, R>) -> StoreError
where
    E: ProvideErrorMetadata,
    SdkError<E, R>: std::error::Error,
{
    let is_unsent = match &error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::DispatchFailure(failure) => failure.is_user(),
        SdkError::ServiceError(failure) => {
            !matches!(failure.err().code(), Some("InternalServerError" | "ServiceUnavailable"))
        }
        _ => false,
    };
    let what = DisplayErrorContext(error).to_string();
    if is_unsent { StoreError::Unavailable(what) } else { StoreError::Unknown(what) }
}

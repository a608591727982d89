//! What goes wrong with requests.

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make an HTTP client: {0}")]
pub struct NoClient(pub(crate) String);

/// An error with its causes: "error sending request" alone helps nobody.
pub(crate) fn described(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

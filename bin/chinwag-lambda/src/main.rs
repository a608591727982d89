//! The `chinwag-lambda` binary: the function behind API Gateway. Its `bootstrap`, in Lambda's words.
#![forbid(unsafe_code)]

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match chinwag_lambda::run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Before the log is set up there is nowhere else to say it.
            chinwag_lambda::say_error(&format!("chinwag-lambda: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

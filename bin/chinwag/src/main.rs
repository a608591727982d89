//! The `chinwag` binary: understand the command line, run, and end with an exit code that says how it went.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use chinwag_server::cli::{self, EXIT_FAILURE, Invocation};
use tikv_jemallocator::Jemalloc;

/// Measured to keep the least memory per connection, and to give it back.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    let invocation = match cli::parse(std::env::args_os(), std::env::vars_os()) {
        Ok(invocation) => invocation,
        Err(refusal) => {
            cli::say_error(&refusal.message);
            return ExitCode::from(refusal.exit_code);
        }
    };
    let outcome = match invocation {
        Invocation::Print(text) => {
            cli::say(&text);
            Ok(())
        }
        Invocation::Serve(loaded) => block_on(chinwag_server::serve(*loaded)),
        Invocation::Ask(question) => block_on(async { question.ask().await.map_err(anyhow::Error::msg) }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::say_error(&format!("chinwag: {error:#}"));
            ExitCode::from(EXIT_FAILURE)
        }
    }
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

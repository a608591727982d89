//! The `chinwag` binary: understand the command line, run, and end with an exit code that says how it went.
#![forbid(unsafe_code)]

mod gateway;

use std::process::ExitCode;
use std::time::Duration;

use chinwag_server::cli::{self, EXIT_FAILURE, EXIT_USAGE, Invocation};
use tikv_jemallocator::Jemalloc;

/// Measured to keep the least memory per connection, and to give it back.
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

/// How long what blocks a thread may take to end once everything else has.
const LAST_WAIT: Duration = Duration::from_secs(1);

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
        Invocation::Gateway { file, is_check } => gateway::run(&file, is_check),
        Invocation::Ask(question) => block_on(async { question.ask().await.map_err(anyhow::Error::msg) }),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::say_error(&in_one_line(&format!("chinwag: {error:#}")));
            ExitCode::from(if gateway::is_of_its_file(&error) { EXIT_USAGE } else { EXIT_FAILURE })
        }
    }
}

/// Some servers and drivers say what is wrong in several lines.
fn in_one_line(complaint: &str) -> String {
    complaint.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(work);
    // Dropped, it would wait for as long as the system looks up a name of a store or bus that is out of reach.
    runtime.shutdown_timeout(LAST_WAIT);
    outcome
}

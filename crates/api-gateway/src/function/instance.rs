//! The life of one process: started, given events, and ended when it has to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Patience, Verdict};
use super::process::{Output, Process};
use super::{Function, InvokeError, failure, output, runtime_api};
use crate::listen::{self, Door};

/// How many sockets a process may open to its Runtime API.
const MAX_SOCKETS: usize = 16;

/// Why a process ended, and what is told to whom it owes an answer.
struct Ended {
    result: &'static str,
    error: Bytes,
}

/// Runs one process to its end.
pub(super) async fn run(function: Arc<Function>, not_before: Instant) {
    // Cancel-safe: a process that is not there yet need not be ended.
    tokio::select! {
        () = tokio::time::sleep_until(not_before) => {}
        () = function.stop.cancelled() => return function.ended(true, None),
    }
    let desk = Arc::new(Desk::new());
    let ended = match work(&function, &desk).await {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(function = function.name, %error, "a function's program cannot be started");
            let said = format!("the program cannot be started: {error}");
            Ended { result: "exited", error: failure("Runtime.InvalidEntrypoint", &said) }
        }
    };
    let owed = desk.close();
    let was_free = owed.is_none();
    if let Some(invocation) = owed {
        function.count(ended.result);
        invocation.answer(Err(InvokeError::Failed(ended.error.clone())));
    }
    let did_nothing = !desk.is_up() && !function.stop.is_cancelled();
    function.ended(was_free, did_nothing.then_some(&ended.error));
}

async fn work(function: &Arc<Function>, desk: &Arc<Desk>) -> io::Result<Ended> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (mut process, Output { stdout, stderr }) = Process::start(&mut command(function, address))?;
    let number = u32::from(address.port());
    function.tasks.spawn(output::log(stdout, function.name.clone(), number));
    function.tasks.spawn(output::log(stderr, function.name.clone(), number));

    let door = Door {
        listener,
        tls: None,
        max_sockets: MAX_SOCKETS,
        header_read_timeout: None,
        stop_timeout: Duration::ZERO,
    };
    let (api_function, api_desk) = (function.clone(), desk.clone());
    let api = listen::serve(door, CancellationToken::new(), move |_, request| {
        runtime_api::handle(api_function.clone(), api_desk.clone(), request)
    });
    let settings = &function.settings;
    let patience = Patience { init: settings.init_timeout, invocation: settings.timeout };
    let may_idle = || {
        let is_surplus = function.pool.lock().live > settings.min_processes;
        (is_surplus && !settings.idle_timeout.is_zero()).then_some(settings.idle_timeout)
    };
    let stopped = async {
        function.stop.cancelled().await;
        desk.rests().await;
    };
    // Cancel-safe: whatever comes first, the process is ended below and what it owes is answered by the caller.
    let verdict = tokio::select! {
        () = process.exited() => None,
        verdict = desk.verdict(patience, may_idle) => Some(verdict),
        () = stopped => Some(Verdict::Idle),
        () = api => Some(Verdict::Idle),
    };
    let status = process.end().await;
    Ok(ended(function, verdict, status))
}

fn ended(function: &Function, verdict: Option<Verdict>, status: Option<ExitStatus>) -> Ended {
    let name = function.name.as_str();
    match verdict {
        Some(Verdict::Idle) => {
            Ended { result: "exited", error: failure("Runtime.Shutdown", "the function was stopped") }
        }
        Some(Verdict::TimedOut) => {
            let seconds = function.settings.timeout.as_secs_f64();
            tracing::warn!(function = name, seconds, "an invocation took too long; its process was killed");
            Ended {
                result: "timed_out",
                error: failure("Sandbox.Timedout", &format!("Task timed out after {seconds:.2} seconds")),
            }
        }
        Some(Verdict::InitTimedOut) => {
            let seconds = function.settings.init_timeout.as_secs_f64();
            tracing::warn!(
                function = name,
                seconds,
                "a function's process never asked for work; it was killed"
            );
            Ended {
                result: "exited",
                error: failure(
                    "Sandbox.Timedout",
                    &format!("the runtime was not up after {seconds:.2} seconds"),
                ),
            }
        }
        Some(Verdict::InitFailed(error)) => {
            tracing::error!(function = name, error = %String::from_utf8_lossy(&error), "a function cannot start");
            Ended { result: "exited", error }
        }
        None => {
            let how = status.map_or_else(|| "for unknown reasons".to_owned(), |status| status.to_string());
            tracing::warn!(function = name, how, "a function's process ended");
            Ended {
                result: "exited",
                error: failure("Runtime.ExitError", &format!("the runtime ended: {how}")),
            }
        }
    }
}

fn command(function: &Function, address: SocketAddr) -> Command {
    let mut words = function.settings.command.iter();
    let mut command = Command::new(words.next().map_or("", String::as_str));
    command.args(words).current_dir(&function.directory).env_clear();
    command.envs(function.environment.iter().map(|(name, value)| (name, value)));
    command.env("AWS_LAMBDA_RUNTIME_API", address.to_string());
    command
}

//! Flags made from the table of settings, and a parser that reports all unknown ones at once.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use super::problem;
use crate::config::{self, Form, Problem, Setting, Source};

/// What the flags say.
#[derive(Debug, Clone, Default)]
pub(super) struct Given {
    pub(super) settings: Vec<config::Given>,
    pub(super) file: Option<PathBuf>,
}

/// Every setting as a flag.
#[derive(Debug, Clone)]
pub(super) struct AllSettings(pub(super) Given);

/// Every setting as a flag, but the help text only shows those that tell where the node is.
#[derive(Debug, Clone)]
pub(super) struct WhereTheNodeIs(pub(super) Given);

/// The settings that `session …` and `healthcheck` need.
const WHERE_THE_NODE_IS: [&str; 3] = ["listen", "data_dir", "admin.socket"];

impl Args for AllSettings {
    fn augment_args(command: Command) -> Command {
        add(command, |_| true)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl Args for WhereTheNodeIs {
    fn augment_args(command: Command) -> Command {
        add(command, |setting| WHERE_THE_NODE_IS.contains(&setting.path().as_str()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

macro_rules! from_matches {
    ($($type:ident),*) => {$(
        impl FromArgMatches for $type {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                Ok(Self(collect(matches)))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }
    )*};
}
from_matches!(AllSettings, WhereTheNodeIs);

/// The id of the flag that names the configuration file.
const FILE: &str = "config";

fn add(command: Command, is_shown: impl Fn(&Setting) -> bool) -> Command {
    let file = Arg::new(FILE)
        .long("config")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
        .help("The configuration file [default: chinwag.toml if there is one] [env: CHINWAG_CONFIG]");
    let flags = config::settings().into_iter().map(|setting| flag(setting).hide(!is_shown(setting)));
    command.arg(file).args(flags)
}

fn flag(setting: &'static Setting) -> Arg {
    let default = match setting.default {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    let heading = if setting.section.is_empty() { "Options" } else { setting.section };
    let arg = Arg::new(setting.path())
        .long(setting.flag())
        .value_name(setting.value_name)
        .help(format!("{}{default}", setting.help()))
        .help_heading(heading)
        // Repeating a list's flag adds to it; repeating any other is caught below, with the other problems.
        .action(ArgAction::Append);
    match setting.form {
        Form::Switch => arg.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Form::Bare => arg.allow_negative_numbers(true),
        Form::Text | Form::List => arg,
    }
}

fn collect(matches: &ArgMatches) -> Given {
    let mut given = Given { file: matches.get_one(FILE).cloned(), ..Given::default() };
    for setting in config::settings() {
        let path = setting.path();
        let values: Vec<&String> = matches.get_many(&path).into_iter().flatten().collect();
        let source = Source::Flag(format!("--{}", setting.flag()));
        let text = match (setting.form, values.as_slice()) {
            (_, []) => continue,
            (Form::List, many) => many.iter().map(|item| item.as_str()).collect::<Vec<_>>().join(","),
            // The last one wins, as scripts that append flags expect.
            (_, [.., last]) => (*last).clone(),
        };
        given.settings.push(config::Given { path, text, source });
    }
    given
}

/// What became of a command line.
pub(super) enum Parsed {
    /// A command, and the arguments that nobody knows.
    Command(ArgMatches, Vec<Problem>),
    /// Help or the version was asked for.
    Print(String),
    /// There is no command in it to speak of.
    Refused(String),
}

/// Parses. clap stops at the first unknown argument; here it is noted and left out, so that the next one, and what is
/// wrong in the environment and the file, comes to light in the same run.
pub(super) fn parse(command: &Command, mut arguments: Vec<OsString>) -> Parsed {
    let mut problems = Vec::new();
    loop {
        let error = match command.clone().try_get_matches_from(&arguments) {
            Ok(matches) => return Parsed::Command(matches, problems),
            Err(error) => error,
        };
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return Parsed::Print(error.to_string()),
            ErrorKind::UnknownArgument => match leave_out(&error, &mut arguments) {
                Some(unknown) => problems.push(problem(unknown)),
                None => return refuse(&error, &problems),
            },
            _ => return refuse(&error, &problems),
        }
    }
}

fn refuse(error: &clap::Error, problems: &[Problem]) -> Parsed {
    let others: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    let text = error.to_string();
    Parsed::Refused(others + text.strip_prefix("error: ").unwrap_or(&text))
}

/// Takes the unknown argument, and the value that seems to belong to it, out of the command line.
fn leave_out(error: &clap::Error, arguments: &mut Vec<OsString>) -> Option<String> {
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidArg) else { return None };
    let is_unknown = |argument: &OsString| {
        let text = argument.to_string_lossy();
        text == *unknown || text.strip_prefix(unknown.as_str()).is_some_and(|rest| rest.starts_with('='))
    };
    let at = arguments.iter().skip(1).position(is_unknown)? + 1;
    let left_out = arguments.remove(at);
    let takes_value = left_out == OsStr::new(unknown) && unknown.starts_with("--");
    if takes_value && arguments.get(at).is_some_and(|next| !next.to_string_lossy().starts_with('-')) {
        arguments.remove(at);
    }
    let hint = match error.get(ContextKind::SuggestedArg) {
        Some(ContextValue::String(known)) => format!("; did you mean {known}?"),
        _ => String::new(),
    };
    Some(format!("unknown argument `{unknown}`{hint}"))
}

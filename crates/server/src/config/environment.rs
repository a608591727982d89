//! Settings from the process environment.

use std::ffi::OsString;
use std::path::PathBuf;

use super::{Given, Problem, Source, settings};

const PREFIX: &str = "CHINWAG_";

/// Names the configuration file. No setting: a file cannot name itself.
pub(crate) const FILE_VARIABLE: &str = "CHINWAG_CONFIG";

/// What the environment says.
pub(super) struct Variables {
    pub(super) given: Vec<Given>,
    pub(super) file: Option<PathBuf>,
}

/// Reads all variables that begin with `CHINWAG_`; one that is no setting is a problem.
pub(super) fn read(environment: &[(OsString, OsString)], problems: &mut Vec<Problem>) -> Variables {
    let mut variables = Variables { given: Vec::new(), file: None };
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
        let source = Source::Environment(name.to_owned());
        if name == FILE_VARIABLE {
            variables.file = Some(value.into());
            continue;
        }
        match settings().into_iter().find(|setting| setting.variable() == name) {
            Some(setting) => match value.to_str() {
                Some(text) => {
                    variables.given.push(Given { path: setting.path(), text: text.to_owned(), source });
                }
                None => problems.push(Problem::new(source, "is not valid UTF-8")),
            },
            None if is_service_link(name) => {}
            None => {
                let names = settings().into_iter().map(super::Setting::variable);
                problems.push(Problem::new(source, format!("unknown setting{}", did_you_mean(name, names))));
            }
        }
    }
    variables
}

/// Whether Kubernetes made this variable: for every service it puts `<SERVICE>_PORT`, `<SERVICE>_SERVICE_HOST` and more
/// into every pod, and a service in front of Chinwag is likely to be called `chinwag`.
fn is_service_link(name: &str) -> bool {
    let is_port = |tail: &str| {
        let tail = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        ["_TCP", "_UDP", "_SCTP"].iter().any(|protocol| {
            tail.strip_prefix(protocol).is_some_and(|rest| ["", "_PROTO", "_PORT", "_ADDR"].contains(&rest))
        })
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_PORT")
        || name.contains("_SERVICE_PORT")
        || name.match_indices("_PORT_").any(|(at, mark)| is_port(&name[at + mark.len()..]))
}

/// `; did you mean …?` where one of the names is close.
pub(super) fn did_you_mean(name: &str, known: impl Iterator<Item = String>) -> String {
    known
        .map(|known| (strsim::jaro_winkler(name, &known), known))
        .filter(|(likeness, _)| *likeness > 0.9)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| format!("; did you mean {known}?"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variables_that_kubernetes_makes_of_a_service_are_left_alone() {
        for link in [
            "CHINWAG_SERVICE_HOST",
            "CHINWAG_SERVICE_PORT",
            "CHINWAG_SERVICE_PORT_HTTP",
            "CHINWAG_PORT",
            "CHINWAG_PORT_8000_TCP",
            "CHINWAG_PORT_8000_TCP_ADDR",
            "CHINWAG_HEADLESS_SERVICE_HOST",
        ] {
            assert!(is_service_link(link), "{link}");
        }
        for typo in ["CHINWAG_LISTEM", "CHINWAG_PORT_8000", "CHINWAG_PORTS"] {
            assert!(!is_service_link(typo), "{typo}");
        }
    }
}

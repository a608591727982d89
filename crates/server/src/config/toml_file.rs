//! Settings from a TOML file.

use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::environment::did_you_mean;
use super::{Given, Problem, Source, settings};

/// Reads the named file, or the default one if it is there.
pub(super) fn read(named: Option<&Path>, default: Option<&Path>, problems: &mut Vec<Problem>) -> Vec<Given> {
    let Some(path) = named.or(default) else { return Vec::new() };
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text, problems),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let source = Source::File(path.to_owned(), None);
            problems.push(Problem::new(source, format!("the configuration file cannot be read: {error}")));
            Vec::new()
        }
    }
}

/// Takes a file apart into settings. Everything that is no setting is a problem.
fn parse(path: &Path, text: &str, problems: &mut Vec<Problem>) -> Vec<Given> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let file = File { path, text };
    for error in &errors {
        let source = file.source(error.span());
        problems.push(Problem::new(source, error.message().replace('\n', ", ")));
    }
    let mut given = Vec::new();
    file.take("", table.get_ref(), &mut given, problems);
    given
}

struct File<'a> {
    path: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn take(&self, prefix: &str, table: &DeTable<'_>, given: &mut Vec<Given>, problems: &mut Vec<Problem>) {
        let known: Vec<String> = settings().into_iter().map(super::Setting::path).collect();
        for (key, value) in table {
            let path = format!("{prefix}{}", key.get_ref());
            let source = self.source(Some(key.span()));
            if known.contains(&path) {
                match scalar(value).or_else(|| list(value)) {
                    Some(text) => given.push(Given { path, text, source }),
                    None => {
                        let message = format!("`{path}` cannot be a table or a date");
                        problems.push(Problem::new(source, message));
                    }
                }
                continue;
            }
            let section = format!("{path}.");
            match value.get_ref() {
                DeValue::Table(inner) if known.iter().any(|known| known.starts_with(&section)) => {
                    self.take(&section, inner, given, problems);
                }
                _ => {
                    let hint = did_you_mean(&path, known.iter().cloned());
                    problems.push(Problem::new(source, format!("unknown setting `{path}`{hint}")));
                }
            }
        }
    }

    fn source(&self, span: Option<Range<usize>>) -> Source {
        let line =
            span.and_then(|span| self.text.get(..span.start)).map(|before| before.matches('\n').count() + 1);
        Source::File(self.path.to_owned(), line)
    }
}

/// A single value as the text that a variable would hold.
fn scalar(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(yes) => Some(yes.to_string()),
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => None,
    }
}

/// A list as the text that a variable would hold.
fn list(value: &Spanned<DeValue<'_>>) -> Option<String> {
    let DeValue::Array(items) = value.get_ref() else { return None };
    items.iter().map(scalar).collect::<Option<Vec<_>>>().map(|items| items.join(","))
}

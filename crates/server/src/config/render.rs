//! The configuration as a TOML file: the documented example, and what is in effect.

use std::fmt::Write;

use super::value::Form;
use super::{Loaded, sections};

const HEADER: &str = "\
# Chinwag's configuration: every setting with its default. Written by `chinwag config example`.
#
# Each is also a flag and an environment variable: `secret_file` in [jwt] is --jwt-secret-file and
# CHINWAG_JWT_SECRET_FILE. Flags win over the environment, the environment over this file.
#
# Durations are written \"500ms\", \"30s\", \"5m\", \"1h 30m\"; sizes \"64KiB\", \"1MiB\".
";

/// An example file that holds every setting, its documentation and its default, as comments.
#[must_use]
pub fn example() -> String {
    let mut text = HEADER.to_owned();
    for section in sections() {
        text.push('\n');
        if !section.name.is_empty() {
            comment(&mut text, section.doc);
            let _ = writeln!(text, "[{}]", section.name);
        }
        for setting in section.settings {
            text.push('\n');
            comment(&mut text, setting.doc);
            let _ = writeln!(text, "# {} = {}", setting.name, toml_value(setting.form, setting.default));
        }
    }
    text
}

fn comment(text: &mut String, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "#{line}");
    }
}

/// The configuration in effect, with the source of each value. Secrets are masked.
#[must_use]
pub fn print(loaded: &Loaded) -> String {
    let mut text = String::new();
    let shown = loaded.config.shown();
    let mut values = shown.iter().zip(&loaded.sources);
    for section in sections() {
        if !section.name.is_empty() {
            let _ = writeln!(text, "\n[{}]", section.name);
        }
        for (setting, (value, source)) in section.settings.iter().zip(values.by_ref()) {
            let line = format!("{} = {}", setting.name, toml_value(setting.form, value));
            let _ = writeln!(text, "{line:<50} # {source}");
        }
    }
    text
}

/// A value's text as TOML.
fn toml_value(form: Form, text: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match form {
        Form::Text => quoted(text),
        Form::Bare | Form::Switch => text.to_owned(),
        Form::List => {
            let items: Vec<_> = text.split(',').filter(|item| !item.is_empty()).map(quoted).collect();
            format!("[{}]", items.join(", "))
        }
    }
}

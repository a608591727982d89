//! The promises of the configuration as a whole.

use std::collections::HashSet;
use std::path::PathBuf;

use super::*;

fn inputs(flags: &[(&str, &str)], environment: &[(&str, &str)], file: &str) -> (tempfile::TempDir, Inputs) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chinwag.toml");
    std::fs::write(&path, file).unwrap();
    let given = |(path, text): &(&str, &str)| {
        let setting = settings().into_iter().find(|setting| setting.path() == *path).unwrap();
        let source = Source::Flag(format!("--{}", setting.flag()));
        Given { path: (*path).to_owned(), text: (*text).to_owned(), source }
    };
    let inputs = Inputs {
        flags: flags.iter().map(given).collect(),
        environment: environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        file: Some(path),
        ..Inputs::default()
    };
    (directory, inputs)
}

fn loaded(flags: &[(&str, &str)], environment: &[(&str, &str)], file: &str) -> Loaded {
    let (_directory, inputs) = inputs(flags, environment, file);
    load(inputs).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(flags: &[(&str, &str)], environment: &[(&str, &str)], file: &str) -> String {
    let (_directory, inputs) = inputs(flags, environment, file);
    load(inputs).map(|_| ()).unwrap_err().to_string()
}

#[test]
fn nothing_at_all_is_a_valid_configuration() {
    let loaded = load(Inputs::default()).unwrap();
    assert_eq!(loaded.config.node.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(loaded.config.node.store, StoreChoice::Sqlite(None));
    assert_eq!(loaded.config.node.data_dir, PathBuf::from("./chinwag-data"));
    assert_eq!(chinwag_chat::Limits::from(&loaded.config.limits), chinwag_chat::Limits::default());
    assert!(!loaded.config.jwt.is_enabled());
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

#[test]
fn a_flag_wins_over_a_variable_over_the_file_over_the_default() {
    let file = "listen = '1.1.1.1:1'\nnode_name = 'file'\nsign_up = 'closed'\n";
    let environment = [("CHINWAG_LISTEN", "2.2.2.2:2"), ("CHINWAG_NODE_NAME", "env")];
    let loaded = loaded(&[("listen", "3.3.3.3:3")], &environment, file);
    let config = &loaded.config;
    assert_eq!(config.node.listen.to_string(), "3.3.3.3:3");
    assert_eq!(config.node.name(), "env");
    assert_eq!(config.access.sign_up, section::SignUp::Closed);
    assert_eq!(config.access.secure_cookies, section::SecureCookies::Auto);
    let printed = print(&loaded);
    for (line, source) in [
        ("listen = \"3.3.3.3:3\"", "# --listen"),
        ("node_name = \"env\"", "# environment variable CHINWAG_NODE_NAME"),
        ("sign_up = \"closed\"", "chinwag.toml:3"),
        ("secure_cookies = \"auto\"", "# default"),
    ] {
        let found = printed.lines().find(|printed| printed.starts_with(line)).unwrap();
        assert!(found.contains(source), "{found}");
    }
}

#[test]
fn every_problem_is_reported_at_once_with_the_place_it_came_from() {
    let file = "lisen = '127.0.0.1:1'\n[realtime]\nping_interval = 30\n[jwt]\nsecret_file = '/nowhere'\n";
    let environment = [("CHINWAG_SIGN_UPP", "open"), ("CHINWAG_SIGN_UP", "maybe"), ("HOME", "/root")];
    let report = refused(&[("limits.max_initial_members", "many")], &environment, file);
    for needed in [
        "5 settings need attention",
        "chinwag.toml:1: unknown setting `lisen`; did you mean listen?",
        "chinwag.toml:3: `realtime.ping_interval` must be a duration",
        "environment variable CHINWAG_SIGN_UPP: unknown setting; did you mean CHINWAG_SIGN_UP?",
        "environment variable CHINWAG_SIGN_UP: `sign_up` must be one of open, closed, not \"maybe\"",
        "--limits-max-initial-members: `limits.max_initial_members` must be a whole number",
    ] {
        assert!(report.contains(needed), "{needed}\nis missing in\n{report}");
    }
}

#[test]
fn a_malformed_value_is_reported_even_where_another_wins() {
    let report = refused(&[("listen", "127.0.0.1:1")], &[], "listen = 'here'");
    assert!(report.contains("chinwag.toml:1: `listen`"), "{report}");
}

#[test]
fn broken_toml_and_a_missing_file_are_problems_with_a_place() {
    let report = refused(&[], &[], "listen = '127.0.0.1:1'\nrole = \n");
    assert!(report.contains("chinwag.toml:2: "), "{report}");
    let inputs = Inputs { file: Some("/nowhere/chinwag.toml".into()), ..Inputs::default() };
    let report = load(inputs).unwrap_err().to_string();
    assert!(report.contains("/nowhere/chinwag.toml: the configuration file cannot be read"), "{report}");
    let inputs = Inputs { default_file: Some("/nowhere/chinwag.toml".into()), ..Inputs::default() };
    assert!(load(inputs).is_ok());
}

#[test]
fn a_key_in_the_wrong_shape_is_a_problem() {
    for file in [
        "[listen]\nport = 1",
        "jwt = 1",
        "[sessions.inner]\na = 1",
        "[[jwt]]\nissuer = 'a'",
        "role = [['a']]",
    ] {
        assert!(!refused(&[], &[], file).is_empty(), "{file}");
    }
}

#[test]
fn lists_are_arrays_in_toml_and_comma_separated_elsewhere() {
    let file = "allowed_origins = ['https://a.example', 'https://b.example']\nrole = ['api', 'worker']";
    let from_file = loaded(&[], &[], file).config;
    let from_environment =
        loaded(&[], &[("CHINWAG_ALLOWED_ORIGINS", "https://a.example, https://b.example")], "").config;
    assert_eq!(from_file.access.allowed_origins, from_environment.access.allowed_origins);
    assert!(from_file.node.role.has(Role::Worker) && !from_file.node.role.has(Role::Gateway));
    let empty = loaded(&[], &[("CHINWAG_ALLOWED_ORIGINS", "")], file).config;
    assert!(empty.access.allowed_origins.is_empty());
}

#[test]
fn a_secret_shows_neither_in_print_nor_in_debug() {
    let loaded = loaded(&[], &[("CHINWAG_JWT_SECRET", "hunter2-hunter2-hunter2-hunter2-hunter2")], "");
    assert!(loaded.config.jwt.is_enabled());
    assert!(!print(&loaded).contains("hunter2"), "{}", print(&loaded));
    assert!(!format!("{loaded:?}").contains("hunter2"));
    assert!(print(&loaded).contains("secret = \"[redacted]\""));
}

#[test]
fn a_secret_file_is_read_and_a_second_source_is_a_contradiction() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "hunter2-hunter2-hunter2-hunter2-hunter2\n").unwrap();
    let file = format!("[jwt]\nsecret_file = '{}'", path.display());
    let loaded = loaded(&[], &[], &file);
    assert_eq!(loaded.config.jwt.secret.unwrap().expose(), "hunter2-hunter2-hunter2-hunter2-hunter2");
    assert!(loaded.warnings.iter().any(|warning| warning.contains("everybody")), "{:?}", loaded.warnings);
    let report = refused(&[("jwt.secret", "another")], &[], &file);
    assert!(report.contains("both set") && !report.contains("another"), "{report}");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let report = refused(&[], &[], "[realtime]\nping_interval = '5s'\nmax_frame_bytes = '1KiB'");
    assert!(report.contains("pong_timeout") && report.contains("max_frame_bytes"), "{report}");
}

#[test]
fn a_store_that_other_nodes_cannot_reach_goes_with_no_bus_to_them() {
    for (store, own) in [("sqlite://", "a SQLite file"), ("memory://", "this process's memory")] {
        let report = refused(&[("store", store), ("bus", "redis://127.0.0.1")], &[], "");
        assert!(report.contains(own) && report.contains("leave the bus local"), "{report}");
        assert_eq!(loaded(&[("store", store), ("bus", "local")], &[], "").config.node.bus, BusChoice::Local);
    }
}

#[test]
fn no_two_settings_share_a_flag_or_a_variable() {
    let (mut flags, mut variables) = (HashSet::new(), HashSet::from([environment::FILE_VARIABLE.to_owned()]));
    for setting in settings() {
        assert!(flags.insert(setting.flag()), "--{}", setting.flag());
        assert!(variables.insert(setting.variable()), "{}", setting.variable());
        assert!(setting.help().ends_with('.'), "{} wants a sentence", setting.path());
    }
}

#[test]
fn the_example_means_the_defaults_once_its_settings_are_uncommented() {
    let uncomment = |line: &str| match line.strip_prefix("# ") {
        Some(setting)
            if settings().iter().any(|known| setting.starts_with(&format!("{} = ", known.name))) =>
        {
            setting.to_owned()
        }
        _ => line.to_owned(),
    };
    let file: Vec<_> = example().lines().map(uncomment).collect();
    let loaded = loaded(&[], &[], &file.join("\n"));
    assert_eq!(loaded.config.shown(), load(Inputs::default()).unwrap().config.shown());
    let from_file = loaded.sources.iter().filter(|source| matches!(source, Source::File(..)));
    assert_eq!(from_file.count(), settings().len());
}

#[test]
fn docs_config_example_toml_is_fresh() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/config.example.toml");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, example()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(kept, example(), "run the tests with UPDATE_DOCS=1");
}

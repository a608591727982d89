//! What the command line understands and refuses.

use super::*;

fn run(arguments: &[&str]) -> Result<Invocation, Refusal> {
    let arguments = std::iter::once("chinwag").chain(arguments.iter().copied());
    parse(arguments.map(OsString::from), [])
}

fn served(arguments: &[&str]) -> config::Config {
    match run(arguments).unwrap() {
        Invocation::Serve(loaded) => loaded.config,
        other => panic!("{other:?}"),
    }
}

fn printed(arguments: &[&str]) -> String {
    match run(arguments).unwrap() {
        Invocation::Print(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn serve_takes_every_setting_as_a_flag() {
    let config = served(&[
        "serve",
        "--listen=0.0.0.0:80",
        "--data-dir",
        "/var/lib/chinwag",
        "--allowed-origins",
        "https://a.example",
        "--allowed-origins=https://b.example,https://c.example",
        "--metrics-enabled=false",
        "--realtime-ping-interval",
        "1m",
    ]);
    assert_eq!(config.node.listen.to_string(), "0.0.0.0:80");
    assert_eq!(config.access.allowed_origins.len(), 3);
    assert!(!config.metrics.enabled);
    assert_eq!(config.realtime.ping_interval.as_secs(), 60);
    assert!(served(&["serve", "--metrics-enabled"]).metrics.enabled);
}

#[test]
fn unknown_flags_and_malformed_values_are_reported_together_with_exit_code_64() {
    let refusal =
        run(&["serve", "--lisen", "127.0.0.1:1", "--frobnicate=yes", "--store", "redis://"]).unwrap_err();
    assert_eq!(refusal.exit_code, 64);
    for needed in
        ["`--lisen`; did you mean --listen?", "`--frobnicate`", "--store: `store` names a store of unknown"]
    {
        assert!(refusal.message.contains(needed), "{needed}\nis missing in\n{}", refusal.message);
    }
    assert!(!refusal.message.contains("127.0.0.1:1"), "{}", refusal.message);
}

#[test]
fn a_command_line_without_a_command_is_refused_with_its_usage() {
    for arguments in
        [&[][..], &["sreve"], &["session"], &["session", "revoke"], &["config", "example", "--x"]]
    {
        assert_eq!(run(arguments).unwrap_err().exit_code, 64, "{arguments:?}");
    }
}

#[test]
fn a_missing_configuration_file_is_refused() {
    let refusal = run(&["config", "check", "--config", "/nowhere.toml"]).unwrap_err();
    assert!(refusal.message.contains("/nowhere.toml"), "{}", refusal.message);
}

#[test]
fn a_gateway_has_a_file_of_its_own_and_no_settings_of_a_node() {
    match run(&["gateway", "--config", "own.toml", "--check"]).unwrap() {
        Invocation::Gateway { file, is_check } => assert_eq!((file, is_check), ("own.toml".into(), true)),
        other => panic!("{other:?}"),
    }
    assert_eq!(run(&["gateway", "--data-dir", "x"]).unwrap_err().exit_code, 64);
}

#[test]
fn help_example_and_completions_are_printed() {
    assert!(printed(&["serve", "--help"]).contains("--jwt-secret-file"));
    let session_help = printed(&["session", "list", "--help"]);
    assert!(session_help.contains("--data-dir") && !session_help.contains("--jwt-secret-file"));
    assert!(printed(&["--version"]).starts_with("chinwag "));
    assert_eq!(printed(&["config", "example"]), config::example());
    assert!(printed(&["config", "check"]).contains("valid"));
    assert!(printed(&["config", "print"]).contains("# default"));
    assert!(printed(&["completions", "bash"]).contains("chinwag"));
}

use super::*;

const SMALL: &str = r#"
[[apis]]
id = "abc"
stage = "prod"
integrations.hello = { type = "mock" }
routes = [{ key = "$connect", integration = "hello" }]
"#;

fn read(text: &str) -> Result<Config, ConfigError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(directory.path().join("secret"), "from a file\n").unwrap();
    Config::read(&path)
}

fn complaint(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn a_small_file_has_the_services_own_limits() {
    let config = read(SMALL).unwrap();
    assert_eq!((config.limits.max_message_bytes, config.limits.max_frame_bytes), (131_072, 32_768));
    assert_eq!(config.limits.idle_timeout, Duration::from_secs(600));
    assert_eq!(config.management.authorization, Authorization::Sigv4);
}

#[test]
fn secrets_come_from_files_and_are_not_shown() {
    let text =
        format!("{SMALL}\n[[credentials]]\naccess_key_id = \"A\"\nsecret_access_key_file = \"secret\"");
    let config = read(&text).unwrap();
    let secret = config.credentials[0].secret_access_key.as_ref().unwrap();
    assert_eq!(secret.expose(), "from a file");
    assert!(!format!("{config:?}").contains("from a file"));
}

#[test]
fn what_is_unknown_is_named_with_its_line() {
    let complaint = complaint(&format!("idle_time = \"1s\"\n{SMALL}"));
    assert!(complaint.contains("idle_time") && complaint.contains("line 1"), "{complaint}");
    let complaint = self::complaint(&format!("[limits]\nidle_timeout = \"soon\"\n{SMALL}"));
    assert!(complaint.contains("\"soon\" is no duration"), "{complaint}");
}

#[test]
fn all_that_makes_no_sense_is_told_at_once() {
    let complaint = complaint(
        r#"
listen = "0.0.0.0:8443"
[management]
authorization = "none"
[functions.f]
command = []
[[peers]]
name = "b"
url = "nonsense"
[[apis]]
id = "abc"
stage = "a/b"
route_selection_expression = "action"
integrations.f = { type = "function", function = "g" }
routes = [{ key = "x", integration = "f", authorizer = "who" }, { key = "$else", integration = "h" }]
"#,
    );
    for needed in [
        "listen on a loopback address",
        "function f has no command",
        "\"nonsense\" is no http:// or https:// URL",
        "peers need node.listen",
        "peers need node.secret",
        "one part of a path",
        "is not of the form $request.body.name",
        "there is no function g",
        "only $connect can have an authorizer",
        "there is no authorizer who",
        "there is no integration h",
        "there is no such route of the gateway's own",
    ] {
        assert!(complaint.contains(needed), "{needed}\nis missing in\n{complaint}");
    }
}

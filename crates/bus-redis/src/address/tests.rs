#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;

fn host(name: &str, port: u16) -> Host {
    Host { name: name.to_owned(), port }
}

fn refusal(url: &str) -> String {
    Address::parse(url).unwrap_err().to_string()
}

#[test]
fn a_url_says_where_how_and_who() {
    let plain = Address::parse("redis://localhost").unwrap();
    assert_eq!(plain.deployment, Deployment::One(host("localhost", 6379)));
    assert_eq!((plain.names.prefix.as_str(), plain.names.database), ("chinwag", 0));
    assert_eq!((plain.tls, plain.login), (None, Login::default()));

    let full = Address::parse("rediss://ann:a%40b:c@[::1]:7000/3?prefix=chat.eu").unwrap();
    assert_eq!(full.deployment, Deployment::One(host("::1", 7000)));
    assert_eq!(full.login.user.as_deref(), Some("ann"));
    assert_eq!(full.login.password.as_deref(), Some("a@b:c"));
    assert_eq!((full.names.prefix.as_str(), full.names.database), ("chat.eu", 3));
    assert_eq!(full.tls, Some(Trust::System));
    assert_eq!(full.place(), "rediss://[::1]:7000");

    let sentinel =
        Address::parse("redis+sentinel://:pw@a,b:1/main/2?sentinel_user=s&sentinel_password=t").unwrap();
    let login = Login { user: Some("s".to_owned()), password: Some("t".to_owned()) };
    let hosts = vec![host("a", 26379), host("b", 1)];
    let sentinels = Sentinels { hosts, name: "main".to_owned(), login };
    assert_eq!(sentinel.deployment, Deployment::Sentinel(sentinels));
    assert_eq!(sentinel.names.database, 2);
    assert_eq!(sentinel.place(), "redis+sentinel://a:26379,b:1/main");

    let cluster = Address::parse("valkeys+cluster://a:1,b:2").unwrap();
    assert_eq!(cluster.deployment, Deployment::Cluster(vec![host("a", 1), host("b", 2)]));
    assert_eq!(cluster.place(), "rediss+cluster://a:1,b:2");
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_that_names_the_setting() {
    for (url, said) in [
        ("redis:/x", "--bus is no URL"),
        ("amqp://x", "--bus must begin with redis:// or rediss://"),
        ("redis+ring://x", "redis+cluster:// only"),
        ("redis://", "--bus names no host"),
        ("redis://a,b", "begin it with redis+sentinel:// or redis+cluster://"),
        ("redis://a:b", "a port that is no number"),
        ("redis://[::1]x", "something odd"),
        ("redis://a/one", "the number of a database"),
        ("redis://ann@a", "a user without a password"),
        ("redis://:a#b@c", "write %23"),
        ("redis://a?prefx=b", "has prefx=, which nobody knows"),
        ("redis://a?prefix=a:b", "letters, digits"),
        ("redis://a?prefix=a&prefix=b", "prefix= twice"),
        ("redis://a?ca=/x", "no TLS"),
        ("rediss://a?ca=/not/there", "has ca=/not/there, which cannot be read"),
        ("redis://a?sentinel_user=b", "no redis+sentinel:// URL"),
        ("redis+sentinel://a", "what the sentinels call the primary"),
        ("redis+cluster://a/1", "one database only"),
    ] {
        assert!(refusal(url).contains(said), "{url}: {}", refusal(url));
    }
}

#[test]
fn a_password_is_never_shown() {
    let address = Address::parse("redis+sentinel://u:secret@a/m?sentinel_password=secret").unwrap();
    assert!(!format!("{address:?} {}", address.place()).contains("secret"));
    assert!(!refusal("redis://u:secret@a:b").contains("secret"));
    assert!(!refusal("redis://u:secret@a,b").contains("secret"));
    // Whoever forgets to write special characters differently does not find pieces of the password in the log.
    for odd in ["/", "?", "#", "?prefix=a&", "%"] {
        let url = format!("redis://u:{odd}secret{odd}secret@a");
        if let Err(error) = Address::parse(&url) {
            assert!(!error.to_string().contains("secret"), "{error}");
        } else {
            assert_eq!(odd, "%");
        }
    }
}

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use super::*;

#[tokio::test]
async fn a_server_answers_is_killed_and_comes_back_empty() {
    let mut redis = Redis::start().await.unwrap();
    assert_eq!(redis.command(&["set", "a", "1"]).unwrap(), "OK");
    redis.crash();
    assert!(redis.command(&["get", "a"]).is_err());
    redis.resume().await.unwrap();
    assert_eq!(redis.command(&["get", "a"]).unwrap(), "");
}

#[tokio::test]
async fn a_server_with_a_password_and_tls_lets_its_own_in_only() {
    let redis = Redis::start_with_tls().await.unwrap();
    assert_eq!(redis.command(&["ping"]).unwrap(), "PONG");
    assert!(redis.url().starts_with("rediss://:not-a-secret%3A"));
    let plain = Redis::start_with_password().await.unwrap();
    assert_eq!(plain.command(&["ping"]).unwrap(), "PONG");
    let stranger = plain.instance.cli().unwrap().env_remove("REDISCLI_AUTH").arg("ping").output().unwrap();
    assert!(!stranger.status.success());
}

#[tokio::test]
async fn sentinels_make_a_replica_the_primary_when_it_is_killed() {
    let mut redis = RedisSentinel::start().await.unwrap();
    let first = redis.crash_primary().unwrap();
    redis.until_primary_is_not(first).await.unwrap();
    redis.resume().await.unwrap();
}

#[tokio::test]
async fn a_clusters_slots_go_to_the_replica_when_their_owner_is_killed_or_asked() {
    let mut redis = RedisCluster::start().await.unwrap();
    let first = redis.crash_owner_of("channel").unwrap();
    sentinel::until(|| Ok(redis.owner_of("channel")? != first)).await.unwrap();
    redis.resume().await.unwrap();
    let second = redis.owner_of("channel").unwrap();
    redis.hand_over("channel").await.unwrap();
    assert_ne!(redis.owner_of("channel").unwrap(), second);
}

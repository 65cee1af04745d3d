use collabcanvas_server::{ManyHosts, Server, ServerConfig};

use super::{Shared, TABLES};
use crate::command::{collabcanvas, said};

/// Starts a server that cannot start, and says why.
async fn refused(hosts: ManyHosts) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut config = ServerConfig::new(data.path()).listening_on("127.0.0.1:0");
    config.hosts = Some(hosts);
    format!("{:#}", Server::start(config).await.map(drop).unwrap_err())
}

#[tokio::test]
async fn a_server_that_cannot_reach_what_it_needs_says_what_and_where() {
    let mut shared = Shared::start().await;
    let hosts = ManyHosts {
        redis: shared.redis.url(),
        dynamodb: shared.dynamo.endpoint(),
        tables: TABLES.into(),
        objects: shared.objects_url(),
    };
    let missing = refused(ManyHosts { tables: "other-".into(), ..hosts.clone() }).await;
    assert!(missing.contains("other-journal") && missing.contains("collabcanvas tables create"), "{missing}");
    let objects = refused(ManyHosts { objects: "ftp://here".into(), ..hosts.clone() }).await;
    assert!(objects.contains("s3://BUCKET/PREFIX"), "{objects}");
    let scheme = refused(ManyHosts { redis: "http://here".into(), ..hosts.clone() }).await;
    assert!(scheme.contains("redis://"), "{scheme}");
    shared.redis.kill();
    let gone = refused(hosts).await;
    assert!(gone.contains(&shared.redis.url()) && gone.contains("collabcanvas doctor"), "{gone}");
}

#[test]
fn settings_that_make_no_sense_together_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.toml");
    let error = |arguments: &[&str]| {
        let output = collabcanvas().arg("serve").args(arguments).arg("--data").arg(folder.path()).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        said(&output).1
    };
    let alone = error(&["--redis", "redis://127.0.0.1:1"]);
    assert!(alone.contains("--redis without --dynamodb"), "{alone}");
    std::fs::write(&file, "dynamodb = \"aws\"\n").unwrap();
    let in_file = error(&["--config", file.to_str().unwrap()]);
    assert!(in_file.contains("--dynamodb without --redis"), "{in_file}");
    std::fs::write(&file, "redis_url = \"redis://127.0.0.1:1\"\n").unwrap();
    let unknown = error(&["--config", file.to_str().unwrap()]);
    assert!(unknown.contains("redis_url") && unknown.contains("settings.toml"), "{unknown}");
}

#[test]
fn tables_are_made_and_checked_by_the_command() {
    let shared = Shared::without_tables();
    let tables = |what: &str| {
        let dynamo = shared.dynamo.endpoint();
        collabcanvas().args(["tables", what, "--dynamodb", &dynamo, "--tables", "x-"]).output().unwrap()
    };
    let (_, missing) = said(&tables("check"));
    assert!(missing.contains("x-journal") && missing.contains("tables create"), "{missing}");
    assert!(tables("create").status.success());
    let (good, _) = said(&tables("check"));
    assert!(good.contains("as they should be"), "{good}");
    assert!(tables("create").status.success(), "making them again changes nothing");
}

//! Servers that share a real Redis and a DynamoDB, and the command that looks at both.

mod doctor;
mod drain;
#[path = "../../../../storage/tests/store/dynamo/server.rs"]
#[expect(dead_code, reason = "the store's own tests use more of it")]
mod dynamo_server;
#[path = "../../../../storage/tests/hot/server.rs"]
#[expect(dead_code, reason = "the hot tier's own tests use more of it")]
mod redis_server;
mod settings;
mod together;

use collabcanvas_server::{ManyHosts, Server, ServerConfig};
use collabcanvas_storage::dynamodb::{client_at, tables};
use dynamo_server::DynamoServer;
use redis_server::{Program, Server as RedisServer};

use crate::support::{Browser, Running, built_plugins};

/// What the names of a test's tables begin with.
pub const TABLES: &str = "test-";

/// A Redis, a DynamoDB with tables, and a folder of objects.
pub struct Shared {
    pub redis: RedisServer,
    pub dynamo: DynamoServer,
    pub objects: tempfile::TempDir,
}

impl Shared {
    pub async fn start() -> Self {
        let shared = Self::without_tables();
        tables::create(&client_at(&shared.dynamo.endpoint()), TABLES).await.unwrap();
        shared
    }

    pub fn without_tables() -> Self {
        let program = Program::redis().expect("these tests need redis-server; COLLABCANVAS_REDIS names it");
        let redis = RedisServer::start(&program, &[]);
        Self { redis, dynamo: DynamoServer::start(), objects: tempfile::tempdir().unwrap() }
    }

    pub fn objects_url(&self) -> String {
        format!("file://{}", self.objects.path().display())
    }

    /// What a server or the doctor is started with, as flags.
    pub fn flags(&self) -> Vec<String> {
        let objects = self.objects_url();
        let dynamo = self.dynamo.endpoint();
        let flags = ["--redis", &self.redis.url(), "--dynamodb", &dynamo, "--tables", TABLES, "--objects", &objects];
        flags.map(str::to_owned).into()
    }

    pub async fn host(&self) -> Running {
        self.host_with(|_| {}).await
    }

    pub async fn host_with(&self, configure: impl FnOnce(&mut ServerConfig)) -> Running {
        Running::start_with(|config| {
            config.hosts = Some(ManyHosts {
                redis: self.redis.url(),
                dynamodb: self.dynamo.endpoint(),
                tables: TABLES.into(),
                objects: self.objects_url(),
            });
            config.plugins = Some(built_plugins());
            configure(config);
        })
        .await
    }
}

/// The same browser, sent to another host by the load balancer.
pub fn at(browser: &Browser, server: &Server) -> Browser {
    let mut moved = Browser::of(server.url());
    moved.cookie.clone_from(&browser.cookie);
    moved.user.clone_from(&browser.user);
    moved
}

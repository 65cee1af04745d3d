//! What a server that is one of many shares with the others.

use anyhow::bail;
use clap::Args;

/// What many hosts share. All or none of the first three are given.
#[derive(Args, Clone, Debug, Default)]
pub struct HostsOptions {
    /// Redis (7 or later) or Valkey that orders edits for many hosts: redis://, rediss:// (TLS), redis-cluster://.
    #[arg(long, env = "COLLABCANVAS_REDIS_URL", value_name = "URL", hide_env_values = true)]
    pub redis: Option<String>,

    /// DynamoDB that keeps everything of many hosts: `aws` (region and credentials as the environment says), or an
    /// http(s) address of another server with its API.
    #[arg(long, env = "COLLABCANVAS_DYNAMODB_URL", value_name = "aws|URL")]
    pub dynamodb: Option<String>,

    /// What the names of the DynamoDB tables begin with.
    #[arg(long, env = "COLLABCANVAS_TABLES", value_name = "PREFIX", default_value = "collabcanvas-")]
    pub tables: String,

    /// Where many hosts keep large things and plugins: s3://BUCKET/PREFIX (region and credentials as the environment
    /// says), or file:///FOLDER on a disk that all of them have.
    #[arg(long, env = "COLLABCANVAS_OBJECTS", value_name = "URL")]
    pub objects: Option<String>,
}

/// What a host needs to be one of many.
#[derive(Clone, Debug)]
pub struct ManyHosts {
    /// The address of Redis.
    pub redis: String,
    /// `aws`, or the address of DynamoDB's API.
    pub dynamodb: String,
    /// What the names of tables begin with.
    pub tables: String,
    /// The address of the object store.
    pub objects: String,
}

impl HostsOptions {
    /// What a host needs to be one of many; none for a server on its own. Errors: some of it is missing.
    pub fn many(self) -> anyhow::Result<Option<ManyHosts>> {
        let Self { redis, dynamodb, tables, objects } = self;
        Ok(match (redis, dynamodb, objects) {
            (None, None, None) => None,
            (Some(redis), Some(dynamodb), Some(objects)) => Some(ManyHosts { redis, dynamodb, tables, objects }),
            (Some(_), None, _) => bail!(
                "--redis without --dynamodb: Redis only orders edits, and what it loses must be kept where all hosts find it; \
                 name the DynamoDB too (`aws`, or its address), or leave --redis out to serve from one host"
            ),
            (None, Some(_), _) => bail!(
                "--dynamodb without --redis: hosts that share a store need one order of edits too; name the Redis too \
                 (redis://HOST:6379), or leave --dynamodb out to serve from one host"
            ),
            (Some(_), Some(_), None) => bail!(
                "--redis and --dynamodb without --objects: many hosts keep large things and plugins where all of them find \
                 them; name a bucket (s3://BUCKET/PREFIX) or a folder on a shared disk (file:///FOLDER)"
            ),
            (None, None, Some(_)) => bail!(
                "--objects without --redis and --dynamodb: a server on its own keeps everything in its data folder; leave \
                 --objects out, or name the other two"
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_hosts_need_is_given_whole_or_the_error_says_why() {
        let many = |redis, dynamodb, objects| {
            let given = |is_given: bool| is_given.then(|| "here".to_owned());
            let (redis, dynamodb, objects) = (given(redis), given(dynamodb), given(objects));
            HostsOptions { redis, dynamodb, objects, tables: "t-".into() }.many()
        };
        assert!(many(false, false, false).unwrap().is_none());
        assert_eq!(many(true, true, true).unwrap().unwrap().tables, "t-");
        for (given, words) in [
            ((true, false, true), "--redis without --dynamodb"),
            ((false, true, true), "--dynamodb without --redis"),
            ((true, true, false), "without --objects"),
            ((false, false, true), "--objects without"),
        ] {
            let error = many(given.0, given.1, given.2).unwrap_err().to_string();
            assert!(error.starts_with(words) || error.contains(words), "{error}");
            assert!(error.contains("; "), "it says what to do: {error}");
        }
    }
}

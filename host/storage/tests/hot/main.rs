//! The hot tier on a real Redis, and on a real Valkey where there is one.

mod server;

mod cluster;
mod followers;
mod heard;
mod keeping;
mod loss;
mod order;

/// Runs tests that take a server's program on Redis, which has to be there, and on Valkey, if it is.
macro_rules! on_each_server {
    ($($name:ident),* $(,)?) => {
        mod redis {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let program = crate::server::Program::redis().expect("redis-server 7, in PATH or COLLABCANVAS_REDIS");
                super::$name(program).await;
            })*
        }
        mod valkey {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                match crate::server::Program::valkey() {
                    Some(program) => super::$name(program).await,
                    None => eprintln!("skipped: no valkey-server in PATH or COLLABCANVAS_VALKEY"),
                }
            })*
        }
    };
}
use on_each_server;

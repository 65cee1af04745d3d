//! A DynamoDB of the test's own: a `dynoxide` on a free port of the loopback, which keeps everything in memory and
//! ends with the test, also when the test is killed.

use std::env::{self, consts::EXE_SUFFIX};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use collabcanvas_storage::dynamodb::{DynamoStore, client_at, tables};
use object_store::local::LocalFileSystem;
use tempfile::TempDir;

/// How long the server may take to start.
const START: Duration = Duration::from_secs(30);

/// The server, and the folder of large things.
pub struct DynamoServer {
    process: Child,
    address: (Ipv4Addr, u16),
    folder: TempDir,
}

impl DynamoServer {
    pub fn start() -> Self {
        let program = program();
        // Somebody else may take a port between its choice and the server's start.
        for _ in 0..10 {
            let folder = tempfile::tempdir().expect("a temporary folder can be made");
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|free| free.local_addr());
            let address = (Ipv4Addr::LOCALHOST, port.expect("the loopback has a free port").port());
            let mut process = spawn(&program, address.1, folder.path());
            if answers(address, &mut process) {
                return Self { process, address, folder };
            }
            end(&mut process);
        }
        panic!("{} did not start on any of ten ports", program.display());
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}:{}", self.address.0, self.address.1)
    }

    /// Where large things are kept.
    pub fn large(&self) -> Arc<LocalFileSystem> {
        let store = LocalFileSystem::new_with_prefix(self.folder.path()).expect("the folder is there");
        Arc::new(store.with_automatic_cleanup(true))
    }

    /// A store in tables of the server, which are made if they are missing.
    pub async fn store(&self) -> DynamoStore {
        self.store_through(&self.endpoint(), Duration::from_secs(20)).await
    }

    /// The same by another way to the server, with less patience.
    pub async fn store_through(&self, endpoint: &str, patience: Duration) -> DynamoStore {
        tables::create(&client_at(endpoint), "test-").await.expect("tables can be made");
        let store = DynamoStore::open_with(client_at(endpoint), "test-", self.large(), patience).await;
        store.expect("tables that were just made are right")
    }
}

impl Drop for DynamoServer {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Starts the server below a shell that ends it, and removes the folder, as soon as its own input ends, however this
/// process does.
#[cfg(unix)]
fn spawn(program: &Path, port: u16, folder: &Path) -> Child {
    let script = "\"$0\" serve --host 127.0.0.1 --port \"$1\" --log quiet </dev/null >/dev/null 2>&1 & \
                  cat >/dev/null; kill -9 $!; wait $! 2>/dev/null; rm -rf \"$2\"";
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script).arg(program).arg(port.to_string()).arg(folder).stdin(Stdio::piped());
    shell.spawn().expect("sh can be started")
}

#[cfg(not(unix))]
fn spawn(program: &Path, port: u16, _folder: &Path) -> Child {
    let mut server = Command::new(program);
    server.args(["serve", "--host", "127.0.0.1", "--log", "quiet", "--port", &port.to_string()]);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server can be started")
}

fn end(process: &mut Child) {
    drop(process.stdin.take());
    #[cfg(not(unix))]
    let _ = process.kill();
    let _ = process.wait();
}

fn answers(address: (Ipv4Addr, u16), process: &mut Child) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < START {
        if TcpStream::connect(address).is_ok() {
            return true;
        }
        if process.try_wait().is_ok_and(|ended| ended.is_some()) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    false
}

/// Where the program is, as the build tool says, or where it puts it.
fn program() -> PathBuf {
    if let Some(named) = env::var_os("COLLABCANVAS_DYNOXIDE") {
        return named.into();
    }
    let name = format!("dynoxide{EXE_SUFFIX}");
    let target = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [target.join("tools/bin")].into_iter().chain(env::split_paths(&path));
    let mut programs = folders.map(|folder| folder.join(&name));
    programs.find(|program| program.is_file()).unwrap_or_else(|| {
        panic!("these tests need the program dynoxide, which `cargo xtask test` installs; COLLABCANVAS_DYNOXIDE names another")
    })
}

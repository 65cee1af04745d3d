use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Browser, built_plugins};

pub fn collabcanvas() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collabcanvas"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COLLABCANVAS_")) {
        command.env_remove(name);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// Waits for what a server writes once it is ready.
async fn ready(path: &Path) -> Value {
    loop {
        if let Ok(content) = std::fs::read(path) {
            return serde_json::from_slice(&content).expect("it is there whole or not at all");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A server in a process of its own, which ends with the test.
pub struct Spawned {
    process: Child,
    ready: Value,
    folder: tempfile::TempDir,
}

impl Spawned {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ready.json");
        let mut command = collabcanvas();
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(folder.path().join("data"));
        let process = command.arg("--ready-file").arg(&file).spawn().unwrap();
        Self { process, ready: ready(&file).await, folder }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn signin(&self) -> &str {
        self.ready["signin"].as_str().unwrap()
    }

    /// The operator's browser, and the first project.
    pub async fn operator(&self) -> (Browser, String) {
        Browser::of(self.ready["url"].as_str().unwrap()).sign_in(self.signin()).await
    }

    /// Presses Ctrl-C and waits for the end; says how it ended and what it printed.
    fn interrupt(mut self) -> (ExitStatus, String) {
        assert!(Command::new("kill").args(["-INT", &self.id().to_string()]).status().unwrap().success());
        let status = self.process.wait().unwrap();
        let mut printed = String::new();
        self.process.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        (status, printed)
    }
}

impl Drop for Spawned {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn serve_says_when_it_is_ready_and_ctrl_c_saves_and_ends_it() {
    let server = Spawned::start().await;
    assert_eq!(server.ready["pid"], server.id());
    let (mut browser, _) = server.operator().await;
    assert_eq!(browser.get("/api/me").await.status, 200);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(server.folder.path().join("data")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "only the server's user looks into its data");
    }
    let signin = server.signin().to_owned();
    let (status, printed) = server.interrupt();
    assert!(status.success(), "{printed}");
    assert!(printed.contains(&signin) && printed.contains("Ended."), "{printed}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = collabcanvas().args(["serve", "--listen", &address, "--data"]).arg(folder.path()).output().unwrap();
    let (_, stderr) = said(&output);
    assert!(!output.status.success());
    assert!(stderr.contains(&address) && stderr.contains("--listen"), "{stderr}");
}

#[tokio::test]
async fn settings_come_from_the_environment_too_and_logs_in_json() {
    let folder = tempfile::tempdir().unwrap();
    let output = collabcanvas()
        .args(["serve", "--log-format", "json"])
        .env("COLLABCANVAS_LISTEN", "127.0.0.1:0")
        .env("COLLABCANVAS_DATA", folder.path())
        .env("COLLABCANVAS_PLUGINS", folder.path().join("nowhere"))
        .output()
        .unwrap();
    let (_, stderr) = said(&output);
    assert!(!output.status.success());
    assert!(stderr.contains("nowhere") && stderr.contains("cargo xtask plugins"), "{stderr}");
}

#[test]
fn check_tells_what_a_plugin_is() {
    let output = collabcanvas().args(["plugin", "check"]).arg(built_plugins().join("basic.wasm")).output().unwrap();
    let (stdout, stderr) = said(&output);
    assert!(output.status.success(), "{stderr}");
    for part in ["basic ", "shapes", "basic/rectangle", "basic/star", "capabilities  none"] {
        assert!(stdout.contains(part), "{part} is missing in {stdout}");
    }
}

#[test]
fn check_tells_what_is_wrong_with_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("page.wasm");
    std::fs::write(&file, "<html>").unwrap();
    let output = collabcanvas().args(["plugin", "check"]).arg(&file).output().unwrap();
    let (_, stderr) = said(&output);
    assert!(!output.status.success());
    assert!(stderr.contains("page.wasm") && stderr.contains("no WebAssembly"), "{stderr}");
}

#[test]
fn install_puts_a_plugin_where_a_server_finds_it() {
    let data = tempfile::tempdir().unwrap();
    let plugin: PathBuf = built_plugins().join("text.wasm");
    let output =
        collabcanvas().args(["plugin", "install"]).arg(&plugin).arg("--data").arg(data.path()).output().unwrap();
    let (stdout, stderr) = said(&output);
    assert!(output.status.success(), "{stderr}");
    let kept: Vec<_> =
        std::fs::read_dir(data.path().join("plugins")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(std::fs::read(&kept[0]).unwrap(), std::fs::read(&plugin).unwrap());
    let digest = kept[0].file_stem().unwrap().to_str().unwrap();
    assert!(stdout.contains(digest), "{stdout}");
}

#[test]
fn simulate_compares_the_strategies_that_ship() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session.jsonl");
    let simulate = |arguments: &[&str]| {
        let mut command = collabcanvas();
        command.args(["strategy", "simulate", "--plugins"]).arg(built_plugins()).args(arguments);
        let output = command.output().unwrap();
        let (stdout, stderr) = said(&output);
        assert!(output.status.success(), "{stderr}");
        stdout
    };
    let session = session.to_str().unwrap();
    let table = simulate(&["--generate", "people=2,minutes=1,seed=4", "--keep", session]);
    for part in ["people=2,minutes=1,seed=4: ", "save-adaptive", "save-interval", "save-through", "write units"] {
        assert!(table.contains(part), "{part} is missing in {table}");
    }
    let compared: Value = serde_json::from_str(&simulate(&["--trace", session, "--json"])).unwrap();
    let outcomes = compared[0]["outcomes"].as_array().unwrap();
    let names: Vec<_> = outcomes.iter().map(|outcome| outcome["strategy"].as_str().unwrap()).collect();
    assert_eq!(names, ["save-adaptive", "save-interval", "save-through"]);
    assert!(outcomes.iter().all(|outcome| outcome["edits"].as_u64() > Some(0) && outcome["refused"] == 0));
    assert_eq!(outcomes[2]["acknowledge"], "once-durable");
    assert_eq!(outcomes[2]["loss"]["worst_edits"], 0);
}

#[test]
fn simulate_says_what_it_needs() {
    let folder = tempfile::tempdir().unwrap();
    let session = folder.path().join("session.jsonl");
    std::fs::write(&session, "{\"at_ms\":1,\"user\":\"ada\",\"operations\":[]}\n{\"at\":2}\n").unwrap();
    let refused = |arguments: &[&str]| {
        let mut command = collabcanvas();
        let output = command.args(["strategy", "simulate"]).args(arguments).output().unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        said(&output).1
    };
    let (session, plugins) = (session.to_str().unwrap(), built_plugins());
    let plugins = plugins.to_str().unwrap();
    let basic = format!("{plugins}/basic.wasm");
    for (arguments, words) in [
        (&["--plugins", plugins][..], &["--trace", "--generate"][..]),
        (&["--trace", session], &["--plugins", "--strategy"]),
        (&["--trace", session, "--plugins", plugins], &["session.jsonl", "line 2", "unknown field `at`"]),
        (&["--generate", "people=0", "--plugins", plugins], &["people=1…100"]),
        (&["--generate", "minutes=1", "--strategy", &basic], &["basic is no save strategy"]),
        (&["--generate", "minutes=1", "--plugins", plugins, "--settings", "7"], &["--settings is no JSON object"]),
    ] {
        let stderr = refused(arguments);
        assert!(words.iter().all(|word| stderr.contains(word)), "{words:?} in {stderr}");
    }
}

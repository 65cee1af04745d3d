use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::{Browser, built_plugins, token_of};

fn collabcanvas() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_collabcanvas"));
    for name in ["LISTEN", "DATA", "PLUGINS", "WEB", "ORIGIN", "READY_FILE", "LOG", "LOG_FORMAT"] {
        command.env_remove(format!("COLLABCANVAS_{name}"));
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn said(output: &Output) -> (String, String) {
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

#[tokio::test]
async fn serve_says_when_it_is_ready_and_ctrl_c_saves_and_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ready.json");
    let mut command = collabcanvas();
    command
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .arg("--ready-file")
        .arg(&file);
    let server = command.spawn().unwrap();
    let ready = ready(&file).await;
    assert_eq!(ready["pid"], server.id());
    let url = ready["url"].as_str().unwrap();
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let mut browser = Browser { address, origin: Some(url.to_owned()), cookie: None, user: String::new() };
    let token = token_of(ready["signin"].as_str().unwrap());
    assert_eq!(browser.post("/api/signin", serde_json::json!({"token": token})).await.status, 200);
    assert!(Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap().success());
    let output = server.wait_with_output().unwrap();
    let (stdout, stderr) = said(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains(ready["signin"].as_str().unwrap()) && stdout.contains("Saved."), "{stdout}");
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

use std::path::Path;

use serde_json::json;

use crate::support::{Running, built_plugins, text};

/// A web build, beside a file that is nobody's business.
fn web(folder: &Path) {
    let dist = folder.join("dist");
    std::fs::create_dir_all(dist.join("assets")).unwrap();
    std::fs::write(folder.join("secret.txt"), "secret").unwrap();
    std::fs::write(dist.join("index.html"), "<!doctype html><title>CollabCanvas</title>").unwrap();
    std::fs::write(dist.join("assets/index-abc123.js"), "console.log('hello');\n".repeat(500)).unwrap();
    std::fs::write(dist.join("favicon.svg"), "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
}

async fn start(folder: &Path) -> Running {
    web(folder);
    Running::start_with(|config| config.web = Some(folder.join("dist"))).await
}

#[tokio::test]
async fn the_pages_are_one_document_that_is_asked_for_again_and_loads_from_here_only() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut browser = running.browser();
    for path in ["/", "/signin", "/join", "/p/some-project"] {
        let page = browser.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{path}");
        assert_eq!(page.header("cache-control"), "no-cache");
        let policy = page.header("content-security-policy");
        let sockets = format!("connect-src 'self' ws://{0} wss://{0};", browser.address);
        for part in ["default-src 'self';", "script-src 'self' 'wasm-unsafe-eval';", "frame-ancestors 'none'", &sockets]
        {
            assert!(policy.contains(part), "{part} is missing in {policy}");
        }
        assert_eq!((page.header("x-content-type-options"), page.header("referrer-policy")), ("nosniff", "no-referrer"));
        let same = browser.send("GET", path, &[("if-none-match", page.header("etag"))], b"").await;
        assert_eq!((same.status, same.body.len()), (304, 0));
    }
}

#[tokio::test]
async fn files_with_a_hash_in_their_name_are_kept_for_ever_and_come_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut browser = running.browser();
    let plain = browser.get("/assets/index-abc123.js").await;
    assert_eq!(plain.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(plain.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(plain.text().starts_with("console.log"));
    let gzip = browser.send("GET", "/assets/index-abc123.js", &[("accept-encoding", "br, gzip")], b"").await;
    assert_eq!((gzip.header("content-encoding"), gzip.header("vary")), ("gzip", "accept-encoding"));
    assert!(gzip.body.len() * 10 < plain.body.len());
    assert_eq!(browser.get("/favicon.svg").await.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn no_address_leads_out_of_the_web_folder() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut browser = running.browser();
    let addresses = [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/assets/../../secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "//secret.txt",
        "/./index.html",
        "/assets/%00",
        "/%ff",
        "/plugins/../secret.txt",
        "/plugins/x/..%2f..%2fsecret.txt",
    ];
    for address in addresses {
        let answer = browser.get(address).await;
        assert!([400, 404].contains(&answer.status), "{address}: {}", answer.status);
        assert!(!answer.text().contains("secret\n") && answer.text() != "secret", "{address}");
    }
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    let mut browser = running.browser();
    for path in ["/api", "/api/nothing", "/nothing.js", "/p", "/p/a/b", "/plugins", "/plugins/00/plugin.js"] {
        assert_eq!(browser.get(path).await.problem(), (404, "not-found".into()), "{path}");
    }
    assert_eq!(browser.delete("/api/health").await.problem(), (405, "wrong-method".into()));
    assert_eq!(browser.post("/nothing", json!({})).await.problem(), (405, "wrong-method".into()));
    assert_eq!(browser.get("/api/health").await.json(), json!({"status": "ok"}));
}

#[tokio::test]
async fn a_server_without_web_interface_says_how_to_get_one() {
    let running = Running::start().await;
    let answer = running.browser().get("/").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text().contains("cargo xtask web"));
}

#[tokio::test]
async fn the_browser_build_of_a_plugin_is_served_as_it_is_for_ever() {
    let running = Running::start_with(|config| config.plugins = Some(built_plugins())).await;
    let (mut operator, project) = running.operator().await;
    let shown = operator.get(&format!("/api/projects/{project}")).await.json();
    let entry = text(&shown["plugins"][0]["entry"]);
    let mut browser = running.browser();
    let module = browser.get(&entry).await;
    assert_eq!((module.status, module.header("content-type")), (200, "text/javascript"));
    assert_eq!(module.header("cache-control"), "public, max-age=31536000, immutable");
    assert!(module.text().contains("export"), "it is a module");
    let core = entry.replace("plugin.js", "plugin.core.wasm");
    let core = browser.get(&core).await;
    assert_eq!((core.status, core.header("content-type")), (200, "application/wasm"));
    assert_eq!(&core.body[..4], b"\0asm");
}

//! C4, C5: files that are no plugins for this server are refused over HTTP, with what was found and how to mend it,
//! and the server answers the next request.

use std::path::Path;

use collabcanvas_tests::http::{Response, request};
use collabcanvas_tests::{ServerProcess, built_folder, guest_file};
use serde_json::Value;
use tempfile::TempDir;

struct Upload {
    server: ServerProcess,
    cookie: String,
    installed: Value,
    _data: TempDir,
}

impl Upload {
    async fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_collabcanvas-under-test"));
        let server = ServerProcess::start(program, data.path(), &built_folder("plugins")).unwrap();
        let (cookie, _) = server.sign_in().await.unwrap();
        let installed = list(&server, &cookie).await;
        Self { server, cookie, installed, _data: data }
    }

    async fn send(&self, file: Vec<u8>) -> Response {
        let url = &self.server.url;
        request(url, "POST", "/api/plugins", Some(&self.cookie), Some(file), url).await.unwrap()
    }

    /// The file is refused with this status, and the reason has all these words in it.
    async fn refused(&mut self, file: Vec<u8>, status: u16, words: &[&str]) {
        let answer = self.send(file).await;
        let body = answer.json().unwrap();
        assert_eq!(answer.status, status, "{body}");
        let problem = &body["error"];
        assert!(problem["code"].as_str().is_some_and(|code| !code.is_empty()), "{body}");
        let message = problem["message"].as_str().unwrap();
        for word in words {
            assert!(message.contains(word), "{word:?} is not in {message:?}");
        }
        assert_eq!(list(&self.server, &self.cookie).await, self.installed, "nothing was installed");
        self.server.assert_well();
    }
}

async fn list(server: &ServerProcess, cookie: &str) -> Value {
    server.request("GET", "/api/plugins", Some(cookie), None).await.unwrap().json().unwrap()
}

#[tokio::test]
async fn c4_another_version_of_the_contract_is_refused_and_the_ones_that_load_are_named() {
    let file = guest_file("wrong_contract_version").unwrap();
    Upload::new().await.refused(file, 422, &["9.9.9", "0.1.0", "build it against"]).await;
}

#[tokio::test]
async fn c5_wasi_is_refused_and_how_to_build_without_it_is_said() {
    let file = guest_file("wasi_import").unwrap();
    let words = ["wasi:cli/environment", "wasm32-unknown-unknown", "--stub-wasi", "stubWasi"];
    Upload::new().await.refused(file, 422, &words).await;
}

#[tokio::test]
async fn c4_a_component_that_exports_nothing_known_is_refused() {
    let file = guest_file("exports_nothing").unwrap();
    let words = ["example:greeting/greeting", "shapes, ai-tools, formats and save-strategy"];
    Upload::new().await.refused(file, 422, &words).await;
}

#[tokio::test]
async fn p1_a_plugin_that_never_finishes_describing_itself_is_refused() {
    let file = guest_file("describe_never_ends").unwrap();
    Upload::new().await.refused(file, 422, &["describe-never-ends", "describe", "it ran longer than"]).await;
}

#[tokio::test]
async fn a_plugin_whose_new_shapes_do_not_fit_their_own_schema_is_refused() {
    let file = guest_file("bad_defaults").unwrap();
    Upload::new().await.refused(file, 422, &["default props do not fit its schema", "thick"]).await;
}

#[tokio::test]
async fn a_plugin_whose_new_shapes_cannot_be_drawn_is_refused() {
    let file = guest_file("cannot_draw").unwrap();
    Upload::new().await.refused(file, 422, &["cannot-draw", "render"]).await;
}

#[tokio::test]
async fn fifty_megabytes_of_garbage_are_refused_with_the_limit() {
    let mut upload = Upload::new().await;
    let garbage = |length: usize| (0..length).map(|place| (place.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    upload.refused(garbage(50 << 20), 413, &["33554432 bytes"]).await;
    upload.refused(garbage(20 << 20), 422, &["no WebAssembly", "upload the .wasm file"]).await;
    let mut disguised: Vec<u8> = garbage(20 << 20);
    disguised[..8].copy_from_slice(b"\0asm\x0d\0\x01\0");
    upload.refused(disguised, 422, &["not valid WebAssembly", "build it again"]).await;
}

#[tokio::test]
async fn a_file_that_was_cut_off_is_refused() {
    let mut upload = Upload::new().await;
    let whole = guest_file("connector").unwrap();
    for parts in 1..8 {
        upload.refused(whole[..whole.len() * parts / 8].to_vec(), 422, &["the download was complete"]).await;
    }
    let answer = upload.send(whole).await;
    assert_eq!(answer.status, 201, "the whole file is fine: {:?}", answer.json());
}

//! Every limit of rooms and documents, met on the wire, with the error that says what was found and what to do.

mod edits;
mod sessions;
mod storing;

use std::path::Path;

use collabcanvas_canvas::Problem;
use collabcanvas_tests::{Person, Replica, ServerProcess, built_folder};
use tempfile::TempDir;

/// A server in a process of its own, and its operator.
struct Host {
    server: ServerProcess,
    project: String,
    cookie: String,
    data: TempDir,
}

impl Host {
    async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    async fn start_in(data: TempDir) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_collabcanvas-under-test"));
        let server = ServerProcess::start(program, data.path(), &built_folder("plugins")).unwrap();
        let (cookie, project) = server.sign_in().await.unwrap();
        Self { server, project, cookie, data }
    }

    /// Ends the server without a word, and hands on what it kept.
    fn kill(self) -> TempDir {
        self.server.kill();
        self.data
    }

    /// The canvas as it is now.
    async fn look(&self) -> Replica {
        self.server.look(&self.project, &self.cookie).await.unwrap()
    }

    /// The operator, on the canvas, with this outbox.
    async fn person(&self, outbox: &str) -> Person {
        Person::connect(&self.server, &self.project, &self.cookie, &[outbox]).await.unwrap()
    }
}

/// The problem has this code, and all of these words are in its message.
fn check(problem: &Problem, code: &str, words: &[&str]) {
    assert_eq!(problem.code, code, "{problem:?}");
    for word in words {
        assert!(problem.message.contains(word), "{word:?} is not in {:?}", problem.message);
    }
}

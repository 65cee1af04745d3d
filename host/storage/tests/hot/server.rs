//! A Redis or Valkey for tests: on a free port of the loopback, in a folder of its own, gone with the test even when
//! that is killed. It needs the standard library and `tempfile` only, so that other tests can include it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);

/// A server's program.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
}

impl Program {
    /// `redis-server`, from the environment variable `COLLABCANVAS_REDIS` or the path.
    pub fn redis() -> Option<Self> {
        Self::find("COLLABCANVAS_REDIS", "redis-server")
    }

    /// `valkey-server`, from the environment variable `COLLABCANVAS_VALKEY` or the path.
    pub fn valkey() -> Option<Self> {
        Self::find("COLLABCANVAS_VALKEY", "valkey-server")
    }

    fn find(variable: &str, name: &str) -> Option<Self> {
        let named = std::env::var_os(variable).map(PathBuf::from);
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
        named.or(found).map(|path| Self { path })
    }
}

/// A running server. Dropping it ends it.
pub struct Server {
    port: u16,
    guard: Child,
    answers: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
}

/// Starts and kills the server as it is told. When its own input ends, which it does when the test is killed, nobody
/// else is left to remove the folder.
const GUARD: &str = r#"
folder=$1; shift
server=
end() { [ -z "$server" ] || { kill -9 $server; wait $server; server=; } 2> /dev/null; }
while read -r word port; do
    end
    case $word in
        start) "$@" --port "$port" > "$folder/log" 2>&1 < /dev/null & server=$! ;;
        leave) exit ;;
    esac
    echo done
done
end
rm -rf "$folder"
"#;

impl Server {
    /// Starts one that keeps nothing on disk, with further options (`--name`, `value`, …).
    pub fn start(program: &Program, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the server");
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "guard"]).arg(folder.path()).arg(&program.path);
        guard.args(["--bind", "127.0.0.1", "--daemonize", "no", "--save", "", "--appendonly", "no", "--dir"]);
        guard.arg(folder.path()).args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut guard = guard.spawn().expect("a shell");
        let answers = BufReader::new(guard.stdout.take().expect("it is piped"));
        let mut server = Self { port: 0, guard, answers, folder };
        // Somebody else may take the port before the server does.
        let started = (0..5).any(|_| {
            server.port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
            server.launch()
        });
        assert!(started, "the server did not start: {}", server.log());
        server
    }

    /// Ends it at once, as a crash does. What it has written stays.
    pub fn kill(&mut self) {
        self.tell("kill");
    }

    /// Starts it again, on the same port and with what it wrote.
    pub fn restart(&mut self) {
        self.kill();
        assert!(self.launch(), "the server did not start again: {}", self.log());
    }

    /// Its port on the loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its address, as of a cluster.
    pub fn cluster_url(&self) -> String {
        format!("redis-cluster://127.0.0.1:{}", self.port)
    }

    /// Asks it something on a connection of its own, and answers with the reply's text, lines joined. Panics when it
    /// does not answer.
    pub fn ask(&self, words: &[&str]) -> String {
        self.try_ask(words).expect("an answer")
    }

    fn try_ask(&self, words: &[&str]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(START))?;
        let mut request = format!("*{}\r\n", words.len());
        for word in words {
            request += &format!("${}\r\n{word}\r\n", word.len());
        }
        stream.write_all(request.as_bytes())?;
        reply(&mut BufReader::new(stream))
    }

    fn launch(&mut self) -> bool {
        self.tell(&format!("start {}", self.port));
        let deadline = Instant::now() + START;
        while Instant::now() < deadline {
            match self.try_ask(&["PING"]) {
                Ok(answer) if answer == "PONG" => return true,
                _ if self.log().contains("Address already in use") => break,
                // There is nothing to be told by: a server that starts is asked until it answers.
                _ => std::thread::sleep(Duration::from_millis(10)),
            }
        }
        self.kill();
        false
    }

    /// Tells the guard something, and waits until it is done.
    fn tell(&mut self, words: &str) {
        let input = self.guard.stdin.as_mut().expect("it is piped");
        writeln!(input, "{words}").expect("the guard reads");
        self.answers.read_line(&mut String::new()).expect("the guard answers");
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut input) = self.guard.stdin.take() {
            let _ = writeln!(input, "leave");
        }
        let _ = self.guard.wait();
    }
}

fn reply(stream: &mut impl BufRead) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let line = line.trim_end();
    let (kind, rest) = line.split_at_checked(1).ok_or(std::io::ErrorKind::UnexpectedEof)?;
    match kind {
        "$" if rest != "-1" => {
            let mut text = vec![0; rest.parse::<usize>().map_err(std::io::Error::other)? + 2];
            stream.read_exact(&mut text)?;
            text.truncate(text.len() - 2);
            Ok(String::from_utf8_lossy(&text).into_owned())
        }
        "*" => {
            let count = rest.parse().unwrap_or(0);
            let parts = (0..count).map(|_| reply(stream)).collect::<Result<Vec<_>, _>>()?;
            Ok(parts.join("\n"))
        }
        _ => Ok(rest.to_owned()),
    }
}

//! A server of a test's own, and browsers that talk to it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use collabcanvas_rooms::protocol::{Closing, ServerMessage};
use collabcanvas_server::{Server, ServerConfig};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A server, and the folder that goes with it.
pub struct Running {
    pub server: Server,
    pub data: tempfile::TempDir,
}

impl Running {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self::start_in(data, configure).await
    }

    pub async fn start_in(data: tempfile::TempDir, configure: impl FnOnce(&mut ServerConfig)) -> Self {
        let mut config = ServerConfig::new(data.path()).listening_on("127.0.0.1:0");
        configure(&mut config);
        let server = Server::start(config).await.unwrap();
        Self { server, data }
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser {
        Browser::of(self.server.url())
    }

    /// The operator's browser, and the first project.
    pub async fn operator(&self) -> (Browser, String) {
        self.browser().sign_in(&self.server.signin_link()).await
    }

    /// The browser of somebody whom the operator has invited.
    pub async fn guest(&self, operator: &mut Browser, project: &str, role: &str) -> Browser {
        let token = operator.invite(project, role).await;
        let mut browser = self.browser();
        let answer = browser.post("/api/join", json!({"token": token, "name": format!("the {role}")})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        browser.user = text(&answer.json()["user"]["id"]);
        browser
    }
}

/// The built plugins: `cargo xtask test` names their folder.
pub fn built_plugins() -> PathBuf {
    let folder = std::env::var_os("COLLABCANVAS_PLUGINS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/plugins"));
    assert!(folder.join("basic.wasm").exists(), "{} has no plugins: run `cargo xtask plugins`", folder.display());
    folder
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The secret in a sign-in link or invitation.
pub fn token_of(link: &str) -> &str {
    link.split_once("#token=").unwrap_or_else(|| panic!("{link} has no token")).1
}

/// As much of a browser as the server notices: a cookie, an origin, connections.
#[derive(Clone)]
pub struct Browser {
    pub address: String,
    pub origin: Option<String>,
    pub cookie: Option<String>,
    /// The user's id.
    pub user: String,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// Status and problem code.
    pub fn problem(&self) -> (u16, String) {
        let body = self.json();
        assert!(body["error"]["message"].as_str().is_some_and(|message| message.len() > 10), "{body}");
        (self.status, text(&body["error"]["code"]))
    }
}

impl Browser {
    /// A browser that shows the pages of the server at this address.
    pub fn of(url: &str) -> Self {
        let address = url.strip_prefix("http://").unwrap().to_owned();
        Self { origin: Some(url.to_owned()), address, cookie: None, user: String::new() }
    }

    /// The same browser, signed in with the link, and the project that it is led to.
    pub async fn sign_in(mut self, link: &str) -> (Self, String) {
        let answer = self.post("/api/signin", json!({"token": token_of(link)})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        self.user = text(&body["user"]["id"]);
        (self, text(&body["project"]))
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], b"").await
    }

    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.json("POST", path, body).await
    }

    pub async fn put(&mut self, path: &str, body: Value) -> Answer {
        self.json("PUT", path, body).await
    }

    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.json("PATCH", path, body).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, &[], b"").await
    }

    async fn json(&mut self, method: &str, path: &str, body: Value) -> Answer {
        self.send(method, path, &[("content-type", "application/json")], body.to_string().as_bytes()).await
    }

    /// Sends a request over a connection of its own.
    pub async fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        let mut add = |name: &str, value: &str| head.push_str(&format!("{name}: {value}\r\n"));
        if method != "GET" {
            add("content-length", &body.len().to_string());
            if let Some(origin) = &self.origin {
                add("origin", origin);
            }
        }
        if let Some(cookie) = &self.cookie {
            add("cookie", cookie);
        }
        for (name, value) in headers {
            add(name, value);
        }
        head.push_str("\r\n");
        let answer = self.raw(&[head.as_bytes(), body].concat()).await;
        if let Some(cookie) = answer.headers.get("set-cookie") {
            let pair = cookie.split(';').next().unwrap();
            self.cookie = (!pair.ends_with('=')).then(|| pair.to_owned());
        }
        answer
    }

    /// Sends bytes, and reads an answer until the server closes the connection.
    pub async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        // The server may answer, and close, before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        parse(&answer)
    }

    /// Invites somebody; the answer is the invitation's secret.
    pub async fn invite(&mut self, project: &str, role: &str) -> String {
        let answer = self.post(&format!("/api/projects/{project}/invitations"), json!({"role": role})).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        token_of(answer.json()["link"].as_str().unwrap()).to_owned()
    }

    /// Opens a socket; the error is the status of a refusal.
    pub async fn connect(&self, project: &str) -> Result<Socket, u16> {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        self.upgrade(stream, project).await
    }

    /// Opens a socket whose machine takes next to nothing that the browser has not read.
    pub async fn connect_narrowly(&self, project: &str) -> Socket {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(self.address.parse().unwrap()).await.unwrap();
        self.upgrade(stream, project).await.expect("the socket opens")
    }

    async fn upgrade(&self, stream: TcpStream, project: &str) -> Result<Socket, u16> {
        let mut request = format!("ws://{}/api/projects/{project}/live", self.address).into_client_request().unwrap();
        for (name, value) in [("cookie", &self.cookie), ("origin", &self.origin)] {
            if let Some(value) = value {
                request.headers_mut().insert(name, value.parse().unwrap());
            }
        }
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((stream, _)) => Ok(Socket { stream }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens a socket and says hello; the second is the answer.
    pub async fn enter(&self, project: &str) -> (Socket, ServerMessage) {
        let mut socket = self.connect(project).await.expect("the socket opens");
        socket.say(json!({"hello": {"protocol": 1}})).await;
        let welcome = socket.hear().await;
        assert!(matches!(welcome, ServerMessage::Welcome(_)), "{welcome:?}");
        (socket, welcome)
    }
}

fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer but {:?}", String::from_utf8_lossy(answer)));
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pairs = lines.map(|line| line.split_once(": ").unwrap());
    let headers = pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    Answer { status, headers, body: answer[end + 4..].to_vec() }
}

/// A browser's end of a socket.
pub struct Socket {
    pub stream: WebSocketStream<TcpStream>,
}

impl Socket {
    pub async fn say(&mut self, message: Value) {
        self.stream.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message.
    pub async fn hear(&mut self) -> ServerMessage {
        loop {
            match self.stream.next().await.expect("the socket is open").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The first message, from here on, that `wanted` takes.
    pub async fn wait_for<T>(&mut self, wanted: impl Fn(ServerMessage) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(self.hear().await) {
                return found;
            }
        }
    }

    /// Why the server closes the socket: its last message, and the code of the close frame.
    pub async fn closed(&mut self) -> (Closing, u16) {
        let closing = self.wait_for(|message| match message {
            ServerMessage::Closing(closing) => Some(closing),
            _ => None,
        });
        let closing = closing.await;
        match self.stream.next().await {
            Some(Ok(Message::Close(Some(frame)))) => (closing, frame.code.into()),
            other => panic!("{other:?} instead of a close frame"),
        }
    }
}

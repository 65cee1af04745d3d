//! A browser's socket to a server in another process.

use anyhow::{Context, bail};
use collabcanvas_rooms::protocol::{ClientMessage, ServerMessage};
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// An open socket.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Opens the socket of a project.
    pub async fn open(url: &str, project: &str, cookie: &str) -> anyhow::Result<Self> {
        Self::open_from(url, project, cookie, url).await
    }

    /// Opens the socket of a project from a page of this origin.
    pub async fn open_from(url: &str, project: &str, cookie: &str, origin: &str) -> anyhow::Result<Self> {
        let address = format!("{}/api/projects/{project}/live", url.replacen("http", "ws", 1));
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("cookie", cookie.parse()?);
        request.headers_mut().insert("origin", origin.parse()?);
        Ok(Self(connect_async(request).await?.0))
    }

    /// Sends a message of the protocol.
    pub async fn send(&mut self, message: &ClientMessage) -> anyhow::Result<()> {
        self.send_text(serde_json::to_string(message)?).await
    }

    /// Sends any text.
    pub async fn send_text(&mut self, text: String) -> anyhow::Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// Sends any frame.
    pub async fn send_frame(&mut self, frame: Message) -> anyhow::Result<()> {
        Ok(self.0.send(frame).await?)
    }

    /// Writes any bytes where a WebSocket frame should be.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let stream = self.0.get_mut();
        stream.write_all(bytes).await?;
        Ok(stream.flush().await?)
    }

    /// Reads until the server closes: all that it said, and the code and reason of its close frame.
    pub async fn read_to_end(&mut self) -> anyhow::Result<(Vec<ServerMessage>, (u16, String))> {
        let mut said = Vec::new();
        loop {
            match self.0.next().await.context("the socket has ended without a close frame")?? {
                Message::Text(text) => said.push(serde_json::from_str(&text)?),
                Message::Close(Some(frame)) => return Ok((said, (frame.code.into(), frame.reason.to_string()))),
                Message::Close(None) => bail!("the close frame has no reason"),
                Message::Binary(_) => bail!("the server sends no binary frames"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Waits for the next message. An error when the socket is closed, with the reason.
    pub async fn next(&mut self) -> anyhow::Result<ServerMessage> {
        loop {
            match self.0.next().await.context("the socket has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(reason) => bail!("closed: {reason:?}"),
                Message::Binary(_) => bail!("the server sends no binary frames"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }
}

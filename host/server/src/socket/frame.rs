//! How a server writes WebSocket frames (RFC 6455, section 5.2): a short head, then the payload as it is.

use std::io::{self, IoSlice};

use bytes::Bytes;
use tokio::io::{AsyncWrite, AsyncWriteExt};

/// Longest head of a frame without mask.
const MAX_HEAD: usize = 10;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opcode {
    Text = 0x1,
    Close = 0x8,
    Ping = 0x9,
}

/// The head of a whole (not fragmented) frame.
struct Head {
    bytes: [u8; MAX_HEAD],
    length: usize,
}

impl Head {
    fn new(opcode: Opcode, payload: usize) -> Self {
        const FINAL: u8 = 0x80;
        let mut bytes = [0; MAX_HEAD];
        bytes[0] = FINAL | opcode as u8;
        let length = match (u8::try_from(payload), u16::try_from(payload)) {
            (Ok(short), _) if short < 126 => {
                bytes[1] = short;
                2
            }
            (_, Ok(medium)) => {
                bytes[1] = 126;
                bytes[2..4].copy_from_slice(&medium.to_be_bytes());
                4
            }
            _ => {
                bytes[1] = 127;
                bytes[2..].copy_from_slice(&(payload as u64).to_be_bytes());
                MAX_HEAD
            }
        };
        Self { bytes, length }
    }
}

/// Writes frames with as few calls to the kernel as it takes; their payloads are not copied on the way.
pub(crate) async fn write_frames<W: AsyncWrite + Unpin>(
    to: &mut W,
    opcode: Opcode,
    payloads: &[Bytes],
) -> io::Result<()> {
    let heads: Vec<Head> = payloads.iter().map(|payload| Head::new(opcode, payload.len())).collect();
    let parts = heads.iter().zip(payloads).flat_map(|(head, payload)| [&head.bytes[..head.length], &payload[..]]);
    let mut slices: Vec<IoSlice<'_>> = parts.filter(|part| !part.is_empty()).map(IoSlice::new).collect();
    let mut left = &mut slices[..];
    while !left.is_empty() {
        let written = to.write_vectored(left).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        IoSlice::advance_slices(&mut left, written);
    }
    to.flush().await
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

    use super::*;

    /// Frames of every form of the length, through a pipe so narrow that each is written in many parts.
    #[tokio::test]
    async fn what_is_written_is_what_a_websocket_client_reads() {
        let texts: Vec<Bytes> = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
            .into_iter()
            .map(|length| Bytes::from("é".repeat(length / 2) + if length % 2 == 1 { "x" } else { "" }))
            .collect();
        let (mut server, client) = tokio::io::duplex(1_000);
        let sent = texts.clone();
        let write = tokio::spawn(async move {
            write_frames(&mut server, Opcode::Text, &sent).await.unwrap();
            write_frames(&mut server, Opcode::Ping, &[Bytes::new()]).await.unwrap();
            write_frames(&mut server, Opcode::Close, &[Bytes::from_static(b"\x03\xe8bye")]).await.unwrap();
            server
        });
        let mut client = WebSocketStream::from_raw_socket(client, Role::Client, Some(WebSocketConfig::default())).await;
        for text in &texts {
            let message = client.next().await.unwrap().unwrap();
            assert_eq!(message.into_text().unwrap().as_bytes(), &text[..]);
        }
        assert!(client.next().await.unwrap().unwrap().is_ping());
        let close = client.next().await.unwrap().unwrap();
        assert_eq!(close.to_string(), "bye");
        write.await.unwrap();
    }

    #[tokio::test]
    async fn nothing_to_write_writes_nothing() {
        let mut written = Vec::new();
        write_frames(&mut written, Opcode::Text, &[]).await.unwrap();
        assert!(written.is_empty());
    }
}

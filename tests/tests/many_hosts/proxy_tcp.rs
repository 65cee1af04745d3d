//! A cable between two programs that can be pulled: bytes stop on the way, in one direction or both, or everything on
//! it ends.

use std::io::Result;
use std::net::{IpAddr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a cable does with bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cable {
    /// They arrive.
    Whole,
    /// They stand still in both directions. Those on the way arrive when the cable is whole again.
    Silent,
    /// What is asked arrives; answers stand still.
    Mute,
    /// Connections end, and new ones end at once.
    Cut,
}

/// The cable. It ends with this value.
pub struct TcpProxy {
    address: SocketAddr,
    cable: watch::Sender<Cable>,
    accepting: JoinHandle<()>,
}

impl TcpProxy {
    /// A cable to a server, from a free port of this address.
    pub async fn before(server: SocketAddr, at: IpAddr) -> Result<Self> {
        let listener = TcpListener::bind((at, 0)).await?;
        let address = listener.local_addr()?;
        let (cable, seen) = watch::channel(Cable::Whole);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server, seen.clone()));
            }
        });
        Ok(Self { address, cable, accepting })
    }

    /// Where it begins.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Pulls the cable, or mends it.
    pub fn set(&self, cable: Cable) {
        self.cable.send_replace(cable);
    }
}

impl Drop for TcpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cable.send_replace(Cable::Cut);
    }
}

/// Carries one connection until either end is gone or the cable is cut.
async fn carry(client: TcpStream, server: SocketAddr, cable: watch::Receiver<Cable>) {
    let mut cut = cable.clone();
    tokio::select! {
        // An end that comes too early is what this is for.
        _ = carry_whole(client, server, cable) => {}
        _ = cut.wait_for(|cable| *cable == Cable::Cut) => {}
    }
}

async fn carry_whole(client: TcpStream, server: SocketAddr, mut cable: watch::Receiver<Cable>) -> Result<()> {
    client.set_nodelay(true)?;
    until(&mut cable, &[Cable::Whole, Cable::Mute]).await;
    let server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    tokio::select! {
        done = pass(client_read, server_write, cable.clone(), &[Cable::Whole, Cable::Mute]) => done,
        done = pass(server_read, client_write, cable.clone(), &[Cable::Whole]) => done,
    }
}

/// Passes bytes on, and the end, while the cable is one of these.
async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut cable: watch::Receiver<Cable>,
    open: &[Cable],
) -> Result<()> {
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = from.read(&mut buffer).await;
        until(&mut cable, open).await;
        match read? {
            0 => return Ok(()),
            length => to.write_all(&buffer[..length]).await?,
        }
    }
}

async fn until(cable: &mut watch::Receiver<Cable>, open: &[Cable]) {
    // An error means that the proxy is gone; then the connection is cut by the other wait.
    let _ = cable.wait_for(|cable| open.contains(cable)).await;
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    /// Long enough to see that nothing comes.
    const MOMENT: Duration = Duration::from_millis(100);

    /// A server that answers what it is told, and tells what that is.
    async fn echo() -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<u8>) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (told, heard) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let told = told.clone();
                tokio::spawn(async move {
                    while let Ok(byte) = stream.read_u8().await {
                        let _ = told.send(byte);
                        let _ = stream.write_u8(byte).await;
                    }
                });
            }
        });
        (address, heard)
    }

    async fn comes(stream: &mut TcpStream) -> Option<u8> {
        tokio::time::timeout(MOMENT, stream.read_u8()).await.ok().map(|byte| byte.unwrap())
    }

    #[tokio::test]
    async fn bytes_stand_still_in_the_directions_that_are_pulled_and_arrive_later() {
        let (server, mut heard) = echo().await;
        let proxy = TcpProxy::before(server, server.ip()).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_u8(1).await.unwrap();
        assert_eq!((stream.read_u8().await.unwrap(), heard.recv().await), (1, Some(1)));

        proxy.set(Cable::Mute);
        stream.write_u8(2).await.unwrap();
        assert_eq!((heard.recv().await, comes(&mut stream).await), (Some(2), None), "it was done, and nobody hears");

        proxy.set(Cable::Silent);
        stream.write_u8(3).await.unwrap();
        let mut other = TcpStream::connect(proxy.address()).await.unwrap();
        other.write_u8(4).await.unwrap();
        assert_eq!(comes(&mut stream).await, None);
        assert!(heard.try_recv().is_err(), "nothing has arrived");

        proxy.set(Cable::Whole);
        assert_eq!((stream.read_u8().await.unwrap(), stream.read_u8().await.unwrap()), (2, 3));
        assert_eq!(other.read_u8().await.unwrap(), 4);
    }

    #[tokio::test]
    async fn a_cut_ends_connections_old_and_new() {
        let (server, _heard) = echo().await;
        let proxy = TcpProxy::before(server, server.ip()).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_u8(1).await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), 1);
        proxy.set(Cable::Cut);
        assert!(stream.read_u8().await.is_err());
        let mut other = TcpStream::connect(proxy.address()).await.unwrap();
        assert!(other.read_u8().await.is_err());
        proxy.set(Cable::Whole);
        let mut third = TcpStream::connect(proxy.address()).await.unwrap();
        third.write_u8(5).await.unwrap();
        assert_eq!(third.read_u8().await.unwrap(), 5);
    }
}

//! A host's own network: a namespace of Linux's, with one cable to everything else that can be pulled. What is sent
//! over it then is gone without a word, as between machines, where a proxy could only keep it or hang up.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, ensure};
use collabcanvas_tests::Guarded;
use tokio::time::{Instant, sleep};

/// A network with a host in it. It ends with this value, and with the test.
pub struct Network {
    /// Holds the namespace open; the cable ends with it.
    holder: Guarded,
    cable: String,
    /// This end of the cable: where the host finds everything else.
    pub here: IpAddr,
    /// The host's end.
    pub there: IpAddr,
}

impl Network {
    /// A network for the host of this number; none where this system has no namespaces, or this user may not make any.
    pub async fn make(number: usize, folder: &Path) -> Option<Self> {
        match Self::try_make(number, folder).await {
            Ok(network) => Some(network),
            Err(error) => {
                println!("  host {number} has no network of its own: {error:#}");
                None
            }
        }
    }

    async fn try_make(number: usize, folder: &Path) -> anyhow::Result<Self> {
        let arguments = ["--net", "sleep", "infinity"].map(OsString::from);
        let mut holder =
            Guarded::start(Path::new("unshare"), &arguments, &folder.join(format!("network-{number}.log")))?;
        let namespace = |pid: u32| std::fs::read_link(format!("/proc/{pid}/ns/net"));
        let ours = namespace(std::process::id()).context("this system has no network namespaces")?;
        let deadline = Instant::now() + Duration::from_secs(5);
        while namespace(holder.pid()).is_ok_and(|theirs| theirs == ours) && Instant::now() < deadline {
            sleep(Duration::from_millis(2)).await;
        }
        ensure!(holder.ended()?.is_none(), "this user may not make network namespaces");
        // The range that is set apart for such tests (RFC 2544), by this process's number: others may run beside it.
        let place = (std::process::id() % (1 << 12)) << 5 | u32::try_from(number)? << 2;
        let base = u32::from(Ipv4Addr::new(198, 18, 0, 0)) | place;
        let (here, there) = (Ipv4Addr::from(base | 1), Ipv4Addr::from(base | 2));
        let cable = format!("cc{}-{number}", std::process::id());
        let network = Self { holder, cable, here: here.into(), there: there.into() };
        let (cable, pid) = (&network.cable, network.holder.pid().to_string());
        ip(&[], &["link", "add", cable, "type", "veth", "peer", "name", "host", "netns", &pid])?;
        ip(&[], &["address", "add", &format!("{here}/30"), "dev", cable])?;
        ip(&[], &["link", "set", cable, "up"])?;
        let inside = network.entrance();
        ip(&inside, &["address", "add", &format!("{there}/30"), "dev", "host"])?;
        ip(&inside, &["link", "set", "host", "up"])?;
        ip(&inside, &["link", "set", "lo", "up"])?;
        Ok(network)
    }

    /// What starts a program in this network, before its name.
    pub fn entrance(&self) -> [OsString; 2] {
        ["nsenter".into(), format!("--net=/proc/{}/ns/net", self.holder.pid()).into()]
    }

    /// Pulls the cable, or puts it back.
    pub fn set_whole(&self, whole: bool) -> anyhow::Result<()> {
        ip(&[], &["link", "set", &self.cable, if whole { "up" } else { "down" }])
    }
}

/// Runs `ip` with these arguments, started by these words.
fn ip(by: &[OsString], arguments: &[&str]) -> anyhow::Result<()> {
    let mut words = by.iter().cloned().chain(["ip".into()]).chain(arguments.iter().map(OsString::from));
    let program = words.next().context("there is a program")?;
    let done = Command::new(program).args(words).output().context("the program `ip` cannot be run")?;
    ensure!(done.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&done.stderr).trim());
    Ok(())
}

#[tokio::test]
async fn nothing_arrives_over_a_cable_that_is_pulled() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let folder = tempfile::tempdir().unwrap();
    let Some(network) = Network::make(7, folder.path()).await else { return };
    let listener = tokio::net::TcpListener::bind((network.here, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut arguments = vec![network.entrance()[1].clone()];
    let talk = format!("exec 5<>/dev/tcp/{}/{port}; cat <&5 >&5", network.here);
    arguments.extend(["bash", "-c", &talk].map(OsString::from));
    let _echo = Guarded::start(Path::new("nsenter"), &arguments, &folder.path().join("echo.log")).unwrap();
    let (mut stream, from) = listener.accept().await.unwrap();
    assert_eq!(from.ip(), network.there);
    let mut answer = [0; 3];
    stream.write_all(b"one").await.unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    network.set_whole(false).unwrap();
    stream.write_all(b"two").await.unwrap();
    let silent = tokio::time::timeout(Duration::from_millis(300), stream.read_exact(&mut answer)).await;
    assert!(silent.is_err(), "nothing comes back");
    network.set_whole(true).unwrap();
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"two");
}

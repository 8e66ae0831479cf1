//! Where the host reaches us: a unix socket in a fresh folder that only this user may enter, or a port of this machine where
//! there can be no unix socket.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};

use super::SocketPlace;

/// A connection before TLS.
pub(super) type RawStream = Pin<Box<dyn RawConnection>>;

/// Bytes in both directions.
pub(super) trait RawConnection: AsyncRead + AsyncWrite + Send {}

impl<T: AsyncRead + AsyncWrite + Send> RawConnection for T {}

/// Where we listen. The socket's folder goes with the last copy.
#[derive(Debug, Clone)]
pub(super) struct Address {
    network: &'static str,
    place: String,
    _folder: Option<Arc<TempDir>>,
}

impl Address {
    /// `unix` or `tcp`.
    pub(super) fn network(&self) -> &'static str {
        self.network
    }

    /// The path, or address and port.
    pub(super) fn place(&self) -> &str {
        &self.place
    }
}

/// An open listener.
#[derive(Debug)]
pub(super) struct Listener {
    address: Address,
    socket: Socket,
}

#[derive(Debug)]
pub(super) enum Socket {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(tokio::net::TcpListener),
}

impl Listener {
    /// Opens the listener. Any user of this machine can reach a port, so without TLS there is none where a socket could be.
    pub(super) async fn bind(place: &SocketPlace, is_authenticated: bool) -> io::Result<Self> {
        #[cfg(unix)]
        match unix::bind(place) {
            Ok(listener) => return Ok(listener),
            Err(error) if !is_authenticated => return Err(error),
            Err(_) => {}
        }
        #[cfg(not(unix))]
        let _ = is_authenticated;
        tcp(place).await
    }

    pub(super) fn address(&self) -> Address {
        self.address.clone()
    }

    /// The open socket by itself.
    pub(super) fn into_stream(self) -> Socket {
        self.socket
    }
}

impl Socket {
    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<RawStream> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => Ok(Box::pin(listener.accept().await?.0)),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                // Without it each exchange waits for a delayed acknowledgement, some 40 ms.
                stream.set_nodelay(true)?;
                Ok(Box::pin(stream))
            }
        }
    }
}

/// The first free port of those allowed.
async fn tcp(place: &SocketPlace) -> io::Result<Listener> {
    let (lowest, highest) = place.ports.unwrap_or((0, 0));
    let mut last = io::Error::other(format!("no port between {lowest} and {highest}"));
    for port in lowest..=highest {
        match tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => {
                let place = listener.local_addr()?.to_string();
                let address = Address { network: "tcp", place, _folder: None };
                return Ok(Listener { address, socket: Socket::Tcp(listener) });
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, chown};

    use std::path::Path;

    use super::{Address, Arc, Listener, Socket, SocketPlace, io};

    /// Systems allow 104 to 108 bytes for the path of a socket.
    const LONGEST_PATH: usize = 100;

    pub(super) fn bind(place: &SocketPlace) -> io::Result<Listener> {
        let folder = folder(place.folder.as_deref())?;
        let path = folder.path().join("plugin");
        let socket = tokio::net::UnixListener::bind(&path)?;
        if let Some(group) = &place.group {
            let group = group_number(group)?;
            for (path, mode) in [(folder.path(), 0o710), (&*path, 0o660)] {
                chown(path, None, Some(group))?;
                std::fs::set_permissions(path, PermissionsExt::from_mode(mode))?;
            }
        }
        let place =
            path.to_str().ok_or_else(|| io::Error::other(format!("{} is not UTF-8", path.display())))?.to_owned();
        if place.contains('|') {
            return Err(io::Error::other(format!("the path {place} contains |, which the handshake cannot carry")));
        }
        let address = Address { network: "unix", place, _folder: Some(Arc::new(folder)) };
        Ok(Listener { address, socket: Socket::Unix(socket) })
    }

    /// A new folder that only this user may enter.
    fn folder(wanted: Option<&Path>) -> io::Result<tempfile::TempDir> {
        let in_folder = |folder: &Path| {
            tempfile::Builder::new()
                .prefix("plugin-")
                .permissions(std::fs::Permissions::from_mode(0o700))
                .tempdir_in(folder)
        };
        let temporary = std::env::temp_dir();
        let folder = in_folder(wanted.unwrap_or(&temporary))?;
        if wanted.is_none() && folder.path().as_os_str().len() + "/plugin".len() > LONGEST_PATH {
            return in_folder(Path::new("/tmp"));
        }
        Ok(folder)
    }

    /// The number of a group given by name or number.
    #[expect(clippy::disallowed_methods, reason = "group names stand in a file of the system")]
    fn group_number(group: &str) -> io::Result<u32> {
        if let Ok(number) = group.parse() {
            return Ok(number);
        }
        let groups = std::fs::read_to_string("/etc/group")?;
        let number = groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            (fields.next()? == group).then(|| fields.nth(1)?.parse().ok()).flatten()
        });
        number.ok_or_else(|| {
            io::Error::other(format!("PLUGIN_UNIX_SOCKET_GROUP names {group:?}, which is no group here"))
        })
    }
}

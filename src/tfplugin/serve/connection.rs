//! Connections: accepted without pause, admitted one by one, counted until they close.
//!
//! Each handshake runs by itself and for a limited time, so that neither a bad one nor a silent one keeps others waiting.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsAcceptor;
use tonic::transport::server::Connected;

use super::listen::{RawStream, Socket};
use crate::tfplugin::log::Log;

/// The host is on this machine: a handshake takes milliseconds.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// After a failure to accept, such as too many open files, before the next attempt.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(20);

/// How many admitted connections are open, and whether there ever was one.
#[derive(Debug, Clone)]
pub(super) struct Connections(watch::Sender<Count>);

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    open: usize,
    ever: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self(watch::Sender::new(Count::default()))
    }
}

impl Connections {
    fn opened(&self) -> Open {
        self.0.send_modify(|count| {
            count.open += 1;
            count.ever += 1;
        });
        Open(self.clone())
    }

    /// Whether no admitted connection is open.
    pub(super) fn none_open(&self) -> bool {
        self.0.borrow().open == 0
    }

    /// Waits until there was a connection and none is left.
    pub(super) async fn abandoned(&self) {
        let mut count = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = count.wait_for(|count| count.ever > 0 && count.open == 0).await;
    }

    /// How many there were so far.
    pub(super) fn so_far(&self) -> usize {
        self.0.borrow().ever
    }

    /// Waits until there were more than `so_far`.
    pub(super) async fn more_than(&self, so_far: usize) {
        let _ = self.0.subscribe().wait_for(|count| count.ever > so_far).await;
    }

    /// Waits until none is open, or until `limit` has passed.
    pub(super) async fn all_closed(&self, limit: Duration) {
        let mut count = self.0.subscribe();
        let _ = tokio::time::timeout(limit, count.wait_for(|count| count.open == 0)).await;
    }
}

/// One open connection in the count.
#[derive(Debug)]
struct Open(Connections);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| count.open -= 1);
    }
}

/// Admits connections.
pub(super) struct Acceptor {
    tls: Option<TlsAcceptor>,
    connections: Connections,
    log: Log,
}

impl Acceptor {
    pub(super) fn new(tls: Option<TlsAcceptor>, connections: Connections, log: Log) -> Self {
        Self { tls, connections, log }
    }

    /// Accepts for as long as anyone takes what is `admitted`.
    pub(super) async fn run(self, socket: Socket, admitted: mpsc::Sender<io::Result<Connection>>) {
        loop {
            let stream = tokio::select! {
                stream = socket.accept() => stream,
                () = admitted.closed() => return,
            };
            match stream {
                Ok(stream) => {
                    let admission = admit(stream, self.tls.clone(), self.connections.clone(), self.log.clone());
                    let admitted = admitted.clone();
                    tokio::spawn(async move {
                        if let Some(connection) = admission.await {
                            let _ = admitted.send(Ok(connection)).await;
                        }
                    });
                }
                Err(error) => {
                    self.log.warn("a connection could not be accepted", &[("error", &error.to_string())]);
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }
}

/// The connection, if its client is the one to admit.
async fn admit(stream: RawStream, tls: Option<TlsAcceptor>, connections: Connections, log: Log) -> Option<Connection> {
    let Some(tls) = tls else {
        return Some(Connection { stream, _open: connections.opened() });
    };
    let refusal = match tokio::time::timeout(LONGEST_HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => return Some(Connection { stream: Box::pin(stream), _open: connections.opened() }),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the handshake took too long".to_owned(),
    };
    log.warn("a client was refused", &[("error", &refusal)]);
    None
}

/// An admitted connection.
pub(super) struct Connection {
    stream: RawStream,
    _open: Open,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream.as_mut().poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}

//! When the process ends, and what a panic leaves behind.

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use super::connection::Connections;
use crate::tfplugin::engine::panic_message;

/// A host that lost its connection opens another within this time if it ever does.
const RECONNECTION: Duration = Duration::from_secs(1);

/// How often to look whether the process that started us still lives, while no connection tells.
const LOOK_FOR_PARENT: Duration = Duration::from_millis(500);

/// Why serving ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The host, or the developer, asked for it.
    Shutdown,
    /// The host died without a word.
    HostGone,
    /// The system asked for it.
    Terminated,
}

impl End {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Shutdown => "it was asked to",
            Self::HostGone => "the host is gone",
            Self::Terminated => "the process was asked to terminate",
        }
    }

    pub(super) fn exit_code(self) -> ExitCode {
        match self {
            Self::Shutdown => ExitCode::SUCCESS,
            Self::HostGone => ExitCode::FAILURE,
            // 128 + 15, as shells report the signal.
            Self::Terminated => ExitCode::from(143),
        }
    }
}

/// A host connects at once after the handshake; one that has not within this time died before we could see who it was.
const FIRST_CONNECTION: Duration = Duration::from_secs(120);

/// The process that started us.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent(u32);

impl Parent {
    /// To be asked before the host can know of us, and so before it can die of anything that we would miss.
    #[cfg(unix)]
    pub(super) fn now() -> Self {
        Self(std::os::unix::process::parent_id())
    }

    /// There is no telling here; connections must do.
    #[cfg(not(unix))]
    pub(super) fn now() -> Self {
        Self(0)
    }

    fn is_gone(self) -> bool {
        Self::now().0 != self.0
    }
}

/// Waits until the host is gone: its last connection closed and it opened no other, or it died before there was one.
///
/// Death of the parent alone proves nothing: a host may start us through another program, and from a thread that ends, at which a
/// parent-death signal of the kernel would fire.
pub(super) async fn host_is_gone(parent: Parent, connections: &Connections) {
    let abandoned = async {
        loop {
            connections.abandoned().await;
            let so_far = connections.so_far();
            let another = tokio::time::timeout(RECONNECTION, connections.more_than(so_far)).await;
            if another.is_err() && connections.none_open() {
                return;
            }
        }
    };
    tokio::select! {
        () = abandoned => {}
        () = orphaned(parent, connections) => {}
        () = never_used(connections) => {}
    }
}

/// Waits until the process that started us is gone while no connection is open.
async fn orphaned(parent: Parent, connections: &Connections) {
    while !(parent.is_gone() && connections.none_open()) {
        tokio::time::sleep(LOOK_FOR_PARENT).await;
    }
}

/// Waits until it is clear that nobody will connect; for ever where somebody has.
async fn never_used(connections: &Connections) {
    if tokio::time::timeout(FIRST_CONNECTION, connections.more_than(0)).await.is_ok() {
        std::future::pending::<()>().await;
    }
}

/// Signals that reach us besides the host's own calls.
#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// From now on neither signal ends the process by itself.
    pub(super) fn catch() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for a signal that ends a debugging session.
    pub(super) async fn interrupted_or_terminated(&mut self) -> End {
        tokio::select! {
            _ = self.interrupt.recv() => End::Shutdown,
            _ = self.terminate.recv() => End::Terminated,
        }
    }

    /// Waits for the signal that ends a hosted provider.
    pub(super) async fn terminated(&mut self) -> End {
        self.terminate.recv().await;
        End::Terminated
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        // Once it listens for Ctrl-C, the process no longer ends by it.
        tokio::spawn(async { while tokio::signal::ctrl_c().await.is_ok() {} });
        Ok(Self)
    }

    pub(super) async fn interrupted_or_terminated(&mut self) -> End {
        let _ = tokio::signal::ctrl_c().await;
        End::Shutdown
    }

    pub(super) async fn terminated(&mut self) -> End {
        std::future::pending().await
    }
}

/// Makes every panic one line `panic: …`, which the host recognises and shows as a crash of the plugin.
pub(super) fn report_panics_on_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic_message(panic.payload()).replace(['\n', '\r'], " ");
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let _ = writeln!(io::stderr().lock(), "panic: {message}{place}");
    }));
}

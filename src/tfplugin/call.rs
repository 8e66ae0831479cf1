//! What accompanies one call of the protocol: the request to stop, the log, the provider's configuration, a place for warnings.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::log::Log;
use super::schema::Block;

/// What `Provider::configure` made of the provider block. Handlers get it back from [`Call::configured`].
pub type Configured = Arc<dyn Any + Send + Sync>;

/// A request to stop at the next safe point, shared by everything that works on a call.
#[derive(Clone, Default)]
pub struct Cancellation(Arc<(Mutex<bool>, Condvar)>);

impl Cancellation {
    /// One that nobody has requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Requests the stop; there is no way back.
    pub fn cancel(&self) {
        *lock(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Whether the stop was requested.
    pub fn is_cancelled(&self) -> bool {
        *lock(&self.0.0)
    }

    /// Sleeps for `duration`, or until the stop is requested; returns whether it was.
    pub fn wait(&self, duration: Duration) -> bool {
        let guard = lock(&self.0.0);
        let waited = self.0.1.wait_timeout_while(guard, duration, |is_cancelled| !*is_cancelled);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cancellation").field(&self.is_cancelled()).finish()
    }
}

/// One call of the protocol, as a handler sees it.
pub struct Call {
    cancellation: Cancellation,
    log: Log,
    configured: Option<Configured>,
    reported: Mutex<Diagnostics>,
    /// The names of the nested blocks of what the call is about.
    blocks: OnceLock<BTreeSet<String>>,
}

impl Call {
    /// A call by itself, as a test makes it: never cancelled, silent.
    pub fn new(configured: Option<Configured>) -> Self {
        Self::with(Cancellation::new(), Log::silent(), configured)
    }

    pub(crate) fn with(cancellation: Cancellation, log: Log, configured: Option<Configured>) -> Self {
        Self { cancellation, log, configured, reported: Mutex::default(), blocks: OnceLock::new() }
    }

    /// Whether the host asked for work to stop. A handler that takes long asks again and again, stops at a safe point, and
    /// returns what there is with the error [`Call::cancelled`].
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// The request to stop, to hand on to other threads.
    pub fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    /// The error of a handler that stopped because it was asked to.
    pub fn cancelled() -> Diagnostic {
        Diagnostic::error("Cancelled", "The operation was stopped before it was done, as requested.")
    }

    /// The log that the host shows on request. Never log a whole configuration: it may hold secrets.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// What `Provider::configure` returned last when this call began; `None` before that, as where a configuration is only validated, and in functions.
    pub fn configured<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.configured.clone()?.downcast().ok()
    }

    /// Adds a finding to the answer of this call, whatever its outcome; mostly a warning.
    pub fn report(&self, diagnostic: Diagnostic) {
        lock(&self.reported).push(diagnostic);
    }

    /// Adds findings to the answer of this call.
    pub fn report_all(&self, diagnostics: Diagnostics) {
        lock(&self.reported).extend(diagnostics);
    }

    /// Takes what was reported so far.
    pub fn take_reported(&self) -> Diagnostics {
        std::mem::take(&mut lock(&self.reported))
    }

    /// Says what the call is about, so that its findings are addressed as the host can resolve them.
    pub(crate) fn is_about(&self, block: &Block) {
        let _ = self.blocks.set(block.blocks.iter().map(|nested| nested.name.clone()).collect());
    }

    /// `diagnostics` with paths that the host can resolve.
    pub(crate) fn addressed(&self, diagnostics: Diagnostics) -> Diagnostics {
        let is_block = |name: &str| self.blocks.get().is_some_and(|blocks| blocks.contains(name));
        diagnostics.into_iter().map(|diagnostic| diagnostic.addressed(is_block)).collect()
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cancellation, log, configured, reported, blocks: _ } = self;
        f.debug_struct("Call")
            .field("cancellation", cancellation)
            .field("log", log)
            .field("is_configured", &configured.is_some())
            .field("reported", reported)
            .finish_non_exhaustive()
    }
}

/// The contents of a mutex whose holders leave them whole even when they panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_waiting_thread_wakes_when_it_is_cancelled() {
        let cancellation = Cancellation::new();
        assert!(!cancellation.wait(Duration::from_millis(1)));
        let other = cancellation.clone();
        let waiting = std::thread::spawn(move || other.wait(Duration::from_secs(60)));
        cancellation.cancel();
        assert!(waiting.join().unwrap());
    }
}

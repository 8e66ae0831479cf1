//! Work beside the calls of the host, which it can stop.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::place::Interrupt;
use crate::tfplugin::{Call, Diagnostic, Diagnostics};

/// How often a running computation looks whether it should stop: too seldom to cost anything, too often to be noticed.
const LOOK_FOR_STOP: Duration = Duration::from_millis(20);

/// As much as the host's own calls get.
const STACK: usize = 8 << 20;

/// Work on a thread of its own. It is interrupted when this is dropped.
pub(super) struct Computation<T> {
    result: Receiver<T>,
    worker: JoinHandle<()>,
    stop: StopOnDrop,
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T: Send + 'static> Computation<T> {
    pub(super) fn start(work: impl FnOnce(Interrupt<'_>) -> T + Send + 'static) -> Result<Self, Diagnostics> {
        let (done, result) = mpsc::channel();
        let stop = StopOnDrop(Arc::default());
        let is_stopped = Arc::clone(&stop.0);
        let spawned = thread::Builder::new().name("placement".to_owned()).stack_size(STACK).spawn(move || {
            // Nobody waits any more after a stop.
            let _ = done.send(work(Interrupt::when(&is_stopped)));
        });
        let worker = spawned.map_err(|error| {
            Diagnostic::error(
                "No thread for the computation",
                format!("The system refused a thread: {error}. Try again."),
            )
        })?;
        Ok(Self { result, worker, stop })
    }

    /// The result; an error as soon as the host asks to stop.
    pub(super) fn wait(self, call: &Call) -> Result<T, Diagnostics> {
        let Self { result, worker, stop: _stop } = self;
        loop {
            match result.recv_timeout(LOOK_FOR_STOP) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Timeout) if call.is_cancelled() => return Err(Call::cancelled().into()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => match worker.join() {
                    Err(panic) => resume_unwind(panic),
                    Ok(()) => return Err(Call::cancelled().into()),
                },
            }
        }
    }
}

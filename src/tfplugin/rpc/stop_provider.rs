//! `StopProvider`: the person pressed Ctrl-C once. Calls in flight are asked to stop at a safe point; the host waits for them, and
//! later calls run as ever.

use crate::tfplugin::engine::Engine;
use crate::tfplugin::proto::tfplugin6::stop_provider::Response;

/// Answers at once, on no thread of its own: all of them may be busy with what is to stop.
pub(crate) fn answer(engine: &Engine) -> Response {
    engine.cancel_in_flight();
    Response::default()
}

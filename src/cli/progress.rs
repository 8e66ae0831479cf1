//! A sign of life on a terminal while a problem is solved.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often it moves.
const TICK: Duration = Duration::from_millis(100);

/// A bar over `problems` on standard error; hidden unless that is a terminal.
pub(super) fn bar(problems: usize, is_quiet: bool) -> ProgressBar {
    if is_quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(u64::try_from(problems).ok(), ProgressDrawTarget::stderr());
    let template =
        if problems > 1 { "{spinner} {msg} [{bar:30}] {pos}/{len} {elapsed}" } else { "{spinner} {msg} {elapsed}" };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(TICK);
    bar
}

//! `stowage verify-plan`: every placement in a plan computed again.
//!
//! | exit code | when |
//! |---|---|
//! | 0 | there are placements, and each is confirmed |
//! | 2 | a placement differs from what the computation says |
//! | 3 | a placement cannot be computed again, or there is none: nothing is confirmed |

use std::fmt::Write as _;

use super::arguments::VerifyPlanOptions;
use super::exit::Exit;
use super::output::write;
use super::plan::{self, Beside};
use crate::render;
use crate::review::{PlannedPlacement, Verdict};

pub(super) fn verify_plan(options: &VerifyPlanOptions) -> anyhow::Result<Exit> {
    let plan = plan::plan(&options.plan)?;
    let beside = Beside::with(options.catalog.as_deref(), None)?.without_distance();
    let report = beside.review(&plan)?;
    if options.json {
        let document = render::report(&report);
        write(&(serde_json::to_string_pretty(&document["placements"])? + "\n"))?;
    } else {
        write(&text(&report.placements))?;
    }
    let end = |placement: &PlannedPlacement| match placement.verdict {
        Verdict::Confirmed => Exit::Fine,
        Verdict::Differs(_) => Exit::Refused,
        Verdict::Unverifiable(_) => Exit::Undecided,
    };
    let none = if report.placements.is_empty() { Exit::Undecided } else { Exit::Fine };
    Ok(report.placements.iter().map(end).fold(none, Exit::and))
}

fn text(placements: &[PlannedPlacement]) -> String {
    if placements.is_empty() {
        return "the plan holds no placement: nothing is confirmed\n".to_owned();
    }
    let mut text = String::new();
    for placement in placements {
        let reason = match &placement.verdict {
            Verdict::Unverifiable(reason) => format!(", {reason}"),
            Verdict::Confirmed | Verdict::Differs(_) => String::new(),
        };
        let _ = writeln!(text, "{}: {}{reason}", placement.address, placement.verdict.name());
        let differences =
            if let Verdict::Differs(differences) = &placement.verdict { differences.as_slice() } else { &[] };
        for difference in differences {
            let (planned, computed) = (&difference.planned, &difference.computed);
            let _ = writeln!(text, "  {}: the plan says {planned}, computed {computed}", difference.path);
        }
    }
    text
}

//! The members of a fleet as rows of a table, for every format that shows one.

use super::Reviewed;
use crate::review::{Action, Deployment, Figure, FleetMember, Range, Unit};
use crate::units::Money;

/// Columns, each with whether its cells stand at the right edge.
pub(super) const COLUMNS: [(&str, bool); 6] =
    [("address", false), ("change", false), ("region", false), ("type", false), ("count", true), ("USD/month", true)];

/// The rows of members that the plan changes, and the number of those it leaves as they are.
pub(super) fn rows(reviewed: &Reviewed<'_>) -> (Vec<[String; 6]>, usize) {
    let members = &reviewed.report.members;
    let changed = members.iter().filter(|member| member.action != Action::NoOp);
    let rows: Vec<_> = changed.map(row).collect();
    let rest = members.len() - rows.len();
    (rows, rest)
}

fn row(member: &FleetMember) -> [String; 6] {
    let stands = &member.stands;
    let both = |write: &dyn Fn(&Deployment) -> String| match (&stands.before, &stands.after) {
        (Some(before), Some(after)) => {
            let (before, after) = (write(before), write(after));
            if before == after { after } else { format!("{before} → {after}") }
        }
        (Some(only), None) | (None, Some(only)) => write(only),
        (None, None) => "-".to_owned(),
    };
    let cost = if member.unit == Unit::Replicas {
        "-".to_owned()
    } else {
        both(&|stands| figure(&stands.monthly_cost, |cost| range(cost, Money::to_string)))
    };
    [
        member.address.clone(),
        member.action.name().to_owned(),
        both(&|stands| figure(&stands.region, ToString::to_string)),
        both(&|stands| figure(&stands.machine_types, |types| types.join(", "))),
        both(&|stands| figure(&stands.count, |count| range(count, u64::to_string))),
        cost,
    ]
}

fn figure<T>(figure: &Figure<T>, write: impl FnOnce(&T) -> String) -> String {
    figure.known().map_or_else(|| "unknown".to_owned(), write)
}

/// `4`, or `2..4..10` for a group that scales.
fn range<T: PartialEq>(range: &Range<T>, write: impl Fn(&T) -> String) -> String {
    if range.is_fixed() {
        write(&range.expected)
    } else {
        format!("{}..{}..{}", write(&range.min), write(&range.expected), write(&range.max))
    }
}

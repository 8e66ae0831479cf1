//! Machine types: a group mixes no more of them than it may.
//!
//! > m(s, r, o, z) <= most(o, z) × typed(s, r, o),   sum over types o of typed(s, r, o) <= max_machine_types(s)
//!
//! Groups mix types where machines are limited in number (`stock`); everywhere else a group is of one type, as spot and commitments, which may stand
//! beside it in others, are refused together with this rule. A limited type that an unlimited one replaces stays out all the same: a group that exchanges
//! one for the other has no more types than before.
//!
//! The checker for the same rule is `check::machine_types`; it does not use this module.

use super::program::{Column, Decision, Program, Sense};
use super::stock::Stocked;

/// Adds which types a candidate with limited machines uses, where it may not use all.
pub(super) fn rows(program: &mut Program<'_>, service: usize, candidate: usize, stocked: &Stocked) {
    if !stocked.limits_types() {
        return;
    }
    let mut typed = Vec::with_capacity(stocked.fits.len());
    for fit in 0..stocked.fits.len() {
        let decision = Decision::Typed { service, candidate, fit };
        let column = program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
        for (zone, &most) in stocked.most[fit].iter().enumerate() {
            if let Some(machines) = program.column(Decision::Machines { service, candidate, fit, zone }) {
                program.add_row("machine_types", [(machines, 1), (column, -i128::from(most))], Sense::AtMost, 0);
            }
        }
        typed.push((column, 1));
    }
    program.add_row("machine_types", typed, Sense::AtMost, i128::from(stocked.max_types));
}

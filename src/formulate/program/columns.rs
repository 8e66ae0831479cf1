//! The columns that every service has: whether each candidate is in use, on which step of its curve, and how much traffic of each class it answers.

use super::{Column, Decision, Program};
use crate::formulate::Reach;

/// Adds the *in use*, *use* and *traffic* columns of all services.
pub(super) fn add(program: &mut Program<'_>) {
    for service in 0..program.members.len() {
        let candidates = &program.service(service).candidates;
        for (position, candidate) in candidates.iter().enumerate() {
            let decision = Decision::InUse { service, candidate: position };
            program.add_column(Column { decision, cost: 0, most: 1, is_whole: true });
            for (step, cost) in candidate.curve.steps().iter().map(|step| step.cost).enumerate() {
                let decision = Decision::Use { service, candidate: position, step };
                program.add_column(Column { decision, cost, most: 1, is_whole: true });
            }
            for class in 0..program.classes(service).len() {
                let answered = &program.classes(service)[class];
                if answered.reach[position] == Reach::No {
                    continue;
                }
                let decision = Decision::Traffic { service, class, candidate: position };
                let column = Column { decision, cost: candidate.egress, most: answered.rate, is_whole: false };
                program.add_column(column);
            }
        }
    }
}

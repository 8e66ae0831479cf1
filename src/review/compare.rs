//! One plan against another: a report whose *before* is what the other plan leaves, instead of the state this plan starts from.
//!
//! > before(compared) = after(base), after(compared) = after(head)
//!
//! Everything that prints or judges a report then says what the second plan adds to the first. Findings, distance and placements are those of
//! the second: they are about its own apply.

use std::collections::BTreeMap;

use super::report::{Action, Change, FleetMember, Report, Service, UserLatency};

/// The report of `head` against the one of `base`.
pub fn compared(base: &Report, head: Report) -> Report {
    let totals = super::report::Totals {
        cost: Change { before: base.totals.cost.after, after: head.totals.cost.after },
        carbon: Change { before: base.totals.carbon.after, after: head.totals.carbon.after },
    };
    Report {
        members: members(&base.members, head.members),
        services: services(&base.services, head.services),
        latency: latency(&base.latency, head.latency),
        totals,
        ..head
    }
}

fn members(base: &[FleetMember], head: Vec<FleetMember>) -> Vec<FleetMember> {
    let mut gone: BTreeMap<&str, &FleetMember> = base.iter().map(|member| (member.address.as_str(), member)).collect();
    let mut members: Vec<FleetMember> = head
        .into_iter()
        .map(|mut member| {
            member.stands.before = gone.remove(member.address.as_str()).and_then(|other| other.stands.after.clone());
            member.action = action(&member);
            member
        })
        .collect();
    for other in gone.into_values().filter(|other| other.stands.after.is_some()) {
        let stands = Change { before: other.stands.after.clone(), after: None };
        members.push(FleetMember { stands, action: Action::Delete, ..other.clone() });
    }
    // What neither plan leaves is no part of the difference.
    members.retain(|member| member.stands.before.is_some() || member.stands.after.is_some());
    members.sort_by(|a, b| a.address.cmp(&b.address));
    members
}

fn action(member: &FleetMember) -> Action {
    match (&member.stands.before, &member.stands.after) {
        (None, _) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(before), Some(after)) if before == after => Action::NoOp,
        (Some(_), Some(_)) => Action::Update,
    }
}

fn services(base: &[Service], head: Vec<Service>) -> Vec<Service> {
    let mut gone: BTreeMap<&str, &Service> = base.iter().map(|service| (service.block.as_str(), service)).collect();
    let mut services: Vec<Service> = head
        .into_iter()
        .map(|mut service| {
            service.endures.before = gone.remove(service.block.as_str()).and_then(|other| other.endures.after.clone());
            service
        })
        .collect();
    for other in gone.into_values().filter(|other| other.endures.after.is_some()) {
        let endures = Change { before: other.endures.after.clone(), after: None };
        services.push(Service { endures, ..other.clone() });
    }
    services.sort_by(|a, b| a.block.cmp(&b.block));
    services
}

fn latency(base: &[UserLatency], head: Vec<UserLatency>) -> Vec<UserLatency> {
    head.into_iter()
        .map(|mut users| {
            let named = |users: &UserLatency| (users.declared_in.clone(), users.user.clone(), users.workload.clone());
            let same = |other: &&UserLatency| named(other) == named(&users);
            if let Some(other) = base.iter().find(same) {
                users.nearest.before = other.nearest.after.clone();
            }
            users
        })
        .collect()
}

//! The calls for what this layer does not offer: ephemeral and list resources, identities, moves, actions, state stores, generated
//! configuration. No host makes them, since no schema and no capability announces them; a diagnostic answers them all the same.

use crate::tfplugin::diagnostic::{Diagnostic, Diagnostics};
use crate::tfplugin::engine::Answer;
use crate::tfplugin::proto::tfplugin6 as pb;

/// The one answer to them all.
pub(crate) fn refusal<A: Answer>(rpc: &str) -> A {
    let mut answer = A::default();
    answer.add(refused(rpc));
    answer
}

fn refused(rpc: &str) -> Diagnostics {
    let detail = format!("This provider does not answer {rpc}. Use a version of the provider that does.");
    Diagnostic::error("Not supported by the provider", detail).into()
}

/// An event in place of a list of objects.
pub(crate) fn no_objects() -> pb::list_resource::Event {
    pb::list_resource::Event { diagnostic: refused("ListResource").to_proto(), ..pb::list_resource::Event::default() }
}

/// The end of an action that never began.
pub(crate) fn no_action() -> pb::invoke_action::Event {
    use pb::invoke_action::event::{Completed, Type};
    let completed = Completed { diagnostics: refused("InvokeAction").to_proto() };
    pb::invoke_action::Event { r#type: Some(Type::Completed(completed)) }
}

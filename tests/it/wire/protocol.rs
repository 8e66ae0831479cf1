//! The names and numbers of the protocol, recorded: on the wire nothing else counts, so a slip in `proto/` must not go unseen.

use std::fmt::Write as _;

use prost::Message as _;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorSet};
use stowage::tfplugin::proto::DESCRIPTORS;

#[test]
fn names_and_numbers_are_those_recorded() {
    let files = FileDescriptorSet::decode(DESCRIPTORS).unwrap();
    let mut facts = String::new();
    for file in files.file.iter().filter(|file| !file.name().starts_with("google/")) {
        for message in &file.message_type {
            write_message(&mut facts, file.package(), message);
        }
        for choice in &file.enum_type {
            write_enum(&mut facts, file.package(), choice);
        }
        for service in &file.service {
            for method in &service.method {
                let stream = |is_streaming: bool| if is_streaming { "stream " } else { "" };
                let (input, output) = (method.input_type(), method.output_type());
                let (to, from) = (stream(method.client_streaming()), stream(method.server_streaming()));
                let _ = writeln!(
                    facts,
                    "rpc {}.{} {} {to}{input} -> {from}{output}",
                    file.package(),
                    service.name(),
                    method.name()
                );
            }
        }
    }
    insta::assert_snapshot!(facts);
}

fn write_message(facts: &mut String, scope: &str, message: &DescriptorProto) {
    let name = format!("{scope}.{}", message.name());
    let fields: Vec<String> = message.field.iter().map(|field| described(message, field)).collect();
    let is_map_entry = message.options.as_ref().is_some_and(prost_types::MessageOptions::map_entry);
    let kind = if is_map_entry { "entry" } else { "message" };
    let _ = writeln!(facts, "{kind} {name} {{ {} }}", fields.join(", "));
    for nested in &message.nested_type {
        write_message(facts, &name, nested);
    }
    for choice in &message.enum_type {
        write_enum(facts, &name, choice);
    }
}

fn write_enum(facts: &mut String, scope: &str, choice: &EnumDescriptorProto) {
    let values: Vec<String> = choice.value.iter().map(|value| format!("{}={}", value.name(), value.number())).collect();
    let _ = writeln!(facts, "enum {scope}.{} {{ {} }}", choice.name(), values.join(", "));
}

fn described(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let ty = if matches!(field.r#type(), Type::Message | Type::Enum) {
        field.type_name().to_owned()
    } else {
        field.r#type().as_str_name().trim_start_matches("TYPE_").to_lowercase()
    };
    let label = match (field.label(), field.proto3_optional(), field.oneof_index) {
        (Label::Repeated, ..) => "repeated ".to_owned(),
        (_, true, _) => "optional ".to_owned(),
        (_, false, Some(index)) => {
            let index = usize::try_from(index).unwrap();
            format!("oneof({}) ", message.oneof_decl[index].name())
        }
        (_, false, None) => String::new(),
    };
    format!("{label}{ty} {}={}", field.name(), field.number())
}

//! Schemas and signatures as messages of the protocol. An attribute sends a type or nested attributes, never both.

use super::{Attribute, Block, BlockNesting, NestedBlock, Nesting, Parameter, Schema, Shape, Signature};
use crate::tfplugin::proto::tfplugin6 as pb;
use crate::tfplugin::ty::Type;

const MARKDOWN: i32 = pb::StringKind::Markdown as i32;

impl Schema {
    pub(crate) fn to_proto(&self) -> pb::Schema {
        pb::Schema { version: self.version.into(), block: Some(block(&self.block)) }
    }
}

impl Signature {
    pub(crate) fn to_proto(&self) -> pb::Function {
        pb::Function {
            parameters: self.parameters.iter().map(parameter).collect(),
            variadic_parameter: self.variadic.as_ref().map(parameter),
            r#return: Some(pb::function::Return { r#type: type_json(&self.result) }),
            summary: self.summary.clone(),
            description: self.description.clone(),
            description_kind: MARKDOWN,
            deprecation_message: self.deprecation.clone().unwrap_or_default(),
        }
    }
}

fn type_json(ty: &Type) -> Vec<u8> {
    ty.to_json().into_bytes()
}

fn parameter(parameter: &Parameter) -> pb::function::Parameter {
    pb::function::Parameter {
        name: parameter.name.clone(),
        r#type: type_json(&parameter.ty),
        allow_null_value: parameter.allows_null,
        allow_unknown_values: parameter.allows_unknown,
        description: parameter.description.clone(),
        description_kind: MARKDOWN,
    }
}

fn block(block: &Block) -> pb::schema::Block {
    pb::schema::Block {
        version: 0,
        attributes: block.attributes.iter().map(attribute).collect(),
        block_types: block.blocks.iter().map(nested_block).collect(),
        description: block.description.clone(),
        description_kind: MARKDOWN,
        deprecated: block.deprecation.is_some(),
        deprecation_message: block.deprecation.clone().unwrap_or_default(),
    }
}

fn attribute(attribute: &Attribute) -> pb::schema::Attribute {
    let (ty, nested_type) = match &attribute.shape {
        Shape::Plain(ty) => (type_json(ty), None),
        Shape::Nested { nesting, attributes } => (Vec::new(), Some(object(*nesting, attributes))),
    };
    pb::schema::Attribute {
        name: attribute.name.clone(),
        r#type: ty,
        nested_type,
        description: attribute.description.clone(),
        required: attribute.is_required,
        optional: attribute.is_optional,
        computed: attribute.is_computed,
        sensitive: attribute.is_sensitive,
        description_kind: MARKDOWN,
        deprecated: attribute.deprecation.is_some(),
        write_only: attribute.is_write_only,
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
    }
}

fn object(nesting: Nesting, attributes: &[Attribute]) -> pb::schema::Object {
    use pb::schema::object::NestingMode;
    let nesting = match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    };
    pb::schema::Object {
        attributes: attributes.iter().map(attribute).collect(),
        nesting: nesting.into(),
        // The limits of nested attributes are obsolete in the protocol: validation sets them.
        ..pb::schema::Object::default()
    }
}

fn nested_block(nested: &NestedBlock) -> pb::schema::NestedBlock {
    use pb::schema::nested_block::NestingMode;
    let nesting = match nested.nesting {
        BlockNesting::Single => NestingMode::Single,
        BlockNesting::Group => NestingMode::Group,
        BlockNesting::List => NestingMode::List,
        BlockNesting::Set => NestingMode::Set,
        BlockNesting::Map => NestingMode::Map,
    };
    pb::schema::NestedBlock {
        type_name: nested.name.clone(),
        block: Some(block(&nested.block)),
        nesting: nesting.into(),
        min_items: nested.min_items.into(),
        max_items: nested.max_items.into(),
    }
}

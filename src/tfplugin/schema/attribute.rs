//! One attribute of a block or of another attribute.

use crate::tfplugin::ty::Type;

/// How an attribute with attributes of its own holds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// A map of objects.
    Map,
}

/// What an attribute holds: a value of a type, or objects whose attributes are described one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A value of this type.
    Plain(Type),
    /// Objects with these attributes.
    Nested {
        /// One object, a list, a set or a map of them.
        nesting: Nesting,
        /// The attributes of each object.
        attributes: Vec<Attribute>,
    },
}

/// An attribute. Exactly one of required, optional, computed holds, or optional and computed together.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol's own independent properties, each read by name")]
pub struct Attribute {
    /// The name in the configuration: lower case letters, digits and underscores.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
    /// The configuration must set it.
    pub is_required: bool,
    /// The configuration may set it.
    pub is_optional: bool,
    /// The provider sets it where the configuration does not.
    pub is_computed: bool,
    /// The host does not show its value.
    pub is_sensitive: bool,
    /// Read from the configuration and never stored.
    pub is_write_only: bool,
    /// A change of its value replaces the object; of meaning to resources only.
    pub forces_replacement: bool,
    /// Markdown.
    pub description: String,
    /// What to use instead, where it should not be used any more.
    pub deprecation: Option<String>,
}

impl Attribute {
    /// An attribute that holds a value of type `ty`; say next whether it is required, optional or computed.
    pub fn new(name: impl Into<String>, ty: Type) -> Self {
        Self::shaped(name, Shape::Plain(ty))
    }

    /// An attribute that is one object with these attributes.
    pub fn single(name: impl Into<String>, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::nested(name, Nesting::Single, attributes)
    }

    /// An attribute that is a list of objects with these attributes.
    pub fn list(name: impl Into<String>, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::nested(name, Nesting::List, attributes)
    }

    /// An attribute that is a set of objects with these attributes.
    pub fn set(name: impl Into<String>, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::nested(name, Nesting::Set, attributes)
    }

    /// An attribute that is a map of objects with these attributes.
    pub fn map(name: impl Into<String>, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::nested(name, Nesting::Map, attributes)
    }

    fn nested(name: impl Into<String>, nesting: Nesting, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::shaped(name, Shape::Nested { nesting, attributes: attributes.into_iter().collect() })
    }

    fn shaped(name: impl Into<String>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            shape,
            is_required: false,
            is_optional: false,
            is_computed: false,
            is_sensitive: false,
            is_write_only: false,
            forces_replacement: false,
            description: String::new(),
            deprecation: None,
        }
    }

    /// The configuration must set it.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The configuration may set it.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.is_optional = true;
        self
    }

    /// The provider sets it, always or (with [`optional`](Self::optional)) where the configuration does not.
    #[must_use]
    pub fn computed(mut self) -> Self {
        self.is_computed = true;
        self
    }

    /// The host hides its value.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.is_sensitive = true;
        self
    }

    /// The value is never stored.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.is_write_only = true;
        self
    }

    /// A change of its value replaces the object.
    #[must_use]
    pub fn replaces(mut self) -> Self {
        self.forces_replacement = true;
        self
    }

    /// Describes it in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Marks it as deprecated; says what to use instead.
    #[must_use]
    pub fn deprecated(mut self, instead: impl Into<String>) -> Self {
        self.deprecation = Some(instead.into());
        self
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match &self.shape {
            Shape::Plain(ty) => ty.clone(),
            Shape::Nested { nesting, attributes } => {
                let inner = Type::object(attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty())));
                match nesting {
                    Nesting::Single => inner,
                    Nesting::List => Type::list(inner),
                    Nesting::Set => Type::set(inner),
                    Nesting::Map => Type::map(inner),
                }
            }
        }
    }

    /// The attributes of each object, where it has any of its own.
    pub fn nested_attributes(&self) -> &[Attribute] {
        match &self.shape {
            Shape::Plain(_) => &[],
            Shape::Nested { attributes, .. } => attributes,
        }
    }
}

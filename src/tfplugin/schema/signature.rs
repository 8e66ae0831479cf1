//! The signature of a function.

use super::{SchemaError, check};
use crate::tfplugin::ty::Type;

/// One parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// A name for the documentation.
    pub name: String,
    /// The type of the argument.
    pub ty: Type,
    /// The function itself handles null. Without it a null argument is refused before the call.
    pub allows_null: bool,
    /// The function itself handles unknown parts. Without it an unknown argument makes the result unknown before the call.
    pub allows_unknown: bool,
    /// Markdown.
    pub description: String,
}

/// Parameters, result and documentation of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// In order.
    pub parameters: Vec<Parameter>,
    /// Takes any number of further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub result: Type,
    /// One line.
    pub summary: String,
    /// Markdown.
    pub description: String,
    /// What to use instead, where it should not be used any more.
    pub deprecation: Option<String>,
}

impl Parameter {
    /// A parameter that takes neither null nor unknown values.
    pub fn new(name: impl Into<String>, ty: Type, description: impl Into<String>) -> Self {
        let (name, description) = (name.into(), description.into());
        Self { name, ty, allows_null: false, allows_unknown: false, description }
    }

    /// The function itself handles null.
    #[must_use]
    pub fn allow_null(mut self) -> Self {
        self.allows_null = true;
        self
    }

    /// The function itself handles unknown values and parts.
    #[must_use]
    pub fn allow_unknown(mut self) -> Self {
        self.allows_unknown = true;
        self
    }
}

impl Signature {
    /// A function without parameters that gives a `result`.
    pub fn new(result: Type, summary: impl Into<String>) -> Self {
        Self {
            parameters: Vec::new(),
            variadic: None,
            result,
            summary: summary.into(),
            description: String::new(),
            deprecation: None,
        }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// Takes any number of further arguments.
    #[must_use]
    pub fn variadic(mut self, parameter: Parameter) -> Self {
        self.variadic = Some(parameter);
        self
    }

    /// Describes the function in Markdown.
    #[must_use]
    pub fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The parameter that takes the argument at `index`.
    pub fn parameter_at(&self, index: usize) -> Option<&Parameter> {
        self.parameters.get(index).or(self.variadic.as_ref())
    }

    /// Holds the signature against the rules of the host; returns every rule broken.
    pub fn check(&self) -> Result<(), Vec<SchemaError>> {
        check::signature(self)
    }
}

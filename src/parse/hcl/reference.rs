//! References: `var.name`, `local.name`, and the indices, attributes and splats that follow a value.

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::eval::{Bound, Call, Evaluated, Fault};
use super::value::Value;
use crate::diagnostic::{Diagnostic, nearest, quoted};
use crate::units::Decimal;

impl Call<'_, '_> {
    pub(super) fn traversal(self, traversal: &Traversal, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        let root = traversal.expr.as_variable().map(hcl_edit::Ident::as_str);
        let operators: Vec<&TraversalOperator> = traversal.operators.iter().map(hcl_edit::Decorated::value).collect();
        let (value, rest) = match root {
            Some(root) if lookup(bound, root).is_none() => {
                let name = operators.first().and_then(|operator| named(operator));
                (self.declared(root, name, whole)?, &operators[1..])
            }
            _ => (self.value(&traversal.expr, bound)?, operators.as_slice()),
        };
        self.follow(value, rest, whole, bound)
    }

    /// The value of `var.name` or `local.name`.
    fn declared(self, root: &str, name: Option<&str>, whole: &Expression) -> Evaluated {
        let evaluator = self.evaluator;
        let unknown = |what: &str, name: &str, known: Vec<&str>| {
            let fault = Diagnostic::error("reference", format!("there is no {what} {}", quoted(name, '`')));
            let fault = fault.spanned(self.site.span(whole));
            Err(Box::new(match nearest(name, known) {
                Some(meant) => fault.help(format!("did you mean `{meant}`?")),
                None => fault.help(format!("declare the {what}, or remove the reference")),
            }))
        };
        match (root, name) {
            ("local", Some(name)) => match evaluator.locals.borrow().get(name) {
                Some(value) => value.clone(),
                None => unknown("local", name, evaluator.module.local_names().collect()),
            },
            ("var", Some(name)) => match evaluator.module.variable(name) {
                Some(value) => value.clone().map_err(|fault| {
                    let here = self.site.span(whole);
                    Box::new(if fault.span.is_none() {
                        fault.spanned(here)
                    } else {
                        fault.related(here, "needed here")
                    })
                }),
                None => unknown("variable", name, evaluator.module.variable_names().collect()),
            },
            // Paths are relative to the folder of the root module, which is the only one there is.
            ("path", Some("module" | "root")) if evaluator.files.are_known() => Ok(Value::text(".")),
            _ => Err(self.foreign_reference(whole)),
        }
    }

    /// A reference to something only Terraform knows.
    pub(super) fn foreign_reference(self, at: &Expression) -> Fault {
        let text = self.site.text(at);
        let fault =
            self.fault("reference", format!("the value of {} is known only to Terraform", quoted(text, '`')), at);
        let mut chars = text.chars();
        let is_word = chars.all(|character| character.is_alphanumeric() || character == '_' || character == '-');
        Box::new(if is_word {
            fault.help(format!("write \"{text}\" if text is meant; a value comes from var.… or local.…"))
        } else {
            fault.help("give the value by a variable: use var.… here, and set it with -var or in a .tfvars file")
        })
    }

    fn follow(
        self,
        mut value: Value,
        operators: &[&TraversalOperator],
        whole: &Expression,
        bound: Bound<'_>,
    ) -> Evaluated {
        for (position, operator) in operators.iter().enumerate() {
            let rest = &operators[position + 1..];
            value = match operator {
                TraversalOperator::GetAttr(name) => self.part(&value, name.as_str(), whole)?,
                TraversalOperator::LegacyIndex(index) => {
                    self.item(&value, Decimal::from_integer((**index).into()), whole)?
                }
                TraversalOperator::Index(index) => match (self.value(index, bound)?, &value) {
                    (Value::Number(index), Value::List(_)) => self.item(&value, index, whole)?,
                    (key, Value::List(_)) => {
                        let index = key.as_number().ok_or_else(|| self.expected("a number", &key, index))?;
                        self.item(&value, index, whole)?
                    }
                    (key, _) => {
                        let text = key.as_text().ok_or_else(|| self.expected("a key", &key, index))?;
                        self.part(&value, &text, whole)?
                    }
                },
                TraversalOperator::AttrSplat(_) => {
                    // `.*` takes the attributes that follow; an index after them picks from the result.
                    let count = rest.iter().take_while(|next| matches!(next, TraversalOperator::GetAttr(_))).count();
                    let parts = self.splat(&value, &rest[..count], whole, bound)?;
                    return self.follow(parts, &rest[count..], whole, bound);
                }
                TraversalOperator::FullSplat(_) => return self.splat(&value, rest, whole, bound),
            };
        }
        Ok(value)
    }

    fn splat(self, value: &Value, rest: &[&TraversalOperator], whole: &Expression, bound: Bound<'_>) -> Evaluated {
        self.spend(value.size(), whole)?;
        match value {
            Value::Null => Ok(Value::list([])),
            Value::List(list) => {
                let items = list.iter().map(|item| self.follow(item.clone(), rest, whole, bound));
                Ok(Value::list(items.collect::<Result<Vec<_>, _>>()?))
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::Map(_) => {
                Ok(Value::list([self.follow(value.clone(), rest, whole, bound)?]))
            }
        }
    }

    fn part(self, value: &Value, name: &str, whole: &Expression) -> Evaluated {
        let Value::Map(map) = value else { return Err(self.expected("a map", value, whole)) };
        map.get(name).cloned().ok_or_else(|| {
            let fault = self.fault("reference", format!("the map has no key {}", quoted(name, '`')), whole);
            match nearest(name, map.keys().map(String::as_str)) {
                Some(meant) => Box::new(fault.help(format!("did you mean `{meant}`?"))),
                None => fault,
            }
        })
    }

    fn item(self, value: &Value, index: Decimal, whole: &Expression) -> Evaluated {
        let Value::List(list) = value else { return Err(self.expected("a list", value, whole)) };
        let position = index.exactly_in_units(0).and_then(|index| usize::try_from(index).ok());
        position.and_then(|position| list.get(position)).cloned().ok_or_else(|| {
            self.fault("reference", format!("the list has {} items, and none at position {index}", list.len()), whole)
        })
    }
}

/// The name that an operator right after `var` or `local` gives.
pub(super) fn named(operator: &TraversalOperator) -> Option<&str> {
    match operator {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        TraversalOperator::Index(Expression::String(name)) => Some(name.as_str()),
        TraversalOperator::Index(_)
        | TraversalOperator::AttrSplat(_)
        | TraversalOperator::FullSplat(_)
        | TraversalOperator::LegacyIndex(_) => None,
    }
}

/// The value a `for` gave to `name`, innermost first.
pub(super) fn lookup<'s>(bound: Bound<'s>, name: &str) -> Option<&'s Value> {
    std::iter::successors(bound, |scope| scope.parent).find(|scope| scope.name == name).map(|scope| scope.value)
}

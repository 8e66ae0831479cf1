//! Operators: exact arithmetic, comparison and logic, with strings read as numbers and booleans where those are needed.

use hcl_edit::expr::{BinaryOp, BinaryOperator, Expression, UnaryOp, UnaryOperator};

use super::eval::{Bound, Call, Evaluated};
use super::value::Value;
use crate::parse::number;
use crate::units::DecimalError;

impl Call<'_, '_> {
    pub(super) fn unary(self, operation: &UnaryOp, bound: Bound<'_>) -> Evaluated {
        Ok(match operation.operator.value() {
            UnaryOperator::Neg => Value::Number(number::negated(self.number(&operation.expr, bound)?)),
            UnaryOperator::Not => Value::Bool(!self.boolean(&operation.expr, bound)?),
        })
    }

    pub(super) fn binary(self, operation: &BinaryOp, whole: &Expression, bound: Bound<'_>) -> Evaluated {
        use BinaryOperator::{And, Div, Eq, Greater, GreaterEq, Less, LessEq, Minus, Mod, Mul, NotEq, Or, Plus};
        let (left, right) = (&operation.lhs_expr, &operation.rhs_expr);
        let operator = *operation.operator.value();
        match operator {
            Eq | NotEq => {
                let (left, right) = (self.value(left, bound)?, self.value(right, bound)?);
                self.spend(left.size().min(right.size()), whole)?;
                return Ok(Value::Bool((left == right) == (operator == Eq)));
            }
            And | Or => {
                let (left, right) = (self.boolean(left, bound)?, self.boolean(right, bound)?);
                return Ok(Value::Bool(if operator == And { left && right } else { left || right }));
            }
            Less | LessEq | Greater | GreaterEq | Plus | Minus | Mul | Div | Mod => {}
        }
        let (left, right) = (self.number(left, bound)?, self.number(right, bound)?);
        let order = number::compare(left, right);
        let result = match operator {
            Plus => number::add(left, right),
            Minus => number::add(left, number::negated(right)),
            Mul => number::multiply(left, right),
            Div => number::divide(left, right),
            Mod => number::remainder(left, right),
            Less => return Ok(Value::Bool(order.is_lt())),
            LessEq => return Ok(Value::Bool(order.is_le())),
            Greater => return Ok(Value::Bool(order.is_gt())),
            GreaterEq => return Ok(Value::Bool(order.is_ge())),
            Eq | NotEq | And | Or => return Err(self.fault("type", "two numbers are expected here", whole)),
        };
        result.map(Value::Number).map_err(|error| match error {
            DecimalError::NotANumber => {
                let fault = self.fault("number", "the result is not a number: division by zero", whole);
                Box::new(fault.help("guard the division: divisor == 0 ? … : …"))
            }
            DecimalError::OutOfRange => self.fault("number", "the result is too large for a number", whole),
        })
    }
}

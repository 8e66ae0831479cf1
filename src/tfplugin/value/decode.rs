//! Reads a value from MessagePack against its type, as the host writes it.
//!
//! - Numbers come as integers, floats (exact binary values) or decimal text.
//! - Unknown values are extensions: kind 12 carries refinements, every other kind says nothing.
//! - `dynamic` is a pair of a type in JSON and a value; null and unknown stand alone.
//! - Objects have exactly the attributes of their type. Trailing bytes are refused.
#![expect(clippy::wildcard_enum_match_arm, reason = "what does not fit is an error, whatever it is")]

use std::collections::BTreeMap;

use super::msgpack::{Reader, Token};
use super::{Refinements, Value, ValueError};
use crate::tfplugin::number::Number;
use crate::tfplugin::path::{AttributePath, Step};
use crate::tfplugin::ty::{MAX_DEPTH, Type, shorten};

/// The kind of extension that carries refinements.
pub(super) const REFINED: i8 = 12;

impl Value {
    /// Reads a value of type `ty` from MessagePack.
    pub fn from_msgpack(bytes: &[u8], ty: &Type) -> Result<Self, ValueError> {
        let mut decoder = Decoder { reader: Reader::new(bytes), path: AttributePath::root(), depth: 0 };
        let value = decoder.value(ty)?;
        match decoder.reader.left() {
            0 => Ok(value),
            left => Err(decoder.error(format!("{left} bytes follow the value"))),
        }
    }
}

struct Decoder<'a> {
    reader: Reader<'a>,
    path: AttributePath,
    depth: usize,
}

impl<'a> Decoder<'a> {
    fn error(&self, message: impl Into<String>) -> ValueError {
        ValueError::new(&self.path, message)
    }

    fn next(&mut self) -> Result<Token<'a>, ValueError> {
        self.reader.next().map_err(|message| self.error(message))
    }

    fn text(&mut self, bytes: &[u8]) -> Result<String, ValueError> {
        String::from_utf8(bytes.to_vec()).map_err(|error| self.error(format!("the text is not UTF-8: {error}")))
    }

    fn value(&mut self, ty: &Type) -> Result<Value, ValueError> {
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} deep")));
        }
        let token = self.next()?;
        if token == Token::Nil {
            return Ok(Value::Null);
        }
        if let Token::Extension(kind, payload) = token {
            return self.unknown(kind, payload);
        }
        self.depth += 1;
        let value = self.known(token, ty)?;
        self.depth -= 1;
        Ok(value)
    }

    fn known(&mut self, token: Token<'a>, ty: &Type) -> Result<Value, ValueError> {
        match (ty, token) {
            (Type::Bool, Token::Bool(value)) => Ok(Value::Bool(value)),
            (Type::Number, Token::Int(_) | Token::UInt(_) | Token::Float(_) | Token::Text(_)) => {
                self.number(token).map(Value::Number)
            }
            (Type::String, Token::Text(bytes)) => self.text(bytes).map(Value::String),
            (Type::List(element), Token::Array(count)) => {
                Ok(Value::List(self.elements(count, |_| Some(element), Step::Index)?))
            }
            (Type::Set(element), Token::Array(count)) => {
                let at = std::mem::take(&mut self.path);
                // Elements of a set have no address: complaints name the set.
                let elements = self.elements(count, |_| Some(element), Step::Index).map_err(|error| ValueError {
                    message: format!("in an element of the set: {}", error.message),
                    path: at.clone(),
                })?;
                self.path = at;
                Ok(Value::set(elements))
            }
            (Type::Tuple(types), Token::Array(count)) if count == types.len() => {
                Ok(Value::Tuple(self.elements(count, |index| types.get(index), Step::Index)?))
            }
            (Type::Tuple(types), Token::Array(count)) => {
                Err(self.error(format!("a tuple of {} elements is required, {count} given", types.len())))
            }
            (Type::Map(element), Token::Map(count)) => {
                Ok(Value::Map(self.pairs(count, |_| Some(element), Step::Key)?))
            }
            (Type::Object(types), Token::Map(count)) => {
                let attributes = self.pairs(count, |name| types.get(name), Step::Attribute)?;
                match types.keys().find(|name| !attributes.contains_key(*name)) {
                    None => Ok(Value::Object(attributes)),
                    Some(missing) => Err(self.error(format!("the attribute {missing:?} is missing"))),
                }
            }
            (Type::Dynamic, Token::Array(2)) => self.dynamic(),
            (Type::Dynamic, _) => Err(self.error("a value of dynamic type is a pair of its type and its value")),
            (ty, token) => Err(self.error(format!("{} given, {ty} required", token.kind()))),
        }
    }

    fn number(&self, token: Token<'_>) -> Result<Number, ValueError> {
        match token {
            Token::Int(value) => Ok(value.into()),
            Token::UInt(value) => Ok(value.into()),
            Token::Float(value) => Number::from_f64_exact(value).ok_or_else(|| self.error("NaN is not a number")),
            Token::Text(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                Number::parse(&text).map_err(|error| self.error(error.to_string()))
            }
            other => Err(self.error(format!("{} given, number required", other.kind()))),
        }
    }

    fn elements<'t>(
        &mut self,
        count: usize,
        ty: impl Fn(usize) -> Option<&'t Type>,
        step: fn(usize) -> Step,
    ) -> Result<Vec<Value>, ValueError> {
        let mut elements = Vec::new();
        for index in 0..count {
            self.path.push(step(index));
            let ty = ty(index).ok_or_else(|| self.error("unexpected element"))?;
            elements.push(self.value(ty)?);
            self.path.pop();
        }
        Ok(elements)
    }

    fn pairs<'t>(
        &mut self,
        count: usize,
        ty: impl Fn(&str) -> Option<&'t Type>,
        step: fn(String) -> Step,
    ) -> Result<BTreeMap<String, Value>, ValueError> {
        let mut pairs = BTreeMap::new();
        for _ in 0..count {
            let key = match self.next()? {
                Token::Text(bytes) => self.text(bytes)?,
                other => return Err(self.error(format!("{} given as a key, string required", other.kind()))),
            };
            let unexpected = || self.error(format!("unexpected attribute {:?}", shorten(&key)));
            let ty = ty(&key).ok_or_else(unexpected)?;
            self.path.push(step(key.clone()));
            let value = self.value(ty)?;
            if pairs.insert(key, value).is_some() {
                return Err(self.error("given twice"));
            }
            self.path.pop();
        }
        Ok(pairs)
    }

    fn dynamic(&mut self) -> Result<Value, ValueError> {
        let ty = match self.next()? {
            Token::Binary(json) | Token::Text(json) => {
                Type::from_json(json).map_err(|error| self.error(error.to_string()))?
            }
            other => return Err(self.error(format!("{} given, a type in JSON required", other.kind()))),
        };
        Ok(match self.value(&ty)? {
            // A null or an unknown with a type of its own is no more than that to a provider.
            bare @ (Value::Null | Value::Unknown(_) | Value::Dynamic(..)) => bare,
            value => Value::Dynamic(Box::new(ty), Box::new(value)),
        })
    }

    fn unknown(&self, kind: i8, payload: &[u8]) -> Result<Value, ValueError> {
        if kind != REFINED {
            return Ok(Value::unknown());
        }
        let mut inner = Decoder { reader: Reader::new(payload), path: self.path.clone(), depth: self.depth };
        let refinements = inner.refinements()?;
        match inner.reader.left() {
            0 => Ok(Value::Unknown(refinements)),
            left => Err(self.error(format!("{left} bytes follow the refinements"))),
        }
    }

    fn refinements(&mut self) -> Result<Refinements, ValueError> {
        let count = match self.next()? {
            Token::Map(count) => count,
            other => return Err(self.error(format!("{} given, refinements required", other.kind()))),
        };
        let mut found = Refinements::default();
        for _ in 0..count {
            let key = self.next()?;
            let fit = match (key, self.reader.peek().map_err(|message| self.error(message))?) {
                (Token::Int(1), Token::Bool(null)) => {
                    found.null = Some(null);
                    true
                }
                (Token::Int(2), Token::Text(prefix)) => {
                    // A prefix may end inside a character: what is whole is known.
                    found.prefix = Some(prefix.utf8_chunks().next().map_or("", |chunk| chunk.valid()).to_owned());
                    true
                }
                (Token::Int(3), Token::Array(2)) => {
                    found.min = Some(self.bound()?);
                    continue;
                }
                (Token::Int(4), Token::Array(2)) => {
                    found.max = Some(self.bound()?);
                    continue;
                }
                (Token::Int(5), Token::Int(length)) => {
                    found.min_length = Some(length);
                    true
                }
                (Token::Int(6), Token::Int(length)) => {
                    found.max_length = Some(length);
                    true
                }
                (Token::Int(1..=6), _) => false,
                // A refinement of a later protocol version.
                _ => {
                    self.skip(0)?;
                    continue;
                }
            };
            if !fit {
                return Err(self.error("a refinement of the wrong type"));
            }
            self.next()?;
        }
        Ok(found)
    }

    fn bound(&mut self) -> Result<(Number, bool), ValueError> {
        self.next()?;
        let token = self.next()?;
        let number = self.number(token)?;
        match self.next()? {
            Token::Bool(inclusive) => Ok((number, inclusive)),
            other => Err(self.error(format!("{} given, bool required", other.kind()))),
        }
    }

    /// Passes over one value of any shape.
    fn skip(&mut self, depth: usize) -> Result<(), ValueError> {
        if depth > MAX_DEPTH {
            return Err(self.error(format!("nested more than {MAX_DEPTH} deep")));
        }
        let inside = match self.next()? {
            Token::Array(count) => count,
            Token::Map(count) => count * 2,
            _ => 0,
        };
        (0..inside).try_for_each(|_| self.skip(depth + 1))
    }
}

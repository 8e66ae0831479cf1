//! Functions of lists, sets and maps, and conversions.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Answer, Arguments, Function, LARGEST, room_for};
use crate::parse::hcl::constraint::Type;
use crate::parse::hcl::value::Value;
use crate::parse::number::{add, compare};
use crate::units::Decimal;

pub(super) const TABLE: &[(&str, Function)] = &[
    ("length", |call| length(call)),
    ("keys", |call| with_map(call, |map| Value::list(map.keys().map(|key| Value::text(key.as_str()))))),
    ("values", |call| with_map(call, |map| Value::list(map.values().cloned()))),
    ("merge", |call| merge(call)),
    ("lookup", |call| lookup(call)),
    ("zipmap", |call| zipmap(call)),
    ("transpose", |call| transpose(call)),
    ("concat", |call| concat(call)),
    ("flatten", |call| flatten(call)),
    ("distinct", |call| with_list(call, |list| Value::list(distinct(list)))),
    ("reverse", |call| with_list(call, |list| Value::list(list.iter().rev().cloned()))),
    ("compact", |call| compact(call)),
    ("sort", |call| sort(call)),
    ("contains", |call| contains(call)),
    ("index", |call| index(call)),
    ("element", |call| element(call)),
    ("slice", |call| slice(call)),
    ("chunklist", |call| chunklist(call)),
    ("range", |call| range(call)),
    ("one", |call| one(call)),
    ("coalesce", |call| coalesce(call)),
    ("coalescelist", |call| coalescelist(call)),
    ("matchkeys", |call| matchkeys(call)),
    ("alltrue", |call| booleans(call, |mut values| values.all(|value| value))),
    ("anytrue", |call| booleans(call, |mut values| values.any(|value| value))),
    ("setunion", |call| sets(call, |a, b| a.iter().chain(b).cloned().collect())),
    ("setintersection", |call| sets(call, |a, b| a.iter().filter(|item| b.contains(item)).cloned().collect())),
    ("setsubtract", |call| sets(call, |a, b| a.iter().filter(|item| !b.contains(item)).cloned().collect())),
    ("setproduct", |call| setproduct(call)),
    ("tolist", |call| convert(call, &Type::List(Box::new(Type::Any)))),
    ("toset", |call| convert(call, &Type::Set(Box::new(Type::Any)))),
    ("tomap", |call| convert(call, &Type::Map(Box::new(Type::Any)))),
    ("tonumber", |call| convert(call, &Type::Number)),
    ("tostring", |call| convert(call, &Type::Text)),
    ("tobool", |call| convert(call, &Type::Bool)),
];

fn with_list(call: &Arguments, function: fn(&[Value]) -> Value) -> Answer {
    call.expect(1, 1)?;
    call.list(0).map(function)
}

fn with_map(call: &Arguments, function: fn(&BTreeMap<String, Value>) -> Value) -> Answer {
    call.expect(1, 1)?;
    call.map(0).map(function)
}

fn convert(call: &Arguments, to: &Type) -> Answer {
    call.expect(1, 1)?;
    to.convert(call.value(0)?)
}

fn length(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    match call.value(0)? {
        Value::List(list) => Ok(Value::count(list.len())),
        Value::Map(map) => Ok(Value::count(map.len())),
        Value::Text(text) => Ok(Value::count(text.chars().count())),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => Err(format!("{} has no length", other.kind())),
    }
}

fn merge(call: &Arguments) -> Answer {
    let mut merged = BTreeMap::new();
    for index in 0..call.all().len() {
        if *call.value(index)? != Value::Null {
            merged.extend(call.map(index)?.clone());
        }
    }
    Ok(Value::map(merged))
}

fn lookup(call: &Arguments) -> Answer {
    call.expect(2, 3)?;
    let key = call.text(1)?;
    match (call.map(0)?.get(&*key), call.all().get(2)) {
        (Some(value), _) | (None, Some(value)) => Ok(value.clone()),
        (None, None) => Err(format!("the map has no key {key:?}, and no default is given")),
    }
}

fn zipmap(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let (keys, values) = (call.texts(0)?, call.list(1)?);
    if keys.len() != values.len() {
        return Err(format!("{} keys do not fit {} values", keys.len(), values.len()));
    }
    Ok(Value::map(keys.iter().map(|key| key.as_ref().to_owned()).zip(values.iter().cloned())))
}

/// Keys and values of a map of lists of strings, the other way round.
fn transpose(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    let mut turned: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (key, list) in call.map(0)? {
        let Value::List(list) = list else { return Err("the map must hold lists of strings".to_owned()) };
        for item in list.iter() {
            let text = item.as_text().ok_or("the map must hold lists of strings")?;
            turned.entry(text.as_ref().to_owned()).or_default().insert(key);
        }
    }
    Ok(Value::map(turned.into_iter().map(|(key, names)| (key, Value::list(names.into_iter().map(Value::text))))))
}

fn concat(call: &Arguments) -> Answer {
    call.expect(1, usize::MAX)?;
    let mut items = Vec::new();
    for index in 0..call.all().len() {
        items.extend_from_slice(call.list(index)?);
    }
    Ok(Value::list(items))
}

fn flatten(call: &Arguments) -> Answer {
    fn spread(list: &[Value], into: &mut Vec<Value>) {
        for item in list {
            if let Value::List(inner) = item { spread(inner, into) } else { into.push(item.clone()) }
        }
    }
    call.expect(1, 1)?;
    room_for(call.value(0)?.size())?;
    let mut items = Vec::new();
    spread(call.list(0)?, &mut items);
    Ok(Value::list(items))
}

/// `list` without repetitions, in the order of first appearance.
pub(in crate::parse::hcl) fn distinct(list: &[Value]) -> Vec<Value> {
    let mut scalars: BTreeSet<(&str, Option<Rc<str>>)> = BTreeSet::new();
    let mut kept: Vec<Value> = Vec::new();
    for item in list {
        let is_new = match item {
            Value::List(_) | Value::Map(_) => !kept.contains(item),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) => {
                scalars.insert((item.kind(), item.as_text()))
            }
        };
        if is_new {
            kept.push(item.clone());
        }
    }
    kept
}

fn compact(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    let is_kept = |value: &&Value| !matches!(value, Value::Null) && value.as_text().is_none_or(|text| !text.is_empty());
    Ok(Value::list(call.list(0)?.iter().filter(is_kept).cloned()))
}

fn sort(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    let mut texts = call.texts(0)?;
    texts.sort();
    Ok(Value::list(texts.into_iter().map(Value::Text)))
}

fn contains(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let wanted = call.value(1)?;
    Ok(Value::Bool(call.list(0)?.iter().any(|item| same(item, wanted))))
}

fn index(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let wanted = call.value(1)?;
    let position = call.list(0)?.iter().position(|item| same(item, wanted));
    position.map(Value::count).ok_or_else(|| "the list does not hold the value".to_owned())
}

/// Equal, or equal as text: a number among strings counts.
fn same(a: &Value, b: &Value) -> bool {
    a == b || a.as_text().is_some_and(|text| b.as_text() == Some(text))
}

fn element(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let (list, index) = (call.list(0)?, call.whole(1)?);
    let length = i64::try_from(list.len()).ok().filter(|&length| length > 0).ok_or("the list is empty")?;
    let position = usize::try_from(index.rem_euclid(length)).unwrap_or_default();
    Ok(list[position].clone())
}

fn slice(call: &Arguments) -> Answer {
    call.expect(3, 3)?;
    let list = call.list(0)?;
    let position = |index| usize::try_from(call.whole(index)?).map_err(|_| "a position is negative".to_owned());
    let (start, end) = (position(1)?, position(2)?);
    list.get(start..end)
        .map(|part| Value::list(part.iter().cloned()))
        .ok_or_else(|| format!("{start} to {end} is not a part of a list of {} items", list.len()))
}

fn chunklist(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let size = usize::try_from(call.whole(1)?).ok().filter(|&size| size > 0).ok_or("the size must be at least 1")?;
    Ok(Value::list(call.list(0)?.chunks(size).map(|chunk| Value::list(chunk.iter().cloned()))))
}

/// `range(end)`, `range(start, end)` or `range(start, end, step)`; at most 1,024 numbers, as in Terraform.
fn range(call: &Arguments) -> Answer {
    const MOST: usize = 1_024;
    call.expect(1, 3)?;
    let zero = Decimal::from_integer(0);
    let (start, end) = if call.all().len() == 1 { (zero, call.number(0)?) } else { (call.number(0)?, call.number(1)?) };
    let falls = compare(start, end).is_gt();
    let step = match call.all().len() {
        3 => call.number(2)?,
        _ => Decimal::from_integer(if falls { -1 } else { 1 }),
    };
    if step.is_zero() || (step.is_negative() != falls && compare(start, end).is_ne()) {
        return Err("the step does not lead from the start to the end".to_owned());
    }
    let (mut numbers, mut next) = (Vec::new(), start);
    while if falls { compare(next, end).is_gt() } else { compare(next, end).is_lt() } {
        if numbers.len() == MOST {
            return Err(format!("a range has at most {MOST} numbers"));
        }
        numbers.push(Value::Number(next));
        next = add(next, step).map_err(|error| error.to_string())?;
    }
    Ok(Value::list(numbers))
}

fn one(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    match call.list(0)? {
        [] => Ok(Value::Null),
        [only] => Ok(only.clone()),
        more => Err(format!("the list holds {} items, not one", more.len())),
    }
}

fn coalesce(call: &Arguments) -> Answer {
    let is_given =
        |value: &&Value| !matches!(value, Value::Null) && !matches!(value, Value::Text(text) if text.is_empty());
    call.all().iter().find(is_given).cloned().ok_or_else(|| "no argument is given a value".to_owned())
}

fn coalescelist(call: &Arguments) -> Answer {
    for index in 0..call.all().len() {
        if *call.value(index)? != Value::Null && !call.list(index)?.is_empty() {
            return call.value(index).cloned();
        }
    }
    Err("every list is empty".to_owned())
}

fn matchkeys(call: &Arguments) -> Answer {
    call.expect(3, 3)?;
    let (values, keys, wanted) = (call.list(0)?, call.list(1)?, call.list(2)?);
    if values.len() != keys.len() {
        return Err(format!("{} values do not fit {} keys", values.len(), keys.len()));
    }
    let pairs = values.iter().zip(keys).filter(|(_, key)| wanted.iter().any(|item| same(item, key)));
    Ok(Value::list(pairs.map(|(value, _)| value.clone())))
}

fn booleans(call: &Arguments, function: fn(std::vec::IntoIter<bool>) -> bool) -> Answer {
    call.expect(1, 1)?;
    let boolean = |value: &Value| {
        if *value == Value::Null {
            return Ok(false);
        }
        value.as_bool().ok_or_else(|| format!("the list holds {}", value.kind()))
    };
    let values: Vec<bool> = call.list(0)?.iter().map(boolean).collect::<Result<_, _>>()?;
    Ok(Value::Bool(function(values.into_iter())))
}

fn sets(call: &Arguments, function: fn(&[Value], &[Value]) -> Vec<Value>) -> Answer {
    call.expect(1, usize::MAX)?;
    let mut set = call.list(0)?.to_vec();
    for index in 1..call.all().len() {
        set = function(&set, call.list(index)?);
    }
    Type::Set(Box::new(Type::Any)).convert(&Value::list(set))
}

fn setproduct(call: &Arguments) -> Answer {
    call.expect(1, usize::MAX)?;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for index in 0..call.all().len() {
        let list = call.list(index)?;
        let size = (rows.len() as u64).saturating_mul(list.len() as u64).saturating_mul(index as u64 + 1);
        room_for(size.min(LARGEST + 1))?;
        rows = rows
            .iter()
            .flat_map(|row| list.iter().map(|item| row.iter().cloned().chain([item.clone()]).collect()))
            .collect();
    }
    Ok(Value::list(rows.into_iter().map(Value::list)))
}

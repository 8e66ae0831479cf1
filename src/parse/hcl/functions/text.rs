//! Functions of text.

use super::{Answer, Arguments, Function, room_for};
use crate::parse::hcl::value::Value;

pub(super) const TABLE: &[(&str, Function)] = &[
    ("upper", |call| one(call, str::to_uppercase)),
    ("lower", |call| one(call, str::to_lowercase)),
    ("title", |call| one(call, title)),
    ("trimspace", |call| one(call, |text| text.trim().to_owned())),
    ("chomp", |call| one(call, |text| text.trim_end_matches(['\n', '\r']).to_owned())),
    ("strrev", |call| one(call, |text| text.chars().rev().collect())),
    ("trim", |call| two(call, |text, cut| text.trim_matches(|c| cut.contains(c)).to_owned())),
    ("trimprefix", |call| two(call, |text, cut| text.strip_prefix(cut).unwrap_or(text).to_owned())),
    ("trimsuffix", |call| two(call, |text, cut| text.strip_suffix(cut).unwrap_or(text).to_owned())),
    ("startswith", |call| test(call, |text, part| text.starts_with(part))),
    ("endswith", |call| test(call, |text, part| text.ends_with(part))),
    ("strcontains", |call| test(call, |text, part| text.contains(part))),
    ("join", |call| join(call)),
    ("split", |call| split(call)),
    ("replace", |call| replace(call)),
    ("substr", |call| substr(call)),
    ("format", |call| format(call)),
    ("jsondecode", |call| jsondecode(call)),
    ("jsonencode", |call| jsonencode(call)),
];

fn one(call: &Arguments, function: fn(&str) -> String) -> Answer {
    call.expect(1, 1)?;
    Ok(Value::text(function(&call.text(0)?)))
}

fn two(call: &Arguments, function: fn(&str, &str) -> String) -> Answer {
    call.expect(2, 2)?;
    Ok(Value::text(function(&call.text(0)?, &call.text(1)?)))
}

fn test(call: &Arguments, function: fn(&str, &str) -> bool) -> Answer {
    call.expect(2, 2)?;
    Ok(Value::Bool(function(&call.text(0)?, &call.text(1)?)))
}

/// The first letter of each word in upper case.
fn title(text: &str) -> String {
    let mut starts = true;
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if starts {
            result.extend(character.to_uppercase());
        } else {
            result.push(character);
        }
        starts = !(character.is_alphanumeric() || character == '_');
    }
    result
}

fn join(call: &Arguments) -> Answer {
    call.expect(2, usize::MAX)?;
    let separator = call.text(0)?;
    let mut parts = Vec::new();
    for index in 1..call.all().len() {
        parts.extend(call.texts(index)?);
    }
    let length: usize = parts.iter().map(|part| part.len()).sum();
    room_for((length + separator.len().saturating_mul(parts.len())) as u64 / 8)?;
    Ok(Value::text(parts.join(&*separator)))
}

fn split(call: &Arguments) -> Answer {
    call.expect(2, 2)?;
    let (separator, text) = (call.text(0)?, call.text(1)?);
    if text.is_empty() {
        return Ok(Value::list([Value::text("")]));
    }
    if separator.is_empty() {
        return Ok(Value::list(text.chars().map(|character| Value::text(character.to_string()))));
    }
    Ok(Value::list(text.split(&*separator).map(Value::text)))
}

fn replace(call: &Arguments) -> Answer {
    call.expect(3, 3)?;
    let (text, from, to) = (call.text(0)?, call.text(1)?, call.text(2)?);
    if from.len() > 1 && from.starts_with('/') && from.ends_with('/') {
        return Err("replacing by a regular expression is not done here".to_owned());
    }
    let count = text.matches(&*from).count();
    room_for((text.len() + count.saturating_mul(to.len())) as u64 / 8)?;
    Ok(Value::text(text.replace(&*from, &to)))
}

fn substr(call: &Arguments) -> Answer {
    call.expect(3, 3)?;
    let (text, offset, length) = (call.text(0)?, call.whole(1)?, call.whole(2)?);
    let count = text.chars().count();
    let start = if offset < 0 {
        count.saturating_sub(usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX))
    } else {
        usize::try_from(offset).unwrap_or(usize::MAX)
    };
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(Value::text(text.chars().skip(start).take(length).collect::<String>()))
}

/// `%s`, `%q`, `%d`, `%v`, `%f` with width, precision, `0` and `-`, and `%%`.
fn format(call: &Arguments) -> Answer {
    call.expect(1, usize::MAX)?;
    let pattern = call.text(0)?;
    let (mut result, mut rest, mut next) = (String::new(), &*pattern, 1);
    while let Some(at) = rest.find('%') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            result.push('%');
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).ok_or("the format ends inside a verb")?;
        let (flags, verb) = (&rest[..end], &rest[end..=end]);
        result.push_str(&formatted(call, next, flags, verb)?);
        next += 1;
        rest = &rest[end + 1..];
        room_for(result.len() as u64 / 8)?;
    }
    if next < call.all().len() {
        return Err("there are more arguments than verbs".to_owned());
    }
    result.push_str(rest);
    Ok(Value::text(result))
}

fn formatted(call: &Arguments, index: usize, flags: &str, verb: &str) -> Result<String, String> {
    /// Wider columns are no text.
    const WIDEST: usize = 1_000;
    let digits_at = flags.find(|c: char| c.is_ascii_digit() && c != '0' || c == '.').unwrap_or(flags.len());
    let (signs, numbers) = flags.split_at(digits_at);
    if let Some(unknown) = signs.chars().find(|c| !"-+0 ".contains(*c)) {
        return Err(format!("the flag {unknown:?} is not known here"));
    }
    let (width, precision) = numbers.split_once('.').map_or((numbers, None), |(width, places)| (width, Some(places)));
    let size =
        |text: &str| if text.is_empty() { Ok(0) } else { text.parse::<usize>().map_err(|_| "a width is no number") };
    let (width, precision) = (size(width)?, precision.map(size).transpose()?);
    if width > WIDEST || precision > Some(WIDEST) {
        return Err(format!("widths are at most {WIDEST}"));
    }
    let text = match verb {
        "v" => {
            let value = call.value(index)?;
            value.as_text().map_or_else(|| encoded(value), |text| text.as_ref().to_owned())
        }
        "s" => call.text(index)?.as_ref().to_owned(),
        "q" => encoded(&Value::Text(call.text(index)?)),
        "d" => call.whole(index)?.to_string(),
        "f" => {
            let number = call.number(index)?;
            let places = precision.unwrap_or(6);
            let units =
                number.in_units(u32::try_from(places).unwrap_or(u32::MAX)).map_err(|error| error.to_string())?;
            let digits = format!("{:0>width$}", units.unsigned_abs(), width = places + 1);
            let (whole, fraction) = digits.split_at(digits.len() - places);
            let point = if places > 0 { "." } else { "" };
            format!("{}{whole}{point}{fraction}", if units < 0 { "-" } else { "" })
        }
        _ => return Err(format!("the verb %{verb} is not known here: use %s, %q, %d, %f or %v")),
    };
    let text = if signs.contains('+') && !text.starts_with('-') && matches!(verb, "d" | "f") {
        format!("+{text}")
    } else {
        text
    };
    let missing = width.saturating_sub(text.chars().count());
    if signs.contains('-') {
        Ok(text + &" ".repeat(missing))
    } else if signs.contains('0') && matches!(verb, "d" | "f") {
        let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+'])));
        Ok(format!("{sign}{}{digits}", "0".repeat(missing)))
    } else {
        Ok(" ".repeat(missing) + &text)
    }
}

fn jsondecode(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    let file = crate::diagnostic::SourceFile::new("jsondecode", call.text(0)?.as_bytes());
    let decoded = crate::parse::json::json(&file).map_err(|faults| faults.to_string())?;
    Value::from_node(&decoded).map_err(|fault| fault.message)
}

fn jsonencode(call: &Arguments) -> Answer {
    call.expect(1, 1)?;
    room_for(call.value(0)?.size())?;
    Ok(Value::text(encoded(call.value(0)?)))
}

/// As JSON. Keys are in order.
fn encoded(value: &Value) -> String {
    let text = |text: &str| serde_json::Value::from(text).to_string();
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(content) => text(content),
        Value::List(list) => format!("[{}]", list.iter().map(encoded).collect::<Vec<_>>().join(",")),
        Value::Map(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{}:{}", text(key), encoded(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(","))
        }
    }
}

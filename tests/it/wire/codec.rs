//! Values in MessagePack and JSON: what is written is read back whole, and no bytes whatever make the reader panic.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use stowage::tfplugin::{Number, Refinements, Type, Value};

fn any_type() -> impl Strategy<Value = Type> {
    let leaf = prop_oneof![Just(Type::Bool), Just(Type::Number), Just(Type::String), Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map("[a-z]{1,3}", inner, 0..4).prop_map(Type::Object),
        ]
    })
}

fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        any::<f64>().prop_filter_map("not NaN", Number::from_f64_exact),
        any::<f64>().prop_filter_map("not NaN", Number::from_f64),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?".prop_map(|text| Number::parse(&text).unwrap()),
    ]
}

fn any_refinements() -> impl Strategy<Value = Refinements> {
    let bound = || proptest::option::of((any_number(), any::<bool>()));
    let length = || proptest::option::of(0_i64..1_000_000);
    (proptest::option::of(any::<bool>()), proptest::option::of("\\PC{0,20}"), bound(), bound(), length(), length())
        .prop_map(|(null, prefix, min, max, min_length, max_length)| Refinements {
            null,
            prefix,
            // Long bounds would make the refinements longer than a host takes; then they are left out.
            min: min.filter(|(number, _)| number.to_string().len() < 100),
            max: max.filter(|(number, _)| number.to_string().len() < 100),
            min_length,
            max_length,
        })
}

/// A value of the type, null and unknown now and then if `with_unknowns`.
fn value_of(ty: &Type, with_unknowns: bool) -> BoxedStrategy<Value> {
    let known = known_of(ty, with_unknowns);
    if with_unknowns {
        let unknown = any_refinements().prop_map(Value::Unknown);
        prop_oneof![8 => known, 1 => Just(Value::Null), 1 => unknown].boxed()
    } else {
        prop_oneof![8 => known, 1 => Just(Value::Null)].boxed()
    }
}

fn known_of(ty: &Type, with_unknowns: bool) -> BoxedStrategy<Value> {
    let each = |element: &Type| vec(value_of(element, with_unknowns), 0..4);
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => any::<String>().prop_map(Value::String).boxed(),
        Type::List(element) => each(element).prop_map(Value::List).boxed(),
        Type::Set(element) => each(element).prop_map(Value::set).boxed(),
        Type::Map(element) => {
            btree_map(any::<String>(), value_of(element, with_unknowns), 0..4).prop_map(Value::Map).boxed()
        }
        Type::Tuple(types) => {
            types.iter().map(|ty| value_of(ty, with_unknowns)).collect::<Vec<_>>().prop_map(Value::Tuple).boxed()
        }
        Type::Object(types) => {
            let names: Vec<String> = types.keys().cloned().collect();
            let values: Vec<_> = types.values().map(|ty| value_of(ty, with_unknowns)).collect();
            values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
        Type::Dynamic => prop_oneof![
            any_number().prop_map(|number| Value::Dynamic(Box::new(Type::Number), Box::new(Value::Number(number)))),
            vec(any::<String>(), 0..3).prop_map(|texts| {
                let texts = Value::list(texts.into_iter().map(Value::from));
                Value::Dynamic(Box::new(Type::list(Type::String)), Box::new(texts))
            }),
            any::<bool>().prop_map(|flag| {
                let ty = Type::object([("flag", Type::Bool), ("none", Type::Dynamic)]);
                let value = Value::object([("flag", Value::Bool(flag)), ("none", Value::Null)]);
                Value::Dynamic(Box::new(ty), Box::new(value))
            }),
        ]
        .boxed(),
    }
}

fn typed(with_unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |ty| {
        let value = value_of(&ty, with_unknowns);
        (Just(ty), value)
    })
}

proptest! {
    #[test]
    fn messagepack_is_read_as_it_was_written((ty, value) in typed(true)) {
        let bytes = value.to_msgpack();
        prop_assert_eq!(Value::from_msgpack(&bytes, &ty), Ok(value.clone()));
        prop_assert_eq!(value.clone().conform(&ty), Ok(value));
    }

    #[test]
    fn json_is_read_as_it_was_written((ty, value) in typed(false)) {
        let text = value.to_stored_json().unwrap().to_string();
        let json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(Value::from_json(&json, &ty), Ok(value.clone()));
        prop_assert_eq!(Value::from_stored_json(&json, &ty), Ok(value));
    }

    #[test]
    fn types_are_read_as_they_were_written(ty in any_type()) {
        prop_assert_eq!(Type::from_json(ty.to_json().as_bytes()), Ok(ty));
    }

    #[test]
    fn numbers_are_read_as_they_were_written(number in any_number()) {
        prop_assert_eq!(Number::parse(&number.to_string()), Ok(number));
    }

    /// The error, if there is one, is what counts: no panic, no endless loop, no memory beyond the input's size.
    #[test]
    fn no_bytes_make_the_reader_panic(ty in any_type(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = Value::from_msgpack(&bytes, &ty);
        let _ = Type::from_json(&bytes);
        let _ = serde_json::from_slice(&bytes).map(|json| Value::from_json(&json, &ty));
        let _ = Number::parse(&String::from_utf8_lossy(&bytes));
    }

    /// Damaged values come nearer to the reader's corners than random bytes.
    #[test]
    fn no_damage_makes_the_reader_panic((ty, value) in typed(true), damage in vec((any::<usize>(), any::<u8>()), 1..4)) {
        let mut bytes = value.to_msgpack();
        for (position, byte) in damage {
            let position = position % bytes.len();
            bytes[position] = byte;
        }
        if let Ok(value) = Value::from_msgpack(&bytes, &ty) {
            prop_assert_eq!(value.clone().conform(&ty), Ok(value), "what is read fits its type");
        }
        bytes.truncate(bytes.len() / 2);
        let _ = Value::from_msgpack(&bytes, &ty);
    }
}

#[test]
fn numbers_travel_as_the_host_sends_them() {
    let cases: [(&[u8], &str); 8] = [
        (b"\xa30.1", "0.1"),
        (b"\xb39223372036854775808", "9223372036854775808"),
        (b"\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", "0.5"),
        (b"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", "Inf"),
        (b"\x07", "7"),
        (b"\xff", "-1"),
        (b"\xd3\x80\x00\x00\x00\x00\x00\x00\x00", "-9223372036854775808"),
        (b"\xce\xff\xff\xff\xff", "4294967295"),
    ];
    for (bytes, text) in cases {
        let value = Value::from_msgpack(bytes, &Type::Number).unwrap();
        assert_eq!(value.as_number().unwrap().to_string(), text);
        assert_eq!(value.to_msgpack(), bytes, "{text} is written as it was read");
    }
    let unsigned = Value::from_msgpack(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", &Type::Number).unwrap();
    assert_eq!(unsigned.as_number().unwrap().to_string(), "18446744073709551615");
    assert!(Value::from_msgpack(b"\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", &Type::Number).is_err(), "NaN");
    let negative_zero = Value::from_msgpack(b"\xcb\x80\x00\x00\x00\x00\x00\x00\x00", &Type::Number).unwrap();
    assert_eq!(negative_zero, Value::from(0_u32));
}

#[test]
fn unknowns_travel_with_what_is_known_of_them() {
    let plain = b"\xd4\x00\x00";
    assert_eq!(Value::from_msgpack(plain, &Type::String), Ok(Value::unknown()));
    assert_eq!(Value::unknown().to_msgpack(), plain);
    let refined = b"\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-";
    let expected = Refinements { null: Some(false), prefix: Some("pre-".to_owned()), ..Refinements::default() };
    assert_eq!(Value::from_msgpack(refined, &Type::String), Ok(Value::Unknown(expected.clone())));
    assert_eq!(Value::Unknown(expected).to_msgpack(), refined);
    // A refinement of a later version is passed over, whatever its shape.
    let later = b"\xc7\x07\x0c\x82\x63\x92\x01\xc0\x01\xc2";
    let expected = Refinements { null: Some(false), ..Refinements::default() };
    assert_eq!(Value::from_msgpack(later, &Type::String), Ok(Value::Unknown(expected)));
}

#[test]
fn every_error_names_its_place() {
    let ty = Type::object([
        ("groups", Type::map(Type::object([("zones", Type::list(Type::Number))]))),
        ("tags", Type::set(Type::object([("name", Type::String)]))),
    ]);
    let number = |value: Value| {
        Value::object([("groups", Value::map([("a b", Value::object([("zones", value)]))])), ("tags", Value::Null)])
    };
    let cases = [
        (
            number(Value::list([Value::from(1_u32), Value::from(true)])),
            r#"groups["a b"].zones[1]: a bool given, number required"#,
        ),
        (number(Value::from("x")), r#"groups["a b"].zones: a string given, list(number) required"#),
        (Value::object([("groups", Value::Null)]), r#"the attribute "tags" is missing"#),
        (Value::object([("x", Value::Null)]), r#"unexpected attribute "x""#),
        (
            Value::object([
                ("groups", Value::Null),
                ("tags", Value::list([Value::object([("name", Value::from(1_u32))])])),
            ]),
            "tags: in an element of the set: a number given, string required",
        ),
    ];
    for (value, expected) in cases {
        let error = Value::from_msgpack(&value.to_msgpack(), &ty).unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
    let mut trailing = Value::Null.to_msgpack();
    trailing.push(0);
    assert_eq!(Value::from_msgpack(&trailing, &ty).unwrap_err().to_string(), "1 bytes follow the value");
    let not_utf8 = Value::from_msgpack(b"\xa2\xff\xff", &Type::String).unwrap_err();
    assert!(not_utf8.to_string().contains("not UTF-8"), "{not_utf8}");
}

#[test]
fn depth_and_declared_lengths_are_bounded() {
    // A dynamic value in a dynamic value in a dynamic value…
    let mut bytes = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
    bytes.push(0xc0);
    let error = Value::from_msgpack(&bytes, &Type::Dynamic).unwrap_err();
    assert!(error.to_string().contains("deep"), "{error}");
    for bytes in
        [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\xc9\xff\xff\xff\xff\x0c"]
    {
        for ty in [Type::list(Type::Bool), Type::map(Type::Bool), Type::String] {
            assert!(Value::from_msgpack(bytes, &ty).is_err());
        }
    }
    assert!(Number::parse("1e999999999").is_err());
}

//! The canonical text of a JSON value, which is hashed.
//!
//! RFC 8785, <https://www.rfc-editor.org/rfc/rfc8785>, with one difference: an integer in [-2^63, 2^64) keeps all its
//! digits where that RFC rounds to a double. A float that is integral in that range is that integer, and -0 is 0.

use std::cmp::Ordering;
use std::fmt::Write as _;

use quorate_event::{Digest, Integer, Value, keccak256};
use serde_json::{Map, Number, Value as Json};

use crate::json::scalar;

/// The canonical text of `value`: no spaces, no Unicode normalisation, keys ascending by their UTF-16 code units.
///
/// It is made for hashing: a float in [2^64, 10^21) is written as in ECMAScript, without an exponent, and
/// [`parse_json`](crate::parse_json) refuses such an integer.
pub fn canonical_json(value: &Json) -> String {
    let mut text = String::new();
    let mut steps = vec![CanonicalToken::Value(value)];
    while let Some(step) = steps.pop() {
        match step {
            CanonicalToken::Mark(mark) => text.push(mark),
            CanonicalToken::Key(key) => write_string(key, &mut text),
            CanonicalToken::Value(Json::Null) => text.push_str("null"),
            CanonicalToken::Value(Json::Bool(value)) => text.push_str(if *value { "true" } else { "false" }),
            CanonicalToken::Value(Json::Number(number)) => write_number(number, &mut text),
            CanonicalToken::Value(Json::String(string)) => write_string(string, &mut text),
            CanonicalToken::Value(Json::Array(items)) => {
                text.push('[');
                push_items(items, &mut steps);
            }
            CanonicalToken::Value(Json::Object(members)) => {
                text.push('{');
                push_members(members, &mut steps);
            }
        }
    }
    text
}

/// keccak256 of the canonical text of `value`.
pub fn digest(value: &Json) -> Digest {
    digest_of_text(&canonical_json(value))
}

/// The digest of the value whose canonical text is `text`.
pub(crate) fn digest_of_text(text: &str) -> Digest {
    Digest::new(keccak256(&[text.as_bytes()]))
}

/// A part of the text that remains to be written. A stack of them replaces recursion: the depth of a value is not bounded.
enum CanonicalToken<'v> {
    Value(&'v Json),
    Key(&'v str),
    Mark(char),
}

fn push_items<'v>(items: &'v [Json], steps: &mut Vec<CanonicalToken<'v>>) {
    steps.push(CanonicalToken::Mark(']'));
    for (index, item) in items.iter().enumerate().rev() {
        steps.push(CanonicalToken::Value(item));
        push_comma(index, steps);
    }
}

fn push_members<'v>(members: &'v Map<String, Json>, steps: &mut Vec<CanonicalToken<'v>>) {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_by(|(a, _), (b, _)| utf16_order(a, b));
    steps.push(CanonicalToken::Mark('}'));
    for (index, (key, value)) in members.into_iter().enumerate().rev() {
        steps.extend([CanonicalToken::Value(value), CanonicalToken::Mark(':'), CanonicalToken::Key(key)]);
        push_comma(index, steps);
    }
}

fn push_comma(index: usize, steps: &mut Vec<CanonicalToken<'_>>) {
    if index > 0 {
        steps.push(CanonicalToken::Mark(','));
    }
}

fn write_number(number: &Number, text: &mut String) {
    write_scalar(&scalar::number(number).unwrap_or(Value::Null), text);
}

/// The order of keys in a canonical text.
pub(crate) fn utf16_order(a: &str, b: &str) -> Ordering {
    a.encode_utf16().cmp(b.encode_utf16())
}

/// Whether the order of a key by UTF-16 code units may differ from its order by bytes: only characters above U+FFFF differ,
/// whose surrogates are less than U+E000 to U+FFFF. Those characters, and no others, start with a byte of 0xF0 or more.
pub(crate) fn is_above_utf16_units(key: &str) -> bool {
    key.bytes().any(|byte| byte >= 0xF0)
}

/// Writes the value of an edit; a new container is written as null.
pub(crate) fn write_scalar(value: &Value, text: &mut String) {
    match value {
        Value::Bool(true) => text.push_str("true"),
        Value::Bool(false) => text.push_str("false"),
        Value::String(string) => write_string(string, text),
        Value::Integer(integer) => write_integer(*integer, text),
        Value::Float(float) => match Value::from_f64(float.value()) {
            Some(Value::Integer(integer)) => write_integer(integer, text),
            Some(_) => text.push_str(ryu_js::Buffer::new().format_finite(float.value())),
            None => text.push_str("null"),
        },
        Value::Null | Value::New(_) => text.push_str("null"),
    }
}

fn write_integer(integer: Integer, text: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{}", integer.value());
}

/// Writes a string. Parts without a character to escape are copied as a whole; characters to escape take one byte each.
pub(crate) fn write_string(string: &str, text: &mut String) {
    text.push('"');
    let mut rest = string;
    while let Some(place) = first_escaped(rest.as_bytes()) {
        let (plain, from) = rest.split_at(place);
        text.push_str(plain);
        let mut from = from.chars();
        from.next().into_iter().for_each(|character| write_escaped(character, text));
        rest = from.as_str();
    }
    text.push_str(rest);
    text.push('"');
}

/// The offset of the first byte to escape. Bytes are compared in chunks, which the compiler vectorises.
fn first_escaped(bytes: &[u8]) -> Option<usize> {
    const PIECE: usize = 32;
    let is_escaped = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    let some = |piece: &[u8]| piece.iter().fold(false, |some, byte| some | is_escaped(byte));
    let piece = bytes.chunks(PIECE).position(some)?.saturating_mul(PIECE);
    let within = bytes.get(piece..)?.iter().position(is_escaped)?;
    Some(piece.saturating_add(within))
}

fn write_escaped(character: char, text: &mut String) {
    match character {
        '"' => text.push_str("\\\""),
        '\\' => text.push_str("\\\\"),
        '\u{8}' => text.push_str("\\b"),
        '\t' => text.push_str("\\t"),
        '\n' => text.push_str("\\n"),
        '\u{c}' => text.push_str("\\f"),
        '\r' => text.push_str("\\r"),
        control => {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\u{:04x}", u32::from(control));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_json;

    fn canonical(text: &str) -> String {
        canonical_json(&parse_json(text.as_bytes()).unwrap())
    }

    #[test]
    fn d7_the_examples_of_rfc_8785_come_out_as_printed_there() {
        let input = r#"{
            "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
            "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
            "literals": [null, true, false]
        }"#;
        let output = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
        assert_eq!(canonical(input), output);

        let keys = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let sorted = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(canonical(keys), sorted);
    }

    #[test]
    fn d7_doubles_are_written_as_rfc_8785_appendix_b_lists_them() {
        for (bits, text) in [
            (0x0000_0000_0000_0000, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            let float = Json::from(f64::from_bits(bits));
            assert_eq!(canonical_json(&float), text, "{bits:016x}");
        }
    }

    #[test]
    fn d7_integers_keep_all_their_digits_and_floats_have_one_form() {
        for (input, output) in [
            ("9007199254740993", "9007199254740993"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("1e18", "1000000000000000000"),
            ("1.0", "1"),
            ("10e-1", "1"),
            ("-0", "0"),
            ("-0.0", "0"),
            ("1e-400", "0"),
            ("0.1", "0.1"),
            ("-1.5e300", "-1.5e+300"),
        ] {
            assert_eq!(canonical(input), output, "{input}");
        }
        assert_eq!(canonical("\"\\u2028\\u007f\\u0000/\""), "\"\u{2028}\u{7f}\\u0000/\"");
    }

    #[test]
    fn a_deep_value_is_written_without_deep_recursion() {
        let mut value = Json::Null;
        for _ in 0..20_000 {
            value = Json::Array(vec![value]);
        }
        let text = std::thread::scope(|scope| {
            let small = std::thread::Builder::new().stack_size(64 * 1024);
            small.spawn_scoped(scope, || canonical_json(&value)).unwrap().join().unwrap()
        });
        assert_eq!(text.len(), 40_004);
        while let Json::Array(mut items) = value {
            value = items.remove(0);
        }
    }
}

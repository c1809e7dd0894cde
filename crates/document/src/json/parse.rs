//! Reading JSON without loss: RFC 8259, <https://www.rfc-editor.org/rfc/rfc8259>, with one answer to each question that it
//! leaves open.
//!
//! Parsers disagree about repeated keys, large integers, lone surrogates and depth. The answers here do not depend on the
//! features of `serde_json` that another crate of the build enables. docs/decisions/0020 compares this parser with a visitor
//! for `serde_json`.

use quorate_event::limits;
use serde_json::{Map, Number, Value as Json};

use crate::json::error::{JsonError, JsonProblem};

/// Reads one JSON value, nested to at most [`DOCUMENT_DEPTH`](limits::DOCUMENT_DEPTH), with space around it.
///
/// # Errors
/// The position at which the text is not JSON, or could not be kept exactly: a repeated key, an integer outside
/// [-2^63, 2^64), a number that overflows a double, a lone surrogate.
pub fn parse_json(bytes: &[u8]) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        error_after(&String::from_utf8_lossy(valid), JsonProblem::NotUtf8)
    })?;
    let mut parser = Parser { rest: text, depth: 0 };
    parser.document().map_err(|problem| {
        let read = text.len().saturating_sub(parser.rest.len());
        error_after(text.get(..read).unwrap_or_default(), problem)
    })
}

fn error_after(read: &str, problem: JsonProblem) -> JsonError {
    let last_line = read.rsplit('\n').next().unwrap_or_default();
    JsonError {
        problem,
        line: read.matches('\n').count().saturating_add(1),
        column: last_line.chars().count().saturating_add(1),
    }
}

/// The unread rest of the text. After a problem it starts at the problem.
struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

const fn expected<T>(expected: &'static str) -> Result<T, JsonProblem> {
    Err(JsonProblem::Expected { expected })
}

impl<'t> Parser<'t> {
    fn document(&mut self) -> Result<Json, JsonProblem> {
        let value = self.value()?;
        self.space();
        if self.rest.is_empty() { Ok(value) } else { Err(JsonProblem::Trailing) }
    }

    fn value(&mut self) -> Result<Json, JsonProblem> {
        self.space();
        match self.rest.as_bytes().first() {
            None => Err(JsonProblem::Ended),
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            Some(b'"') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.literal(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Json, JsonProblem>) -> Result<Json, JsonProblem> {
        let limit = limits::DOCUMENT_DEPTH;
        if self.depth >= limit {
            return Err(JsonProblem::TooDeep { limit });
        }
        self.depth = self.depth.saturating_add(1);
        let value = read(self)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(value)
    }

    fn object(&mut self) -> Result<Json, JsonProblem> {
        let mut members = Map::new();
        let mut more = self.opens('{', '}');
        while more {
            self.space();
            let at = self.rest;
            let key = self.string()?;
            self.space();
            if !self.take(':') {
                return self.missing("a colon");
            }
            if members.contains_key(&key) {
                self.rest = at;
                let key = key.chars().take(80).collect();
                return Err(JsonProblem::RepeatedKey { key });
            }
            let value = self.value()?;
            members.insert(key, value);
            more = self.goes_on('}', "a comma or a closing brace")?;
        }
        Ok(Json::Object(members))
    }

    fn array(&mut self) -> Result<Json, JsonProblem> {
        let mut items = Vec::new();
        let mut more = self.opens('[', ']');
        while more {
            items.push(self.value()?);
            more = self.goes_on(']', "a comma or a closing bracket")?;
        }
        Ok(Json::Array(items))
    }

    /// Takes the opening mark; false if the closing mark follows.
    fn opens(&mut self, open: char, close: char) -> bool {
        self.take(open);
        self.space();
        !self.take(close)
    }

    /// Whether another item follows.
    fn goes_on(&mut self, close: char, what: &'static str) -> Result<bool, JsonProblem> {
        self.space();
        if self.take(close) {
            Ok(false)
        } else if self.take(',') {
            Ok(true)
        } else {
            self.missing(what)
        }
    }

    fn literal(&mut self) -> Result<Json, JsonProblem> {
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest;
                return Ok(value);
            }
        }
        expected("a JSON value")
    }

    /// number = [ "-" ] int [ frac ] [ exp ]
    fn number(&mut self) -> Result<Json, JsonProblem> {
        let start = self.rest;
        self.take('-');
        let leading_zero = self.rest.starts_with('0');
        let integral = self.digits();
        if integral == 0 {
            return self.missing("a digit");
        }
        if leading_zero && integral > 1 {
            self.rest = start;
            return expected("a number without leading zeros");
        }
        let fraction = self.take('.');
        if fraction && self.digits() == 0 {
            return self.missing("a digit after the point");
        }
        let exponent = self.take('e') || self.take('E');
        if exponent && !self.take('-') {
            self.take('+');
        }
        if exponent && self.digits() == 0 {
            return self.missing("a digit of the exponent");
        }
        let length = start.len().saturating_sub(self.rest.len());
        let text = start.get(..length).unwrap_or_default();
        let value = if fraction || exponent { float(text) } else { integer(text) };
        value.inspect_err(|_| self.rest = start)
    }

    /// Takes digits; their number.
    fn digits(&mut self) -> usize {
        let rest = self.rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = self.rest.len().saturating_sub(rest.len());
        self.rest = rest;
        count
    }

    fn string(&mut self) -> Result<String, JsonProblem> {
        if !self.take('"') {
            return self.missing("a string in double quotes");
        }
        let mut text = String::new();
        loop {
            let plain = self.rest.find(|c: char| c == '"' || c == '\\' || c < ' ').unwrap_or(self.rest.len());
            let (taken, rest) = self.rest.split_at_checked(plain).unwrap_or_default();
            text.push_str(taken);
            self.rest = rest;
            if self.take('"') {
                return Ok(text);
            }
            match self.rest.chars().next() {
                None => return Err(JsonProblem::Ended),
                Some('\\') => text.push(self.escape()?),
                Some(_) => return Err(JsonProblem::ControlCharacter),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonProblem> {
        let start = self.rest;
        self.take('\\');
        let mut rest = self.rest.chars();
        let character = match rest.next().ok_or(JsonProblem::Ended)? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                self.rest = start;
                return self.unicode_escape().inspect_err(|_| self.rest = start);
            }
            _ => {
                self.rest = start;
                return Err(JsonProblem::UnknownEscape);
            }
        };
        self.rest = rest.as_str();
        Ok(character)
    }

    /// An escaped character; two escapes if the first is half of a surrogate pair.
    fn unicode_escape(&mut self) -> Result<char, JsonProblem> {
        let first = self.code_unit().ok_or(JsonProblem::UnknownEscape)?;
        let pair = if (0xd800..0xdc00).contains(&first) {
            [Some(first), Some(self.code_unit().ok_or(JsonProblem::LoneSurrogate)?)]
        } else {
            [Some(first), None]
        };
        let mut decoded = char::decode_utf16(pair.into_iter().flatten());
        match decoded.next() {
            Some(Ok(character)) => Ok(character),
            _ => Err(JsonProblem::LoneSurrogate),
        }
    }

    fn code_unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.rest.strip_prefix("\\u")?.split_at_checked(4)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.rest = rest;
        u16::from_str_radix(digits, 16).ok()
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, mark: char) -> bool {
        let rest: Option<&'t str> = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn missing<T>(&self, what: &'static str) -> Result<T, JsonProblem> {
        if self.rest.is_empty() { Err(JsonProblem::Ended) } else { expected(what) }
    }
}

fn integer(text: &str) -> Result<Json, JsonProblem> {
    let signed = text.parse::<i64>().map(Json::from);
    signed.or_else(|_| text.parse::<u64>().map(Json::from)).map_err(|_| JsonProblem::IntegerOutOfRange)
}

fn float(text: &str) -> Result<Json, JsonProblem> {
    let number = text.parse().ok().and_then(Number::from_f64);
    let value = number.as_ref().and_then(crate::json::scalar::number);
    value.and_then(|value| crate::json::scalar::to_json(&value)).ok_or(JsonProblem::NumberOutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(text: &str) -> JsonProblem {
        match parse_json(text.as_bytes()) {
            Ok(value) => panic!("{text} is accepted as {value}"),
            Err(error) => error.problem,
        }
    }

    #[test]
    fn d8_what_is_json_and_can_be_kept_is_accepted() {
        for (text, value) in [
            ("null", json!(null)),
            (" true\n", json!(true)),
            ("\t false\r", json!(false)),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("-0.0", json!(0)),
            ("1.0", json!(1)),
            ("1E2", json!(100)),
            ("1e+2", json!(100)),
            ("2.5e-1", json!(0.25)),
            ("-1.5", json!(-1.5)),
            ("9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1e300", json!(1e300)),
            ("1e-400", json!(0)),
            ("\"\"", json!("")),
            (r#""\"\\\/\b\f\n\r\t""#, json!("\"\\/\u{8}\u{c}\n\r\t")),
            (r#""\u00e9é""#, json!("éé")),
            (r#""\ud83d\uDE00""#, json!("😀")),
            (r#""\u0000""#, json!("\0")),
            ("\"\u{7f}\u{2028}\u{feff}\"", json!("\u{7f}\u{2028}\u{feff}")),
            ("[]", json!([])),
            ("[ 1 , [ ] , { } ]", json!([1, [], {}])),
            ("{}", json!({})),
            (r#"{"a":1,"":{"a":2}}"#, json!({"a": 1, "": {"a": 2}})),
            ("{\"\u{e9}\":1,\"e\u{301}\":2}", json!({"\u{e9}": 1, "e\u{301}": 2})),
        ] {
            assert_eq!(parse_json(text.as_bytes()), Ok(value), "{text}");
        }
    }

    #[test]
    fn d8_what_would_be_guessed_or_lost_is_refused() {
        use JsonProblem::*;
        let what = |expected| Expected { expected };
        let twice = |key: &str| RepeatedKey { key: key.to_owned() };
        for (text, found) in [
            ("", Ended),
            ("  ", Ended),
            ("[1", Ended),
            ("{\"a\"", Ended),
            ("\"a", Ended),
            ("\"a\\", Ended),
            ("-", Ended),
            ("nul", what("a JSON value")),
            ("NaN", what("a JSON value")),
            ("Infinity", what("a JSON value")),
            ("-Infinity", what("a digit")),
            ("'a'", what("a JSON value")),
            ("// 1", what("a JSON value")),
            ("\u{feff}1", what("a JSON value")),
            ("+1", what("a JSON value")),
            (".5", what("a JSON value")),
            ("01", what("a number without leading zeros")),
            ("-012", what("a number without leading zeros")),
            ("1.x", what("a digit after the point")),
            ("1ex", what("a digit of the exponent")),
            ("[1,]", what("a JSON value")),
            ("[1 2]", what("a comma or a closing bracket")),
            ("{\"a\":1,}", what("a string in double quotes")),
            ("{a:1}", what("a string in double quotes")),
            ("{\"a\" 1}", what("a colon")),
            ("{\"a\":1 \"b\":2}", what("a comma or a closing brace")),
            ("1 2", Trailing),
            ("{} x", Trailing),
            ("0x10", Trailing),
            ("1\u{a0}", Trailing),
            ("1\0", Trailing),
            (r#"{"a":1,"a":1}"#, twice("a")),
            (r#"{"a":1,"\u0061":2}"#, twice("a")),
            ("18446744073709551616", IntegerOutOfRange),
            ("-9223372036854775809", IntegerOutOfRange),
            ("100000000000000000000", IntegerOutOfRange),
            ("1e400", NumberOutOfRange),
            ("-1e400", NumberOutOfRange),
            (r#""\ud83d""#, LoneSurrogate),
            (r#""\ude00""#, LoneSurrogate),
            (r#""\ud83dx""#, LoneSurrogate),
            (r#""\ud83d\ud83d""#, LoneSurrogate),
            (r#""\u12g4""#, UnknownEscape),
            (r#""\u+123""#, UnknownEscape),
            (r#""\u12""#, UnknownEscape),
            (r#""\x41""#, UnknownEscape),
            ("\"a\nb\"", ControlCharacter),
            ("\"\0\"", ControlCharacter),
        ] {
            assert_eq!(problem(text), found, "{text:?}");
        }
        assert_eq!(parse_json(b"\"\xff\"").unwrap_err().problem, NotUtf8);
        assert_eq!(parse_json(b"\"\xed\xa0\xbd\"").unwrap_err().problem, NotUtf8);
        assert_eq!(IntegerOutOfRange.hint(), "write it as a string");
    }

    #[test]
    fn d8_thirty_two_levels_are_the_limit() {
        for (depth, accepted) in [(31, true), (32, true), (33, false), (100_000, false)] {
            let arrays = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(parse_json(arrays.as_bytes()).is_ok(), accepted, "{depth}");
            let objects = "{\"a\":".repeat(depth) + "1" + &"}".repeat(depth);
            assert_eq!(parse_json(objects.as_bytes()).is_ok(), accepted, "{depth}");
        }
        let (wide, limit) = ("[".to_owned() + &"[],".repeat(100) + "[]]", 32);
        assert!(parse_json(wide.as_bytes()).is_ok());
        assert_eq!(problem(&"[".repeat(33)), JsonProblem::TooDeep { limit });
    }

    #[test]
    fn an_error_says_where_and_what_to_do() {
        let error = parse_json("{\n  \"é\": 1,\n  \"n\": 36893488147419103232\n}".as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (3, 8));
        assert_eq!(error.to_string(), "the integer lies outside [-2^63, 2^64) at line 3, column 8");
        let error = parse_json("[\"é\", \"\\ud800\"]".as_bytes()).unwrap_err();
        assert_eq!((error.line, error.column), (1, 8));
    }
}

//! Why a text cannot be read as JSON, at which position, and how to repair it.

/// Why a text is not JSON that can be kept exactly, and the position in the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at line {line}, column {column}")]
pub struct JsonError {
    /// The problem.
    pub problem: JsonProblem,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A problem of a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonProblem {
    /// The text ends within a value.
    #[error("the text ends too early")]
    Ended,
    /// The text does not continue as JSON does.
    #[error("expected {expected}")]
    Expected {
        /// The expected text, in words.
        expected: &'static str,
    },
    /// A value follows the value.
    #[error("more text after the value")]
    Trailing,
    /// An object names a key twice.
    #[error("the key {key:?} repeats")]
    RepeatedKey {
        /// The key, cut to 80 characters.
        key: String,
    },
    /// An integer that would lose digits.
    #[error("the integer lies outside [-2^63, 2^64)")]
    IntegerOutOfRange,
    /// A number whose absolute value exceeds every double.
    #[error("the number is too great for a double")]
    NumberOutOfRange,
    /// Arrays and objects are nested more deeply than a document allows.
    #[error("arrays and objects nest more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Half of a surrogate pair, which is not a character.
    #[error("a lone surrogate")]
    LoneSurrogate,
    /// A control character that is not escaped.
    #[error("an unescaped control character in a string")]
    ControlCharacter,
    /// A backslash before a character that it cannot escape.
    #[error("an unknown escape in a string")]
    UnknownEscape,
    /// Bytes that are not UTF-8.
    #[error("the text is not UTF-8")]
    NotUtf8,
}

impl JsonProblem {
    /// How to repair the text.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Ended => "close the string, array or object",
            Self::Expected { .. } => "JSON has double quotes, no comments, no trailing commas, no NaN or Infinity",
            Self::Trailing => "send one JSON value",
            Self::RepeatedKey { .. } => "keep one of the two",
            Self::IntegerOutOfRange => "write it as a string",
            Self::NumberOutOfRange => "write it as a string; NaN and infinities cannot be kept",
            Self::TooDeep { .. } => "flatten the value, or spread it over several documents",
            Self::LoneSurrogate => "write both halves of the pair, or encode the bytes (base64, hex)",
            Self::ControlCharacter => "escape it, as in \\n or \\u0000",
            Self::UnknownEscape => "use \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hexadecimal digits",
            Self::NotUtf8 => "encode the text as UTF-8, bytes as base64 or hex",
        }
    }
}

//! Numbers of JSON with one form each: an integer keeps all its digits, a float is never integral in the integers' range.

/// An integer in [-2^63, 2^64), which covers both of a 64-bit machine's kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integer(i128);

impl Integer {
    /// The least integer, -2^63.
    pub const MIN: Self = Self(i64::MIN as i128);
    /// The greatest integer, 2^64 - 1.
    pub const MAX: Self = Self(u64::MAX as i128);

    /// `value`, if it is in range.
    pub fn new(value: i128) -> Option<Self> {
        (Self::MIN.0..=Self::MAX.0).contains(&value).then_some(Self(value))
    }

    /// The value.
    pub const fn value(self) -> i128 {
        self.0
    }
}

/// A finite float that is not an [`Integer`]: those that are integral in the integers' range *are* that integer.
#[derive(Debug, Clone, Copy)]
pub struct Float(f64);

/// What a float of JSON is, once it has one form.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Integer(Integer),
    Float(Float),
}

impl Float {
    /// The value: finite, and not an integer in [-2^63, 2^64).
    pub const fn value(self) -> f64 {
        self.0
    }
}

// Sound because NaN is never held, and -0 is the integer 0.
impl PartialEq for Float {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}
impl Eq for Float {}

/// The one form of a float, or nothing for NaN and the infinities.
pub(crate) fn number(value: f64) -> Option<Number> {
    if !value.is_finite() {
        return None;
    }
    // Both bounds are powers of two, so the comparisons and the conversion are exact.
    let in_range = (-9_223_372_036_854_775_808.0..18_446_744_073_709_551_616.0).contains(&value);
    if in_range && value.trunc() == value {
        #[expect(clippy::cast_possible_truncation, reason = "integral and in range")]
        return Integer::new(value as i128).map(Number::Integer);
    }
    Some(Number::Float(Float(value)))
}

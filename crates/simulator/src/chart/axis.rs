//! Axes: from values to places, and which values are named.

/// One axis of a panel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Axis {
    /// What is measured, and its unit.
    pub(crate) label: &'static str,
    pub(crate) scale: Scale,
}

/// How values lie on an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// By their logarithms, as far as there are any.
    Log,
    /// From nothing on, as far as there are any.
    FromZero,
    /// From nothing to this.
    To(f64),
}

/// An axis that holds all its values, from one place on the page to another.
pub(super) struct AxisRange {
    is_log: bool,
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

/// What is less has no place on a logarithmic axis.
const LEAST: f64 = 1e-6;
/// Values that are named, at most.
const NAMED: usize = 10;

impl AxisRange {
    pub(super) fn new(scale: Scale, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (least, most) =
            values.fold((f64::MAX, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
        let (least, most) = match scale {
            Scale::Log if most > 0.0 => (least.max(LEAST) / 1.25, most * 1.25),
            Scale::Log => (1.0, 10.0),
            Scale::FromZero if most > 0.0 => (0.0, most * 1.08),
            Scale::FromZero => (0.0, 1.0),
            Scale::To(most) => (0.0, most),
        };
        Self { is_log: scale == Scale::Log, least, most, from, to }
    }

    pub(super) fn place(&self, value: f64) -> f64 {
        let part = if self.is_log {
            (value.max(LEAST) / self.least).ln() / (self.most / self.least).ln()
        } else {
            (value - self.least) / (self.most - self.least)
        };
        self.from + part * (self.to - self.from)
    }

    /// Where it ends.
    pub(super) const fn end(&self) -> f64 {
        self.to
    }

    /// One, two and five of each power of ten, only the powers where that would be too many; or even steps.
    pub(super) fn ticks(&self) -> Vec<f64> {
        if !self.is_log {
            return self.even_ticks();
        }
        let fine = self.ticks_of(&[1, 2, 5]);
        if fine.len() <= NAMED { fine } else { self.ticks_of(&[1]) }
    }

    fn ticks_of(&self, steps: &[i32]) -> Vec<f64> {
        let of_power = |power: i32| steps.iter().map(move |step| decimal(*step, power));
        (-6..=7).flat_map(of_power).filter(|value| (self.least..=self.most).contains(value)).collect()
    }

    fn even_ticks(&self) -> Vec<f64> {
        let steps = (-6..=9).flat_map(|power| [1, 2, 5].map(|step| decimal(step, power)));
        let count = |step: f64| (self.most / step) as usize;
        let step = steps.into_iter().find(|step| count(*step) < NAMED - 2).unwrap_or(self.most);
        (0..=count(step)).map(|number| number as f64 * step).collect()
    }
}

/// `step` times a power of ten, as it is written.
fn decimal(step: i32, power: i32) -> f64 {
    let ten = 10_f64.powi(power.abs());
    if power < 0 { f64::from(step) / ten } else { f64::from(step) * ten }
}

/// A number as people write it: thousands are set apart.
pub(crate) fn thousands(number: f64) -> String {
    let text = format!("{}", (number * 1e6).round() / 1e6);
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_round_and_within() {
        let ticks = |scale, values: &[f64]| {
            let span = AxisRange::new(scale, values.iter().copied(), 0.0, 100.0);
            span.ticks().into_iter().map(thousands).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ticks(Scale::Log, &[4.0, 300.0]), "5 10 20 50 100 200");
        assert_eq!(ticks(Scale::Log, &[0.1, 1_000.0]), "0.1 1 10 100 1,000");
        assert_eq!(ticks(Scale::FromZero, &[0.9]), "0 0.2 0.4 0.6 0.8");
        assert_eq!(ticks(Scale::To(60.0), &[]), "0 10 20 30 40 50 60");
        assert_eq!(ticks(Scale::FromZero, &[]), "0 0.2 0.4 0.6 0.8 1");
    }

    #[test]
    fn values_lie_where_their_scale_says() {
        let log = AxisRange::new(Scale::Log, [1.25, 80.0].into_iter(), 0.0, 100.0);
        assert_eq!([1.0, 10.0, 100.0].map(|value| log.place(value).round()), [0.0, 50.0, 100.0]);
        let even = AxisRange::new(Scale::To(50.0), std::iter::empty(), 200.0, 100.0);
        assert_eq!([0.0, 25.0, 50.0].map(|value| even.place(value).round()), [200.0, 150.0, 100.0]);
    }

    #[test]
    fn thousands_are_set_apart() {
        let written = [0.1, 0.30000000000000004, 7.0, 999.0, 1_000.0, 12_345.5, 1_000_000.0].map(thousands);
        assert_eq!(written, ["0.1", "0.3", "7", "999", "1,000", "12,345.5", "1,000,000"]);
    }
}

//! Three drawings of measurements in the simulator.

mod latency;
mod load;
mod partition;

use crate::emulate::EmulationError;
use crate::oracle::Violation;

/// How many points are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All points.
    Full,
    /// A few points of each, in little time.
    Small,
}

/// All drawings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plots {
    /// How many points are measured.
    pub extent: Extent,
    /// The seed of the worlds.
    pub seed: u64,
}

/// A drawing, and what its file is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plot {
    /// The file's name.
    pub file: &'static str,
    /// What is in it.
    pub svg: String,
}

/// Why a drawing could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlotError {
    /// A request under latency and bandwidth did not end well.
    #[error(transparent)]
    Emulation(#[from] EmulationError),
    /// An invariant broke.
    #[error("{file}: {violation}")]
    Violated {
        /// For which drawing.
        file: &'static str,
        /// What.
        violation: Box<Violation>,
    },
}

impl PlotError {
    fn violated(file: &'static str, violation: Violation) -> Self {
        Self::Violated { file, violation: Box::new(violation) }
    }
}

/// The progress of the measurements.
struct Progress<'s> {
    done: u64,
    all: u64,
    report: &'s mut dyn FnMut(u64, u64),
}

impl Progress<'_> {
    fn step(&mut self) {
        self.done += 1;
        (self.report)(self.done, self.all);
    }
}

impl Plots {
    /// Measures and draws. `report` is called with the number of finished steps and of all steps. Deterministic.
    ///
    /// # Errors
    /// When a run did not end well.
    pub fn draw(&self, report: &mut dyn FnMut(u64, u64)) -> Result<Vec<Plot>, PlotError> {
        let all = latency::steps(self.extent) + load::steps(self.extent) + partition::STEPS;
        report(0, all);
        let mut steps = Progress { done: 0, all, report };
        Ok(vec![
            Plot { file: latency::FILE, svg: latency::draw(*self, &mut steps)? },
            Plot { file: load::FILE, svg: load::draw(*self, &mut steps)? },
            Plot { file: partition::FILE, svg: partition::draw(*self, &mut steps)? },
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(seed: u64) -> Vec<Plot> {
        Plots { extent: Extent::Small, seed }.draw(&mut |_, _| ()).unwrap()
    }

    #[test]
    fn equal_seeds_give_equal_bytes_and_others_do_not() {
        let first = draw(7);
        assert_eq!(first, draw(7));
        assert!(first.iter().zip(draw(8)).all(|(one, other)| one.file == other.file && one.svg != other.svg));
    }

    #[test]
    fn each_drawing_is_whole_and_names_its_axes_and_units() {
        let words: [(&str, &[&str]); 3] = [
            ("latency.svg", &["members", "Mbps on each connection", "seconds", "published", "floor"]),
            ("load.svg", &["events offered each second", "events final each second", "99th percentile", "7 members"]),
            ("partition.svg", &["seconds", "milestones", "events", "member 4", "1, 2 apart from 3, 4"]),
        ];
        let drawn = draw(1);
        assert_eq!(drawn.len(), words.len());
        for (Plot { file, svg }, (expected, words)) in drawn.iter().zip(words) {
            assert_eq!(*file, expected);
            for word in words {
                assert!(svg.contains(word), "{file}: {word}");
            }
            well_formed(file, svg);
        }
    }

    /// Every element is closed, and every number is one.
    fn well_formed(file: &str, svg: &str) {
        let lines = svg.lines().skip(1).filter(|line| *line != "</svg>");
        for line in lines {
            let name = line.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
            assert!(line.ends_with("/>") || line.ends_with(&format!("</{name}>")), "{file}: {line}");
        }
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"), "{file}");
        assert!(!svg.contains("NaN") && !svg.contains("inf\"") && !svg.contains("inf,"), "{file}");
    }

    #[test]
    fn every_step_is_reported_once() {
        let mut told = Vec::new();
        Plots { extent: Extent::Small, seed: 1 }.draw(&mut |done, all| told.push((done, all))).unwrap();
        let all = told[0].1;
        assert_eq!(told, (0..=all).map(|done| (done, all)).collect::<Vec<_>>());
    }
}

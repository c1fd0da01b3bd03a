//! Tables of what was measured.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::measure::Measured;

/// What one program took.
pub(crate) struct Row {
    wall: Duration,
    cpu: Duration,
    /// The peak of its resident memory (VmHWM), in kB; 0 where nobody has looked while it ran.
    peak: u64,
    /// How many challenges came out with an error.
    failed: usize,
    /// What the CA took of the CPU meanwhile, where that was measured.
    of_ca: Option<Duration>,
}

impl Row {
    pub(crate) fn of(measured: Measured, peak: u64, failed: usize) -> Row {
        Row {
            wall: measured.wall,
            cpu: measured.cpu,
            peak,
            failed,
            of_ca: None,
        }
    }

    /// With what the CA took of the CPU meanwhile.
    pub(crate) fn with_ca(self, of_ca: Duration) -> Row {
        Row {
            of_ca: Some(of_ca),
            ..self
        }
    }
}

/// Rows under a heading.
pub(crate) struct Table {
    heading: String,
    rows: Vec<(String, Row)>,
}

impl Table {
    pub(crate) fn new(heading: String) -> Table {
        Table {
            heading,
            rows: Vec::new(),
        }
    }

    /// Measures a row and adds it.
    ///
    /// # Errors
    /// What `measure` fails with.
    pub(crate) fn add(
        &mut self,
        name: &str,
        measure: impl FnOnce() -> Result<Row, Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        // Some take minutes: that they are under way is not to look like a program that hangs.
        eprintln!("{}: {name}", self.heading);
        self.rows.push((name.to_owned(), measure()?));
        Ok(())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<44} {:>12} {:>12} {:>10} {:>8} {:>12}",
            self.heading, "wall", "CPU", "memory", "failed", "the CA's CPU"
        )?;
        for (name, row) in &self.rows {
            let memory = match row.peak {
                0 => "-".to_owned(),
                peak => format!("{:.1} MB", peak as f64 / 1000.0),
            };
            let of_ca = row.of_ca.map_or("-".to_owned(), |of_ca| {
                format!("{:.2} s", of_ca.as_secs_f64())
            });
            writeln!(
                out,
                "{name:<44} {:>10.4} s {:>10.4} s {memory:>10} {:>8} {of_ca:>12}",
                row.wall.as_secs_f64(),
                row.cpu.as_secs_f64(),
                row.failed
            )?;
        }
        Ok(())
    }
}

/// That of a sorted list below which so many percent of it are.
pub(crate) fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let index = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_list() {
        let list: Vec<Duration> = (0..10).map(Duration::from_secs).collect();
        for (percent, seconds) in [(0, 0), (50, 5), (95, 9), (100, 9)] {
            assert_eq!(percentile(&list, percent).as_secs(), seconds, "{percent}");
        }
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}

//! The same figure, taken several times.

/// What was measured in each run.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle one; between the middle two where their number is even. Not a number where there is none.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        match (sorted.len(), sorted.len() / 2) {
            (0, _) => f64::NAN,
            (count, middle) if count % 2 == 1 => sorted[middle],
            (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// The greatest one. Not a number where there is none.
    pub(crate) fn largest(&self) -> f64 {
        self.0.iter().copied().fold(f64::NAN, f64::max)
    }

    /// The median, and from where to where the runs went if there were several.
    pub(crate) fn show(&self, digits: usize) -> String {
        let smallest = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let largest = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let median = number(self.median(), digits);
        match self.0.len() {
            0 | 1 => median,
            _ => format!("{median} ({}–{})", number(smallest, digits), number(largest, digits)),
        }
    }
}

/// A number with so many digits after the point, and commas between thousands.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{:.digits$}", value.abs());
    let (whole, fraction) = plain.split_at(plain.find('.').unwrap_or(plain.len()));
    let mut text = String::new();
    if value < 0.0 {
        text.push('-');
    }
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let mut samples = Samples::default();
        assert!(samples.median().is_nan());
        [3.0, 1.0, 1_000.0].into_iter().for_each(|value| samples.push(value));
        assert_eq!(samples.show(0), "3 (1–1,000)");
        samples.push(5.0);
        assert_eq!(samples.median(), 4.0);
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(number(999.6, 0), "1,000");
        assert_eq!(number(-0.25, 2), "-0.25");
        assert_eq!(number(f64::INFINITY, 2), "–");
    }
}

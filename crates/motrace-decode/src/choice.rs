use ndarray::Array3;
use std::ops::Range;

/// A chosen band is at least this wide, in hertz: a narrower filter rings longer than rhythms last.
pub const SMALLEST_BAND_HZ: f64 = 4.0;
/// A band goes on while the score is at least this share of its largest value.
const BAND_SHARE: f64 = 0.05;
/// An interval holds this share of all that speaks for the difference.
const INTERVAL_SHARE: f64 = 0.8;
/// The sign of a channel is taken over this time on either side of the peak, in seconds.
const SIGN_SECS: f64 = 0.1;
/// A difference counts where the correlation is this many standard errors (Fisher's z) from none.
const SMALLEST_Z: f64 = 3.5;

/// Log-powers of trials, over frequency or over time, from which a band or an interval is chosen by labels.
///
/// The heuristics of Blankertz, Tomioka, Lemm, Kawanabe and Müller 2008 (IEEE Signal Processing Magazine 25(1),
/// algorithms 1 and 2), over one channel for each area: the one whose log-power correlates best with the labels.
/// Whatever is chosen depends on the given trials only. Nothing is chosen where no correlation is 3.5 standard errors
/// (by Fisher's z) from none, which some hundred scores of noise rarely are: a sensible default beats a choice among
/// noise. That limit is not in the paper, whose authors looked at the scores.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPowers {
    /// `[trials, channels, points]`.
    pub values: Array3<f64>,
    /// Where the points are: ascending and equally spaced, in hertz or in seconds.
    pub points: Vec<f64>,
    /// The class of each trial: 0 or 1.
    pub labels: Vec<usize>,
    /// Channels that see the same part of the head.
    pub areas: Vec<Vec<usize>>,
}

impl LogPowers {
    /// The band in hertz that tells the classes apart, where points are frequencies.
    ///
    /// Scores are correlations of log-power and label. From the frequency where the areas' absolute scores are largest
    /// in sum, each area's score gets the sign that makes it positive there; the band grows from the largest of their
    /// sum as long as it stays above 5 % of it, and is widened to [`SMALLEST_BAND_HZ`].
    #[must_use]
    pub fn band_hz(&self, trials: &[usize]) -> Option<[f64; 2]> {
        let scores = self.telling_scores(trials)?;
        let peak = largest(&absolute_sum(&scores))?;
        let sum = signed_sum(&scores, |score| score[peak]);
        let peak = largest(&sum)?;
        let least = BAND_SHARE * sum[peak];
        let goes_on = |point: &usize| sum[*point] >= least;
        let low = (0..peak).rev().take_while(goes_on).last().unwrap_or(peak);
        let high = (peak + 1..sum.len()).take_while(goes_on).last().unwrap_or(peak);
        Some(widened([self.points[low], self.points[high]], SMALLEST_BAND_HZ, self.bounds()?))
    }

    /// The interval in seconds that tells the classes apart, where points are times.
    ///
    /// Signs as for a band, from the scores within 0.1 s around their peak; the interval grows from the largest of
    /// the signed sum, always to the side where more is left, until it holds 80 % of all that is positive, and is
    /// widened to `least_secs`.
    #[must_use]
    pub fn interval_secs(&self, trials: &[usize], least_secs: f64) -> Option<[f64; 2]> {
        let scores = self.telling_scores(trials)?;
        let peak = largest(&absolute_sum(&scores))?;
        let around: Vec<usize> = (0..self.points.len())
            .filter(|&i| (self.points[i] - self.points[peak]).abs() <= SIGN_SECS + 1e-9)
            .collect();
        let sum = signed_sum(&scores, |score| around.iter().map(|&point| score[point]).sum());
        let Range { start, end } = share_of(&sum, INTERVAL_SHARE)?;
        Some(widened([self.points[start], self.points[end - 1]], least_secs, self.bounds()?))
    }

    fn bounds(&self) -> Option<[f64; 2]> {
        Some([*self.points.first()?, *self.points.last()?])
    }

    /// The scores of each area's best channel, where any of them is beyond chance.
    fn telling_scores(&self, trials: &[usize]) -> Option<Vec<Vec<f64>>> {
        let peak = |scores: &[f64]| scores.iter().fold(0.0_f64, |peak, score| peak.max(score.abs()));
        let best = |area: &Vec<usize>| {
            let scores = area.iter().map(|&channel| self.scores(trials, channel));
            scores.max_by(|a, b| peak(a).total_cmp(&peak(b)))
        };
        let scores: Vec<Vec<f64>> = self.areas.iter().filter_map(best).collect();
        let degrees = trials.len().checked_sub(3).filter(|&degrees| degrees > 0)?;
        let least = (SMALLEST_Z / (degrees as f64).sqrt()).tanh();
        scores.iter().any(|scores| peak(scores) >= least).then_some(scores)
    }

    /// The correlation of a channel's log-power with the label at each point; 0 where there is none.
    fn scores(&self, trials: &[usize], channel: usize) -> Vec<f64> {
        let count = trials.len().max(1) as f64;
        let label_mean = trials.iter().map(|&t| self.labels[t] as f64).sum::<f64>() / count;
        let label_square = trials.iter().map(|&t| (self.labels[t] as f64 - label_mean).powi(2)).sum::<f64>();
        (0..self.points.len())
            .map(|point| {
                let value = |trial: usize| self.values[[trial, channel, point]];
                let mean = trials.iter().map(|&t| value(t)).sum::<f64>() / count;
                let (mut square, mut product) = (0.0, 0.0);
                for &trial in trials {
                    let off = value(trial) - mean;
                    square += off * off;
                    product += off * (self.labels[trial] as f64 - label_mean);
                }
                let score = product / (square * label_square).sqrt();
                if score.is_finite() { score } else { 0.0 }
            })
            .collect()
    }
}

fn absolute_sum(scores: &[Vec<f64>]) -> Vec<f64> {
    signed_sum(&scores.iter().map(|score| score.iter().map(|s| s.abs()).collect()).collect::<Vec<_>>(), |_| 1.0)
}

/// The sum over channels, each with its sign turned where `direction` of its scores is not positive.
fn signed_sum(scores: &[Vec<f64>], direction: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut sum = vec![0.0; scores.first().map_or(0, Vec::len)];
    for score in scores {
        let sign = if direction(score) > 0.0 { 1.0 } else { -1.0 };
        sum.iter_mut().zip(score).for_each(|(sum, score)| *sum += sign * score);
    }
    sum
}

/// The first of the largest values.
fn largest(values: &[f64]) -> Option<usize> {
    (0..values.len()).rev().max_by(|&a, &b| values[a].total_cmp(&values[b]))
}

/// The stretch around the largest value that holds a share of all that is positive.
fn share_of(values: &[f64], share: f64) -> Option<Range<usize>> {
    let wanted = share * values.iter().map(|v| v.max(0.0)).sum::<f64>();
    let (mut start, mut end) = largest(values).map(|peak| (peak, peak + 1))?;
    while values[start..end].iter().sum::<f64>() < wanted && (start > 0 || end < values.len()) {
        let [before, after] = [&values[..start], &values[end..]].map(|side| side.iter().sum::<f64>());
        if start > 0 && (end == values.len() || before > after) {
            start -= 1;
        } else {
            end += 1;
        }
    }
    Some(start..end)
}

/// At least this wide, within bounds.
fn widened([low, high]: [f64; 2], least: f64, [first, last]: [f64; 2]) -> [f64; 2] {
    let missing = (least - (high - low)).max(0.0);
    let low = (low - missing / 2.0).min(last - least).max(first);
    [low, high.max((low + least).min(last))]
}

#[cfg(test)]
mod tests;

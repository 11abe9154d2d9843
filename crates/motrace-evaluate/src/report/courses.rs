use super::comparisons::interval_of_mean;
use super::{Chance, ReportSettings};
use crate::plan::Plan;
use crate::results::JobResult;
use crate::{DecoderId, Protocol, headline};
use motrace_decode::metrics::{chance_interval, wilson_interval};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// The accuracy of a decoder over the time in the trial.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// How trials were divided.
    pub protocol: Protocol,
    /// The decoder.
    pub decoder: DecoderId,
    /// The subject; `None` for the mean over subjects, each counting the same.
    pub subject: Option<String>,
    /// How many subjects are in it.
    pub subjects: usize,
    /// How many trials, all of whose windows are in the data.
    pub trials: usize,
    /// The length of the sliding window, in seconds.
    pub sliding_secs: f64,
    /// What guessing reaches at one time; of a mean, on as many trials of as many subjects.
    pub chance: Chance,
    /// From before the cue on. Of a mean, the times that all subjects have.
    pub points: Vec<CoursePoint>,
}

/// A point of a [`Course`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CoursePoint {
    /// The end of the window, in seconds after the cue.
    pub end_secs: f64,
    /// The share of right decisions.
    pub accuracy: f64,
    /// Its interval at 95 %: Wilson's for one subject, bootstrap within subjects for several.
    pub interval: [f64; 2],
}

/// A subject's trials: whether each is decided right at each time, a share where it was tested several times.
struct Rights {
    subject: String,
    sliding_secs: f64,
    ends_secs: Vec<f64>,
    /// By recording and number: sums over times, and how often.
    trials: BTreeMap<(usize, usize), (Vec<f64>, usize)>,
    /// How many trials there are of each class.
    classes: Vec<usize>,
}

impl Rights {
    /// The shares of the trials at a time, in their order.
    fn at(&self, place: usize) -> Vec<f64> {
        self.trials.values().map(|(sums, count)| sums[place] / *count as f64).collect()
    }

    /// The share of the most frequent class.
    fn guess(&self) -> f64 {
        let most = self.classes.iter().max().copied().unwrap_or(0);
        most as f64 / self.trials.len().max(1) as f64
    }
}

/// For each decoder that has courses that of each subject, and where there are several, their mean.
pub(super) fn courses(plan: &Plan, results: &[JobResult], settings: ReportSettings) -> Vec<Course> {
    let Some(protocol) = headline(&plan.protocols) else { return Vec::new() };
    let by_key: HashMap<&str, &JobResult> = results.iter().map(|result| (result.key.as_str(), result)).collect();
    let mut courses = Vec::new();
    for &decoder in &plan.decoders {
        let mut subjects: Vec<Rights> = Vec::new();
        let jobs =
            plan.jobs.iter().filter(|planned| planned.job.protocol == protocol && planned.job.decoder == decoder);
        for result in jobs.filter_map(|planned| by_key.get(planned.key.as_str())) {
            add(&mut subjects, result, plan.classes.len());
        }
        subjects.retain(|subject| !subject.trials.is_empty());
        courses.extend(subjects.iter().map(|subject| of_subject(subject, protocol, decoder)));
        if subjects.len() > 1 {
            courses.extend(of_all(&subjects, protocol, decoder, settings));
        }
    }
    courses
}

fn add(subjects: &mut Vec<Rights>, result: &JobResult, classes: usize) {
    for fold in &result.folds {
        let Some(course) = fold.figures.as_ref().and_then(|figures| figures.course.as_ref()) else { continue };
        let name = &result.job.subject;
        let place = subjects.iter().position(|known| known.subject == *name).unwrap_or_else(|| {
            subjects.push(Rights {
                subject: name.clone(),
                sliding_secs: course.sliding_secs,
                ends_secs: course.ends_secs.clone(),
                trials: BTreeMap::new(),
                classes: vec![0; classes],
            });
            subjects.len() - 1
        });
        let rights = &mut subjects[place];
        if rights.ends_secs != course.ends_secs {
            continue;
        }
        for (prediction, decided) in fold.predictions.iter().zip(&course.decided) {
            if decided.len() != rights.ends_secs.len() {
                continue;
            }
            let known = rights.trials.entry((prediction.recording, prediction.trial));
            let (sums, count) = known.or_insert_with(|| (vec![0.0; decided.len()], 0));
            if *count == 0
                && let Some(of_class) = rights.classes.get_mut(prediction.truth)
            {
                *of_class += 1;
            }
            *count += 1;
            for (sum, decided) in sums.iter_mut().zip(decided) {
                *sum += f64::from(u8::from(*decided == prediction.truth));
            }
        }
    }
}

fn of_subject(rights: &Rights, protocol: Protocol, decoder: DecoderId) -> Course {
    let trials = rights.trials.len();
    let points = rights.ends_secs.iter().enumerate().map(|(place, &end_secs)| {
        let right: f64 = rights.at(place).iter().sum();
        let interval = wilson_interval(right.round() as usize, trials);
        CoursePoint { end_secs, accuracy: right / trials.max(1) as f64, interval }
    });
    Course {
        protocol,
        decoder,
        subject: Some(rights.subject.clone()),
        subjects: 1,
        trials,
        sliding_secs: rights.sliding_secs,
        chance: chance(trials, rights.guess()),
        points: points.collect(),
    }
}

fn of_all(subjects: &[Rights], protocol: Protocol, decoder: DecoderId, settings: ReportSettings) -> Option<Course> {
    let first = subjects.first()?;
    let count = subjects.len() as f64;
    let points = first.ends_secs.iter().filter_map(|&end_secs| {
        let at_end = |rights: &Rights| Some(rights.at(rights.ends_secs.iter().position(|end| *end == end_secs)?));
        let each: Vec<Vec<f64>> = subjects.iter().map(at_end).collect::<Option<_>>()?;
        let means: Vec<f64> = each.iter().map(|own| own.iter().sum::<f64>() / own.len().max(1) as f64).collect();
        Some(CoursePoint {
            end_secs,
            accuracy: means.iter().sum::<f64>() / count,
            interval: interval_of_mean(&each, settings.resampling)?,
        })
    });
    // The variance of the mean over subjects of binomial shares is that of one share of so many trials.
    let like_trials = count * count / subjects.iter().map(|own| 1.0 / own.trials.len().max(1) as f64).sum::<f64>();
    let guess = subjects.iter().map(Rights::guess).sum::<f64>() / count;
    Some(Course {
        protocol,
        decoder,
        subject: None,
        subjects: subjects.len(),
        trials: subjects.iter().map(|own| own.trials.len()).sum(),
        sliding_secs: first.sliding_secs,
        chance: chance(like_trials.round() as usize, guess),
        points: points.collect(),
    })
}

fn chance(trials: usize, guess: f64) -> Chance {
    let found = chance_interval(trials, guess);
    Chance { level: found.level, low: found.low, high: found.high, upper_bound: found.upper_bound }
}

use super::CheckError;
use super::noise::shuffle;
use ndarray::{Array2, ArrayView2, Axis, Slice};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How patches are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlippingSettings {
    /// The length of a patch in samples (a patch is one channel wide); 100 ms is usual. The last one can be shorter.
    pub patch_samples: usize,
    /// In how many steps all patches are replaced; the curves have one point more.
    pub steps: usize,
    /// Seeds the choice of replacements, and the order of [`random_flipping`].
    pub seed: u64,
}

/// What becomes of the decisions while their windows are replaced patch by patch.
///
/// A curve is the mean over trials of the decision value, counted positive in the direction of the trial's own
/// decision, in percent of its mean at the start: 100 where nothing is replaced, about 0 where everything is.
#[derive(Debug, Clone, PartialEq)]
pub struct Flipping {
    /// The most relevant patches first: falls fast if they matter.
    pub most_relevant_first: Vec<f64>,
    /// The least relevant patches first: holds, or rises, as long as only they are replaced.
    pub least_relevant_first: Vec<f64>,
}

impl Flipping {
    /// The area between the two curves over the replaced share (0 to 1), in percent of the mean decision: the
    /// symmetric relevance gain of Blücher, Vielhaben and Strodthoff (2024). Without information it is 0.
    #[must_use]
    pub fn relevance_gain(&self) -> f64 {
        let gaps: Vec<f64> =
            self.least_relevant_first.iter().zip(&self.most_relevant_first).map(|(l, m)| l - m).collect();
        let steps = gaps.len().saturating_sub(1).max(1) as f64;
        gaps.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).sum::<f64>() / steps
    }
}

/// Replaces the patches of each trial in the order of their relevance and follows the decision (pixel flipping,
/// Samek et al. 2017).
///
/// Replacements are real data: for each trial and time bin another trial is the donor, for all channels alike, so
/// that the replaced part keeps its spatial correlation; the donors of a trial are half of one class and half of the
/// other, so that a window that is replaced wholly says nothing. Zeros are never used: to a decoder of log-power they
/// are the strongest evidence there is.
///
/// `windows` are `[channels, samples]` each, `classes` their true classes (0 or 1), `relevance` their maps of the
/// same shape, `score` the decision value of a window (positive for class 1).
///
/// # Errors
/// When the lists do not fit together, a class has fewer than two trials, or a setting is 0.
pub fn flipping(
    windows: &[ArrayView2<f64>],
    classes: &[usize],
    relevance: &[ArrayView2<f64>],
    settings: &FlippingSettings,
    score: impl FnMut(ArrayView2<f64>) -> f64,
) -> Result<Flipping, CheckError> {
    same(relevance.len(), windows.len(), "relevance maps")?;
    for (map, window) in relevance.iter().zip(windows) {
        same(map.nrows(), window.nrows(), "channels of a relevance map")?;
        same(map.ncols(), window.ncols(), "samples of a relevance map")?;
    }
    follow(windows, classes, settings, score, |trial, toward, patch, _| {
        let samples = Slice::from(patch.start..patch.end);
        toward * relevance[trial].index_axis(Axis(0), patch.channel).slice_axis(Axis(0), samples).sum()
    })
}

/// The same with patches in random order: the baseline that any explanation has to beat.
///
/// # Errors
/// As [`flipping`].
pub fn random_flipping(
    windows: &[ArrayView2<f64>],
    classes: &[usize],
    settings: &FlippingSettings,
    score: impl FnMut(ArrayView2<f64>) -> f64,
) -> Result<Flipping, CheckError> {
    follow(windows, classes, settings, score, |_, _, _, rng| rng.random())
}

/// One channel over one time bin.
struct Patch {
    channel: usize,
    start: usize,
    end: usize,
    donor: usize,
}

fn follow(
    windows: &[ArrayView2<f64>],
    classes: &[usize],
    settings: &FlippingSettings,
    mut score: impl FnMut(ArrayView2<f64>) -> f64,
    mut rank: impl FnMut(usize, f64, &Patch, &mut ChaCha8Rng) -> f64,
) -> Result<Flipping, CheckError> {
    let members = check(windows, classes, settings)?;
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut curves = [vec![0.0; settings.steps + 1], vec![0.0; settings.steps + 1]];
    for (trial, window) in windows.iter().enumerate() {
        let toward = score(*window).signum();
        let donors = donors(trial, window.ncols().div_ceil(settings.patch_samples), &members, &mut rng);
        let mut patches: Vec<(f64, Patch)> = Vec::new();
        for channel in 0..window.nrows() {
            for (bin, donor) in donors.iter().enumerate() {
                let start = bin * settings.patch_samples;
                let end = window.ncols().min(start + settings.patch_samples);
                let patch = Patch { channel, start, end, donor: *donor };
                patches.push((rank(trial, toward, &patch, &mut rng), patch));
            }
        }
        patches.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        for curve in &mut curves {
            let mut disturbed = window.to_owned();
            let mut replaced = 0;
            for (step, value) in curve.iter_mut().enumerate() {
                let wanted = patches.len() * step / settings.steps;
                for (_, patch) in &patches[replaced..wanted] {
                    replace(&mut disturbed, windows[patch.donor], patch);
                }
                replaced = wanted;
                *value += toward * score(disturbed.view());
            }
            patches.reverse();
        }
    }
    let [most, least] = curves;
    let start = most[0];
    let percent = |curve: Vec<f64>| curve.into_iter().map(|value| 100.0 * value / start).collect();
    Ok(Flipping { most_relevant_first: percent(most), least_relevant_first: percent(least) })
}

fn replace(window: &mut Array2<f64>, donor: ArrayView2<f64>, patch: &Patch) {
    let mut to = window.row_mut(patch.channel);
    let from = donor.row(patch.channel);
    for t in patch.start..patch.end {
        to[t] = from[t];
    }
}

/// For each time bin another trial: alternately of either class, in random order.
fn donors(trial: usize, bins: usize, members: &[Vec<usize>; 2], rng: &mut ChaCha8Rng) -> Vec<usize> {
    let first = rng.random_range(0..2);
    let mut classes: Vec<usize> = (0..bins).map(|bin| (first + bin) % 2).collect();
    shuffle(&mut classes, rng);
    classes
        .into_iter()
        .map(|class| {
            let others = &members[class];
            let drawn = others[rng.random_range(0..others.len())];
            if drawn != trial {
                return drawn;
            }
            // The next one of its class: there are at least two.
            let place = others.iter().position(|m| *m == trial).unwrap_or(0);
            others[(place + 1 + rng.random_range(0..others.len() - 1)) % others.len()]
        })
        .collect()
}

/// Checks what both kinds of flipping need, and lists the trials of each class.
fn check(
    windows: &[ArrayView2<f64>],
    classes: &[usize],
    settings: &FlippingSettings,
) -> Result<[Vec<usize>; 2], CheckError> {
    same(classes.len(), windows.len(), "classes")?;
    if settings.patch_samples == 0 {
        return Err(CheckError::Zero("patch_samples"));
    }
    if settings.steps == 0 {
        return Err(CheckError::Zero("steps"));
    }
    if let Some(first) = windows.first() {
        for window in windows {
            same(window.nrows(), first.nrows(), "channels of a window")?;
            same(window.ncols(), first.ncols(), "samples of a window")?;
        }
    }
    let members = [0, 1].map(|class| (0..classes.len()).filter(|i| classes[*i].min(1) == class).collect::<Vec<_>>());
    for (class, of_class) in members.iter().enumerate() {
        if of_class.len() < 2 {
            return Err(CheckError::TooFewTrials { class, trials: of_class.len() });
        }
    }
    Ok(members)
}

fn same(found: usize, expected: usize, what: &'static str) -> Result<(), CheckError> {
    if found == expected { Ok(()) } else { Err(CheckError::Shape { what, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> FlippingSettings {
        FlippingSettings { patch_samples: 10, steps: 20, seed: 1 }
    }

    /// Two channels; only the first, in its second half, tells the class.
    fn trials() -> (Vec<Array2<f64>>, Vec<usize>) {
        let classes: Vec<usize> = (0..20).map(|i| i % 2).collect();
        let windows = classes
            .iter()
            .map(|class| {
                Array2::from_shape_fn((2, 100), |(c, t)| {
                    if c == 0 && t >= 50 { 2.0 * *class as f64 - 1.0 } else { ((t * 7 + c) % 5) as f64 }
                })
            })
            .collect();
        (windows, classes)
    }

    fn score(window: ArrayView2<f64>) -> f64 {
        window.row(0).iter().skip(50).sum()
    }

    #[test]
    fn the_true_map_gains_most_and_a_random_one_nothing() {
        let (windows, classes) = trials();
        let views: Vec<_> = windows.iter().map(|a| a.view()).collect();
        let maps: Vec<Array2<f64>> = windows
            .iter()
            .map(|w| Array2::from_shape_fn((2, 100), |(c, t)| if c == 0 && t >= 50 { w[[c, t]] } else { 0.0 }))
            .collect();
        let maps: Vec<_> = maps.iter().map(|a| a.view()).collect();
        let told = flipping(&views, &classes, &maps, &settings(), score).unwrap();
        assert_eq!((told.most_relevant_first[0], told.least_relevant_first[0]), (100.0, 100.0));
        // A quarter of all patches matters; half of the donors agree with the trial.
        assert!(told.most_relevant_first[5].abs() < 25.0, "{told:?}");
        assert!((told.least_relevant_first[15] - 100.0).abs() < 1e-9, "{told:?}");
        assert!(told.relevance_gain() > 60.0);
        let random = random_flipping(&views, &classes, &settings(), score).unwrap();
        assert!(random.relevance_gain().abs() < 10.0, "{}", random.relevance_gain());
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let (windows, classes) = trials();
        let views: Vec<_> = windows.iter().map(|a| a.view()).collect();
        let error = flipping(&views, &classes, &views[..3], &settings(), score).unwrap_err();
        assert_eq!(error.to_string(), "relevance maps: 3 given where 20 are needed");
        let one_class = vec![0; 20];
        assert!(matches!(
            random_flipping(&views, &one_class, &settings(), score),
            Err(CheckError::TooFewTrials { class: 1, trials: 0 })
        ));
        let nothing = FlippingSettings { steps: 0, ..settings() };
        assert_eq!(random_flipping(&views, &classes, &nothing, score), Err(CheckError::Zero("steps")));
    }
}

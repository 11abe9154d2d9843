//! What training chose, in words.

use motrace_engine::{TrainSettings, Trained, Tuning};

/// The band that was chosen, or why none was; `None` where that was not asked for.
pub fn band(trained: &Trained, settings: &TrainSettings) -> Option<String> {
    let [low, high] = trained.tuning.band_hz?;
    let what = format!("{low}\u{2013}{high} Hz");
    let folds = |tuning: &Tuning| tuning.band_hz.filter(|_| tuning.band_is_chosen);
    settings.choose_band.then(|| {
        line(&what, trained.tuning.band_is_chosen, "no frequency", &in_folds(trained, folds, "\u{2013}", "Hz"))
    })
}

/// The window that was chosen, or why none was; `None` where that was not asked for.
pub fn window(trained: &Trained, settings: &TrainSettings) -> Option<String> {
    let [start, end] = trained.tuning.window_secs;
    let what = format!("{start} to {end} s after the cue");
    let folds = |tuning: &Tuning| Some(tuning.window_secs).filter(|_| tuning.window_is_chosen);
    settings
        .choose_window
        .map(|_| line(&what, trained.tuning.window_is_chosen, "no time", &in_folds(trained, folds, " to ", "s")))
}

fn line(what: &str, is_chosen: bool, none: &str, folds: &str) -> String {
    if is_chosen {
        format!("{what}, chosen by the trials{folds}")
    } else {
        format!("{what} as configured: {none} tells the classes apart beyond chance{folds}")
    }
}

/// `; in the folds 9–14 (3 of 5), 9–15 (2 of 5) Hz`
fn in_folds(trained: &Trained, of: impl Fn(&Tuning) -> Option<[f64; 2]>, between: &str, unit: &str) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for tuning in &trained.fold_tunings {
        let text = of(tuning).map_or_else(|| "as configured".to_owned(), |[a, b]| format!("{a}{between}{b} {unit}"));
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counts.push((text, 1)),
        }
    }
    if counts.is_empty() {
        return String::new();
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let list: Vec<String> = counts.into_iter().map(|(text, count)| format!("{text} ({count}\u{d7})")).collect();
    format!("; in the folds {}", list.join(", "))
}

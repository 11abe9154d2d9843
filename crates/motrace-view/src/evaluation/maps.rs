use crate::figure::{Captioned, GridMap, GridScale, TopographyGrid};

/// The mean relevance of each class over the scalp: a row for each class, a column for each view, which has a scale of its own.
/// Of a single view the classes are side by side, on one scale.
///
/// `views` are names of views with the mean relevance of each class in it, `[classes][channels]`, in the order of `labels`;
/// `trials` are those of each class. `None` where there is nothing to draw.
#[must_use]
pub fn relevance_maps(
    title: &str,
    labels: &[String],
    classes: &[String],
    trials: &[usize],
    views: &[(String, Vec<Vec<f64>>)],
) -> Option<Captioned> {
    let maps = (0..classes.len()).flat_map(|class| {
        views.iter().map(move |(view, means)| {
            let trials = trials.get(class).copied().unwrap_or(0);
            GridMap {
                name: format!("{}: {view}", classes[class]),
                note: format!("mean of {trials} trial{}", if trials == 1 { "" } else { "s" }),
                values: means.get(class).cloned().unwrap_or_default(),
                ..GridMap::default()
            }
        })
    });
    let meaning = match classes {
        [first, second] => format!("blue speaks for {first}, red for {second}"),
        _ => "red speaks for the class that was decided for, blue against it".to_owned(),
    };
    let sentence = format!("Mean relevance of the trials of each class that the decoder had not seen: {meaning}.");
    let (columns, scale) = match views.len() {
        0 | 1 => (classes.len(), GridScale::Shared),
        views => (views, GridScale::EachColumn),
    };
    grid(title, labels, "decision units per trial", columns, maps.collect(), scale, sentence)
}

/// Scalp patterns, each with its name and what else there is to say, in one row of maps.
///
/// Each is shown as large as its largest value, so they tell where, and not how much. `None` where there is nothing to draw.
#[must_use]
pub fn pattern_maps(title: &str, labels: &[String], patterns: &[(String, String, Vec<f64>)]) -> Option<Captioned> {
    let maps: Vec<GridMap> = patterns
        .iter()
        .map(|(name, note, values)| {
            let largest = values.iter().filter(|v| v.is_finite()).fold(0.0_f64, |largest, v| largest.max(v.abs()));
            let scale = if largest > 0.0 { largest } else { 1.0 };
            let values = values.iter().map(|v| v / scale).collect();
            GridMap { name: name.clone(), note: note.clone(), values, ..GridMap::default() }
        })
        .collect();
    let columns = maps.len().clamp(1, 6);
    let sentence = "How each source that the decoder listens to shows on the scalp. Patterns over the sensorimotor cortex (C3, C4, \
                    Cz) are what motor imagery gives; at the rim they are rather muscles or eyes.";
    let unit = "pattern, its largest value being 1";
    grid(title, labels, unit, columns, maps, GridScale::Limit(1.0), sentence.to_owned())
}

fn grid(
    title: &str,
    labels: &[String],
    unit: &str,
    columns: usize,
    maps: Vec<GridMap>,
    scale: GridScale,
    sentence: String,
) -> Option<Captioned> {
    if labels.is_empty() || maps.iter().all(|map| map.values.is_empty()) {
        return None;
    }
    let grid = TopographyGrid {
        title: title.to_owned(),
        description: sentence.clone(),
        labels,
        unit: unit.to_owned(),
        columns,
        maps,
        scale,
        ..TopographyGrid::default()
    };
    Some((grid.svg(), sentence))
}

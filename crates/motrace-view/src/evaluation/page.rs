use super::EvaluationPage;
use super::figures::{self, Amount};
use super::tables::{self, measured};
use crate::figure::{Block, Captioned, Page, Section, Tile};

/// More decoders than this are not named in tiles.
const MOST_TILES: usize = 8;

/// The page: which figure stands where.
pub(super) fn page(evaluation: &EvaluationPage) -> Page {
    let mut results: Vec<Block> = evaluation.introduction.iter().cloned().map(Block::Text).collect();
    results.extend(evaluation.warnings.iter().cloned().map(Block::Warning));
    results.extend(tiles(evaluation));
    results.extend(figures::accuracy(evaluation).map(alone));

    let mut compared: Vec<Block> = figures::differences(evaluation).map(alone).into_iter().collect();
    compared.extend(tables::differences(evaluation));

    let learning = [Amount::Trials, Amount::Minutes].map(|amount| figures::learning(evaluation, amount).map(alone));
    let mut online: Vec<Block> = figures::operating(evaluation).map(alone).into_iter().collect();
    online.extend(tables::pseudo_online(evaluation));
    let confusions = figures::confusions(evaluation);

    let notes = evaluation.map_notes.iter().cloned().map(Block::Text);
    let maps = evaluation.maps.iter().cloned().map(alone).chain(notes);

    let parts: [(&str, Vec<Block>); 9] = [
        ("Results", results),
        ("Decoders compared", compared),
        ("How much calibration it takes", learning.into_iter().flatten().collect()),
        ("When in the trial", figures::course(evaluation).map(alone).into_iter().collect()),
        ("Which class for which", if confusions.is_empty() { Vec::new() } else { vec![Block::Figures(confusions)] }),
        ("Where it comes from", maps.collect()),
        ("As if it had been live", online),
        ("All figures", tables::metrics(evaluation).into_iter().collect()),
        ("How it was done", facts(evaluation)),
    ];
    let sections = parts.into_iter().filter(|(_, blocks)| !blocks.is_empty());
    Page {
        title: evaluation.title.clone(),
        subtitle: evaluation.subtitle.clone(),
        sections: sections.map(|(heading, blocks)| Section { heading: heading.to_owned(), blocks }).collect(),
    }
}

/// The accuracy of each decoder, large: its mean over the subjects, or that of the only one.
fn tiles(evaluation: &EvaluationPage) -> Option<Block> {
    let only = match evaluation.subjects.as_slice() {
        [only] => Some(only),
        _ => None,
    };
    let tile = |(place, name): (usize, &String)| {
        let of_only = only.and_then(|subject| subject.accuracy.get(place).copied().flatten());
        let value = of_only.or_else(|| evaluation.mean.get(place).copied().flatten())?;
        let interval = value.interval.map(|[low, high]| format!("95 %: {:.1} to {:.1} %", 100.0 * low, 100.0 * high));
        let chance = only.and_then(|subject| subject.chance).or(evaluation.chance);
        let is_warning = chance.is_some_and(|[_, high]| value.value <= high);
        let note = match is_warning {
            true => [interval.unwrap_or_default(), "not better than chance".to_owned()].join("; "),
            false => interval.unwrap_or_default(),
        };
        let value = measured(crate::figure::Measured { interval: None, ..value }, true);
        Some(Tile { name: name.clone(), value, note: note.trim_start_matches("; ").to_owned(), is_warning })
    };
    let tiles: Vec<Tile> = evaluation.decoders.iter().enumerate().take(MOST_TILES).filter_map(tile).collect();
    (!tiles.is_empty()).then_some(Block::Tiles(tiles))
}

fn facts(evaluation: &EvaluationPage) -> Vec<Block> {
    match evaluation.facts.as_slice() {
        [] => Vec::new(),
        facts => vec![Block::Facts(facts.to_vec())],
    }
}

fn alone(drawn: Captioned) -> Block {
    Block::Figures(vec![drawn])
}

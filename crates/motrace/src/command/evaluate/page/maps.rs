//! When in the trial and where on the head: time courses, relevance and patterns as figures.

use motrace_evaluate::{Course, DecoderId, MeanRelevance, Patterns, Relevance, Report, headline};
use motrace_view::evaluation::{TimeCourse, pattern_maps, relevance_maps};
use motrace_view::figure::{Captioned, GridMap, GridScale, Measured, TopographyGrid};

/// Patterns of more subjects than this are not drawn.
const MOST_WITH_PATTERNS: usize = 6;
/// Relevance of more subjects than this is not drawn for each.
const MOST_WITH_RELEVANCE: usize = 12;
/// Columns of small maps.
const COLUMNS: usize = 6;
/// Relevance of more decoders than this is not drawn.
const MOST_DECODERS: usize = 4;

/// The course of each decoder that has one: its mean over subjects, or that of the only one.
pub(super) fn courses(report: &Report, place: &impl Fn(DecoderId) -> usize) -> Vec<TimeCourse> {
    shown(report)
        .map(|course| {
            let measured = |[low, high]: [f64; 2], value| Measured::new(value, low, high);
            let points = course.points.iter().map(|p| (p.end_secs, measured(p.interval, p.accuracy)));
            TimeCourse { decoder: place(course.decoder), points: points.collect() }
        })
        .collect()
}

fn shown(report: &Report) -> impl Iterator<Item = &Course> {
    let of = |decoder: &DecoderId| {
        let own = || report.courses.iter().filter(move |course| course.decoder == *decoder);
        own().find(|course| course.subject.is_none()).or_else(|| own().next())
    };
    report.decoders.iter().filter_map(of).filter(|course| !course.points.is_empty())
}

/// What guessing reaches on as many trials as the courses have.
pub(super) fn chance(report: &Report) -> Option<[f64; 2]> {
    shown(report).next().map(|course| [course.chance.low, course.chance.high])
}

/// How the courses were made.
pub(super) fn course_note(report: &Report) -> String {
    let Some(course) = shown(report).next() else { return String::new() };
    let mut note = format!(
        "Each point stands at the end of a window of {} s, since a decoder that runs live knows nothing later; the first window \
         within the shaded time ends {} s after its begin. Decoders are those of the folds, trained on the whole shaded \
         window, and decide on trials that they had not seen. ",
        course.sliding_secs, course.sliding_secs
    );
    if course.subjects > 1 {
        note += &format!(
            "Mean over {} subjects ({} trials), each counting the same, with the interval at 95 % for other trials of these \
             subjects (bootstrap within subjects). ",
            course.subjects, course.trials
        );
    } else {
        note += &format!("{} trials, with Wilson's interval at 95 %. ", course.trials);
    }
    note += "Grey: guessing at one time on as many trials; of twenty points one may well lie outside of it.";
    let tested: usize = report
        .cells
        .iter()
        .filter(|c| c.protocol == course.protocol && c.decoder == course.decoder)
        .map(|c| c.trials)
        .sum();
    let left_out = tested.saturating_sub(course.trials);
    if left_out > 0 {
        note += &format!(
            " Not in it: {left_out} tested trial(s) of which a window lies outside of the data, or in bad data."
        );
    }
    let without = missing(report, |decoder| shown(report).any(|course| course.decoder == *decoder));
    if !without.is_empty() {
        note += &format!(
            " No course of {without}: networks and re-centred recordings are not decided in sliding windows here."
        );
    }
    note
}

/// The decoders of which something is not there, in words.
fn missing(report: &Report, has: impl Fn(&DecoderId) -> bool) -> String {
    let names: Vec<String> = report.decoders.iter().filter(|d| !has(d)).map(ToString::to_string).collect();
    names.join(", ")
}

/// What there is to say of the maps, or why there are none.
pub(super) fn notes(report: &Report) -> Vec<String> {
    if headline(&report.protocols).is_none() {
        return Vec::new();
    }
    if report.courses.is_empty() && report.relevance.is_empty() {
        let how = "Time courses, patterns and relevance were not kept: evaluate with --maps (or --report) for them.";
        return vec![how.to_owned()];
    }
    let mut notes = Vec::new();
    let without = missing(report, |decoder| report.relevance.iter().any(|own| own.decoder == *decoder));
    if !without.is_empty() {
        notes.push(format!(
            "Relevance is traced for CSP + LDA of two classes, exactly, and for networks, layer by layer. No maps of {without}: what \
             they read is not traced back to channels."
        ));
    }
    notes
}

/// Mean relevance of each class, and patterns.
pub(super) fn maps(report: &Report) -> Vec<Captioned> {
    let mut figures = Vec::new();
    let mut is_first = true;
    for decoder in
        report.decoders.iter().filter(|d| report.relevance.iter().any(|r| r.decoder == **d)).take(MOST_DECODERS)
    {
        let own: Vec<&Relevance> = report.relevance.iter().filter(|relevance| relevance.decoder == *decoder).collect();
        let mean = own.iter().find(|relevance| relevance.subject.is_none()).or(own.first());
        figures.extend(mean.and_then(|mean| class_maps(report, mean)));
        if let (true, [_, _, ..], Some(mean)) = (is_first, own.as_slice(), mean) {
            figures.extend(by_subject(report, mean, &own));
        }
        is_first = false;
    }
    figures.extend(patterns(report));
    figures
}

/// A row of maps for each class, a column for each view.
fn class_maps(report: &Report, relevance: &Relevance) -> Option<Captioned> {
    let of_class = |class: usize| relevance.classes.iter().find(|mean| mean.of_class.class == class);
    let classes = 0..report.classes.len();
    let trials: Vec<usize> = classes.clone().map(|class| of_class(class).map_or(0, |m| m.of_class.trials)).collect();
    let view = |name: &str, values: fn(&MeanRelevance) -> &Vec<f64>| {
        let means: Vec<Vec<f64>> =
            classes.clone().map(|c| of_class(c).map(values).cloned().unwrap_or_default()).collect();
        means.iter().any(|mean| !mean.is_empty()).then(|| (name.to_owned(), means))
    };
    let views: Vec<(String, Vec<Vec<f64>>)> = [
        view("SOURCE", |m| &m.of_class.source),
        view("PATTERN", |m| &m.of_class.pattern),
        view("INPUT", |m| &m.of_class.input),
    ]
    .into_iter()
    .flatten()
    .collect();
    let has_patterns = views.len() > 1;
    let of = match &relevance.subject {
        None => format!("mean of {} subjects", relevance.subjects),
        Some(subject) => subject.clone(),
    };
    let title = format!("Mean relevance of {}, {of}", relevance.decoder);
    let (svg, mut sentence) = relevance_maps(&title, &relevance.channels, &report.classes, &trials, &views)?;
    if has_patterns {
        sentence += " Each fold's decoder explains the trials it is tested on, over the whole window. SOURCE: where what it listens \
                     to shows on the scalp; PATTERN: the same weighted by the signal; INPUT: which channels it reads, also those \
                     that only cancel noise. Each view has a scale of its own.";
    } else {
        sentence += " Each fold's network explains the trials it is tested on by layer-wise relevance propagation, summed over time; it \
                     has the view INPUT alone.";
    }
    sentence += &evidence(report, relevance, has_patterns);
    Some((svg, sentence))
}

/// What the maps add up to.
fn evidence(report: &Report, relevance: &Relevance, is_exact: bool) -> String {
    let totals: Vec<String> = relevance
        .classes
        .iter()
        .filter_map(|mean| {
            let name = report.classes.get(mean.of_class.class)?;
            Some(format!("{:+.2} for {name}", mean.total.first()?).replace('-', "−"))
        })
        .collect();
    let what = if is_exact {
        "f − f₀ of these trials (class means of training trials lie at −1 and +1)"
    } else {
        "what the layers hand down"
    };
    format!(" Maps add up to the mean of {what}: {}.", totals.join(", "))
}

/// A small map for each class of each subject, in the view that stands for all.
fn by_subject(report: &Report, mean: &Relevance, own: &[&Relevance]) -> Option<Captioned> {
    let subjects: Vec<&&Relevance> = own.iter().filter(|relevance| relevance.subject.is_some()).collect();
    let has_patterns = subjects.iter().all(|own| own.classes.iter().all(|mean| !mean.of_class.source.is_empty()));
    let maps = subjects.iter().take(MOST_WITH_RELEVANCE).flat_map(|own| {
        (0..report.classes.len()).map(move |class| {
            let of_class = own.classes.iter().find(|mean| mean.of_class.class == class);
            let Some(of_class) = of_class.map(|mean| &mean.of_class) else { return GridMap::default() };
            let view = if has_patterns { &of_class.source } else { &of_class.input };
            let at = |label: &String| own.channels.iter().position(|c| c == label).and_then(|place| view.get(place));
            GridMap {
                name: format!("{}: {}", own.subject.as_deref().unwrap_or_default(), report.classes[class]),
                note: format!("{} trials, f {:+.2}", of_class.trials, of_class.value).replace('-', "−"),
                values: mean.channels.iter().map(|label| at(label).copied().unwrap_or(0.0)).collect(),
                ..GridMap::default()
            }
        })
    });
    let view = if has_patterns { "SOURCE" } else { "INPUT" };
    let classes = report.classes.len().max(1);
    let grid = TopographyGrid {
        title: format!("Relevance of {} by subject, {view}", mean.decoder),
        description: format!("mean relevance of each class for {} subjects", subjects.len()),
        labels: &mean.channels,
        unit: "decision units per trial".into(),
        columns: if classes >= COLUMNS { classes } else { COLUMNS / classes * classes },
        maps: maps.collect(),
        scale: GridScale::Shared,
        ..TopographyGrid::default()
    };
    let mut sentence =
        "The same for each subject; f is what the decoder says in the mean. What is alike in people is more likely to \
                        be motor imagery than what is one person's own."
            .to_owned();
    if subjects.len() > MOST_WITH_RELEVANCE {
        sentence += &format!(" The first {MOST_WITH_RELEVANCE} of {} subjects; --json has all.", subjects.len());
    }
    Some((grid.svg(), sentence))
}

/// A row of patterns for each of some subjects, of the first decoder that has them.
fn patterns(report: &Report) -> Vec<Captioned> {
    let Some(decoder) = report.patterns.first().map(|patterns| patterns.decoder) else { return Vec::new() };
    let all: Vec<&Patterns> = report.patterns.iter().filter(|patterns| patterns.decoder == decoder).collect();
    let drawn = all.iter().take(MOST_WITH_PATTERNS).enumerate().filter_map(|(place, own)| {
        let class = |class: usize| report.classes.get(class).cloned().unwrap_or_default();
        let maps: Vec<(String, String, Vec<f64>)> = own
            .patterns
            .iter()
            .map(|one| {
                let share = if one.stronger_in == 0 { 1.0 - one.eigenvalue } else { one.eigenvalue };
                let name = format!("{:.0} % in {}", 100.0 * share, class(one.stronger_in));
                let note = format!("speaks for {}, {:+.2}", class(one.speaks_for), one.weight).replace('-', "−");
                (name, note, one.pattern.clone())
            })
            .collect();
        let title = format!("Patterns of {decoder}, {}", own.subject);
        let (svg, sentence) = pattern_maps(&title, &own.channels, &maps)?;
        let trained = format!("The decoder of the first fold, trained on {} trials.", own.trained_on);
        if place > 0 {
            return Some((svg, trained));
        }
        let mut sentence = format!(
            "{sentence} {trained} Above each map: how much of the component's power is in the class in which it is stronger; below: \
             the class that more of this power speaks for, and its weight."
        );
        if all.len() > MOST_WITH_PATTERNS {
            sentence += &format!(" The first {MOST_WITH_PATTERNS} of {} subjects; --json has all.", all.len());
        }
        Some((svg, sentence))
    });
    drawn.collect()
}

/// What is needed to believe the maps.
pub(super) fn facts(report: &Report) -> Vec<(String, String)> {
    let of = |decoder: &DecoderId| {
        let own = report.relevance.iter().filter(|relevance| relevance.decoder == *decoder);
        let trials: usize = own
            .clone()
            .filter(|own| own.subject.is_some())
            .flat_map(|own| &own.classes)
            .map(|mean| mean.of_class.trials)
            .sum();
        let worst = own.map(|relevance| relevance.largest_error).fold(f64::NAN, f64::max);
        (trials > 0).then(|| {
            let rest = if decoder.kind.is_network() { "f less what layers keep" } else { "f − f₀" };
            let words = format!("ΣR is {rest} but for {worst:.1e} in the worst of {trials} explained trials");
            (format!("ledger of {decoder}"), words)
        })
    };
    report.decoders.iter().filter_map(of).collect()
}

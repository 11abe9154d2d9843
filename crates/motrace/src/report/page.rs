//! The report as a page: which figure stands where, and what is said beside it.

use super::drawings::{self, Drawn};
use super::figures::{Findings, ReportFigures, ScoreFigures};
use super::material::Material;
use super::words::{count, interval, list, moment};
use crate::figures::described;
use crate::output::{duration, percent};
use motrace_view::figure::{Block, Page, Section, Tile, TopographyGrid};

/// More messages than this are not listed.
const MOST_MESSAGES: usize = 500;

/// The page as HTML, and its main figure with its title.
pub fn page(material: &Material, findings: &Findings) -> (String, Option<(String, String)>) {
    let figures = &findings.figures;
    let labels: &[String] = material.model.as_ref().map_or(&[], |m| m.preparation.channels.labels());
    let map = TopographyGrid::interpolator(labels);
    let over_time = drawings::over_time(material, findings);
    let so_far = drawings::so_far(findings);
    let main = over_time.clone().or_else(|| so_far.clone()).map(|(svg, _)| (svg, figures.name.clone()));

    let mut sections = vec![results(findings)];
    let mut course: Vec<Block> = [over_time, so_far].into_iter().flatten().map(alone).collect();
    if !figures.runs.is_empty() {
        course.push(runs(figures));
    }
    push(&mut sections, "Accuracy in the trial and over the session", course);

    let mut why = Vec::new();
    if let Some(relevances) = &findings.relevances {
        let drawn = [
            drawings::class_means(findings, relevances, &map),
            drawings::class_courses(findings, relevances),
            drawings::difference(findings, relevances, &map),
        ];
        why.extend(drawn.into_iter().flatten().map(alone));
        why.extend(figures.rim.iter().filter(|r| r.is_high).map(|rim| {
            let words = figures.warnings.iter().find(|w| w.contains("frontal and temporal") && w.contains(&rim.class));
            Block::Warning(words.cloned().unwrap_or_default())
        }));
        why.extend(drawings::rim(findings).map(alone));
    }
    push(&mut sections, "Why it decided so", why);
    let gallery = findings.relevances.as_ref().and_then(|r| drawings::gallery(findings, r, &map));
    push(&mut sections, "Every trial", gallery.map(alone).into_iter().chain(left_out(figures)).collect());

    let mut calibration = calibration(figures);
    calibration
        .extend([drawings::patterns(material, &map), drawings::folds(findings)].into_iter().flatten().map(alone));
    push(&mut sections, "Calibration and decoder", calibration);

    let timing = [drawings::presentation(material, findings), drawings::latency(material, findings)];
    let mut timing: Vec<Block> = timing.into_iter().flatten().map(alone).collect();
    timing.extend(percentiles(figures));
    push(&mut sections, "Timing", timing);

    let mut signal: Vec<Block> = [drawings::timeline(material, findings), drawings::channels(findings)]
        .into_iter()
        .flatten()
        .map(alone)
        .collect();
    signal.extend(checks(material));
    push(&mut sections, "Signal", signal);
    push(&mut sections, "Facts", vec![Block::Facts(facts(material, findings))]);
    push(&mut sections, "What was said", messages(material, findings));

    let subtitle =
        [figures.started.clone(), material.session.config_name.clone(), format!("motrace {}", version(material))];
    let subtitle: Vec<String> = subtitle.into_iter().filter(|part| !part.is_empty()).collect();
    let page = Page { title: format!("Session {}", figures.name), subtitle: subtitle.join(" \u{b7} "), sections };
    (page.html(), main)
}

fn alone(drawn: Drawn) -> Block {
    Block::Figures(vec![drawn])
}

fn push(sections: &mut Vec<Section>, heading: &str, blocks: Vec<Block>) {
    if !blocks.is_empty() {
        sections.push(Section { heading: heading.to_owned(), blocks });
    }
}

fn version(material: &Material) -> &str {
    &material.session.motrace_version
}

fn results(findings: &Findings) -> Section {
    let figures = &findings.figures;
    let mut blocks: Vec<Block> = figures.warnings.iter().map(|w| Block::Warning(w.clone())).collect();
    match &figures.feedback {
        Some(score) => {
            blocks.insert(0, Block::Text(verdict(figures, score)));
            blocks.push(Block::Tiles(tiles(figures, score)));
        }
        None => blocks.insert(0, Block::Text("No trial with feedback was decided, so there is no score.".to_owned())),
    }
    blocks.extend(drawings::confusion(findings).map(alone));
    Section { heading: "Result".to_owned(), blocks }
}

fn verdict(figures: &ReportFigures, score: &ScoreFigures) -> String {
    let better = if score.better_than_chance { "better" } else { "not better" };
    let left_out = match figures.left_out.len() {
        0 => String::new(),
        1 => " 1 trial is left out, for the reason below.".to_owned(),
        n => format!(" {n} trials are left out, for the reasons below."),
    };
    format!(
        "{} of {} with feedback were decided as the cue said: {}, which is {better} than chance. Guessing reaches {} in 95 of \
         100 such sessions.{left_out}",
        score.right,
        count(score.trials, "trial"),
        percent(score.accuracy),
        interval(score.chance_interval)
    )
}

fn tiles(figures: &ReportFigures, score: &ScoreFigures) -> Vec<Tile> {
    let tile = |name: &str, value: String, note: String| Tile { name: name.into(), value, note, is_warning: false };
    let mut tiles = vec![
        Tile {
            name: "accuracy".into(),
            value: percent(score.accuracy),
            note: format!("95 % interval {}", interval(score.accuracy_interval)),
            is_warning: !score.better_than_chance,
        },
        Tile {
            name: "against chance".into(),
            value: if score.better_than_chance { "better" } else { "not better" }.into(),
            note: format!("guessing reaches {} in 95 of 100", interval(score.chance_interval)),
            is_warning: !score.better_than_chance,
        },
        tile("Cohen\u{2019}s \u{3ba}", format!("{:.2}", score.kappa), "0 is chance, 1 is perfect".into()),
    ];
    if let Some(auc) = score.auc {
        tiles.push(tile("area under the ROC curve", format!("{auc:.2}"), "0.5 is chance, 1 is perfect".into()));
    }
    if let (Some(bits), Some(rate)) = (score.bits_per_minute, score.trials_per_minute) {
        let note = format!("{:.2} bits a trial (Wolpaw), {rate:.1} trials a minute", score.bits_per_trial);
        tiles.push(tile("information transfer", format!("{bits:.1} bits/min"), note));
    }
    if let Some(frozen) = figures.frozen {
        let note = "the calibration model, had it not adapted".into();
        tiles.push(tile("without adaptation", percent(frozen.accuracy), note));
    }
    let (hits, ended) = figures.runs.iter().fold((0, 0), |(h, n), r| (h + r.hits, n + r.hits + r.misses + r.timeouts));
    if ended > 0 {
        tiles.push(tile("games", format!("{hits} of {ended}"), "won".into()));
    }
    if let Some(accuracy) = figures.calibration.as_ref().and_then(|v| v.accuracy) {
        let chance = figures.calibration.as_ref().and_then(|v| v.chance_interval);
        tiles.push(tile("calibration, cross-validated", percent(accuracy), drawings::chance_words(chance)));
    }
    tiles
}

fn runs(figures: &ReportFigures) -> Block {
    let some = |n: usize| if n == 0 { "\u{2013}".to_owned() } else { n.to_string() };
    let rows = figures.runs.iter().map(|run| {
        let share = match run.trials {
            0 => "\u{2013}".to_owned(),
            n => format!("{} of {n} ({})", run.right, percent(run.right as f64 / n as f64)),
        };
        vec![
            run.run.to_string(),
            run.name.clone(),
            run.cues.to_string(),
            share,
            some(run.hits),
            some(run.misses),
            some(run.timeouts),
        ]
    });
    Block::Table {
        caption: "Each run".into(),
        head: ["run", "name", "cues", "decided right", "hits", "misses", "without result"].map(str::to_owned).to_vec(),
        rows: rows.collect(),
    }
}

fn left_out(figures: &ReportFigures) -> Option<Block> {
    let rows: Vec<Vec<String>> = figures
        .left_out
        .iter()
        .map(|t| {
            let number = t.number.map_or_else(|| "\u{2013}".to_owned(), |n| n.to_string());
            vec![number, t.run.to_string(), t.why.clone()]
        })
        .collect();
    let head = ["trial", "run", "why"].map(str::to_owned).to_vec();
    (!rows.is_empty()).then(|| Block::Table { caption: "Trials that do not count".into(), head, rows })
}

fn calibration(figures: &ReportFigures) -> Vec<Block> {
    let Some(validation) = &figures.calibration else { return Vec::new() };
    let mut blocks = Vec::new();
    if let Some(accuracy) = validation.accuracy {
        let interval_words =
            validation.accuracy_interval.map_or_else(String::new, |i| format!(" (95 % interval {})", interval(i)));
        blocks.push(Block::Text(format!(
            "On trials that it had not seen the decoder was right in {}{interval_words}; {}. Validated {} on {}.",
            percent(accuracy),
            drawings::chance_words(validation.chance_interval),
            validation.scheme,
            count(validation.trials, "trial")
        )));
    }
    let chosen = if validation.was_chosen { "chosen automatically, inside the folds" } else { "as configured" };
    if let (Some([low, high]), Some([start, end])) = (validation.band_hz, validation.window_secs) {
        blocks.push(Block::Text(format!(
            "Band {low}\u{2013}{high} Hz and window {start} to {end} s after the cue, {chosen}."
        )));
    }
    if !validation.excluded_channels.is_empty() {
        blocks.push(Block::Text(format!("Left out for want of a signal: {}.", list(&validation.excluded_channels))));
    }
    if !validation.rejected.is_empty() {
        blocks.push(Block::Table {
            caption: "Calibration trials that were not trained on".into(),
            head: ["trial", "why"].map(str::to_owned).to_vec(),
            rows: validation.rejected.iter().map(|r| vec![r.number.to_string(), r.why.clone()]).collect(),
        });
    }
    blocks
}

fn percentiles(figures: &ReportFigures) -> Option<Block> {
    let mut rows = Vec::new();
    for (name, times) in [("cues, delay", &figures.cues), ("everything shown, delay", &figures.presentation)] {
        if let Some(t) = times {
            let ends = [t.p50_secs, t.p99_secs, t.max_secs].map(duration);
            rows.push(vec![
                name.to_owned(),
                t.count.to_string(),
                ends[0].clone(),
                "\u{2013}".into(),
                ends[1].clone(),
                ends[2].clone(),
            ]);
        }
    }
    if let Some(l) = &figures.latency {
        let ends = [l.p50_micros, l.p90_micros, l.p99_micros, l.max_micros].map(|micros| duration(micros * 1e-6));
        let mut row = vec!["decisions, latency".to_owned(), l.count.to_string()];
        row.extend(ends);
        rows.push(row);
    }
    let head = ["", "number", "median", "90 %", "99 %", "longest"].map(str::to_owned).to_vec();
    (!rows.is_empty()).then(|| Block::Table { caption: "Percentiles".into(), head, rows })
}

fn checks(material: &Material) -> Option<Block> {
    let rows: Vec<Vec<String>> = material
        .session
        .quality
        .iter()
        .map(|check| {
            let bad: Vec<String> = check
                .channels
                .iter()
                .filter(|c| c.condition != "good")
                .map(|c| format!("{} ({})", c.label, c.condition))
                .collect();
            let words = if bad.is_empty() { "all good".to_owned() } else { list(&bad) };
            vec![check.what.clone(), check.channels.len().to_string(), words]
        })
        .collect();
    let head = ["when", "channels", "not good"].map(str::to_owned).to_vec();
    (!rows.is_empty()).then(|| Block::Table { caption: "The channels when they were looked at".into(), head, rows })
}

fn facts(material: &Material, findings: &Findings) -> Vec<(String, String)> {
    let (session, figures) = (&material.session, &findings.figures);
    let mut facts: Vec<(&str, String)> = vec![("started", session.started.clone())];
    facts.push(("ended", session.ended.clone().unwrap_or_default()));
    facts.push(("configuration", session.config_name.clone()));
    facts.push(("motrace", session.motrace_version.clone()));
    facts.push(("seed of the cues", session.seed.map_or_else(String::new, |s| s.to_string())));
    facts.push(("classes", figures.classes.join(", ")));
    if let Some(stream) = &session.stream {
        let host = if stream.host.is_empty() { String::new() } else { format!(" from {}", stream.host) };
        facts.push((
            "stream",
            format!("{} ({}){host}, {} channels in {}", stream.name, stream.kind, stream.labels.len(), stream.unit),
        ));
        facts.push((
            "clock known to",
            stream.clock_error_secs.map_or_else(String::new, |e| format!("\u{b1}{}", duration(e))),
        ));
    }
    if let Some(r) = &figures.recording {
        facts.push((
            "recording",
            format!(
                "{}, {} samples of {} channels at {} Hz ({:.3} Hz measured)",
                duration(r.seconds),
                r.samples,
                r.channels,
                r.rate_hz,
                r.measured_rate_hz
            ),
        ));
        facts.push(("SHA-256 of the recording", r.sha256.clone()));
    }
    if let Some(model) = &material.model {
        facts.push(("decoder", described(model)));
        let of_class = |class| model.about.trained_trials.get(class).copied().unwrap_or(0);
        let [a, b] = [0, 1].map(of_class);
        facts.push(("trained on", format!("{a} + {b} trials, {} left out", model.about.left_out_trials)));
        facts.push(("montage", model.preparation.channels.labels().join(" ")));
    }
    if let Some(a) = session.adaptation {
        let words = if a.enabled {
            format!(
                "on in feedback: mean {} a trial, covariance {} a trial, without labels",
                a.bias_rate, a.covariance_rate
            )
        } else {
            "off".to_owned()
        };
        facts.push(("adaptation", words));
    }
    if let Some(r) = figures.replay {
        facts.push((
            "replayed",
            format!(
                "{} of {} decisions and {} of {} relevances agree to the bit",
                r.same_values, r.trials, r.same_relevances, r.relevances
            ),
        ));
    }
    facts.push(("screens", list(&session.screens)));
    if let Some(c) = figures.counters {
        facts.push(("counted", format!(
            "{} decisions, {} vetoed, {} late; {} explained, {} not; {} samples lost before the decoder; {} markers; {} items the recorder lost",
            c.decisions, c.vetoed, c.deadline_missed, c.explained, c.explanations_dropped, c.samples_lost, c.markers, c.record_dropped
        )));
    }
    for (name, number) in &session.other_counts {
        facts.push((name, number.to_string()));
    }
    let problems: Vec<(String, String)> = figures.problems.iter().map(|p| ("missing".to_owned(), p.clone())).collect();
    let known = facts.into_iter().filter(|(_, fact)| !fact.is_empty()).map(|(name, fact)| (name.to_owned(), fact));
    known.chain(problems).collect()
}

fn messages(material: &Material, findings: &Findings) -> Vec<Block> {
    let recorded = material.loaded.iter().flat_map(|l| l.warnings()).map(|w| ("file".to_owned(), true, w.clone()));
    let said =
        material.session.messages.iter().map(|m| (moment(findings.clock.secs(m.at)), m.is_warning, m.text.clone()));
    let all: Vec<(String, bool, String)> = said.chain(recorded).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let beyond = all.len().saturating_sub(MOST_MESSAGES);
    let mut blocks = vec![Block::Log(all.into_iter().take(MOST_MESSAGES).collect())];
    if beyond > 0 {
        blocks.push(Block::Text(format!("{beyond} more are in session.json.")));
    }
    blocks
}
